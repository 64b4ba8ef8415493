"""Neural against symbolic against both behind the router: accuracy by axis and level, and what answers cost.

    python benchmarks/bench_symbolic.py -o symbolic --prepared cases --split test --count 1000 --cases 20
    python benchmarks/bench_symbolic.py -o symbolic --prepared cases --split shift --count 100 --cases 2 --axes cycle
    python benchmarks/bench_comparison.py -o comparison --prepared cases --symbolic symbolic/answers.jsonl

The small model answers every prepared case; where the symbolic expert has answered, its claim is checked as well, so
that the router's policies can be laid beside both experts on the same cases. Rows that are there are not made again.
Writes `neural.parquet`, `pairs.jsonl` and, with `--docs`, the page.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from baselines.cases import UNGROUPED, ExamCase, load, prepare
from baselines.examination import row
from comparison.figure import draw
from comparison.figures import calibration_error
from comparison.neural import answered, seconds_alone, told
from comparison.page import page
from comparison.paired import pairs
from score import NOMINAL

from hotfire.experts.neural import NeuralExpert
from hotfire.experts.routing import ROUTING, Routing
from hotfire.experts.scores import FAMILIAR, Familiar, Scores
from hotfire.models.card import SHIPPED
from hotfire.models.runtime import ModelAnswer, SmallModel
from hotfire.scenarios.protocol import LEVELS, load_protocol

_SAME_PLANT = ("several", "unseen_mode", "corrupted_sensors")
_ALONE = 100


def main() -> None:
    """Answer what is not answered yet, and write the page."""
    arguments = _arguments()
    folder: Path = arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    model = SmallModel(arguments.model)
    rows = list(_examined(model, arguments))
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(folder / "neural.parquet")
    paired = _paired(model, arguments) if arguments.symbolic else []
    if arguments.docs:
        routing = Routing.read(arguments.model / ROUTING)
        text = page(rows, paired, routing, model.card, _facts(arguments, model))
        (arguments.docs / "comparison.md").write_text(text, encoding="utf-8")
        if paired:
            draw(paired, routing, arguments.docs / "comparison.svg")


def _examined(model: SmallModel, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One row for each axis and level, from logs and from texts."""
    folder: Path = arguments.prepared
    seed = load_protocol().seed
    familiar = load(prepare(folder, "test", arguments.test))
    yield {
        **_row(model, familiar),
        "alone_ms": 1e3 * float(np.median(seconds_alone(model, familiar[:_ALONE]))),
    }
    few = familiar[:: max(1, len(familiar) // arguments.told)]
    for wording in (0, *LEVELS):
        yield _row(model, told(few, seed, wording=wording))
    for axis in arguments.axes:
        for level in arguments.levels:
            without = () if axis in _SAME_PLANT else arguments.without
            cases = load(prepare(folder, "shift", arguments.shifted, axis=axis, level=level, without=without))
            if cases:
                yield _row(model, cases)


def _row(model: SmallModel, cases: Sequence[ExamCase]) -> dict[str, Any]:
    answers = answered(model, cases)
    return {**row("neural", cases, [a.posterior for a in answers]), "ece": _ece(cases, answers)}


def _ece(cases: Sequence[ExamCase], answers: Sequence[ModelAnswer]) -> float:
    """Calibration error over cases of at most one fault that is detectable."""
    kept = [
        (max(a.posterior.values()), max(a.posterior, key=lambda h: a.posterior[h]) in {c.label, *c.group})
        for c, a in zip(cases, answers, strict=True)
        if c.axis not in UNGROUPED and (c.detectable or c.label == NOMINAL)
    ]
    return calibration_error(*zip(*kept, strict=True)) if kept else float("nan")


def _paired(model: SmallModel, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Rows of the cases that the symbolic expert answered."""
    path = arguments.output / "pairs.jsonl"
    path.touch()
    scores = Scores(Familiar.read(arguments.model / FAMILIAR))
    counts = {"test": arguments.test, "shift": arguments.shifted}
    done = {line["id"] for line in _lines(path)}
    with path.open("a", encoding="utf-8") as file:
        for line in pairs(arguments.symbolic, arguments.prepared, NeuralExpert(model), scores, counts, done):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
    return _lines(path)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _facts(arguments: argparse.Namespace, model: SmallModel) -> dict[str, Any]:
    left_out = f" Where a level needs plants of its own, {', '.join(arguments.without)} are left out."
    return {
        "date": arguments.date,
        "machine": arguments.machine,
        "seed": load_protocol().seed,
        "provider": model.provider,
        "commands": "    python benchmarks/bench_comparison.py " + " ".join(sys.argv[1:]),
        "left_out": left_out if arguments.without else "",
        "shifted": arguments.shifted,
    }


def _arguments() -> argparse.Namespace:
    axes = load_protocol().axes
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of tables")
    parser.add_argument("--prepared", type=Path, required=True, help="folder of cases, made where missing")
    parser.add_argument("--symbolic", type=Path, help="answers.jsonl of bench_symbolic.py")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="folder of the model")
    parser.add_argument("--test", type=int, default=1_000, help="familiar cases of the test split")
    parser.add_argument("--shifted", type=int, default=100, help="cases of each axis and level")
    parser.add_argument(
        "--told", type=int, default=200, help="familiar cases that operators tell of, by wording"
    )
    parser.add_argument("--axes", nargs="*", default=axes, choices=axes, help="shift axes (default: all)")
    parser.add_argument("--levels", nargs="*", type=int, default=LEVELS, help="levels (default: all)")
    parser.add_argument("--without", nargs="*", default=(), metavar="ENGINE", help="left out of own plants")
    parser.add_argument("--docs", type=Path, help="where the page goes")
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d"), help="date on the page")
    parser.add_argument("--machine", default="machine not named", help="kind of machine on the page")
    return parser.parse_args()


if __name__ == "__main__":
    main()
