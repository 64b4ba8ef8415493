"""Does the router keep its promise? Calibrated and tested many times on cases that were drawn from a judged pool.

A pool is finite, so two draws stand beside each other. *Disjoint*: calibration cases without replacement, and all other
cases of the pool as the test; no case is in both, but the test has noise of its own, which alone takes a router that is
at the edge of its promise above alpha more often than delta. *Pool as the world*: calibration cases with replacement,
and the share that is trusted and wrong in the whole pool as the truth, which is known exactly; there the promise
holds as it is made, and the binomial limit applies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotfire.examination.rows import Row
from hotfire.router.thresholds import learn_then_test
from hotfire.scenarios.settings import FAMILIAR

__all__ = ["DRAWS", "Pool", "Trials", "pool", "trials"]

FloatArray = np.ndarray[Any, np.dtype[np.float64]]
DRAWS = 100
_ERRING = 0.2
"""Least share of errors of the model in the mix."""
_CALIBRATED = 0.5
"""Share of the pool that calibrates, at most."""
_MOST = 2000


@dataclass(frozen=True, eq=False)
class Pool:
    """Judged cases, and a mix of them.

    Attributes:
        risk: Of each of n cases; infinite where the check of the model's claim fails.
        wrong: Whether the model's claim is wrong.
        shifted: Whether the case is shifted.
        share: Of shifted cases in the mix.
    """

    risk: FloatArray
    wrong: np.ndarray
    shifted: np.ndarray
    share: float

    def erring(self, share: float) -> float:
        """Share of the model's errors in a mix."""
        kinds = ((self.shifted, share), (~self.shifted, 1.0 - share))
        return float(sum(w * self.wrong[own].mean() for own, w in kinds if w > 0.0))


@dataclass(frozen=True)
class Trials:
    """What came of many draws at one alpha.

    Attributes:
        alpha, delta: What was promised.
        draws: How many.
        calibration, test: Cases of each, of a disjoint draw.
        violations: Disjoint draws with more than alpha trusted and wrong among the test cases.
        exact: Draws with more than alpha trusted and wrong in the pool as the world.
        limit: Most violations that a kept promise has in 95 of 100 such counts.
        error: Mean share of the test cases that is trusted and wrong.
        coverage: Mean share of the test cases that is trusted.
        oracle: Share that one trusts who knows which answers are wrong: all that are right, and alpha of the
            others.
    """

    alpha: float
    delta: float
    draws: int
    calibration: int
    test: int
    violations: int
    exact: int
    limit: int
    error: float
    coverage: float
    oracle: float


def pool(rows: Sequence[Row]) -> Pool | None:
    """Return the judged cases with the least share of shifted ones at which the model errs often enough.

    None where no case has a risk, or no mix of familiar and shifted ones has enough errors.
    """
    kept = [r for r in rows if r.expert == "neural" and r.risk is not None]
    shifted = np.array([r.axis != FAMILIAR for r in kept], dtype=bool)
    if not shifted.any() or shifted.all():
        return None
    risk = np.array([r.risk if r.agrees else np.inf for r in kept], dtype=float)
    wrong = np.array([not r.is_right for r in kept])
    shares = [s / 100 for s in range(0, 100, 5)]
    found = [Pool(risk, wrong, shifted, s) for s in shares]
    return next((p for p in found if p.erring(p.share) >= _ERRING), None)


def trials(own: Pool, *, alpha: float, delta: float = 0.1, draws: int = DRAWS, seed: int = 0) -> Trials:
    """Calibrate and test on many draws.

    Args:
        own: Judged cases.
        alpha: Share of all cases that may be trusted and wrong.
        delta: Chance that the promise does not hold.
        draws: How many.
        seed: Of the draws.
    """
    from scipy.stats import binom

    random = np.random.default_rng(seed)
    familiar, shifted = np.flatnonzero(~own.shifted), np.flatnonzero(own.shifted)
    counts = _counts(familiar.size, shifted.size, own.share)
    weight = np.where(own.shifted, own.share / max(shifted.size, 1), (1.0 - own.share) / familiar.size)
    over, exact, errors, covered = 0, 0, [], []
    for _ in range(draws):
        held = _drawn(random, (familiar, shifted), counts)
        threshold = _threshold(own, held, alpha, delta)
        rest = np.setdiff1d(np.arange(own.risk.size), held)
        trusted = own.risk[rest] <= threshold
        test = _mixed(own, rest)
        errors.append(float(test @ (trusted & own.wrong[rest])))
        covered.append(float(test @ trusted))
        over += errors[-1] > alpha
        again = random.choice(own.risk.size, sum(counts), p=weight)
        whole = own.risk <= _threshold(own, again, alpha, delta)
        exact += float(weight @ (whole & own.wrong)) > alpha
    return Trials(
        alpha,
        delta,
        draws,
        sum(counts),
        own.risk.size - sum(counts),
        int(over),
        int(exact),
        int(binom.ppf(0.95, draws, delta)),
        float(np.mean(errors)),
        float(np.mean(covered)),
        min(1.0, 1.0 - own.erring(own.share) + alpha),
    )


def _counts(familiar: int, shifted: int, share: float) -> tuple[int, int]:
    """Familiar and shifted cases of a calibration: in the mix, and half of either kind at most."""
    most = min(
        familiar * _CALIBRATED / (1.0 - share), shifted * _CALIBRATED / share if share else np.inf, _MOST
    )
    return int(most * (1.0 - share)), int(most * share)


def _drawn(
    random: np.random.Generator, kinds: tuple[np.ndarray, np.ndarray], counts: tuple[int, int]
) -> np.ndarray:
    """Numbers of the calibration cases, shuffled, without replacement."""
    own = [random.choice(k, n, replace=False) for k, n in zip(kinds, counts, strict=True)]
    return random.permutation(np.concatenate(own))


def _threshold(own: Pool, chosen: np.ndarray, alpha: float, delta: float) -> float:
    """Largest risk that is trusted; a claim whose check fails lies beyond all thresholds."""
    risk = own.risk[chosen].tolist()
    found = learn_then_test(risk, own.wrong[chosen].tolist(), alpha=alpha, delta=delta).threshold
    return float(np.nextafter(np.inf, 0.0)) if np.isinf(found) and found > 0.0 else found


def _mixed(own: Pool, chosen: np.ndarray) -> FloatArray:
    """Weights of test cases that give the mix."""
    shifted = own.shifted[chosen]
    found: FloatArray = np.where(
        shifted, own.share / max(int(shifted.sum()), 1), (1.0 - own.share) / max(int((~shifted).sum()), 1)
    )
    return found
