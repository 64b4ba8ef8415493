"""What is seen of a log before anything is weighed: roles, phases, faults of signals, and the features.

The diagnosis and the description of a log begin with the same look at it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hotfire.engine import Engine
from hotfire.log import Log
from hotfire.observing.matching import match_log
from hotfire.observing.observe import Observed, commanded_before, observe
from hotfire.phases.finding import Phases, find_phases
from hotfire.phases.run_out import with_run_out
from hotfire.signals.held_up import held_up
from hotfire.signals.sensor_noise import noisy_sensors
from hotfire.signals.signal_faults import SignalFault, signal_faults
from hotfire.standard_roles import with_standard_roles

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.run_out import RunOut

__all__ = ["Sighting", "sight"]


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
