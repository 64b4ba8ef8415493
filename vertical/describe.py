"""The description of a log: what experts see of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.compiled_engines import compiled_engine
from hotfire.engine import Engine
from hotfire.engine_cycle import cycle_in_words
from hotfire.locations import hardware_of, locations
from hotfire.log import Log
from hotfire.observing.observe import Observed
from hotfire.observing.sighting import Sighting, sight
from hotfire.observing.symptoms import SIGNALS, Signal, Symptoms
from hotfire.physics.description import Description
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.departures import expectation_of
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.errors import HotfireError
from hotfire.signals.signal_faults import SignalFault

__all__ = ["describe", "describe_sighting"]


def describe(log: Log, engine: Engine, *, text: str = "") -> Description:
    """Describe a log: what departs from the physics of the sound engine, where, by how much, and since when.

    Args:
        log: As read by `hotfire.read_log`.
        engine: As loaded by `hotfire.load_engine`.
        text: What an operator said of the test.

    Raises:
        HotfireError: If the log holds no steady stretch that could be held against the engine.
    """
    return describe_sighting(sight(log, engine), text=text)


def describe_sighting(seen: Sighting, *, text: str = "") -> Description:
    """Describe a log that has been looked at; as `describe`.

    Raises:
        HotfireError: If the log holds no steady stretch that could be held against the engine.
    """
    log, engine, observed = seen.log, seen.engine, seen.observed
    if observed is None:
        raise HotfireError(
            "there is nothing to describe in this log",
            where=str(log.source or "log"),
            why="no steady stretch of the engine's channels is long enough",
            remedy="look at `hotfire inspect`, and give a channel map where channels were not recognised",
        )
    observation = observed.observation
    forecaster = Forecaster(compiled_engine(engine), observation)
    expectation = expectation_of(forecaster)
    named = Symptoms(
        observation.sensors,
        locations(engine.network),
        expectation,
        observation.edges,
        engine.network.ambient_pressure,
    )
    sound = forecaster.features([Case()])[0][0]
    scatter = forecaster.scatter(sound).reshape(observation.means.shape)[1:]
    (symptoms,) = named.of(observation.means[None, 1:], scatter[None], [_signals(observed, seen.faults)])
    names = engine.propellants
    return Description(
        cycle_in_words(engine.network),
        (names.get("oxidizer", ""), names.get("fuel", "")),
        hardware_of(engine.network),
        round(float(np.ptp(observation.edges)), 2),
        symptoms,
        text,
    )


def _signals(observed: Observed, faults: Sequence[SignalFault]) -> list[Signal]:
    """What signals of the engine's sensors show by themselves, with the onset after the valves opened."""
    columns = {s.name: i for i, s in enumerate(observed.observation.sensors)}
    found = []
    for fault in faults:
        if fault.role in columns and fault.mode in SIGNALS:
            onset = None if fault.start is None else fault.start - observed.origin
            shown = None if onset is None or onset <= 0.0 else onset
            found.append((columns[fault.role], SIGNALS[fault.mode], shown))
    return found
