"""Names of faults in one engine, and the labels in which experts answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from hotfire.engine import ById, Engine
from hotfire.locations import fault_labels

__all__ = ["MISMATCH", "NOMINAL", "Labels", "joined", "labels_of", "parts"]

NOMINAL = "nominal"
MISMATCH = "model mismatch"
_AND = " + "


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels of one engine.

    Attributes:
        by_name: Words of the label by the name of the fault in the engine.
        words: `nominal` and all labels.
    """

    by_name: Mapping[str, str]
    words: tuple[str, ...]

    def of(self, name: str) -> frozenset[str]:
        """Labels of a hypothesis of the search, `a.b` or `a.b + c.d`; none of the sound engine."""
        return frozenset(self.by_name[n] for n in name.split(_AND) if n != NOMINAL)

    def names(self, word: str) -> tuple[str, ...]:
        """Faults of the engine that bear a label."""
        return tuple(n for n, w in self.by_name.items() if w == word)


def joined(labels: Iterable[str]) -> str:
    """Return the hypothesis that all of some labels hold; `nominal` for none."""
    return _AND.join(sorted(set(labels))) or NOMINAL


def parts(hypothesis: str) -> tuple[str, ...]:
    """Return the labels of a hypothesis; none of the sound engine."""
    return () if hypothesis == NOMINAL else tuple(hypothesis.split(_AND))


def labels_of(engine: Engine) -> Labels:
    """Return the labels of an engine, worked out once."""
    return _labels(ById(engine))


@lru_cache(maxsize=32)
def _labels(key: ById) -> Labels:
    by_name = {name: label.words for name, label in fault_labels(key.engine).items()}
    return Labels(by_name, tuple(dict.fromkeys([NOMINAL, *by_name.values()])))
