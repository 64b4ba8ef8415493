"""How much of frozen sentences is understood: recall and precision, `python benchmarks/sentences.py tests/data/FILE`.

A statement counts as understood when quantity, place and direction are right; onsets and amounts are counted apart,
over what was understood. A sentence is wholly right when all that it says is understood, and nothing else.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hotfire.physics.description import Symptom
from hotfire.wording import understand

ONSET, AMOUNT = 0.06, 0.006
"""s, and share of the full value, by which what is told may be missed."""
EVERYTHING = ("everything", "", "", "steady")


@dataclass(frozen=True)
class Score:
    """How a set of sentences was understood.

    Attributes:
        wanted: Statements that they make.
        told: Statements that were understood, rightly or not.
        hits: Of them, those that the sentences make.
        details: Onsets and amounts that are told of the hits.
        exact: Of them, those that are right.
        sentences: How many.
        whole: Of them, those that are wholly right.
        misses: Text, what was missed, what was understood wrongly.
    """

    wanted: int
    told: int
    hits: int
    details: int
    exact: int
    sentences: int
    whole: int
    misses: tuple[tuple[str, tuple[Any, ...], tuple[Any, ...]], ...]

    @property
    def recall(self) -> float:
        """Share of the statements made that were understood."""
        return self.hits / self.wanted

    @property
    def precision(self) -> float:
        """Share of the statements understood that were made."""
        return self.hits / max(self.told, 1)


def score(sentences: Sequence[Mapping[str, Any]]) -> Score:
    """Read sentences and hold what was understood against what they say."""
    wanted = told = hits = details = exact = whole = 0
    misses = []
    for sentence in sentences:
        heard = understand(sentence["text"])
        found: list[Any] = list(heard.symptoms)
        found += [EVERYTHING] if getattr(heard, "all_well", False) else []
        missed = []
        wanted, told = wanted + len(sentence["says"]), told + len(found)
        for claim in sentence["says"]:
            match = next((f for f in found if _same(f, claim)), None)
            if match is None:
                missed.append(tuple(claim))
                continue
            found.remove(match)
            hits += 1
            for key, value in (claim[4] if len(claim) > 4 else {}).items():
                details += 1
                exact += _exact(match, key, value)
        whole += not missed and not found
        if missed or found:
            misses.append((sentence["text"], tuple(missed), tuple(map(_plain, found))))
    return Score(wanted, told, hits, details, exact, len(sentences), whole, tuple(misses))


def _plain(found: Any) -> tuple[str, str, str, str]:
    if not isinstance(found, Symptom):
        return EVERYTHING
    place = f"{found.location.kind} {found.location.end}".strip()
    return found.quantity, place, found.location.side, _direction(found)


def _direction(symptom: Symptom) -> str:
    if symptom.course not in ("level", "step", "ramp"):
        return symptom.course
    return "steady" if symptom.size == 0.0 else "high" if symptom.size > 0.0 else "low"


def _same(found: Any, claim: Sequence[Any]) -> bool:
    quantity, place, side, direction = _plain(found)
    kinds = (place, found.location.kind) if isinstance(found, Symptom) else (place,)
    return (
        quantity == claim[0]
        and claim[1] in kinds
        and side in claim[2].split("|")
        and direction in claim[3].split("|")
    )


def _exact(found: Any, key: str, value: float) -> bool:
    if not isinstance(found, Symptom):
        return False
    if key == "at":
        return found.onset is not None and abs(found.onset - value) < ONSET
    return abs(found.size - value) < AMOUNT


def main() -> None:
    """Print a row for each part of each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--misses", action="store_true", help="print what went wrong as well")
    arguments = parser.parse_args()
    print("| sentences | statements | recall | precision | onsets and amounts | wholly right |")
    print("|---|---|---|---|---|---|")
    for file in arguments.files:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        parts = data.items() if isinstance(data, dict) else [("", data)]
        for name, sentences in parts:
            result = score(sentences)
            print(
                f"| {file.stem} {name} | {result.wanted} | {result.recall:.3f} | {result.precision:.3f} "
                f"| {result.exact} of {result.details} | {result.whole} of {result.sentences} |"
            )
            for text, missed, wrong in result.misses if arguments.misses else ():
                print(f"  {text}\n      missed {list(missed)}\n      wrong {list(wrong)}")


if __name__ == "__main__":
    main()
