"""One row a case and expert: what was asked, what was answered, what it earned and took; kept as Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from hotfire.examination.cases import ExamCase
from hotfire.examination.score import NOMINAL, answer_set, score
from hotfire.experts.hypotheses import MISMATCH, joined, parts
from hotfire.router.experts import Answer
from hotfire.router.ledger import Cost

__all__ = ["UNDECLARED", "Asked", "Row", "asked", "by_what_is_told", "from_answer", "read_rows", "write_rows"]

UNDECLARED = "swap_undeclared"
"""Axis on which the hardware is not that of the file."""
_LISTS = ("truth", "group", "told_group")
_SHOWN = 1e-5
"""Least probability that is written down."""


@dataclass(frozen=True)
class Asked:
    """A case as rows tell it.

    Attributes:
        id: Name of the case: shard, number of cases that were drawn with it, and its own number.
        split, axis, level, engine: Where it is from.
        kind: Of its faults: `nominal`, `hardware`, `sensor` or `both`.
        truth: Labels of its faults; empty for a sound engine.
        detectable: Whether the sensors show all of them.
        group: G* of a single fault, as labels.
        told_group: G* by what a text tells of it; empty where it tells nothing, and for cases of logs.
    """

    id: str
    split: str
    axis: str
    level: int
    engine: str
    kind: str
    truth: tuple[str, ...]
    detectable: bool
    group: tuple[str, ...]
    told_group: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The one right answer; the first of several."""
        return self.truth[0] if self.truth else NOMINAL

    def right(self, claim: str) -> bool:
        """Whether a claim is right.

        Of one or two faults, they or what the sensors cannot tell from them; of an undetectable one also that all is
        well. Of more, all of them. Where the hardware is not that of the file, that nothing fits.
        """
        if self.axis == UNDECLARED:
            return claim == MISMATCH
        if len(self.truth) > 1:
            return set(parts(claim)) == set(self.truth) or claim in self.group
        if not self.truth:
            return claim == NOMINAL
        return claim in {*self.truth, *self.group} or (not self.detectable and claim == NOMINAL)

    def earned(self, posterior: Mapping[str, float]) -> float:
        """Score of an answer: of one or two faults the protocol's; else, whether the likeliest claim is right."""
        if self.axis == UNDECLARED or len(self.truth) not in (1, 2):
            return float(self.right(best(posterior)))
        return score(posterior, joined(self.truth), self.group, detectable=self.detectable).score


@dataclass(frozen=True)
class Row(Asked):
    """An answer to a case.

    Attributes:
        expert: Who answered.
        posterior: Probability by hypothesis, from `_SHOWN` on.
        wall, cpu: Time that the answer took, elapsed and of the processor, s.
        peak_memory: Largest resident memory of the process so far, bytes; 0 where it is not known.
        model_calls, solves: Calls of the model, and operating points that were solved.
        route: Of the hybrid, as in `hotfire.router.controller.Routed`.
        risk: That the model errs, by the router; None without one.
        agrees: Whether the check of the model's claim agrees; None where none was checked.
        scores: Of strangeness, by name.
        neural_cpu, check_cpu, router_cpu, solver_cpu: Processor time of the parts: the model, the checks of its claim
            and the likeliest rivals, the rest of the router, the search.
        check_solves: Operating points of these checks.
        truth_agrees, wrong_agrees: Whether a check of the truth agrees, and one of a claim drawn among what it is not.
    """

    expert: str = ""
    posterior: Mapping[str, float] = field(default_factory=dict)
    wall: float = 0.0
    cpu: float = 0.0
    peak_memory: int = 0
    model_calls: int = 0
    solves: int = 0
    route: str = ""
    risk: float | None = None
    agrees: bool | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    neural_cpu: float = 0.0
    check_cpu: float = 0.0
    router_cpu: float = 0.0
    solver_cpu: float = 0.0
    check_solves: int = 0
    truth_agrees: bool | None = None
    wrong_agrees: bool | None = None

    @property
    def answer(self) -> str:
        """The likeliest hypothesis."""
        return best(self.posterior)

    @property
    def is_right(self) -> bool:
        """Whether it is right."""
        return self.right(self.answer)

    @property
    def score(self) -> float:
        """What it earns."""
        return self.earned(self.posterior)

    @property
    def cost(self) -> Cost:
        """What it took."""
        return Cost(self.wall, self.cpu, self.peak_memory, self.model_calls, self.solves)


def by_what_is_told(rows: Sequence[Row]) -> list[Row]:
    """Return rows of texts as they are to be scored against what the texts tell, not against what sensors showed."""
    return [replace(r, group=r.told_group, detectable=r.detectable and bool(r.told_group)) for r in rows]


def best(posterior: Mapping[str, float]) -> str:
    """The likeliest hypothesis; "" where there is none."""
    return max(posterior, key=lambda h: (posterior[h], h), default="")


def asked(case: ExamCase, name: str, split: str) -> Asked:
    """Return a prepared case as rows tell it."""
    own = (case.axis, case.level, case.engine, case.kind, case.truth, case.detectable)
    return Asked(name, split, *own, case.group, case.told_group)


def from_answer(case: Asked, answer: Answer, **more: Any) -> Row:
    """Return the row of an answer; `more` are further fields."""
    cost = answer.cost
    told: dict[str, Any] = {
        "expert": answer.expert,
        "posterior": {h: round(p, 6) for h, p in answer.posterior.items() if p >= _SHOWN},
        "wall": cost.wall,
        "cpu": cost.cpu,
        "peak_memory": cost.peak_memory,
        "model_calls": cost.model_calls,
        "solves": cost.solves,
    }
    own = {f.name: getattr(case, f.name) for f in fields(Asked)}
    return Row(**own, **{**told, **more})


def write_rows(rows: Sequence[Row], path: Path) -> None:
    """Write rows as Parquet, whole or not at all; what follows from an answer stands beside it."""
    import polars as pl

    part = path.with_name(f"{path.name}.part")
    pl.DataFrame([_plain(r) for r in rows], schema=_schema()).write_parquet(part)
    part.replace(path)


def read_rows(paths: Iterable[Path]) -> list[Row]:
    """Read rows."""
    import polars as pl

    names = [f.name for f in fields(Row)]
    found = []
    for path in paths:
        for values in pl.read_parquet(path, columns=names).iter_rows(named=True):
            lists = {name: tuple(values[name]) for name in _LISTS}
            maps = {name: json.loads(values[name]) for name in ("posterior", "scores")}
            found.append(Row(**{**values, **lists, **maps}))
    return found


def _plain(row: Row) -> dict[str, Any]:
    values = {f.name: getattr(row, f.name) for f in fields(Row)}
    lists = {name: list(values[name]) for name in _LISTS}
    maps = {name: json.dumps(dict(values[name]), ensure_ascii=False) for name in ("posterior", "scores")}
    truth = MISMATCH if row.axis == UNDECLARED else joined(row.truth)
    told = {
        "answer": row.answer,
        "right": row.is_right,
        "score": row.score,
        "confidence": row.posterior.get(row.answer, 0.0),
        "truth_probability": row.posterior.get(truth, 0.0),
        "set_size": len(answer_set(row.posterior)) if row.posterior else 0,
        "group_size": len(row.group),
    }
    return {**values, **lists, **maps, **told}


def _schema() -> dict[str, Any]:
    import polars as pl

    kinds = {"int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean, "str": pl.String}
    found: dict[str, Any] = {}
    for f in fields(Row):
        kind = str(f.type).removesuffix(" | None")
        found[f.name] = kinds.get(kind, pl.List(pl.String) if kind.startswith("tuple") else pl.String)
    derived = {"answer": "str", "right": "bool", "score": "float", "confidence": "float"}
    derived |= {"truth_probability": "float", "set_size": "int", "group_size": "int"}
    return found | {name: kinds[kind] for name, kind in derived.items()}
