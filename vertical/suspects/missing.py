"""What a log lacks for a diagnosis."""

from __future__ import annotations

from hotfire.observing.sighting import Sighting
from hotfire.observing.too_short import too_short
from hotfire.suspects.burnt_after_all import burnt_after_all
from hotfire.suspects.rest_pressures import rest_doubts

__all__ = ["missing"]

_MAP = "give its channels their roles in a channel map (--channels; `hotfire inspect` lists the channels)"
"""What to do where no channel map was given."""


def missing(seen: Sighting) -> str:
    """Say why there can be no diagnosis, or nothing."""
    sure = [d for d in rest_doubts(seen.log, seen.engine, seen.phases) if d.decided]
    if sure:
        return "; ".join(f"units are not to be trusted: {d.text}; {d.remedy}" for d in sure)
    if seen.phases.kind == "no_run":
        return "the log shows no run: no channel that could tell rises and stays up"
    if seen.phases.kind == "cold_flow":
        return burnt_after_all(seen.log, seen.engine, seen.phases) or (
            "this is a cold flow: the chamber never burnt, so combustion and nozzle cannot be judged"
        )
    if seen.observed is None:
        return too_short(seen.log, seen.engine, seen.phases) or (
            "there is no steady stretch long enough to be compared with the physics"
        )
    measured = {s.measures for s in seen.observed.observation.sensors if s.kind}
    if len(measured) < 2:
        few = "fewer than two of the engine's sensors are in the log, so nothing can be held against anything"
        return few if any(c.role_source for c in seen.log.channels.values()) else f"{few}; {_MAP}"
    if not any(
        m.endswith(("chamber.pressure", ".thrust", ".outlet.flow")) or "pressure" in m for m in measured
    ):
        return "no pressure and no thrust is in the log"
    return too_short(seen.log, seen.engine, seen.phases)
