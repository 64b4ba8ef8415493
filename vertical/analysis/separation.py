"""How far faults are from the sound engine and from one another, over all sizes that they may have.

A fault of rising size is a path in the space of the features. A fault is detectable from where its path is 5 standard
deviations of noise and tolerances from the sound engine; it is alike another where that one's path comes within 3 of
it, whatever size that takes. Paths are followed straight from size to size. Distances add up by squares over whitened
features, so a further sensor only adds to the squares.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotfire.analysis.bench import Bench, Path
from hotfire.analysis.whitening import Whitened
from hotfire.physics.arrays import FloatArray
from hotfire.scenarios.effects import SEEN

__all__ = ["ALIKE", "Scene", "Separation", "StatedSize"]

ALIKE = 3.0
"""Distance in standard deviations up to which two faults cannot be told apart."""


@dataclass(frozen=True)
class StatedSize:
    """Size at which faults are compared.

    Attributes:
        value: Size in the fault's own measure, or a multiple of the smallest that is detectable.
        relative: Which of the two.
    """

    value: float = 2.0
    relative: bool = True

    def of(self, smallest: float | None, least: float, largest: float) -> float:
        """Return the size of one fault, within its limits; one that is not detectable has its largest."""
        wanted = self.value if not self.relative else largest if smallest is None else self.value * smallest
        return float(min(max(wanted, least), largest))


@dataclass(frozen=True, eq=False)
class Separation:
    """Distances as one set of sensors has them.

    Attributes:
        from_sound: Of each point of each path, shape (P,).
        between: Least distance of each fault at its size from the path of each fault, shape (F, F).
        seen: Faults that the sensors of the engine can detect, shape (F,); only their pairs count.
    """

    from_sound: FloatArray
    between: FloatArray
    seen: np.ndarray

    @property
    def alike(self) -> np.ndarray:
        """Which pairs cannot be told apart, whichever of the two is there, shape (F, F)."""
        near = self.between <= ALIKE
        return np.asarray((near | near.T) & self.seen[:, None] & self.seen)

    @property
    def pairs(self) -> int:
        """Number of pairs of faults that cannot be told apart."""
        alike = self.alike
        return int((alike.sum() - np.trace(alike)) // 2)


class Scene:
    """All faults with one course: there from the start, or setting in half-way.

    Attributes:
        names: Of the F faults.
        smallest: Smallest detectable size with the sensors that the engine has; None where none is.
        sizes: At which they are compared, shape (F,).
        present: What the sensors of the engine tell.
    """

    def __init__(self, bench: Bench, stated: StatedSize, *, sets_in: bool) -> None:
        self.bench, self.names = bench, bench.faults
        own = [p for n in self.names for p in bench.paths(n, sets_in=sets_in)]
        # A rival may have been there all along.
        always = [p for n in self.names for p in bench.paths(n, sets_in=False)] if sets_in else []
        self.paths: list[Path] = [*own, *always]
        self._own = len(own)
        points = np.concatenate([p.effects.reshape(p.sizes.size, -1) for p in self.paths])
        whitened = Whitened.of(bench.covariance, points, bench.features(bench.given))
        far = np.linalg.norm(whitened.points, axis=1)
        self.smallest = dict(zip(self.names, self._smallest(far), strict=True))
        self.sizes = np.array([self._stated(n, stated) for n in self.names])
        truths = np.concatenate(
            [
                bench.effect(n, np.array([s]), sets_in=sets_in).reshape(1, -1)
                for n, s in zip(self.names, self.sizes, strict=True)
            ]
        )
        self.raw = np.concatenate([truths, points])
        self.view = Whitened.of(bench.covariance, self.raw, bench.features(bench.given))
        self.squares = _Squares.of(self.view.points, len(self.names))
        self.present = self.judged(self.squares)

    def _stated(self, name: str, stated: StatedSize) -> float:
        sizes = np.abs(self.paths[self._first_of[name]].sizes)
        return stated.of(self.smallest[name], float(sizes[0]), float(sizes[-1]))

    @cached_property
    def _first_of(self) -> dict[str, int]:
        """First path of each fault."""
        found: dict[str, int] = {}
        for i, path in enumerate(self.paths[: self._own]):
            found.setdefault(path.fault, i)
        return found

    @cached_property
    def _starts(self) -> np.ndarray:
        """Row of the first point of each path."""
        return np.concatenate([[0], np.cumsum([p.sizes.size for p in self.paths])[:-1]])

    @cached_property
    def _owners(self) -> np.ndarray:
        """Index of the fault of each path."""
        at = {n: i for i, n in enumerate(self.names)}
        return np.asarray([at[p.fault] for p in self.paths])

    def _smallest(self, far: FloatArray) -> list[float | None]:
        """Smallest detectable size of each fault, in the direction that shows first."""
        found: dict[str, float | None] = dict.fromkeys(self.names)
        for path, start in list(zip(self.paths, self._starts, strict=True))[: self._own]:
            size = _crossing(np.abs(path.sizes), far[start : start + path.sizes.size])
            before = found[path.fault]
            if size is not None:
                found[path.fault] = size if before is None else min(before, size)
        return list(found.values())

    def smallest_by(self, from_sound: FloatArray) -> dict[str, float | None]:
        """Return the smallest detectable size of each fault, given the distances of all points."""
        return dict(zip(self.names, self._smallest(from_sound), strict=True))

    def judged(self, squares: _Squares) -> Separation:
        """Work out distances from squares."""
        nearest = squares.nearest(self._starts)
        between = np.full((len(self.names), len(self.names)), np.inf)
        for column, owner in zip(nearest.T, self._owners, strict=True):
            between[:, owner] = np.minimum(between[:, owner], column)
        seen = np.asarray([self.smallest[n] is not None for n in self.names])
        return Separation(np.sqrt(squares.from_sound), np.sqrt(between), seen)

    def with_features(self, more: np.ndarray) -> Separation:
        """Work out distances with further features."""
        beyond = self.view.beyond(self.bench.covariance, self.raw, more)
        return self.judged(self.squares + _Squares.of(beyond, len(self.names)))

    def add(self, more: np.ndarray) -> None:
        """Take further features for good."""
        rows = np.concatenate([self.view.rows, more])
        self.view = Whitened.of(self.bench.covariance, self.raw, rows)
        self.squares = _Squares.of(self.view.points, len(self.names))
        self.present = self.judged(self.squares)


@dataclass(frozen=True, eq=False)
class _Squares:
    """Squared distances, which add up over features.

    Attributes:
        from_sound: Of each point, shape (P,).
        from_truth: Of each point from each fault at its size, shape (F, P).
        steps: From each point to the next, shape (P - 1,).
    """

    from_sound: FloatArray
    from_truth: FloatArray
    steps: FloatArray

    @classmethod
    def of(cls, points: FloatArray, truths: int) -> _Squares:
        """Take whitened points, of which the first `truths` are the faults at their sizes."""
        true, path = points[:truths], points[truths:]
        own = (path**2).sum(axis=1)
        crossed = (true**2).sum(axis=1)[:, None] + own - 2.0 * true @ path.T
        return cls(own, np.maximum(crossed, 0.0), (np.diff(path, axis=0) ** 2).sum(axis=1))

    def __add__(self, other: _Squares) -> _Squares:
        """Add what further features see."""
        return _Squares(
            self.from_sound + other.from_sound, self.from_truth + other.from_truth, self.steps + other.steps
        )

    def nearest(self, starts: np.ndarray) -> FloatArray:
        """Least squared distance of each fault from each path that starts at one of `starts`, shape (F, paths)."""
        a, b = self.from_truth[:, :-1], self.from_truth[:, 1:]
        length = np.maximum(self.steps, 1e-300)
        # By the cosine rule: the foot of the perpendicular on the stretch from one point to the next.
        share = np.clip((a - b + length) / (2.0 * length), 0.0, 1.0)
        least = np.maximum(a - share * (a - b + length) + share**2 * length, 0.0)
        least[:, starts[1:] - 1] = a[:, starts[1:] - 1]
        whole = np.concatenate([least, self.from_truth[:, -1:]], axis=1)
        return np.asarray(np.minimum.reduceat(whole, starts, axis=1))


def _crossing(sizes: FloatArray, far: FloatArray) -> float | None:
    """Size at which a rising fault first is `SEEN` from the sound engine, by the logarithm between points."""
    seen = np.flatnonzero(far >= SEEN)
    if not seen.size:
        return None
    k = int(seen[0])
    if k == 0:
        return float(sizes[0])
    share = (SEEN - far[k - 1]) / (far[k] - far[k - 1])
    return float(sizes[k - 1] * (sizes[k] / sizes[k - 1]) ** share)
