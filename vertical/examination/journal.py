"""The search as an expert, each answer of which is worked out once: a line of JSON a case, kept as it is found.

A search takes seconds and needs no training, so its answers outlive every model that is examined beside it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.examination.cases import ExamCase
from hotfire.examination.rows import Asked, Row, from_answer
from hotfire.examination.score import NOMINAL
from hotfire.experts.case import ExpertCase
from hotfire.experts.check import PhysicsChecker
from hotfire.experts.hypotheses import joined
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.router.experts import Answer
from hotfire.router.ledger import Cost

__all__ = ["Journal"]

_SHOWN = 1e-4
"""Least probability that is written down."""


class Journal:
    """A sure expert with a memory on disk."""

    name = "symbolic"

    def __init__(self, path: Path, earlier: Path | None = None) -> None:
        """Open a journal.

        Args:
            path: Its file of JSON lines; made where there is none.
            earlier: Another one whose answers count as well.
        """
        self._path = path
        self._lines = _read(earlier) if earlier else {}
        self._lines |= _read(path) if path.exists() else {}
        self._expert, self._fresh, self._now = SymbolicExpert(), dict[str, Answer](), ""

    def at(self, name: str) -> Journal:
        """Say which case is asked next."""
        self._now = name
        return self

    def knows(self, name: str) -> bool:
        """Whether a case has been answered."""
        return name in self._lines

    def answer(self, case: ExpertCase, hints: Mapping[str, float]) -> Answer:
        """Answer the case that `at` named: read, or worked out."""
        if self._now in self._lines:
            return _told(self._lines[self._now])
        if self._now not in self._fresh:
            self._fresh[self._now] = self._expert.answer(case, hints)
        return self._fresh[self._now]

    def keep(self, told: Asked, case: ExamCase) -> None:
        """Write down what was worked out, with checks of the truth and of a claim drawn among what it is not."""
        if told.id not in self._fresh:
            return
        line = _line(told, case, self._fresh.pop(told.id))
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._lines[told.id] = line

    def row(self, told: Asked) -> Row:
        """Return the row of a case that was answered."""
        line = self._lines[told.id]
        agrees = line.get("agrees", (None, None))
        answer = _told(line)
        return from_answer(
            told, answer, solver_cpu=answer.cost.cpu, truth_agrees=agrees[0], wrong_agrees=agrees[1]
        )


def _told(line: Mapping[str, Any]) -> Answer:
    cost = Cost(line["wall"], line["cpu"], line.get("peak_memory", 0), 0, line["solves"])
    return Answer(line["posterior"], "symbolic", cost=cost)


def _line(told: Asked, case: ExamCase, answer: Answer) -> dict[str, Any]:
    assert case.observed is not None
    rivals = [h for h in case.hypotheses if h not in (*case.group, *(case.truth or (NOMINAL,)))]
    seed = zlib.crc32(json.dumps(case.description.as_dict()).encode())
    wrong = str(np.random.default_rng(seed).choice(rivals))
    checks = [PhysicsChecker().check(case.observed, claim) for claim in (joined(case.truth), wrong)]
    return {
        "id": told.id,
        "engine": told.engine,
        "axis": told.axis,
        "level": told.level,
        "kind": told.kind,
        "truth": told.truth,
        "detectable": told.detectable,
        "group": told.group,
        "posterior": {h: round(p, 6) for h, p in answer.posterior.items() if p >= _SHOWN},
        "none_of_these": answer.evidence.none_of_these,
        "wall": round(answer.cost.wall, 3),
        "cpu": round(answer.cost.cpu, 3),
        "peak_memory": answer.cost.peak_memory,
        "solves": answer.cost.solves,
        "wrong_claim": wrong,
        "agrees": [c.agrees for c in checks],
        "misfits": [round(c.misfit, 3) for c in checks],
        "check_cpu": [round(c.cost.cpu, 4) for c in checks],
        "check_solves": [c.cost.solves for c in checks],
    }


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Lines by case; a last one that an interruption cut short is dropped from the file."""
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    lines = [json.loads(line) for line in whole.splitlines()]
    return {line["id"]: line for line in lines}
