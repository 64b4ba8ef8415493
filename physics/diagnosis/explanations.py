"""What weighing yields: explanations (one course of one hypothesis) and hypotheses with all their courses."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.hypotheses import Course

__all__ = ["NOMINAL", "Explanation", "Point", "Weighed"]

NOMINAL = "nominal"


@dataclass(frozen=True, eq=False)
class Point:
    """Where a fit stands.

    Attributes:
        tolerances: Shape (physical,).
        places: Coordinates of the sizes of its faults.
        shifts: Their onsets after those of their courses, in windows.
    """

    tolerances: FloatArray
    places: tuple[float, ...] = ()
    shifts: tuple[float, ...] = ()

    @property
    def place(self) -> float:
        """Coordinate of the size of the first fault; zero without one."""
        return self.places[0] if self.places else 0.0

    @property
    def shift(self) -> float:
        """Onset of the first fault after that of its course, in windows."""
        return self.shifts[0] if self.shifts else 0.0

    def towards(self, other: Point, share: float) -> Point:
        """Return the point a share of the way to another."""

        def between(own: tuple[float, ...], others: tuple[float, ...]) -> tuple[float, ...]:
            return tuple(a + share * (b - a) for a, b in zip(own, others, strict=True))

        return Point(
            self.tolerances + share * (other.tolerances - self.tolerances),
            between(self.places, other.places),
            between(self.shifts, other.shifts),
        )


@dataclass(frozen=True, eq=False)
class Explanation:
    """One course of one hypothesis, weighed.

    Attributes:
        course: Fault and time course; None for the sound engine.
        log_evidence: Log of the evidence, sizes integrated, onset and rate priors included.
        sizes: Sizes of the first fault in rising order, shape (q,).
        weights: Posterior weights of the sizes, shape (q,).
        best_means: Features at the best size, shape (d,), SI, as forecast with the tolerances of the search's point.
        chi_square: Misfit at the best size.
        beside: Sizes and weights of each fault after the first.
        tolerances: Values of the tolerance variables that go with it, when it was fitted by itself.
        left: What it leaves of each used feature, tolerances at their best, over its scatter before widening, shape
            (used,); None when it was not fitted by itself.
        point: Where the model was run that it was weighed about; None when it was not fitted by itself.
        screened_sizes: Sizes at which it was screened, rising, shape (n,); empty where it was not.
        unreached: Length in standard deviations that its effect would leave at each of them, were screening wrong about
            it by as much as it may be, shape (n,).
    """

    course: Course | None
    log_evidence: float
    sizes: FloatArray
    weights: FloatArray
    best_means: FloatArray
    chi_square: float
    beside: tuple[tuple[FloatArray, FloatArray], ...] = ()
    tolerances: FloatArray | None = None
    left: FloatArray | None = None
    point: Point | None = None
    screened_sizes: FloatArray = field(default_factory=lambda: np.empty(0))
    unreached: FloatArray = field(default_factory=lambda: np.empty(0))

    @property
    def courses(self) -> tuple[Course, ...]:
        """Its faults by themselves; none of the sound engine."""
        return () if self.course is None else self.course.parts

    @property
    def spreads(self) -> tuple[tuple[FloatArray, FloatArray], ...]:
        """Sizes and their weights of each fault."""
        return ((self.sizes, self.weights), *self.beside)

    @property
    def best_sizes(self) -> tuple[float, ...]:
        """Size of each fault with the greatest weight."""
        return tuple(float(sizes[int(weights.argmax())]) for sizes, weights in self.spreads)

    @property
    def best_size(self) -> float:
        """The same of the first."""
        return self.best_sizes[0]


@dataclass(frozen=True)
class Weighed:
    """A hypothesis with all its courses.

    Attributes:
        name: Fault name, or `nominal`.
        probability: Posterior.
        explanations: Courses, best first.
    """

    name: str
    probability: float
    explanations: tuple[Explanation, ...]

    @property
    def best(self) -> Explanation:
        """The course with the most evidence."""
        return self.explanations[0]
