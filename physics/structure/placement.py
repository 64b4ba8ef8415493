"""Which sensors to add, by structure alone: minimal sets that make faults detectable and isolable.

M. Krysander and E. Frisk, "Sensor placement for fault diagnosis", IEEE Trans. SMC-A 38 (2008) 1398. In the just
determined part a fault becomes detectable by measuring an unknown of its own block or of one that depends on it; a set
of sensors must hit each fault's set of unknowns. Isolability from another fault is detectability without that fault's
equation. Faults must appear in one equation each (`StructuralModel.with_fault_variables`), and the model must have no
under-determined part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from hotfire.physics.structure.decomposition import Decomposition, decompose
from hotfire.physics.structure.model import StructuralModel

__all__ = ["minimal_hitting_sets", "placements"]


def placements(
    model: StructuralModel, candidates: Collection[str], *, isolable: bool = False, most: int = 50
) -> tuple[frozenset[str], ...]:
    """Return minimal sets of unknowns to measure, so that all that these candidates can do is done.

    Args:
        model: With the sensors that are there.
        candidates: Unknowns that could be measured.
        isolable: Whether faults shall also be isolable from one another; else detectable.
        most: Number of sets that are returned at most, smallest first.

    Raises:
        ValueError: If the model has an under-determined part, or a fault appears in several equations.
    """
    if decompose(model).under[1]:
        raise ValueError("the model has an under-determined part")
    if any(len(where) != 1 for where in model.faults.values()):
        raise ValueError("a fault appears in several equations: give it a variable")
    wanted = frozenset(model.unknowns.index(c) for c in candidates)
    found: set[frozenset[int]] = set()
    for detecting in minimal_hitting_sets(_detecting_sets(model, None, wanted), most):
        if isolable:
            further = _isolating_sets(model, detecting, wanted)
            found |= {detecting | more for more in minimal_hitting_sets(further, most)}
        else:
            found.add(detecting)
    smallest = [s for s in found if not any(other < s for other in found)]
    ordered = sorted(smallest, key=lambda s: (len(s), sorted(s)))[:most]
    return tuple(frozenset(model.unknowns[u] for u in s) for s in ordered)


def _isolating_sets(
    model: StructuralModel, measured: frozenset[int], wanted: frozenset[int]
) -> list[frozenset[int]]:
    """Sets of unknowns of which one each must be measured, for every fault that is decoupled."""
    names = {f"measured {model.unknowns[u]}": [model.unknowns[u]] for u in sorted(measured)}
    equipped = model.measuring(names)
    sets = []
    for equations in dict.fromkeys(equipped.faults.values()):
        sets += _detecting_sets(equipped, equations, wanted)
    return sets


def _detecting_sets(
    model: StructuralModel, without: frozenset[int] | None, wanted: frozenset[int]
) -> list[frozenset[int]]:
    """Sets of unknowns of which one each must be measured, so that all faults with an equation left are detectable."""
    active = set(range(len(model.equations))) - (without or frozenset())
    parts = decompose(model, active)
    after = _dependent(model, parts)
    sets = []
    for i, (equations, _) in enumerate(parts.blocks):
        if any(own <= equations for own in model.faults.values()):
            unknowns = frozenset(u for j in after[i] for u in parts.blocks[j][1])
            if unknowns & wanted:
                sets.append(unknowns & wanted)
    return sets


def _dependent(model: StructuralModel, parts: Decomposition) -> list[set[int]]:
    """Blocks that need something of each block, itself included."""
    owner = {u: i for i, (_, unknowns) in enumerate(parts.blocks) for u in unknowns}
    users: list[set[int]] = [{i} for i in range(len(parts.blocks))]
    needs: list[set[int]] = [set() for _ in parts.blocks]
    for i, (equations, _) in enumerate(parts.blocks):
        needs[i] = {owner[u] for e in equations for u in model.incidence[e] if u in owner} - {i}
    # Blocks come in an order in which each needs earlier ones alone.
    for i in reversed(range(len(parts.blocks))):
        for before in needs[i]:
            users[before] |= users[i]
    return users


def minimal_hitting_sets(sets: Sequence[Iterable[int]], most: int = 50) -> list[frozenset[int]]:
    """Return sets that meet all of `sets` and hold no smaller such set, smallest first (R. Reiter, AI 32 (1987) 57).

    The search goes by size, so that the smallest are found first; it stops at `most`.
    """
    left = [frozenset(s) for s in sets]
    left = sorted((s for s in set(left) if not any(o < s for o in left)), key=lambda s: (len(s), sorted(s)))
    found: list[frozenset[int]] = []
    layer: list[frozenset[int]] = [frozenset()]
    while layer and len(found) < most:
        after: dict[frozenset[int], None] = {}
        for chosen in layer:
            missed = next((s for s in left if not s & chosen), None)
            if missed is None:
                found.append(chosen)
                continue
            for u in sorted(missed):
                after[chosen | {u}] = None
        layer = [c for c in after if not any(f <= c for f in found)]
    return found[:most]
