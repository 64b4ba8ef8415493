"""What each kind of failure is, in a sentence, and how near an account is to it by its words.

Signs know what they were told to look for. Words that no sign knows may still be those of a meaning: the cosine of the
angle between them, rare words weighing more, as in information retrieval (Salton and Buckley 1988, TF-IDF).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from hotfire.failures.case import FailureCase

__all__ = ["Meanings", "meanings"]

_SPELT = (("isation", "ization"), ("oxidis", "oxidiz"), ("pressuris", "pressuriz"), ("vapour", "vapor"))
_STEM = 3


@dataclass(frozen=True)
class Meanings:
    """Meanings of labels.

    Attributes:
        sentences: By label.
        weights: Weight of each stem in each meaning, of unit length together.
        rarity: Logarithm of how few meanings hold a stem.
    """

    sentences: Mapping[str, str]
    weights: Mapping[str, Mapping[str, float]]
    rarity: Mapping[str, float]

    def nearness(self, case: FailureCase) -> dict[str, tuple[float, tuple[str, ...]]]:
        """Return how near a case is to each label, 0 to 1, with the stems that they share, heaviest first."""
        own = _unit(_stems(_words(case)), self.rarity)
        found = {}
        for label, weights in self.weights.items():
            shared = sorted(own.keys() & weights.keys(), key=lambda stem: (-own[stem] * weights[stem], stem))
            found[label] = sum(own[stem] * weights[stem] for stem in shared), tuple(shared)
        return found


@cache
def meanings() -> Meanings:
    """Return the meanings of the package."""
    sentences = _document()["meanings"]
    stems = {label: _stems(f"{label} {sentence}") for label, sentence in sentences.items()}
    spread = Counter(stem for own in stems.values() for stem in own)
    rarity = {stem: math.log(len(stems) / n) for stem, n in spread.items()}
    return Meanings(sentences, {label: _unit(own, rarity) for label, own in stems.items()}, rarity)


@cache
def _document() -> Mapping[str, Any]:
    source = resources.files("hotfire.failures").joinpath("meanings.yaml").read_text(encoding="utf-8")
    document: Mapping[str, Any] = yaml.safe_load(source)
    return document


def _words(case: FailureCase) -> str:
    return " ".join([f"{r.parameter} {r.location} {r.behaviour}" for r in case.rows] + [case.narrative])


def _stems(text: str) -> Counter[str]:
    words = re.findall(r"[a-z]{3,}", text.lower().replace("_", " "))
    empty = set(_document()["empty"].split())
    return Counter(_stem(w) for w in words if w not in empty)


def _stem(word: str) -> str:
    for one, other in _SPELT:
        word = word.replace(one, other)
    endings = _document()["endings"].split()
    ending = next((e for e in endings if word.endswith(e) and len(word) - len(e) >= _STEM), "")
    return word.removesuffix(ending)


def _unit(stems: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    raw = {stem: (1.0 + math.log(n)) * rarity[stem] for stem, n in stems.items() if stem in rarity}
    length = math.sqrt(sum(w**2 for w in raw.values())) or 1.0
    return {stem: w / length for stem, w in raw.items()}
