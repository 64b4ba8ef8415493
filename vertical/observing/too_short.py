"""When a run is over, or its record is, before what the start has left can be told from a fault.

The start lasts as long as its commands; then walls and rotors come to their steady state, and slow sensors to what they
read of it. A stretch that ends before the slowest of them has had its time shows the start, which is not judged. Of a
record that breaks off in the run the slow sensors' time is asked for as well: there is more of it to be had, of a short
burn there is not.
"""

from __future__ import annotations

from hotfire.engine import Engine
from hotfire.log import Log
from hotfire.observing.followed import follow
from hotfire.observing.weighed_stretch import weighed_stretch
from hotfire.phases.finding import Phases

__all__ = ["too_short"]


def too_short(log: Log, engine: Engine, phases: Phases) -> str:
    """Say why a mainstage is too short to be judged; "" where it is not, or where the start is not in the log.

    Args:
        log: With roles.
        engine: The engine; one without a sequence says nothing of its start.
        phases: Of that log.
    """
    if engine.sequence is None or phases.mainstage is None or phases.burn is None:
        return ""
    if any(note.code == "starts_in_burn" for note in phases.notes):
        return ""
    breaks_off = any(note.code == "burn_not_ended" for note in phases.notes)
    commands, slowest = engine.sequence.starting, _slowest_part(engine)
    lag = _slowest_sensor(log, engine) if breaks_off else 0.0
    _, end = weighed_stretch(log, engine, phases, follow(log, engine, phases.burn.start))
    lasting = end - phases.burn.start
    if lasting >= commands + slowest + lag:
        return ""
    stage = phases.mainstage.end - phases.mainstage.start
    return (
        f"the mainstage of {stage:.2f} s before the {'log ends' if breaks_off else 'shutdown'} is too short to be "
        f"judged: what the start leaves lasts until {commands + slowest + lag:.2f} s after the chamber lit "
        f"({_parts(commands, slowest, lag)}), and the stretch to be weighed ends {lasting:.2f} s after it; "
        f"{'give the whole record' if breaks_off else 'run the engine for longer'}"
    )


def _parts(commands: float, slowest: float, lag: float) -> str:
    parts = [f"commands of the start {commands:.2g} s"]
    parts += [f"slowest wall or rotor {slowest:.2g} s"] if slowest else []
    return ", ".join(parts + ([f"slowest sensor {lag:.2g} s"] if lag else []))


def _slowest_part(engine: Engine) -> float:
    """Time in s of the slowest mode of walls and rotors about the design point; 0 without any."""
    from hotfire.compiled_engines import compiled_engine
    from hotfire.physics.settling import settling_of

    if not any(stream.medium in ("shaft", "heat") for stream in engine.network.streams):
        return 0.0
    settling = settling_of(compiled_engine(engine))
    return float(settling.times.max()) if settling is not None else 0.0


def _slowest_sensor(log: Log, engine: Engine) -> float:
    """Longest lag in s of the sensors that are in a log."""
    return max((s.lag for s in engine.sensors.values() if log.role(s.name) is not None), default=0.0)
