"""Redlines: a channel that stays beyond a fixed limit trips, and every fault that usually trips it is suspected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from baselines.expert import Settings
from baselines.features import channel
from hotfire.examination.cases import ExamCase
from hotfire.examination.score import NOMINAL
from hotfire.physics.arrays import FloatArray
from hotfire.physics.description import Description, Symptom

__all__ = ["Redlines"]

_SMOOTH = 0.5
_USUAL = 0.95


class Redlines:
    """Limits on relative departures, fixed for each channel by what sound engines do, with persistence.

    The limit of a level, and of a change, is a margin times what 95 of 100 sound engines of the training keep to. What
    touches a channel is counted in training: the labels that trip it in at least a share of their cases.
    """

    name = "redlines"
    labels: tuple[str, ...] = ()

    @staticmethod
    def draw(random: np.random.Generator) -> dict[str, Any]:
        """Draw settings to try."""
        return {
            "margin": float(np.exp(random.uniform(np.log(0.7), np.log(3.0)))),
            "persistence": float(random.choice([0.0, 0.1, 0.3])),
            "touches": float(random.choice([0.1, 0.25, 0.5, 0.75])),
        }

    def fit(self, cases: Sequence[ExamCase], settings: Settings, seed: int) -> None:
        """Learn from cases with one label each."""
        self._settings = settings
        self._limits = _limits([c.description for c in cases if c.label == NOMINAL], settings["margin"])
        self.labels = tuple(sorted({c.label for c in cases}))
        count, tripped = dict.fromkeys(self.labels, 0), dict.fromkeys(self.labels, 0)
        by_channel: dict[str, dict[str, int]] = {}
        for case in cases:
            trips = self._trips(case.description)
            count[case.label] += 1
            tripped[case.label] += bool(trips)
            for name in trips:
                own = by_channel.setdefault(name, {})
                own[case.label] = own.get(case.label, 0) + 1
        least = settings["touches"]
        self._touching = {
            name: {label for label, hits in own.items() if label != NOMINAL and hits >= least * count[label]}
            for name, own in by_channel.items()
        }
        alarms = sum(tripped.values())
        self._sound_tripped = (tripped[NOMINAL] + _SMOOTH) / (alarms + 2 * _SMOOTH)
        quiet, sound = len(cases) - alarms, count[NOMINAL] - tripped[NOMINAL]
        self._sound_quiet = (sound + _SMOOTH) / (quiet + 2 * _SMOOTH)

    def _trips(self, description: Description) -> dict[str, float]:
        """Return channels beyond their limit, with how far in limits."""
        latest = (1.0 - self._settings["persistence"]) * description.burn
        found: dict[str, float] = {}
        for symptom in description.symptoms:
            far = self._beyond(symptom)
            stays = symptom.onset is None or symptom.onset <= latest
            if far >= 1.0 and stays:
                found[channel(symptom)] = max(far, found.get(channel(symptom), 0.0))
        return found

    def _beyond(self, symptom: Symptom) -> float:
        if symptom.course not in ("level", "step", "ramp"):
            return np.inf
        limit = self._limits.get((channel(symptom), symptom.course == "level"))
        return 0.0 if limit is None else abs(symptom.size) / limit

    def probabilities(self, cases: Sequence[ExamCase]) -> FloatArray:
        """Return the probability of each label, shape (n, L)."""
        found = np.zeros((len(cases), len(self.labels)))
        at = self.labels.index(NOMINAL)
        for row, case in zip(found, cases, strict=True):
            trips = self._trips(case.description)
            row[at] = self._sound_tripped if trips else self._sound_quiet
            own = set(case.hypotheses) - {NOMINAL}
            first = max(trips, key=lambda n: (trips[n], n), default="")
            suspects = own & self._touching.get(first, own) or own
            faults = [i for i, label in enumerate(self.labels) if label in suspects]
            row[faults] = (1.0 - row[at]) / max(len(faults), 1)
        return found


def _limits(sound: Sequence[Description], margin: float) -> dict[tuple[str, bool], float]:
    """Return the limit of each channel's level (True) and change (False)."""
    sizes: dict[tuple[str, bool], list[float]] = {}
    for description in sound:
        for symptom in description.symptoms:
            if symptom.course in ("level", "step", "ramp"):
                key = (channel(symptom), symptom.course == "level")
                sizes.setdefault(key, []).append(abs(symptom.size))
    return {key: margin * float(np.quantile(own, _USUAL)) + 1e-9 for key, own in sizes.items()}
