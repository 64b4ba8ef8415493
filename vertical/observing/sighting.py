"""What is seen of a log before anything is weighed: roles, phases, faults of signals, and the features.

The diagnosis and the description of a log begin with the same look at it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from hotfire.answering.too_short import too_short
from hotfire.engine import ById, Engine
from hotfire.log import Log
from hotfire.observing.matching import match_log
from hotfire.observing.observe import Observed, commanded_before, observe
from hotfire.phases.finding import Phases, find_phases
from hotfire.phases.run_out import with_run_out
from hotfire.standard_roles import with_standard_roles
from hotfire.suspects.burnt_after_all import burnt_after_all
from hotfire.suspects.held_up import held_up
from hotfire.suspects.rest_pressures import rest_doubts
from hotfire.suspects.sensor_noise import noisy_sensors
from hotfire.suspects.signal_faults import SignalFault, signal_faults

if TYPE_CHECKING:
    from hotfire.physics.compiled import CompiledNetwork
    from hotfire.physics.diagnosis.run_out import RunOut

__all__ = ["Sighting", "compiled_engine", "missing", "sight"]


@dataclass(frozen=True, eq=False)
class Sighting:
    """A log as it is seen.

    Attributes:
        log: With roles.
        engine: The engine.
        phases: Of the test.
        faults: Of sensors, that signals show by themselves.
        observed: Features of the mainstage; None where it is too short.
        run_out: A propellant that may have run out early, as the search weighed it.
        ended: Time at which a tank is taken to have run out, s of the log's clock; None where none is.
    """

    log: Log
    engine: Engine
    phases: Phases
    faults: tuple[SignalFault, ...]
    observed: Observed | None
    run_out: RunOut | None = None
    ended: float | None = None

    def up_to(self, tank: str, time: float) -> Sighting:
        """Return what is seen until a tank ran out, at a time in s of the log's clock."""
        if self.phases.mainstage is None:
            return self
        phases = with_run_out(self.phases, tank, self.engine.network.side_of(tank), time)
        observed = observe(self.log, self.engine, phases, self.faults)
        return replace(self, phases=phases, observed=observed, ended=time)


def sight(log: Log, engine: Engine) -> Sighting:
    """Look at a log: match its channels, find phases and faults of signals, average the mainstage over windows."""
    matched = match_log(log, engine)
    named = with_standard_roles(matched, engine)
    lead = commanded_before(engine)
    phases = find_phases(named, ambient_pressure=engine.network.ambient_pressure, lead=lead)
    faults = (
        *signal_faults(matched),
        *noisy_sensors(matched, engine, phases),
        *held_up(matched, engine, phases),
    )
    return Sighting(matched, engine, phases, faults, observe(matched, engine, phases, faults))


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


@lru_cache(maxsize=8)
def _compiled(key: ById) -> CompiledNetwork:
    from hotfire.physics.compiled import CompiledNetwork

    return CompiledNetwork(key.engine.network)


def compiled_engine(engine: Engine) -> CompiledNetwork:
    """Compile an engine once."""
    return _compiled(ById(engine))
