"""How fast actuators moved, beside how fast they should.

A slow actuator leaves no trace in forecasts, which are given positions as they were followed. How it followed its
command at the start tells it by itself, and weighs between hypotheses that hold it to be slow and all others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hotfire.engine import Engine
from hotfire.observing.sighting import Sighting
from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.explanations import NOMINAL, Explanation, Weighed

__all__ = ["Pace", "paces", "weighed_by_paces"]

_MODE = "slow"
_ANYWAY = 1e-6
"""Least likelihood: a position may follow otherwise for reasons that nobody thought of."""
_WIDE, _SIZES = 3.0, 25
"""Standard deviations over which sizes are spread, and how many."""


@dataclass(frozen=True)
class Pace:
    """What a log tells of the pace of one actuator.

    Attributes:
        fault: Name of its being slow.
        gained: Logarithm of its time constant over that of the engine file.
        doubt: Standard deviation of that, the engine file's tolerance included.
        bounds: Least and largest size of the fault: time constant gained over the original.
        rate: How often it is slow.
    """

    fault: str
    gained: float
    doubt: float
    bounds: tuple[float, float]
    rate: float

    def sound(self) -> float:
        """Likelihood of the pace if the actuator is sound."""
        density = math.exp(-0.5 * (self.gained / self.doubt) ** 2) / (self.doubt * math.sqrt(2.0 * math.pi))
        return max(density, _ANYWAY)

    def slow(self) -> float:
        """Likelihood if it is slow, by any factor within bounds alike."""
        low, high = (math.log1p(size) for size in self.bounds)

        def below(at: float) -> float:
            return 0.5 * math.erfc((self.gained - at) / (self.doubt * math.sqrt(2.0)))

        return max((below(high) - below(low)) / (high - low), _ANYWAY)

    def sizes(self) -> tuple[FloatArray, FloatArray]:
        """Return sizes of the fault in rising order, within bounds, and their weights."""
        off = np.linspace(-_WIDE, _WIDE, _SIZES)
        weights = np.exp(-0.5 * off**2)
        return np.clip(np.expm1(self.gained + self.doubt * off), *self.bounds), weights / weights.sum()


def paces(seen: Sighting) -> tuple[Pace, ...]:
    """Return the paces of all actuators that the log tells."""
    if seen.observed is None:
        return ()
    followed = seen.observed.followed.values()
    return tuple(
        _pace(seen.engine, f.actuator, f.time_constant, f.doubt) for f in followed if f.doubt is not None
    )


def _pace(engine: Engine, actuator: str, constant: float, doubt: float) -> Pace:
    name, fault = f"{actuator}.time_constant", engine.network.faults[f"{actuator}.{_MODE}"]
    gained = math.log(constant / engine.network.parameter_values[name])
    whole = math.hypot(engine.network.tolerances[name], doubt)
    return Pace(f"{actuator}.{_MODE}", gained, whole, (fault.lower, fault.upper), fault.rate)


def weighed_by_paces(ranked: Sequence[Weighed], told: Sequence[Pace]) -> tuple[Weighed, ...]:
    """Weigh hypotheses by how fast actuators moved; what holds one to be slow gets its size from that.

    Args:
        ranked: Hypotheses.
        told: Of the actuators.
    """
    for pace in told:
        ranked = [_as_sound(w, ranked, pace) if w.name == pace.fault else w for w in ranked]
        holding = {w.name for w in ranked if _holds(w, pace)}
        share = {w.name: w.probability * (pace.slow() if w.name in holding else pace.sound()) for w in ranked}
        total = sum(share.values())
        if holding and total > 0.0:
            ranked = [
                replace(
                    w,
                    probability=share[w.name] / total,
                    explanations=tuple(_sized(e, pace) for e in w.explanations)
                    if w.name in holding
                    else w.explanations,
                )
                for w in ranked
            ]
    return tuple(sorted(ranked, key=lambda w: -w.probability))


def _holds(weighed: Weighed, pace: Pace) -> bool:
    return any(course.name == pace.fault for course in weighed.best.courses)


def _as_sound(slow: Weighed, ranked: Sequence[Weighed], pace: Pace) -> Weighed:
    """Let a slow actuator explain windows as the sound engine does: forecasts are the same, only its is fitted."""
    nominal = next((w for w in ranked if w.name == NOMINAL), None)
    if nominal is None or slow.best.course is None:
        return slow
    best = replace(
        nominal.best,
        course=replace(slow.best.course, onset=None),
        log_evidence=nominal.best.log_evidence + math.log(pace.rate),
        point=None,
    )
    return replace(slow, probability=nominal.probability * pace.rate, explanations=(best,))


def _sized(explanation: Explanation, pace: Pace) -> Explanation:
    first, *others = (
        pace.sizes() if course.name == pace.fault else spread
        for course, spread in zip(explanation.courses, explanation.spreads, strict=True)
    )
    return replace(explanation, sizes=first[0], weights=first[1], beside=tuple(others))
