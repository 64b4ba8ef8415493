"""Twin classes: faults of one component that show the same quantities and differ in direction only.

    python benchmarks/twins.py --prepared cases

Detectable cases of the familiar test split that are one of a pair, where the engine can have both. *Kept*: the twin is
not the likeliest answer. *Flipped*: every direction of the description is reversed, and the twin should be the
likeliest answer of the two; no physics makes the flipped case exactly that of the twin, but nothing speaks for the
old answer any more.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from hotfire.examination.cases import ExamCase, load, prepare
from hotfire.models.card import SHIPPED
from hotfire.models.runtime import SmallModel
from hotfire.scenarios.texts import flip

PAIRS = (
    ("blockage", "erosion"),
    ("throat blockage", "throat erosion"),
    ("regulator low", "regulator high"),
    ("underpressure", "overpressure"),
    ("warm", "cold"),
    ("regression low", "regression high"),
)
TWIN = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}


def twin_of(label: str) -> str:
    """Label of the twin of a fault; "" where it has none."""
    component, _, mode = label.rpartition(": ")
    return f"{component}: {TWIN[mode]}" if mode in TWIN else ""


def outcomes(model: SmallModel, cases: Sequence[ExamCase]) -> Iterator[tuple[str, bool, bool, bool]]:
    """Yield the mode of each case of a pair; whether it is named, is not taken for its twin, and flips to it."""
    own = [c for c in cases if c.detectable and twin_of(c.label) in c.hypotheses and len(c.truth) == 1]
    asked = [c.hypotheses for c in own]
    straight = model.answer([c.description for c in own], asked)
    flipped = model.answer([flip(c.description) for c in own], asked)
    for case, answer, mirrored in zip(own, straight, flipped, strict=True):
        label, twin = case.label, twin_of(case.label)
        first = max(answer.posterior, key=lambda h: answer.posterior[h])
        turns = mirrored.posterior[twin] > mirrored.posterior[label]
        yield label.rpartition(": ")[2], first == label, first != twin, turns


def table(found: Sequence[tuple[str, bool, bool, bool]]) -> str:
    """Return the shares by pair as Markdown."""
    lines = ["| pair | cases | named | kept | flipped |", "|---|---|---|---|---|"]
    for pair in (*PAIRS, tuple(TWIN)):
        own = np.array([f[1:] for f in found if f[0] in pair], dtype=float)
        if own.size:
            name = "all" if len(pair) > 2 else " and ".join(pair)
            shares = " | ".join(f"{s:.3f}" for s in own.mean(axis=0))
            lines.append(f"| {name} | {len(own)} | {shares} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prepared", type=Path, required=True, help="folder of cases, made where missing")
    parser.add_argument("--cases", type=int, default=1_000, help="of the familiar test split")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="folder of the model")
    arguments = parser.parse_args()
    cases = load(prepare(arguments.prepared, "test", arguments.cases))
    print(table(list(outcomes(SmallModel(arguments.model), cases))))


if __name__ == "__main__":
    main()
