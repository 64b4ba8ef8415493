"""Labels of the failure taxonomy for hypotheses in words: what each component declares of its modes, read by words.

Every fault declares its category with itself (`hotfire.physics.declaration.Fault.category`). Answers in words that
do not depend on the engine (`fuel injector: blockage`) are mapped by the kind of component and the mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from hotfire.experts.hypotheses import MISMATCH, NOMINAL, parts
from hotfire.locations import kind_words
from hotfire.physics.components import COMPONENTS
from hotfire.physics.sensors import SENSOR_FAULTS

__all__ = ["NO_FAULT", "categories_by_words", "category_of"]

NO_FAULT = "nominal_no_fault"


def category_of(hypothesis: str) -> str | None:
    """Return the label of the taxonomy for a hypothesis in words.

    Args:
        hypothesis: `nominal`, the words of a fault's label, or several joined by ` + `.

    Returns:
        The label; None where several faults have several, and where nothing of the engine is named (`model mismatch`).
    """
    if hypothesis == NOMINAL:
        return NO_FAULT
    found = {_of_one(part) for part in parts(hypothesis)}
    return found.pop() if len(found) == 1 else None


@cache
def categories_by_words() -> Mapping[tuple[str, str], str]:
    """Return the category by words of the kind of component and of the mode; the same words have the same category.

    Raises:
        ValueError: If two component types that are called the same disagree.
    """
    found: dict[tuple[str, str], str] = {}
    for kind in COMPONENTS.values():
        for fault in kind.faults:
            key = kind_words(kind.type_name), fault.name.replace("_", " ")
            if found.setdefault(key, fault.category) != fault.category:
                raise ValueError(f"{key} is {found[key]} and {fault.category}")
    return found


def _of_one(label: str) -> str | None:
    where, _, mode = label.rpartition(": ")
    if label == MISMATCH or not where:
        return None
    if where.endswith(" sensor"):
        return next((f.category for n, f in SENSOR_FAULTS.items() if n.replace("_", " ") == mode), None)
    # A place may be numbered along the flow: `oxidizer line 2`.
    words = where.split()
    bare = " ".join(words[:-1] if words[-1].isdigit() else words)
    known = categories_by_words()
    kinds = [kind for kind, its in known if its == mode and f" {bare}".endswith(f" {kind}")]
    return known[max(kinds, key=len), mode] if kinds else None
