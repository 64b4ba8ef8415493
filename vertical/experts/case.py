"""What an expert gets of one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.describe import describe_sighting
from hotfire.engine import Engine
from hotfire.experts.hypotheses import labels_of
from hotfire.log import Log
from hotfire.observing.observe import Observed
from hotfire.observing.sighting import Sighting, sight
from hotfire.observing.symptoms import SIGNALS
from hotfire.physics.arrays import FloatArray
from hotfire.physics.description import Description
from hotfire.physics.diagnosis.observation import Observation

__all__ = [
    "ExpertCase",
    "Shown",
    "SightedCase",
    "case_of_log",
    "case_of_sighting",
    "without_spoilt_windows",
]

_SPOILING = ("freeze", "dropout", "saturation", "open_circuit")
"""Modes in which a signal says nothing more of its quantity."""


@dataclass(frozen=True)
class Shown:
    """A fault of a sensor that its signal shows by itself.

    Attributes:
        sensor: Name in the engine.
        mode: As in `hotfire.physics.sensors.SENSOR_FAULTS`.
        onset: Seconds after the valves opened; None when from the start.
    """

    sensor: str
    mode: str
    onset: float | None = None

    @property
    def spoils(self) -> bool:
        """Whether the readings say nothing from the onset on."""
        return self.mode in _SPOILING


@dataclass(frozen=True, eq=False)
class ExpertCase:
    """One case.

    Attributes:
        engine: As its file says.
        description: In words that do not depend on the engine.
        observation: Window means, without the readings that a signal fault spoils; None where there is a text alone.
        signals: What signals show by themselves.
        hypotheses: Admissible answers: `nominal` and the words of labels.
    """

    engine: Engine
    description: Description
    observation: Observation | None
    signals: tuple[Shown, ...]
    hypotheses: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SightedCase(ExpertCase):
    """A case of a log.

    Attributes:
        seen: What is seen of the log.
    """

    seen: Sighting


def case_of_log(log: Log, engine: Engine, *, text: str = "") -> SightedCase:
    """Make a case of a log.

    Args:
        log: As read by `hotfire.read_log`.
        engine: As loaded by `hotfire.load_engine`.
        text: What an operator said of the test.

    Raises:
        HotfireError: If the log holds no steady stretch that could be held against the engine.
    """
    return case_of_sighting(sight(log, engine), text=text)


def case_of_sighting(seen: Sighting, *, text: str = "") -> SightedCase:
    """Make a case of a log that has been looked at; as `case_of_log`.

    Raises:
        HotfireError: If the log holds no steady stretch that could be held against the engine.
    """
    description = describe_sighting(seen, text=text)
    assert seen.observed is not None
    shown = (*_of_signals(seen, seen.observed), *(Shown(s, "zero_offset") for s in seen.observed.offsets))
    words = labels_of(seen.engine).words
    return SightedCase(seen.engine, description, seen.observed.observation, shown, words, seen)


def _of_signals(seen: Sighting, observed: Observed) -> list[Shown]:
    """Faults that the signals of the engine's sensors show during the run, one for each sensor and mode."""
    last = observed.origin + float(observed.observation.edges[-1])
    found = []
    for fault in seen.faults:
        if fault.role is None or fault.role not in seen.engine.sensors or fault.mode not in SIGNALS:
            continue
        if fault.start is None or fault.start <= observed.origin:
            found.append(Shown(fault.role, fault.mode))
        elif fault.start < last:
            found.append(Shown(fault.role, fault.mode, fault.start - observed.origin))
    return found


def without_spoilt_windows(
    means: FloatArray, edges: FloatArray, columns: Sequence[tuple[int, float | None]]
) -> FloatArray:
    """Return means, shape (K + 1, S), with NaN wherever a column is spoilt, from its onset in s on (None: always)."""
    kept = means.copy()
    for column, onset in columns:
        after = np.concatenate([[onset is None], edges[1:] > (-np.inf if onset is None else onset)])
        kept[after, column] = np.nan
    return kept
