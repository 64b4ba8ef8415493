"""What a reader must know before trusting a diagnosis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hotfire.answering.effect_words import Wording
from hotfire.answering.slow_engines import taken_to_follow_at_once
from hotfire.engine import Engine
from hotfire.observing.sighting import Sighting
from hotfire.suspects.rest_pressures import rest_doubts

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.run_out import RunOut

__all__ = ["warnings"]

_DOUBTFUL = 7.0
"""Log odds up to which a run-out that was not taken is mentioned."""


def warnings(seen: Sighting) -> tuple[str, ...]:
    """What the reader must know before trusting the answer."""
    found = []
    if seen.phases.baseline is None and seen.phases.burn is not None:
        found.append("no quiet stretch before the test: sensor zeros could not be checked")
    missing = [s for s in seen.engine.sensors if seen.log.role(s) is None]
    if missing:
        found.append(f"the log has no channel for {', '.join(missing)}")
    bare = [s for s in seen.engine.sensors if (c := seen.log.role(s)) is not None and not c.unit]
    if bare:
        found.append(f"no unit is known for {', '.join(bare)}: not used; give it in a channel map")
    doubts = rest_doubts(seen.log, seen.engine, seen.phases)
    found += [f"{d.text}; {d.remedy}" for d in doubts if not d.decided]
    if seen.observed is not None:
        words = Wording(seen.engine, seen.observed.used)
        for name, offset in seen.observed.offsets.items():
            amount = words.amount(offset, seen.engine.sensors[name])
            found.append(f"{name} was off zero by {amount} before the test; taken off before comparing")
    if seen.run_out is not None and seen.observed is not None:
        found += _run_out_warning(seen.run_out, seen.observed.origin, seen.engine)
    found += [n.message for n in seen.log.notes if n.code in ("units_row_mismatch", "role_open")]
    if seen.observed is not None and (slow := taken_to_follow_at_once(seen.engine)):
        found.append(slow)
    unknown = sum(p.status == "unknown" for p in seen.engine.provenance.values())
    if unknown:
        found.append(
            f"{unknown} numbers of the engine file are marked unknown and stand with wide tolerances"
        )
    return tuple(found)


def _run_out_warning(run_out: RunOut, origin: float, engine: Engine) -> list[str]:
    """Say how sure it is that a propellant ran out or did not, where that is in doubt."""
    what = (
        f"{run_out.tank} ran out of {engine.network.side_of(run_out.tank)} at {origin + run_out.time:.2f} s"
    )
    odds = f"{math.exp(min(abs(run_out.log_odds), 20.0)):.2g}"
    if run_out.log_odds > 0.0:
        return [f"that {what} rests on the fit alone, {odds} to 1 against a fault: compare what was loaded"]
    if run_out.log_odds > -_DOUBTFUL:
        return [f"it may also be that {what}, 1 to {odds} against a fault: compare what was loaded"]
    return []
