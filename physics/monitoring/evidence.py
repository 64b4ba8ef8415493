"""Evidence of one sample: what each candidate explains of the relations that do not hold.

Relations are uncertain by the scatter of the gauges, which they share, and by what the declaration does not know: the
parameters' tolerances. That part is estimated while the engine is sound, and what is left of it does not average out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.arrays import FloatArray
from hotfire.physics.monitoring.relations import Relations

__all__ = ["Levels", "Signatures", "expected_sizes", "gains"]

_FORM = 0.2
"""What a law is wrong by in its form, over what its parameters' tolerances allow."""
_ZERO = 1e-3
"""Standard deviation of a gauge's zero, over its span."""
_MOST = 300.0
"""Standard deviations up to which a relation counts: farther off, no law is as straight as its slope says."""
_ABLE = 0.1
"""Share of that which a wrong gauge of expected size must reach, to be what moved a relation so far."""
_MAIN = 0.5
"""Share of a fault's largest effect from which it may be what moved a relation so far."""
_WANDER = 10.0
"""Time in s over which a law may move by as much as it is wrong in its form."""
_LEAST = 1e-12
"""Share of what all relations tell of a size, below which what some of them tell is rounding."""
_OFF = 0.5
"""Standard deviation of a wrong gauge's error, over its span: what its size is expected to be before it is seen."""


class Levels:
    """What relations are off by while the engine is sound: an offset of each, followed by a scalar filter."""

    def __init__(self, relations: Relations, streams: int, rate: float) -> None:
        """Begin with what tolerances allow."""
        design = np.array([[relations.design_reading(g) for g in relations.gauges]])
        spans = np.array([g.span for g in relations.gauges])
        zeros = _ZERO * np.linalg.norm(relations.by_gauge(design)[0] * spans, axis=1)
        self._tolerance, self._zeros = relations.tolerance, zeros
        self.offset = np.zeros((streams, relations.count))
        self.variance = np.ones((streams, relations.count))
        self._growth = _FORM**2 / (_WANDER * rate)

    def reach(self, size: FloatArray) -> FloatArray:
        """Return what is allowed for each relation, SI, from the size of its computed side, same shape."""
        allowed: FloatArray = self._tolerance * size + self._zeros
        return allowed

    def spread(self, reach: FloatArray) -> FloatArray:
        """Return the variance that does not average out, same shape."""
        return (_FORM**2 + self.variance) * reach**2

    def follow(
        self, sound: NDArray[np.bool_], left: FloatArray, reach: FloatArray, noise: FloatArray
    ) -> None:
        """Learn from a sample of what is sound.

        Args:
            sound: Streams, shape (n, 1), or relations of streams, shape (n, m).
            left: What is left of the relations, SI, shape (n, m).
            reach: What is allowed for them, SI, same shape.
            noise: Variance by scatter, shape (n, m).
        """
        prior = self.variance + self._growth
        gain = prior / (prior + noise / reach**2 + _FORM**2) * sound
        self.offset += gain * (left / reach - self.offset)
        self.variance = np.where(sound, (1.0 - gain) * prior, self.variance)

    def rest(self, samples: float) -> None:
        """Let samples pass that nobody has seen."""
        self.variance = np.minimum(self.variance + samples * self._growth, 1.0)


@dataclass(frozen=True, eq=False)
class Signatures:
    """How faults and gauges move the relations of n flights, weighted by what is uncertain at one operating point.

    Attributes:
        noise: Variance of each relation by scatter, SI, shape (n, m).
        scale: Standard deviation of each relation, all told, SI, shape (n, m).
        weights: Of the relations for each candidate, shape (n, m, candidates).
        strength: Information about each candidate's size, shape (n, candidates).
        informative: What each relation contributes to that, shape (n, m, candidates).
        signs: Direction in which each candidate can move each relation far; 0 for none, shape (n, m, candidates).
        sharpest: Relation that tells most of each gauge, shape (n, gauges).
        slope: Of that relation by the gauge, SI, shape (n, gauges).
        precision: Inverse of the relations' correlation, shape (n, m, m).
    """

    noise: FloatArray
    scale: FloatArray
    weights: FloatArray
    strength: FloatArray
    informative: FloatArray
    signs: FloatArray
    sharpest: NDArray[np.int64]
    slope: FloatArray
    precision: FloatArray

    @classmethod
    def at(
        cls,
        slopes: FloatArray,
        scatter: FloatArray,
        faults: FloatArray,
        spread: FloatArray,
        sizes: FloatArray,
    ) -> Signatures:
        """Make them.

        Args:
            slopes: Of the relations by gauge, SI, shape (n, m, gauges).
            scatter: Of the gauges, SI, shape (n, gauges).
            faults: Of the relations by fault, SI, shape (m, faults).
            spread: Variance that does not average out, shape (n, m); vast for a relation that cannot be read.
            sizes: Expected sizes of faults and of gauges' errors, shape (candidates,).
        """
        rough = slopes * scatter[:, None, :]
        covariance = rough @ rough.transpose(0, 2, 1)
        noise = np.diagonal(covariance, axis1=1, axis2=2).copy()
        scale = np.sqrt(noise + spread)
        correlation = covariance / (scale[:, :, None] * scale[:, None, :])
        rows = np.arange(scale.shape[1])
        correlation[:, rows, rows] = 1.0
        own = np.concatenate([np.broadcast_to(faults, (slopes.shape[0], *faults.shape)), slopes], axis=2)
        normalised = own / scale[:, :, None]
        weights = np.linalg.solve(correlation, normalised)
        sharpest = np.abs(slopes / scale[:, :, None]).argmax(axis=1)
        slope = np.take_along_axis(slopes, sharpest[:, None, :], axis=1)[:, 0]
        informative = weights * normalised
        strength = informative.sum(axis=1)
        reached = np.abs(normalised) * sizes > _ABLE * _MOST
        most = np.abs(normalised[:, :, : faults.shape[1]])
        reached[:, :, : faults.shape[1]] = most > _MAIN * most.max(axis=1, keepdims=True)
        signs = np.sign(normalised) * reached
        precision = np.linalg.inv(correlation)
        return cls(
            noise,
            scale,
            weights / scale[:, :, None],
            strength,
            informative,
            signs,
            sharpest,
            slope,
            precision,
        )

    def departure(self, left: FloatArray) -> FloatArray:
        """Return how far relations of shape (n, m), SI, depart all together: about m in the mean while all is sound.

        Those that are far off count as far as relations do at most (see `pull`). Shape (n,).
        """
        off = left / self.scale
        far = np.abs(off) > _MOST
        near = np.where(far, 0.0, off)
        departed = (np.matmul(self.precision, near[..., None])[..., 0] * near).sum(axis=1)
        found: FloatArray = departed + _MOST**2 * far.sum(axis=1)
        return found

    def explained(
        self, left: FloatArray, pull: FloatArray, far: FloatArray, reads: NDArray[np.bool_]
    ) -> FloatArray:
        """Return how much of that departure each candidate explains at the size that fits it best.

        Relations that are far off tell nothing of the size, so that those that are not are fitted by themselves. A
        relation that reads a wrong gauge may be as far off as it likes.

        Args:
            left: As of `departure`.
            pull: Of the candidates.
            far: Evidence in nats of relations that are far off (see `pull`).
            reads: Which relations read each gauge, shape (m, gauges).

        Returns:
            Shape (n, candidates).
        """
        beyond = np.abs(left) > _MOST * self.scale
        own = np.abs(far)
        strength = self.strength
        if beyond.any():
            told = np.matmul((~beyond)[:, None, :].astype(float), self.informative)[:, 0]
            strength = np.maximum(told, _LEAST * self.strength)
            own[:, -reads.shape[1] :] = 0.5 * _MOST**2 * (beyond @ reads.astype(float))
        found: FloatArray = pull**2 / np.maximum(strength, 1e-300) + 2.0 * own
        return found

    def misread(self, left: FloatArray) -> FloatArray:
        """Return what each gauge's sharpest relation says of its error, SI, shape (n, gauges).

        Args:
            left: What is left of the relations, or its change for the change of the error, SI, shape (n, m).
        """
        found: FloatArray = np.take_along_axis(left, self.sharpest, axis=1) / np.where(
            self.slope == 0.0, np.inf, self.slope
        )
        return found

    def pull(self, left: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weigh relations of shape (n, m), SI.

        Returns:
            How far those that are not far off pull towards each candidate, and the evidence in nats of those that are:
            no slope holds so far, and the direction alone counts; each of shape (n, candidates).
        """
        far = np.abs(left) > _MOST * self.scale
        pull = np.matmul(np.where(far, 0.0, left)[:, None, :], self.weights)[:, 0]
        agree = np.matmul((far * np.sign(left))[:, None, :], self.signs)[:, 0] if far.any() else 0.0 * pull
        return pull, 0.5 * _MOST**2 * agree

    def replaced(self, chosen: NDArray[np.bool_], other: Signatures) -> Signatures:
        """Return these, with those of another operating point for the chosen flights."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Signatures(*(np.where(chosen.reshape(-1, *[1] * (a.ndim - 1)), b, a) for a, b in pairs))


def gains(pull: FloatArray, strength: FloatArray, sizes: FloatArray) -> FloatArray:
    """Return log-likelihood ratios against the sound engine, sizes integrated out under N(0, sizes^2).

    Args:
        pull: Weighted relations, shape (n, candidates).
        strength: Information about the size, same shape.
        sizes: Expected sizes, shape (candidates,).
    """
    known = strength * sizes**2
    explained = 0.5 * pull**2 / np.maximum(strength, 1e-300) * known / (1.0 + known)
    ratios: FloatArray = explained - 0.5 * np.log1p(known)
    return ratios


def expected_sizes(relations: Relations) -> FloatArray:
    """Expected size of each fault, and of each gauge's error in SI: shape (faults + gauges,)."""
    faults = [relations.network.faults[name] for name in relations.by_fault]
    of_faults = [float(np.sqrt(fault.lower * fault.upper)) for fault in faults]
    return np.array([*of_faults, *(_OFF * g.span for g in relations.gauges)])
