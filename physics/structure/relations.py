"""Redundancy relations: for each equation that can be tested, one small set of equations that tests it.

A minimal structurally over-determined (MSO) set has one equation more than unknowns and no smaller such set in it; one
residual can be made of it (M. Krysander, J. Aslund, M. Nyberg, IEEE Trans. SMC-A 38 (2008) 197). There are
exponentially many in the redundancy, so they are not enumerated: from the over-determined part, equations far from the
one to test are taken away as long as it stays over-determined. That takes at most one step per degree of redundancy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hotfire.physics.structure.matching import Matching
from hotfire.physics.structure.model import StructuralModel

__all__ = ["Relation", "relations"]


@dataclass(frozen=True)
class Relation:
    """An MSO set.

    Attributes:
        equations: By index.
        faults: That it is sensitive to.
    """

    equations: frozenset[int]
    faults: frozenset[str]


def relations(
    model: StructuralModel, targets: Iterable[int] | None = None, *, most: int | None = None
) -> tuple[Relation, ...]:
    """Return relations that together test every equation that can be tested.

    Args:
        model: The model.
        targets: Equations to test; all that can be where None.
        most: Largest number of equations of a relation; larger ones are left out.
    """
    whole = Matching(model.incidence)
    over = whole.over_determined()
    base = whole.without(whole.active - over)
    found: list[frozenset[int]] = []
    tested: set[int] = set()
    for target in sorted(over if targets is None else over & set(targets)):
        if target not in tested:
            small = _around(base, target)
            found.append(small)
            tested |= small
    kept = (s for s in found if most is None or len(s) <= most)
    return tuple(Relation(s, frozenset(f for f, own in model.faults.items() if own & s)) for s in kept)


def _around(matching: Matching, target: int) -> frozenset[int]:
    """Return an MSO set with the target, by taking away what is far from it first."""
    distance = _distances(matching, target)
    while True:
        # What leaves the over-determined part with the target is in every test of it.
        bound = matching.active - matching.without([target]).over_determined()
        loose = matching.active - bound
        if not loose:
            return frozenset(matching.active)
        far = max(loose, key=lambda e: (distance.get(e, 0), e))
        rest = matching.without([far])
        over = rest.over_determined()
        matching = rest.without(rest.active - over)


def _distances(matching: Matching, target: int) -> dict[int, int]:
    """Steps from an equation to each other one by shared unknowns."""
    found, layer, step = {target: 0}, [target], 0
    seen: set[int] = set()
    while layer:
        step += 1
        after = []
        for e in layer:
            for u in matching.rows[e] - seen:
                seen.add(u)
                for other in matching.touching(u):
                    if other not in found:
                        found[other] = step
                        after.append(other)
        layer = after
    return found
