"""What weighing yields: explanations (one course of one hypothesis) and hypotheses with all their courses."""

from __future__ import annotations

from dataclasses import dataclass

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.hypotheses import Course

__all__ = ["NOMINAL", "Explanation", "Point", "Weighed"]

NOMINAL = "nominal"


@dataclass(frozen=True, eq=False)
class Point:
    """Where a fit stands.

    Attributes:
        tolerances: Shape (physical,).
        place: Coordinate of the size.
        shift: Onset after that of the course, in windows.
    """

    tolerances: FloatArray
    place: float
    shift: float = 0.0

    def towards(self, other: Point, share: float) -> Point:
        """Return the point a share of the way to another."""
        return Point(
            self.tolerances + share * (other.tolerances - self.tolerances),
            self.place + share * (other.place - self.place),
            self.shift + share * (other.shift - self.shift),
        )


@dataclass(frozen=True, eq=False)
class Explanation:
    """One course of one hypothesis, weighed.

    Attributes:
        course: Fault and time course; None for the sound engine.
        log_evidence: Log of the evidence, sizes integrated, onset and rate priors included.
        sizes: Sizes in rising order, shape (q,).
        weights: Posterior weights of the sizes, shape (q,).
        best_means: Features at the best size, shape (d,), SI, as forecast with the tolerances of the search's point.
        chi_square: Misfit at the best size.
        partner_size: Size of the second fault at the best point; NaN for a single fault.
        tolerances: Values of the tolerance variables that go with it, when it was fitted by itself.
        left: What it leaves of each used feature, tolerances at their best, over its scatter before widening, shape
            (used,); None when it was not fitted by itself.
        point: Where the model was run that it was weighed about; None when it was not fitted by itself.
    """

    course: Course | None
    log_evidence: float
    sizes: FloatArray
    weights: FloatArray
    best_means: FloatArray
    chi_square: float
    partner_size: float = float("nan")
    tolerances: FloatArray | None = None
    left: FloatArray | None = None
    point: Point | None = None

    @property
    def best_size(self) -> float:
        """Size with the greatest weight."""
        return float(self.sizes[int(self.weights.argmax())])


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
