"""Truth about what a text leaves open: the single hypotheses of which somebody could tell the same.

G* of a log is what all its sensors cannot tell apart. A text speaks of four departures at most, mostly without a size,
and no reader, however good, learns from it what it does not say. So G* of a text is taken over what it tells. Every
hypothesis, at every size and onset, is described as the plant without noise would be, and held against the text: a
departure that is told is seen there, in that direction, in level or in change; a size that is told is that size; a
channel that is told to have held does not stand out. How far it is from that, in standard deviations, is the distance.
Up to 3 are alike as elsewhere, and so is what is no farther from the text than the fault of the case itself. When a
departure set in is not held against anything, since onsets are free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from hotfire.examination.truth import Truth
from hotfire.observing.symptoms import MODES, Symptoms
from hotfire.physics.arrays import FloatArray
from hotfire.physics.description import Symptom
from hotfire.physics.diagnosis.departures import Judged
from hotfire.scenarios.effects import SEEN
from hotfire.scenarios.settings import FAMILIAR, Setting
from hotfire.scenarios.texts import QUIET, Tale

__all__ = ["Retelling", "familiar_retelling"]

_ROUNDED = 0.03
"""Relative standard deviation of a size by its two digits and its unit."""
_BETWEEN = np.array([0.0, 0.2, 0.4, 0.6, 0.8])[:, None]
"""Where hypotheses are looked at between one size and the next: told sizes are finer than the table's."""
_AT_ONCE = 2000


@dataclass(frozen=True, eq=False)
class _Shown:
    """What hypotheses show at n sizes and onsets in all: level and change of each sensor, shape (2, S, n).

    Attributes:
        names: Of the hypotheses.
        starts: Where each begins along n, shape (len(names),).
        next: Of each, the one of the same onset and the next size; the largest itself, shape (n,).
        share: Over what is expected above rest.
        sigma, given: In standard deviations, by itself and given the others.
    """

    names: tuple[str, ...]
    starts: np.ndarray
    next: np.ndarray
    share: FloatArray
    sigma: FloatArray
    given: FloatArray

    def of(self, figure: FloatArray, row: int, sensor: int) -> FloatArray:
        """Return a figure of level (row 0) or change (row 1) of a sensor, at and between sizes, shape (m, n)."""
        own = figure[row, sensor]
        return np.asarray(own + _BETWEEN * (own[self.next] - own))


class Retelling:
    """What texts leave open of the cases of one setting."""

    def __init__(self, truth: Truth) -> None:
        """Take what the plant shows in this setting."""
        self._truth = truth
        rig = truth.rig
        ambient = rig.engine.network.ambient_pressure
        self._symptoms = Symptoms(rig.sensors, rig.places, rig.expectation, rig.edges, ambient)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of all single hypotheses."""
        return tuple(dict.fromkeys(self._truth.rig.labels[n].words for n in self._truth.names))

    def group(self, label: str, tale: Tale) -> tuple[str, ...]:
        """Return G* of a text by labels: the fault of its case, then all others of which the same could be told.

        It is empty where the text does not tell of the fault: of no departure at all, or not of the signal by which
        alone it shows.
        """
        if any(s.course in MODES for s in tale.told):
            return (label,)  # what a signal shows by itself is said of one sensor and one mode
        found: dict[str, float] = {}
        for name, distance in self.distances(tale).items():
            own = self._truth.rig.labels[name].words
            found[own] = min(distance, found.get(own, np.inf))
        if not tale.told or label not in found:
            return ()
        # Hardware that strays is told of as well, so the fault itself may be far from what is told.
        alike = max(self._truth.alike, found[label])
        return (label, *(h for h, d in found.items() if d <= alike and h != label))

    def distances(self, tale: Tale) -> dict[str, float]:
        """Return how far each hypothesis is from what a text tells where it comes nearest, standard deviations."""
        shown = self._shown
        squares = np.zeros((_BETWEEN.size, shown.next.size))
        for symptom, sized in zip(tale.told, tale.sized, strict=True):
            squares += self._lacking(symptom, sized) ** 2
        for symptom in tale.held:
            i = self._column(symptom)
            figures = [shown.of(f, row, i) for f in (shown.sigma, shown.given) for row in (0, 1)]
            squares += np.maximum(np.abs(figures).max(axis=0) - QUIET, 0.0) ** 2
        least = np.sqrt(np.minimum.reduceat(squares.min(axis=0), shown.starts))
        return dict(zip(shown.names, least.tolist(), strict=True))

    def _lacking(self, symptom: Symptom, sized: bool) -> FloatArray:
        """How far a departure that is told is from what hypotheses show there, shape (m, n)."""
        shown, place = self._shown, (0 if symptom.course == "level" else 1, self._column(symptom))
        alone, given = shown.of(shown.sigma, *place), shown.of(shown.given, *place)
        faint = np.maximum(SEEN - np.maximum(np.abs(alone), np.abs(given)), 0.0)
        # The direction is that of the departure itself, even where it is told for how odd it is among the others.
        lacking = np.hypot(faint, np.maximum(-np.sign(symptom.size) * alone, 0.0))
        if not sized or not symptom.sigma:
            return np.asarray(lacking)
        spread = np.hypot(symptom.size / symptom.sigma, _ROUNDED * symptom.size)
        return np.asarray(np.maximum(lacking, np.abs(symptom.size - shown.of(shown.share, *place)) / spread))

    def _column(self, symptom: Symptom) -> int:
        return self._symptoms.places.index((symptom.quantity, symptom.location))

    @cached_property
    def _shown(self) -> _Shown:
        """What each hypothesis shows whose effect is known."""
        truth = self._truth
        names = tuple(n for n in truth.names if truth.effects.known(n))
        found = [self._of(n) for n in names]
        counts = [steps.size for steps, *_ in found]
        steps, *arrays = (np.concatenate(f, axis=-1) for f in zip(*found, strict=True))
        return _Shown(names, np.cumsum([0, *counts[:-1]]), np.arange(steps.size) + steps, *arrays)

    def _of(self, name: str) -> tuple[FloatArray, ...]:
        """Steps to the next size, and share, sigma and sigma given the others of a hypothesis."""
        ways = list(self._truth.rivals.shown(name))
        steps = np.concatenate([np.ones(w.shape[:2], dtype=int) for w in ways])
        steps[:, -1] = 0
        effects = np.concatenate(ways).reshape(-1, *ways[0].shape[2:])
        parts = [self._judged(effects[i : i + _AT_ONCE]) for i in range(0, len(effects), _AT_ONCE)]
        size, sigma, given = (np.nan_to_num(np.concatenate(f, axis=-1)) for f in zip(*parts, strict=True))
        return steps.ravel(), size / self._symptoms.reference[:, None], sigma, given

    def _judged(self, effects: FloatArray) -> Iterator[FloatArray]:
        """Size, sigma and sigma given the others of effects, shape (2, S, n) each."""
        rig = self._truth.rig
        means = rig.sound + effects
        scatter = rig.scatter(means, np.repeat(rig.usual_noise[None], len(means), axis=0))
        found = rig.expectation.departures(means[:, 1:], scatter[:, 1:])
        both: tuple[Judged, Judged] = (found.level, found.change)
        for figure in ("size", "sigma", "given_others"):
            yield np.stack([getattr(j, figure).T for j in both])


@lru_cache(maxsize=16)
def familiar_retelling(engine: str) -> Retelling:
    """What texts leave open of the familiar cases of an engine."""
    return Retelling(Truth(Setting(FAMILIAR, 0, engine)))
