"""The symbolic expert on the protocol's cases: score and cost by engine, kind of fault, axis and level.

    python benchmarks/bench_symbolic.py -o symbolic --split validation --cases 10
    python benchmarks/bench_symbolic.py -o symbolic --split shift --axes cycle several --cases 4

Cases are those of the baselines, made once in the folder `--prepared`; of each setting a seeded few are answered. Each
answer, with a check of the truth and of a claim drawn among what it is not, is one line of `answers.jsonl` in the
output folder. Answers that are there are not worked out again, so a run may be stopped, here by `--seconds`, and taken
up. The table is drawn from all lines of the file.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from baselines.cases import ExamCase, load, observed, prepare_shard
from baselines.examination import row

from hotfire.experts.check import PhysicsChecker
from hotfire.experts.hypotheses import NOMINAL, joined, parts
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.scenarios.generation import Shard, plan
from hotfire.scenarios.protocol import LEVELS, load_protocol
from hotfire.scenarios.settings import FAMILIAR

_SHOWN = 1e-4
"""Least probability that is written down."""


@dataclass(frozen=True)
class Answered:
    """One line of the answers, as the scoring takes it."""

    engine: str
    axis: str
    level: int
    kind: str
    truth: tuple[str, ...]
    detectable: bool
    group: tuple[str, ...]
    posterior: Mapping[str, float]
    cpu: float
    solves: int
    agrees: tuple[bool, bool]
    check_cpu: tuple[float, float]
    check_solves: tuple[int, int]

    @property
    def label(self) -> str:
        return self.truth[0] if self.truth else NOMINAL

    @property
    def answer(self) -> Mapping[str, float]:
        """The posterior; where several faults are asked for, the probability of each."""
        if self.axis != "several":
            return self.posterior
        single: dict[str, float] = {}
        for hypothesis, probability in self.posterior.items():
            for label in parts(hypothesis) or (NOMINAL,):
                single[label] = single.get(label, 0.0) + probability
        return single


def main() -> None:
    """Answer what is asked for and is not there yet, then print the tables."""
    arguments = _arguments()
    arguments.output.mkdir(parents=True, exist_ok=True)
    kept = arguments.output / "answers.jsonl"
    deadline = time.monotonic() + arguments.seconds
    with kept.open("a", encoding="utf-8") as file:
        for shard, path in _shards(arguments):
            if time.monotonic() > deadline:
                break
            done = {line["id"] for line in _lines(kept)}
            for line in _answers(shard, path, arguments, done):
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                file.flush()
                if time.monotonic() > deadline:
                    break
    print(tables([_answered(line) for line in _lines(kept)]))


def _shards(arguments: argparse.Namespace) -> Iterator[tuple[Shard, Path]]:
    """Shards that are asked for with their prepared files, made where they are not there."""
    folder = arguments.prepared or arguments.output / "cases"
    for axis in arguments.axes:
        for level in (0,) if axis == FAMILIAR else arguments.levels:
            shards = plan(load_protocol(), arguments.split, cases=arguments.count, axis=axis, level=level)
            for shard in shards:
                engine = shard.setting.engine
                if engine not in arguments.without and engine in (arguments.engines or [engine]):
                    yield shard, prepare_shard(folder, shard)


def _answers(
    shard: Shard, path: Path, arguments: argparse.Namespace, done: set[str]
) -> Iterator[dict[str, Any]]:
    """Answer a seeded few cases of a shard."""
    cases = load([path])
    seed = [load_protocol().seed, zlib.crc32(shard.name.encode())]
    chosen = np.random.default_rng(seed).permutation(len(cases))[: arguments.cases]
    names = {int(i): f"{shard.name.removesuffix('.jsonl.gz')}-{shard.cases}-{i:03d}" for i in chosen}
    if done.issuperset(names.values()):
        return
    kinds = _kinds(path)
    expert, seen = SymbolicExpert(), observed(shard, cases)
    for i, name in names.items():
        if name not in done:
            yield {"id": name, **_line(seen[i], kinds[i], expert)}


def _kinds(path: Path) -> list[str]:
    """Kind of the faults of each case: `nominal`, `hardware`, `sensor` or `both`."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        kinds = [{f["kind"] for f in json.loads(line)["faults"]} for line in list(file)[1:]]
    return ["both" if len(k) > 1 else next(iter(k), NOMINAL) for k in kinds]


def _line(case: ExamCase, kind: str, expert: SymbolicExpert) -> dict[str, Any]:
    assert case.observed is not None
    answer = expert.answer(case.observed, {})
    rivals = [h for h in case.hypotheses if h not in (*case.group, *(case.truth or (NOMINAL,)))]
    seed = zlib.crc32(json.dumps(case.description.as_dict()).encode())
    wrong = str(np.random.default_rng(seed).choice(rivals))
    checks = [PhysicsChecker().check(case.observed, claim) for claim in (joined(case.truth), wrong)]
    return {
        "engine": case.engine,
        "axis": case.axis,
        "level": case.level,
        "kind": kind,
        "truth": case.truth,
        "detectable": case.detectable,
        "group": case.group,
        "posterior": {h: round(p, 6) for h, p in answer.posterior.items() if p >= _SHOWN},
        "none_of_these": answer.evidence.none_of_these,
        "wall": round(answer.cost.wall, 3),
        "cpu": round(answer.cost.cpu, 3),
        "solves": answer.cost.solves,
        "wrong_claim": wrong,
        "agrees": [c.agrees for c in checks],
        "misfits": [round(c.misfit, 3) for c in checks],
        "check_cpu": [round(c.cost.cpu, 4) for c in checks],
        "check_solves": [c.cost.solves for c in checks],
    }


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _answered(line: Mapping[str, Any]) -> Answered:
    kept = {f.name: line[f.name] for f in fields(Answered)}
    return Answered(**{n: tuple(v) if isinstance(v, list) else v for n, v in kept.items()})


def tables(answers: Sequence[Answered]) -> str:
    """Return the figures by axis and level; of the familiar ones by engine and by kind of fault as well."""
    familiar = [a for a in answers if a.axis == FAMILIAR]
    text = [_table("axis and level", answers, lambda a: f"{a.axis} {a.level or ''}".strip())]
    if familiar:
        text.append(_table("engine, familiar", familiar, lambda a: a.engine))
        text.append(_table("kind of fault, familiar", familiar, lambda a: a.kind))
    return "\n\n".join(text)


_COLUMNS = {
    "cases": "all_cases",
    "score": "score",
    "+-": "score_error",
    "strict": "strict",
    "log loss": "log_loss",
    "set/group": "answer_over_group",
    "alarms": "false_alarms",
    "missed": "missed",
    "sure, wrong": "confident_wrong",
    "first of several": "several_first",
    "share of several": "several_share",
}


def _table(title: str, answers: Sequence[Answered], key: Callable[[Answered], str]) -> str:
    groups: dict[str, list[Answered]] = {}
    for a in answers:
        groups.setdefault(key(a), []).append(a)
    lines = [
        f"| {title} | {' | '.join(_COLUMNS)} | truth agreed | wrong agreed | check ms | check solves "
        "| CPU s median | CPU s mean | solves |",
        "|" + "---|" * (len(_COLUMNS) + 8),
    ]
    for name, own in groups.items():
        figures = row("symbolic", own, [a.answer for a in own])
        cells = [_figure(figures.get(c)) for c in _COLUMNS.values()]
        cells += _checks(own)
        cpu = [a.cpu for a in own]
        cells += [f"{np.median(cpu):.2f}", f"{np.mean(cpu):.2f}", f"{np.mean([a.solves for a in own]):.0f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _checks(answers: Sequence[Answered]) -> list[str]:
    """How often a check agrees with a detectable truth and with a wrong claim, and what it costs."""
    seen = [a for a in answers if a.detectable and len(a.truth) < 2]
    agreed = [float(np.mean([a.agrees[i] for a in seen])) if seen else None for i in (0, 1)]
    cpu = 1e3 * np.median([a.check_cpu for a in answers])
    return [*map(_figure, agreed), f"{cpu:.0f}", f"{np.mean([a.check_solves for a in answers]):.0f}"]


def _figure(value: float | None) -> str:
    if value is None or np.isnan(value):
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _arguments() -> argparse.Namespace:
    axes = (FAMILIAR, *load_protocol().axes)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the answers")
    parser.add_argument("--prepared", type=Path, help="folder of prepared cases (default: `cases` in it)")
    parser.add_argument("--split", default="test", choices=tuple(load_protocol().splits))
    parser.add_argument(
        "--count", type=int, default=1_000, help="cases that were prepared of an axis and level"
    )
    parser.add_argument("--cases", type=int, default=4, help="cases of each setting that are answered")
    parser.add_argument("--axes", nargs="+", default=[FAMILIAR], choices=axes)
    parser.add_argument("--levels", nargs="+", type=int, default=LEVELS, choices=LEVELS)
    parser.add_argument("--engines", nargs="*", default=(), help="only these")
    parser.add_argument("--without", nargs="*", default=(), metavar="ENGINE", help="engines to leave out")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no further answer after")
    return parser.parse_args()


if __name__ == "__main__":
    main()
