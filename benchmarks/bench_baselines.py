"""The baselines of the examination: trained, tuned with equal budget, examined on familiar and shifted cases.

    python benchmarks/bench_baselines.py -o baselines --docs docs/explanation
    python benchmarks/bench_baselines.py -o slice --training 2000 --shifted 30 --axes cycle several --experts boosting

Needs `hotfire[bench]`; the LSTM needs `hotfire[train]` and is left out with a note where torch is absent. Cases are
kept in the output folder and made once; trained experts are not kept. Writes `rows.parquet`, `trials.parquet` and
`costs.parquet`; with `--docs FOLDER` the figure and the page as well, from what was written.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
from baselines.boosting import Boosting
from baselines.expert import Expert
from baselines.figure import draw
from baselines.forest import Forest
from baselines.nearest import Nearest
from baselines.page import page
from baselines.recurrent import Recurrent
from baselines.redlines import Redlines
from baselines.tuning import Fitted, tune

from hotfire.examination.cases import ExamCase, load, prepare
from hotfire.examination.figures import row
from hotfire.scenarios.protocol import LEVELS, load_protocol

EXPERTS: dict[str, type[Expert]] = {
    "redlines": Redlines,
    "forest": Forest,
    "nearest": Nearest,
    "boosting": Boosting,
    "recurrent": Recurrent,
}
_ALONE = 30
"""Cases that are answered one by one to tell what an answer costs."""


def main() -> None:
    """Run what is asked for."""
    arguments = _arguments()
    folder: Path = arguments.output
    if not arguments.page_only:
        _examine(arguments)
    if arguments.docs:
        tables = [pl.read_parquet(folder / f"{n}.parquet") for n in ("rows", "trials", "costs")]
        facts = json.loads((folder / "facts.json").read_text())
        arguments.docs.mkdir(parents=True, exist_ok=True)
        draw(tables[0], arguments.docs / "baselines.svg")
        (arguments.docs / "baselines.md").write_text(page(*tables, facts), encoding="utf-8")


def _examine(arguments: argparse.Namespace) -> None:
    folder: Path = arguments.output
    validation, training, examined = _cases(arguments)
    rows: list[dict[str, Any]] = []
    trials: list[dict[str, Any]] = []
    costs: list[dict[str, Any]] = []
    for name in arguments.experts:
        if name == "recurrent" and importlib.util.find_spec("torch") is None:
            print("the LSTM is left out: torch is not installed", file=sys.stderr)
            continue
        fitted = tune(
            EXPERTS[name],
            training,
            validation,
            trials=arguments.trials,
            subset=arguments.subset,
            seed=load_protocol().seed,
        )
        trials += [asdict(t) for t in fitted.trials]
        costs.append(_cost(fitted, examined[0]))
        rows += [row(fitted.expert.name, cases, fitted.answer(cases)) for cases in examined]
        print(costs[-1], rows[-len(examined)], file=sys.stderr, flush=True)
        for what, table in (("rows", rows), ("trials", trials), ("costs", costs)):
            pl.DataFrame(table, infer_schema_length=None).write_parquet(folder / f"{what}.parquet")
    (folder / "facts.json").write_text(json.dumps(_facts(arguments, validation, training, examined)))


def _cases(
    arguments: argparse.Namespace,
) -> tuple[list[ExamCase], list[ExamCase], list[list[ExamCase]]]:
    """Return validation and training cases, and what is examined: the familiar test first, then each axis and level."""
    folder, without = arguments.output / "cases", arguments.without
    validation = load(prepare(folder, "validation", arguments.validation, without=without))
    training = load(prepare(folder, "train", arguments.training, grouped=False, without=without))
    examined = [load(prepare(folder, "test", arguments.test, without=without))]
    for axis in arguments.axes:
        for level in arguments.levels:
            paths = prepare(folder, "shift", arguments.shifted, axis=axis, level=level, without=without)
            if cases := load(paths):
                examined.append(cases)
            print(f"{axis} {level}: {len(cases)} cases", file=sys.stderr, flush=True)
    return validation, training, examined


def _cost(fitted: Fitted, cases: Sequence[ExamCase]) -> dict[str, Any]:
    """What training and an answer cost in CPU seconds; describing the case is not in it."""
    start = time.process_time()
    fitted.answer(cases)
    bulk = (time.process_time() - start) / len(cases)
    start = time.process_time()
    for case in cases[:_ALONE]:
        fitted.answer([case])
    alone = (time.process_time() - start) / min(_ALONE, len(cases))
    trial = fitted.trial
    return {
        "expert": trial.expert,
        "settings": trial.settings,
        "temperature": trial.temperature,
        "criterion": trial.criterion,
        "training_seconds": trial.seconds,
        "alone_seconds": alone,
        "bulk_seconds": bulk,
    }


def _facts(
    arguments: argparse.Namespace,
    validation: Sequence[ExamCase],
    training: Sequence[ExamCase],
    examined: Sequence[Sequence[ExamCase]],
) -> dict[str, Any]:
    counts = [len(cases) for cases in examined[1:]]
    sentences = [
        f"Cases: {len(training):,} of training, {len(validation):,} of validation, {len(examined[0]):,} familiar of "
        "the test split.",
        f"Shifted: {sum(counts):,}, {min(counts)} to {max(counts)} for each axis and level (the protocol asks for "
        f"{load_protocol().splits['shift']})."
        if counts
        else "None shifted.",
    ]
    if arguments.without:
        left_out = ", ".join(arguments.without)
        sentences.append(
            f"Left out throughout, since their plants are dear: {left_out}; so level 0 is like for like."
        )
    return {
        "command": " ".join(["python benchmarks/bench_baselines.py", *_told(arguments)]),
        "date": arguments.date,
        "seed": load_protocol().seed,
        "machine": arguments.machine,
        "counts": sentences,
        "trials": arguments.trials,
        "subset": min(arguments.subset, len(training)),
    }


def _told(arguments: argparse.Namespace) -> list[str]:
    """The arguments that decide the figures, as they are written."""
    numbers = ("training", "validation", "test", "shifted", "trials", "subset")
    told = ["-o baselines", *(f"--{n} {getattr(arguments, n)}" for n in numbers)]
    if tuple(arguments.levels) != LEVELS:
        told.append(f"--levels {' '.join(map(str, arguments.levels))}")
    if tuple(arguments.axes) != load_protocol().axes:
        told.append(f"--axes {' '.join(arguments.axes)}")
    return [*told, f"--without {' '.join(arguments.without)}"] if arguments.without else told


def _arguments() -> argparse.Namespace:
    axes = load_protocol().axes
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of cases and tables")
    parser.add_argument("--training", type=int, default=20_000, help="training cases")
    parser.add_argument("--validation", type=int, default=1_000, help="validation cases")
    parser.add_argument("--test", type=int, default=1_000, help="familiar cases of the test split")
    parser.add_argument("--shifted", type=int, default=120, help="cases of each axis and level")
    parser.add_argument(
        "--without",
        nargs="*",
        default=(),
        metavar="ENGINE",
        help="engines that are left out, with their share of the cases",
    )
    parser.add_argument("--trials", type=int, default=8, help="settings that each expert tries")
    parser.add_argument("--subset", type=int, default=4_000, help="training cases of a trial")
    parser.add_argument("--axes", nargs="*", default=axes, choices=axes, help="shift axes (default: all)")
    parser.add_argument("--levels", nargs="*", type=int, default=LEVELS, help="levels (default: all)")
    parser.add_argument("--experts", nargs="+", default=list(EXPERTS), choices=EXPERTS, help="default: all")
    parser.add_argument("--docs", type=Path, help="where the figure and the page go")
    parser.add_argument("--page-only", action="store_true", help="draw from tables that are there")
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d"), help="date on the page")
    parser.add_argument("--machine", default="machine not named", help="kind of machine on the page")
    return parser.parse_args()


if __name__ == "__main__":
    main()
