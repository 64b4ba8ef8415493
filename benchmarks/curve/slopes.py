"""How error falls with the number of training cases: the slope of its line over log10 of it, with an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Answered", "Curve", "curve"]

_AGAIN = 2000
_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, eq=False)
class Answered:
    """One trained model.

    Attributes:
        cases: That it was trained on.
        seed: Of its cases, their order and its weights.
        earned: Score of each examined case, by axis.
    """

    cases: int
    seed: int
    earned: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Curve:
    """Error of one axis.

    Attributes:
        axis: Its name.
        examined: Cases that every model answered.
        sizes: Numbers of training cases, rising.
        errors: 1 less the mean score, shape (sizes, seeds).
        slope: Change of the error by ten times the cases, by least squares on the means over seeds.
        low, high: 95 % interval, by bootstrap over seeds and examined cases.
        at_one: Error of the line at one case (log10 of 0).
    """

    axis: str
    examined: int
    sizes: np.ndarray
    errors: np.ndarray
    slope: float
    low: float
    high: float
    at_one: float


def curve(axis: str, models: Sequence[Answered], *, seed: int = 0) -> Curve:
    """Return the curve of an axis; sizes that not every seed has are left out.

    Examined cases are the same for all models, so a case that is drawn again is drawn again for all of them.

    Args:
        axis: Which.
        models: Trained on different numbers of cases.
        seed: Of the bootstrap.

    Raises:
        ValueError: If fewer than two sizes have all seeds.
    """
    seeds = sorted({m.seed for m in models})
    by = {(m.cases, m.seed): m.earned[axis] for m in models}
    sizes = [n for n in sorted({m.cases for m in models}) if all((n, s) in by for s in seeds)]
    if len(sizes) < 2:
        raise ValueError(f"{len(sizes)} sizes have all seeds: a slope needs two")
    earned = np.array([[by[n, s] for s in seeds] for n in sizes])
    decades = np.log10(sizes)
    slope, at_one = np.polyfit(decades, 1.0 - earned.mean(axis=(1, 2)), 1)
    random, again = np.random.default_rng(seed), []
    for _ in range(_AGAIN):
        cases = random.integers(earned.shape[2], size=earned.shape[2])
        chosen = random.integers(len(seeds), size=(len(sizes), len(seeds)))
        drawn = earned[:, :, cases].mean(axis=2)
        again.append(np.polyfit(decades, 1.0 - np.take_along_axis(drawn, chosen, axis=1).mean(axis=1), 1)[0])
    low, high = np.percentile(again, _INTERVAL)
    errors = 1.0 - earned.mean(axis=2)
    return Curve(
        axis, earned.shape[2], np.array(sizes), errors, float(slope), float(low), float(high), float(at_one)
    )
