"""What a verification checked, and what did not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hotfire.physics.arrays import FloatArray

__all__ = ["Ledger", "Refusal"]


@dataclass(frozen=True)
class Refusal:
    """A figure that does not hold.

    Attributes:
        figure: Which, by its place in the certificate.
        stated: As stated; what is claimed where it is no number.
        recomputed: As recomputed.
        tolerance: Within which the two had to agree; a limit for inequalities.
        why: What the figure means.
    """

    figure: str
    stated: float | str
    recomputed: float | str
    tolerance: float
    why: str


@dataclass
class Ledger:
    """Counts what was checked, and keeps what did not hold.

    Attributes:
        checked: Figures by what they are.
        refusals: In the order in which they were found.
    """

    checked: dict[str, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def same(
        self, kind: str, figure: str, stated: float, recomputed: float, tolerance: float, why: str
    ) -> None:
        """Check that a figure is what it should be."""
        self.checked[kind] = self.checked.get(kind, 0) + 1
        if not abs(stated - recomputed) <= tolerance:
            self.refusals.append(Refusal(figure, stated, recomputed, tolerance, why))

    def series(
        self,
        kind: str,
        figure: str,
        stated: Sequence[float],
        recomputed: Sequence[float] | FloatArray,
        tolerance: float | FloatArray,
        why: str,
    ) -> None:
        """Check figures one by one."""
        if not self.holds(
            kind, figure, len(stated) == len(recomputed), "as many figures as there are instants"
        ):
            return
        limits = np.broadcast_to(tolerance, len(stated))
        for i, (a, b, limit) in enumerate(zip(stated, recomputed, limits, strict=True)):
            self.same(kind, f"{figure}[{i}]", float(a), float(b), float(limit), why)

    def table(
        self,
        kind: str,
        figure: str,
        stated: Sequence[Sequence[float | None]],
        recomputed: Sequence[Sequence[float | None]],
        tolerance: Sequence[float],
        why: str,
    ) -> None:
        """Check rows of figures, of which some may be absent; the tolerance is by column."""
        shape, wanted = [len(r) for r in stated], [len(r) for r in recomputed]
        if not self.holds(kind, figure, shape == wanted, f"{len(wanted)} rows of {wanted[0]} figures"):
            return
        for i, (left, right) in enumerate(zip(stated, recomputed, strict=True)):
            for j, (a, b) in enumerate(zip(left, right, strict=True)):
                place = f"{figure}[{i}][{j}]"
                if a is None or b is None:
                    self.holds(kind, place, a is None and b is None, "a figure exactly where the log has one")
                else:
                    self.same(kind, place, a, b, tolerance[j], why)

    def holds(self, kind: str, figure: str, held: bool, why: str) -> bool:
        """Check a statement; return whether it holds."""
        self.checked[kind] = self.checked.get(kind, 0) + 1
        if not held:
            self.refusals.append(Refusal(figure, "as stated", "does not hold", 0.0, why))
        return held
