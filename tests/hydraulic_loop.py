"""A hydraulic loop as a second domain for the router: its own solver, its own faults, a classifier trained on them.

A pump drives oil through a filter, a valve and a cooler back to the reservoir. Gauges read the pressures after the
pump, the filter and the valve, and a meter the flow. Nothing here knows a rocket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from hotfire.router.experts import Answer, Checked
from hotfire.router.ledger import metered

FAULTS = {
    "clogged_filter": (0.1, 3.0),
    "stuck_valve": (0.1, 3.0),
    "fouled_cooler": (0.1, 3.0),
    "worn_pump": (0.03, 0.4),
    "leak": (0.03, 0.4),
    "meter_bias": (0.05, 0.5),
    "swapped_gauges": (1.0, 1.0),
}
NOMINAL = "nominal"
NOISE = np.array([0.05, 0.05, 0.05, 0.004])
_RESISTANCE = np.array([6.0, 9.0, 5.0])
_HEAD = 60.0


@dataclass(frozen=True)
class LoopCase:
    """Readings of one loop at a known pump speed: three pressures in bar and a flow in l/s."""

    readings: np.ndarray
    speed: float


def read(speed: float, fault: str = NOMINAL, size: float = 0.0) -> np.ndarray:
    """Solve the loop and return what the gauges and the meter show, shape (4,)."""
    resistance = _RESISTANCE.copy()
    for i, name in enumerate(("clogged_filter", "stuck_valve", "fouled_cooler")):
        if fault == name:
            resistance[i] *= 1.0 + size
    head = _HEAD * speed**2 * (1.0 - (size if fault == "worn_pump" else 0.0))
    kept = 1.0 - (size if fault == "leak" else 0.0)

    def excess(flow: float) -> float:
        after = kept * flow
        return head - 2.0 * flow**2 - resistance[0] * flow**2 - (resistance[1] + resistance[2]) * after**2

    flow = brentq(excess, 0.0, 10.0)
    after = kept * flow
    pump = head - 2.0 * flow**2
    filtered = pump - resistance[0] * flow**2
    valve = filtered - resistance[1] * after**2
    shown = np.array([pump, filtered, valve, after * (1.0 + (size if fault == "meter_bias" else 0.0))])
    return shown[[0, 2, 1, 3]] if fault == "swapped_gauges" else shown


def draw(random: np.random.Generator, *, strange: bool = False) -> tuple[LoopCase, str]:
    """Draw a case; strange ones run at speeds that the classifier has not seen, and hold a fault that it has not."""
    names = list(FAULTS) if strange else [n for n in FAULTS if n != "swapped_gauges"]
    fault = str(random.choice([NOMINAL, *names]))
    low, high = FAULTS.get(fault, (0.0, 0.0))
    size = float(np.exp(random.uniform(np.log(low), np.log(high)))) if fault != NOMINAL else 0.0
    speed = float(random.uniform(0.45, 0.7) if strange else random.uniform(0.95, 1.05))
    return LoopCase(read(speed, fault, size) + NOISE * random.normal(size=4), speed), fault


def features(case: LoopCase) -> np.ndarray:
    """What the classifier sees: departures from the loop at full speed, whatever the speed is."""
    return np.asarray((case.readings - read(1.0)) / np.array([5.0, 5.0, 5.0, 0.3]))


class Classifier:
    """Multinomial logistic regression on departures and their squares, trained by gradient descent."""

    name = "classifier"

    def __init__(self, cases: list[LoopCase], labels: list[str], *, steps: int = 3000) -> None:
        self.classes = sorted(set(labels))
        design = np.stack([self._design(c) for c in cases])
        target = np.array([[float(name == label) for name in self.classes] for label in labels])
        self.weights = np.zeros((design.shape[1], len(self.classes)))
        momentum = np.zeros_like(self.weights)
        for _ in range(steps):
            slope = design.T @ (target - self._softmax(design @ self.weights)) / len(cases)
            momentum = 0.9 * momentum + slope - 1e-4 * self.weights
            self.weights += 0.3 * momentum

    def logits(self, case: LoopCase) -> np.ndarray:
        """Before the softmax, shape (classes,)."""
        return np.asarray(self._design(case) @ self.weights)

    def answer(self, case: LoopCase) -> Answer:
        """Answer at once."""
        with metered() as meter:
            chance = self._softmax(self.logits(case)[None])[0]
            meter.count(model_calls=1)
        posterior = dict(zip(self.classes, chance.tolist(), strict=True))
        return Answer(posterior, self.name, features(case), cost=meter.cost)

    @staticmethod
    def _design(case: LoopCase) -> np.ndarray:
        x = features(case)
        return np.concatenate([[1.0], x, (x[:, None] * x)[np.triu_indices(4)]])

    @staticmethod
    def _softmax(logits: np.ndarray) -> np.ndarray:
        power = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray(power / power.sum(axis=-1, keepdims=True))


class Solver:
    """Fits every fault to the readings by the physics of the loop; also checks single claims."""

    name = "solver"

    def answer(self, case: LoopCase, hints: Mapping[str, float]) -> Answer:
        """Fit all faults, the likelier ones first."""
        with metered() as meter:
            order = sorted([NOMINAL, *FAULTS], key=lambda n: -hints.get(n, 0.0))
            misfits = {name: self._misfit(case, name) for name in order}
            meter.count(solves=40 * len(misfits))
        best = min(misfits.values())
        # One free size costs the logarithm of how many sizes the noise could tell apart.
        weights = {
            n: float(np.exp(-0.5 * (m - best)) * (1.0 if n == NOMINAL else 0.15)) for n, m in misfits.items()
        }
        total = sum(weights.values())
        return Answer({n: w / total for n, w in weights.items()}, self.name, cost=meter.cost)

    def check(self, case: LoopCase, claim: str) -> Checked:
        """Say whether one fault at its best size explains the readings."""
        with metered() as meter:
            misfit = self._misfit(case, claim)
            meter.count(solves=40)
        return Checked(
            misfit < 16.0, misfit / 16.0, f"{claim} leaves a chi-square of {misfit:.1f}", cost=meter.cost
        )

    @staticmethod
    def _misfit(case: LoopCase, fault: str) -> float:
        low, high = FAULTS.get(fault, (0.0, 0.0))

        def of(log_size: float) -> float:
            away = (case.readings - read(case.speed, fault, float(np.exp(log_size)))) / NOISE
            return float(away @ away)

        if high <= low:
            return of(np.log(max(high, 1e-9)))
        return float(minimize_scalar(of, bounds=(np.log(low), np.log(high)), method="bounded").fun)
