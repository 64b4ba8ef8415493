"""Texts answered by the small model, by the physics of the symptoms, and by both opinions pooled at several weights.

    python benchmarks/pooled_texts.py --prepared cases

Familiar words; cases of the validation split, on whose log loss the weights were settled, and of the test split, which
had no part in that. The score is by what the texts tell.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from hotfire.examination.cases import ExamCase, load, prepare, stand, told
from hotfire.examination.score import score, summary
from hotfire.experts.case import ExpertCase
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.experts.texts import pooled
from hotfire.models.runtime import SmallModel
from hotfire.router.experts import Answer
from hotfire.scenarios.protocol import load_protocol

OF_MODEL, OF_PHYSICS = (0.5, 0.75, 1.0), (0.25, 0.5, 0.75, 1.0)


def opinions(model: SmallModel, case: ExamCase) -> tuple[Answer, Answer]:
    """Answers of the model and of the physics; of the model for both where no symptom was understood."""
    quick = Answer(model.answer([case.description], [case.hypotheses])[0].posterior, "neural")
    if not case.description.symptoms:
        return quick, quick
    own = ExpertCase(stand(case.engine)[0], case.description, None, (), case.hypotheses)
    return quick, SymbolicExpert().answer(own, {})


def line(name: str, cases: Sequence[ExamCase], answers: Sequence[Mapping[str, float]]) -> str:
    """One row of the table: scores by text and by all sensors, then figures of texts that tell something.

    These are the texts that tell of the fault of their case, and those of sound engines.
    """
    by_text = [
        score(a, c.label, c.told_group, detectable=c.detectable and bool(c.told_group))
        for a, c in zip(answers, cases, strict=True)
    ]
    whole = [score(a, c.label, c.group, detectable=c.detectable) for a, c in zip(answers, cases, strict=True)]
    telling = [s for s in by_text if s.detectable]
    size = np.median([len(s.answer) for s in telling])
    held = np.mean([s.truth in s.answer for s in telling])
    loss = np.mean([s.log_loss for s in telling])
    scores = [summary(s)["score"] for s in (by_text, whole)]
    return f"| {name} | {scores[0]:.3f} | {scores[1]:.3f} | {loss:.3f} | {held:.3f} | {size:.0f} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prepared", type=Path, required=True, help="folder of cases, made where missing")
    parser.add_argument("--cases", type=int, default=300, help="of each split")
    arguments = parser.parse_args()
    model = SmallModel()
    for split in ("validation", "test"):
        random = np.random.default_rng(load_protocol().seed)
        cases = told(load(prepare(arguments.prepared, split, arguments.cases)), random, grouped=True)
        pairs = [opinions(model, c) for c in cases]
        print(
            f"| {split}, {len(cases)} | score | against all sensors | log loss | truth in the set | median set |\n"
            "|---|---|---|---|---|---|"
        )
        print(line("model alone", cases, [q.posterior for q, _ in pairs]))
        print(line("physics alone", cases, [s.posterior for _, s in pairs]))
        for own, other in product(OF_MODEL, OF_PHYSICS):
            answers = [pooled(q, s, own, other).posterior for q, s in pairs]
            print(line(f"pooled, {own:g} and {other:g}", cases, answers))
        print()


if __name__ == "__main__":
    main()
