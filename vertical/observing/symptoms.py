"""From readings in windows to a description: the way that logs and bulk cases share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hotfire.locations import sensor_location, sensor_quantity
from hotfire.physics.arrays import FloatArray
from hotfire.physics.description import Location, Symptom
from hotfire.physics.diagnosis.departures import Departures, Expectation
from hotfire.physics.sensors import Sensor

__all__ = ["MODES", "SIGNALS", "Signal", "Symptoms"]

SIGNALS = {
    "alias": "frozen",
    "dropout": "lost",
    "freeze": "frozen",
    "noise": "noisy",
    "open_circuit": "open",
    "saturation": "clipped",
    "spikes": "spiky",
}
"""What a description says of a sensor's fault that its signal shows by itself, by mode."""
MODES = {said: mode for mode, said in SIGNALS.items() if mode != "alias"}
"""The mode by what a description says."""
_FLOOR = 0.02
"""Least level above rest, as a share of the span, that departures are measured against."""
_ROUGHNESS_FLOOR = 0.01
_DIGITS = 3
_NOTHING = 1e-6
"""Shares and standard deviations below it come of rounding errors alone, as where a sensor is lost."""

Signal = tuple[int, str, float | None]
"""Column of a sensor, what its signal shows by itself, and from when (None: from the start)."""


class Symptoms:
    """Names departures of the sensors of one engine.

    What does not change from run to run is settled once.

    Attributes:
        places: Quantity and place of each of the S sensors.
        reference: Levels above rest that departures are measured against, SI, shape (S,).
    """

    def __init__(
        self,
        sensors: Sequence[Sensor],
        places: Mapping[str, Location],
        expectation: Expectation,
        edges: FloatArray,
        ambient: float,
    ) -> None:
        """Take the S sensors, the places of the components, what is expected, edges in s and ambient pressure in Pa."""
        self._expectation = expectation
        self.places = tuple((sensor_quantity(s), sensor_location(s, places)) for s in sensors)
        rest = np.array([ambient if s.kind == "pressure" else 0.0 for s in sensors])
        floor = np.array([_FLOOR * s.span if s.kind else _ROUGHNESS_FLOOR for s in sensors])
        self.reference = np.maximum(np.abs(expectation.means.mean(axis=0) - rest), floor)
        self._onsets = [
            None if t.window == 0 else round(float(edges[t.window]), 2) for t in expectation.templates
        ]
        self._courses = [t.course for t in expectation.templates]

    def of(
        self, means: FloatArray, scatter: FloatArray, signals: Sequence[Sequence[Signal]]
    ) -> list[tuple[Symptom, ...]]:
        """Return the symptoms of n runs.

        Args:
            means: Window means in SI, shape (n, K, S).
            scatter: Their standard deviations by scatter, same shape.
            signals: What signals show by themselves, by run.
        """
        found = self._expectation.departures(means, scatter)
        return [self._run(found, run, own) for run, own in enumerate(signals)]

    def _run(self, found: Departures, run: int, signals: Sequence[Signal]) -> tuple[Symptom, ...]:
        """Symptoms of one run: level and change of each sensor, then what signals show."""
        judged = (found.level, found.change)
        shares = (np.stack([j.size[run] for j in judged], axis=1) / self.reference[:, None]).tolist()
        sigmas = np.stack([j.sigma[run] for j in judged], axis=1).tolist()
        given = np.stack([j.given_others[run] for j in judged], axis=1).tolist()
        symptoms = []
        for i, template in enumerate(found.template[run].tolist()):
            if shares[i][0] != shares[i][0]:
                continue
            for j, course, onset in (
                (0, "level", None),
                (1, self._courses[template], self._onsets[template]),
            ):
                size, sigma, others = (_rounded(v[i][j]) for v in (shares, sigmas, given))
                symptoms.append(Symptom(*self.places[i], course, size, sigma, others, onset))
        for column, signal, onset in signals:
            quantity, place = self.places[column]
            symptoms.append(
                Symptom(quantity, place, signal, 0.0, 0.0, 0.0, None if onset is None else round(onset, 2))
            )
        return tuple(symptoms)


def _rounded(value: float) -> float:
    """Three significant digits of what is something: a description says the same on every machine and at every time."""
    return float(f"{value:.{_DIGITS}g}") if abs(value) >= _NOTHING else 0.0
