"""Texts answered by the small model, by the physics of the symptoms, and by both opinions pooled at several weights.

    python benchmarks/pooled_texts.py --prepared cases

Familiar words; cases of the validation split, on which the weight was settled, and of the test split, which had no part
in that.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
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

WEIGHTS = (0.25, 0.5, 0.75, 1.0)


def opinions(model: SmallModel, case: ExamCase) -> tuple[Answer, Answer]:
    """Answers of the model and of the physics; of the model for both where no symptom was understood."""
    quick = Answer(model.answer([case.description], [case.hypotheses])[0].posterior, "neural")
    if not case.description.symptoms:
        return quick, quick
    own = ExpertCase(stand(case.engine)[0], case.description, None, (), case.hypotheses)
    return quick, SymbolicExpert().answer(own, {})


def line(name: str, cases: Sequence[ExamCase], answers: Sequence[Mapping[str, float]]) -> str:
    """One row of the table."""
    scored = [
        score(a, c.label, c.group, detectable=c.detectable) for a, c in zip(answers, cases, strict=True)
    ]
    found = summary(scored)
    size = np.median([len(s.answer) for s in scored])
    first = np.mean([s.answer[:1] == (s.truth,) for s in scored])
    loss = np.mean([s.log_loss for s in scored])
    return f"| {name} | {found['score']:.3f} | {first:.3f} | {loss:.2f} | {size:.0f} |"


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
        cases = told(load(prepare(arguments.prepared, split, arguments.cases)), random)
        pairs = [opinions(model, c) for c in cases]
        print(
            f"| {split}, {len(cases)} | score | first is the truth | log loss | median set |\n|---|---|---|---|---|"
        )
        print(line("model alone", cases, [q.posterior for q, _ in pairs]))
        print(line("physics alone", cases, [s.posterior for _, s in pairs]))
        for weight in WEIGHTS:
            print(line(f"pooled, {weight:g}", cases, [pooled(q, s, weight).posterior for q, s in pairs]))
        print()


if __name__ == "__main__":
    main()
