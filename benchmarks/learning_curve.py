"""Error of the small model against the number of its training cases, familiar and on each shift axis.

    python benchmarks/learning_curve.py -o curve --training training/train-100000 --prepared cases --docs docs

Needs `hotfire[train,bench]`. Cases are made where they are not there: those of training in `--training`, as `hotfire
scenarios` writes them, those of the examination in `--prepared`, as `hotfire bench` keeps them. Each model is one file
of `models/` in the output when it has been examined; what is there is not done again, and an interrupted training goes
on from its last epoch. Training sees about 370 examples a second on one core: the defaults take some 40 minutes.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from curve.page import draw, page
from curve.slopes import _AGAIN, Answered, curve

from hotfire.examination.cases import ExamCase, load, prepare_shard
from hotfire.examination.rows import asked
from hotfire.learning.examples import examples
from hotfire.learning.run import Lessons, finish
from hotfire.models.encoding import NOMINAL
from hotfire.models.examples import Example
from hotfire.models.network import Shape
from hotfire.models.pretrained import vocabulary
from hotfire.models.runtime import SmallModel
from hotfire.models.training import Settings, fit
from hotfire.models.words import Words
from hotfire.scenarios.generation import Shard, generate, plan, read_cases
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import FAMILIAR

_SIZES = (1_000, 2_000, 4_000, 8_000, 16_000, 32_000)
_AT_ONCE = 64
_SPARE = 1.05
"""Training cases that are drawn over those that are asked for: some the plant cannot run."""


def main() -> None:
    """Train and examine what is not there yet; then write the page."""
    arguments = _arguments()
    folder: Path = arguments.output / "models"
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + arguments.seconds
    missing = [
        (n, s) for s in arguments.seeds for n in arguments.sizes if not (folder / f"{n}-{s}.json").exists()
    ]
    if missing:
        learnt = _learnt(arguments, "train", round(_SPARE * max(arguments.sizes)))
        if len(learnt) < max(arguments.sizes):
            sys.exit(f"there are {len(learnt):,} training cases, {max(arguments.sizes):,} are asked for")
        held_out = _learnt(arguments, "validation", arguments.validation)
        words, examined = vocabulary(_phrases(learnt)), dict(_examined(arguments))
        for cases, seed in missing:
            if time.monotonic() > deadline:
                break
            _one(cases, seed, learnt, held_out, words, examined, arguments)
    if arguments.docs:
        _write(arguments)


def _one(
    cases: int,
    seed: int,
    learnt: Sequence[Example],
    held_out: Sequence[Example],
    words: Words,
    examined: dict[str, list[ExamCase]],
    arguments: argparse.Namespace,
) -> None:
    """Train one model, examine it, and write down what it earned."""
    start = time.process_time()
    chosen = np.random.default_rng([seed, len(learnt)]).permutation(len(learnt))[:cases]
    own = [learnt[i] for i in chosen.tolist()]
    place = arguments.output / "training" / f"{cases}-{seed}"
    shape = Shape(len(words.pieces), load_protocol().sensor_modes, arguments.width, arguments.layers)
    batch = Settings().batch
    epochs = max(arguments.epochs, -(-arguments.steps * batch // cases))
    settings = Settings(epochs=epochs, seed=seed, texts=False)
    network = fit(shape, words, own, held_out, settings, place, resume=True)
    known = tuple(sorted({e.label for e in own} | {NOMINAL}))
    lessons = Lessons(own, (), held_out, (), words, known)
    finish(network, lessons, {"cases": cases, "epochs": epochs, "seed": seed}, place / "model")
    trained = time.process_time() - start
    model = SmallModel(place / "model", provider="cpu")
    line = {
        "cases": cases,
        "seed": seed,
        "processor_seconds": round(trained, 1),
        "earned": {axis: _earned(model, own) for axis, own in examined.items()},
    }
    path = arguments.output / "models" / f"{cases}-{seed}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(line) + "\n", encoding="utf-8")
    part.replace(path)
    print(f"{cases} cases, seed {seed}: {trained:.0f} s of processor", file=sys.stderr, flush=True)


def _earned(model: SmallModel, cases: Sequence[ExamCase]) -> list[float]:
    """Score of each case."""
    found: list[float] = []
    for start in range(0, len(cases), _AT_ONCE):
        own = cases[start : start + _AT_ONCE]
        answers = model.answer([c.description for c in own], [c.hypotheses for c in own])
        found += [round(asked(c, "", "").earned(a.posterior), 6) for c, a in zip(own, answers, strict=True)]
    return found


def _learnt(arguments: argparse.Namespace, split: str, count: int) -> list[Example]:
    """Examples of a split, made where they are not there.

    The number of cases is in the folder's name: the last shard of fewer cases has the name of a whole one.
    """
    given = arguments.training if split == "train" else None
    folder = given or arguments.output / f"{split}-{count}"
    protocol = load_protocol()
    kept = len(_of_engines(plan(protocol, split, cases=len(protocol.engines)), arguments))
    shards = _of_engines(plan(protocol, split, cases=count * len(protocol.engines) // kept), arguments)
    generate(shards, folder)
    names = [s.name.removesuffix(".jsonl.gz") for s in shards]
    return list(examples(record for name in names for record in read_cases(folder, name)))


def _examined(arguments: argparse.Namespace) -> Iterator[tuple[str, list[ExamCase]]]:
    """Cases of the examination by axis, all levels together."""
    for axis in (FAMILIAR, *arguments.axes):
        cases: list[ExamCase] = []
        for level in (0,) if axis == FAMILIAR else arguments.levels:
            count = arguments.test if axis == FAMILIAR else arguments.shifted
            split = "test" if axis == FAMILIAR else "shift"
            shards = _of_engines(plan(load_protocol(), split, cases=count, axis=axis, level=level), arguments)
            cases += load([prepare_shard(arguments.prepared, s) for s in shards])
        if cases:
            yield axis, cases


def _of_engines(shards: Sequence[Shard], arguments: argparse.Namespace) -> list[Shard]:
    wanted = arguments.engines
    return [
        s
        for s in shards
        if s.setting.engine not in arguments.without and s.setting.engine in (wanted or [s.setting.engine])
    ]


def _phrases(made: Sequence[Example]) -> set[str]:
    return {p for e in made for p in (*e.case.places, *e.case.faults, *e.case.context)}


def _write(arguments: argparse.Namespace) -> None:
    """Write page and figure of the models that are there."""
    lines = [json.loads(p.read_text(encoding="utf-8")) for p in (arguments.output / "models").glob("*.json")]
    models = [
        Answered(v["cases"], v["seed"], {a: np.array(e) for a, e in v["earned"].items()}) for v in lines
    ]
    if len({m.cases for m in models}) < 2:
        sys.exit("there are not enough models for a curve yet; the same command goes on")
    curves = [curve(axis, models) for axis in models[0].earned]
    facts: dict[str, Any] = {
        "date": arguments.date,
        "seed": load_protocol().seed,
        "machine": arguments.machine,
        "command": shlex.join(["python", "benchmarks/learning_curve.py", *sys.argv[1:]]),
        "epochs": arguments.epochs,
        "steps": arguments.steps,
        "validation": arguments.validation,
        "levels": ", ".join(map(str, arguments.levels)),
        "again": f"{_AGAIN:,}",
        "hours": sum(v["processor_seconds"] for v in lines) / 3600.0,
    }
    arguments.docs.mkdir(parents=True, exist_ok=True)
    draw(curves, arguments.docs / "learning-curve.svg")
    (arguments.docs / "learning-curve.md").write_text(page(curves, facts), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    axes = load_protocol().axes
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of models and figures")
    parser.add_argument(
        "--training", type=Path, help="folder of at least as many training cases (default: in the output)"
    )
    parser.add_argument("--prepared", type=Path, help="folder of examined cases (default: in the output)")
    parser.add_argument("--sizes", nargs="+", type=int, default=_SIZES, help="numbers of training cases")
    parser.add_argument("--seeds", nargs="+", type=int, default=(0, 1, 2))
    parser.add_argument("--epochs", type=int, default=4, help="times that each case is seen")
    parser.add_argument(
        "--steps", type=int, default=600, help="least steps, so that few cases are not too little training"
    )
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--validation", type=int, default=1_000, help="cases that set the temperature")
    parser.add_argument("--test", type=int, default=1_000, help="familiar cases of the test split")
    parser.add_argument("--shifted", type=int, default=100, help="cases of each axis and level")
    parser.add_argument("--axes", nargs="*", default=axes, choices=axes, help="shift axes (default: all)")
    parser.add_argument("--levels", nargs="+", type=int, default=[3], help="of the axes (default: 3)")
    parser.add_argument("--engines", nargs="*", default=(), help="only these")
    parser.add_argument("--without", nargs="*", default=(), metavar="ENGINE", help="engines to leave out")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no further model after")
    parser.add_argument("--docs", type=Path, help="where page and figure go")
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d"), help="date on the page")
    parser.add_argument("--machine", default="machine not named", help="kind of machine on the page")
    arguments = parser.parse_args()
    arguments.prepared = arguments.prepared or arguments.output / "cases"
    return arguments


if __name__ == "__main__":
    main()
