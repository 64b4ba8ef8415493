"""All that is asked for, shard by shard: cases are made once, answers kept as they come, and nothing is done twice."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.examination.answering import EXPERTS, Panel
from hotfire.examination.cases import ExamCase, load, observed, prepare_shard, told
from hotfire.examination.journal import Journal
from hotfire.examination.rows import Row, asked, read_rows, write_rows
from hotfire.experts.routing import ROUTING
from hotfire.models.card import SHIPPED, read_card
from hotfire.physics.errors import HotfireError
from hotfire.scenarios.generation import Shard, plan
from hotfire.scenarios.protocol import LEVELS, WORDING, load_protocol
from hotfire.scenarios.settings import FAMILIAR

__all__ = ["ANSWERS", "AXES", "MANIFEST", "WORDING", "Request", "all_rows", "sit"]

AXES = (FAMILIAR, WORDING, *load_protocol().axes)
"""Familiar cases, the same as operators tell of them, and the shift axes of the protocol."""
ANSWERS, MANIFEST, _ROWS = "answers.jsonl", "bench.json", "rows"
_SCHEMA = "hotfire.bench.rows/2"


@dataclass(frozen=True)
class Request:
    """What is examined.

    Attributes:
        experts: Who answers.
        axes, levels: On which shifts; `familiar` has no level.
        cases: Of each axis and level, spread evenly over its engines.
        searched: Of each engine of an axis and level, how many the search answers as well.
        split: Whose random numbers the cases have; None for `test` where familiar and `shift` where shifted.
        engines: Only these; none for all.
        without: Engines that are left out.
        model: Folder of the small model.
        provider: What it runs on.
        prepared: Folder of cases; None for one inside the output.
        answers: Another journal of searches that is read as well.
        seconds: After which no further case is begun.
    """

    experts: tuple[str, ...] = EXPERTS[:3]
    axes: tuple[str, ...] = AXES
    levels: tuple[int, ...] = LEVELS
    cases: int = 100
    searched: int = 2
    split: str | None = None
    engines: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    model: Path = SHIPPED
    provider: str = "auto"
    prepared: Path | None = None
    answers: Path | None = None
    seconds: float = float("inf")


Progress = Callable[[str], None]


def sit(request: Request, folder: Path, *, command: str = "", say: Progress = lambda _: None) -> None:
    """Have the experts answer what is not answered yet.

    Args:
        request: What is examined.
        folder: Where rows and searches are kept.
        command: How it was asked for, for the page.
        say: Told which shard begins.

    Raises:
        HotfireError: If the folder holds rows of another model or protocol, or an expert cannot be had.
    """
    (folder / _ROWS).mkdir(parents=True, exist_ok=True)
    journal = Journal(folder / ANSWERS, request.answers)
    panel = Panel(request.experts, request.model, request.provider, journal)
    _sign(request, folder, command, panel.provider)
    deadline = time.monotonic() + request.seconds
    for shard, wording in _shards(request):
        if time.monotonic() > deadline:
            say("time is up; the same command goes on")
            return
        _Sitting(request, folder, panel, shard, wording).go(deadline, say)


def all_rows(folder: Path) -> list[Row]:
    """Return all rows of a folder, shard by shard.

    Raises:
        HotfireError: If there are none.
    """
    paths = sorted((folder / _ROWS).glob("*.parquet"))
    if not paths:
        raise HotfireError(
            "there are no rows here",
            where=str(folder),
            remedy="run `hotfire bench -o FOLDER` without --page-only",
        )
    return read_rows(paths)


def _shards(request: Request) -> Iterator[tuple[Shard, int | None]]:
    """Shards that are asked for, with the level of wording where operators tell of them."""
    protocol = load_protocol()
    for axis in request.axes:
        levels = {FAMILIAR: (0,), WORDING: (0, *request.levels)}.get(axis, request.levels)
        for level in levels:
            words = level if axis == WORDING else None
            own = (FAMILIAR, 0) if axis in (FAMILIAR, WORDING) else (axis, level)
            split = request.split or ("test" if own[0] == FAMILIAR else "shift")
            for shard in plan(protocol, split, cases=request.cases, axis=own[0], level=own[1]):
                engine = shard.setting.engine
                if engine not in request.without and engine in (request.engines or (engine,)):
                    yield shard, words


class _Sitting:
    """One shard, or what operators tell of it."""

    def __init__(
        self, request: Request, folder: Path, panel: Panel, shard: Shard, wording: int | None
    ) -> None:
        self._shard, self._wording, self._panel = shard, wording, panel
        self._prepared = request.prepared or folder / "cases"
        self._wanted, self._searched = set(request.experts), request.searched
        stem = f"{shard.name.removesuffix('.jsonl.gz')}-{shard.cases}"
        self._stem, self._tail = stem, "" if wording is None else f"-told{wording}"
        self._part = folder / _ROWS / f"{stem}{self._tail}.parquet"
        self._seed = [load_protocol().seed, zlib.crc32(shard.name.encode())]

    def go(self, deadline: float, say: Progress) -> None:
        """Answer what is missing, and write all rows of the shard."""
        rows = {(r.id, r.expert): r for r in (read_rows([self._part]) if self._part.exists() else [])}
        cases = load([prepare_shard(self._prepared, self._shard)])
        chosen = self._chosen(len(cases))
        missing = [i for i in range(len(cases)) if not self._asked(i, chosen) <= set(rows)]
        if not missing:
            return
        say(f"{self._part.stem}: {len(missing)} cases")
        try:
            for row in self._rows(cases, missing, chosen, deadline):
                rows[row.id, row.expert] = row
        finally:
            if rows:
                write_rows([rows[key] for key in sorted(rows)], self._part)

    def _chosen(self, count: int) -> set[int]:
        """Cases that the search answers: the first of a seeded order, so that more of them hold the fewer."""
        if self._wording is not None:
            return set()
        return set(np.random.default_rng(self._seed).permutation(count)[: self._searched].tolist())

    def _name(self, i: int) -> str:
        return f"{self._stem}-{i:03d}{self._tail}"

    def _asked(self, i: int, chosen: set[int]) -> set[tuple[str, str]]:
        """Rows that a case should have."""
        learnt = {"neural"} if {"neural", "hybrid"} & self._wanted else set()
        if self._wording is not None:
            learnt |= self._wanted - {"symptoms"} | ({"symbolic"} if "hybrid" in self._wanted else set())
        others = self._wanted - {"neural"} if i in chosen else set()
        others |= {"symbolic"} if "hybrid" in others else set()
        return {(self._name(i), expert) for expert in learnt | others}

    def _rows(
        self, cases: list[ExamCase], missing: list[int], chosen: set[int], deadline: float
    ) -> Iterator[Row]:
        if self._wording is None:
            seen = observed(self._shard, cases)
        else:
            random = np.random.default_rng([*self._seed, self._wording])
            seen = told(cases, random, wording=self._wording, grouped=True)
        for i in missing:
            if time.monotonic() > deadline:
                return
            case = asked(seen[i], self._name(i), self._shard.split)
            if self._wording is None:
                yield from self._panel.rows(case, seen[i], searched=i in chosen)
            else:
                yield from self._panel.told(case, seen[i])


def _sign(request: Request, folder: Path, command: str, provider: str) -> None:
    """Write down what the rows are of, and keep those of different models and protocols apart."""
    own = {"schema": _SCHEMA, "protocol": hashlib.sha256(repr(load_protocol()).encode()).hexdigest()}
    if {"neural", "hybrid"} & set(request.experts):
        own["model"] = read_card(request.model).hashes["model.onnx"]
    if "hybrid" in request.experts and (request.model / ROUTING).exists():
        own["routing"] = hashlib.sha256((request.model / ROUTING).read_bytes()).hexdigest()
    path = folder / MANIFEST
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name, value in own.items():
        if kept.get(name, value) != value:
            raise HotfireError(
                f"this folder holds rows of another {name}",
                where=str(path),
                why="rows of two of them must not stand in one table",
                remedy=f"write to an empty folder; `--answers {folder / ANSWERS}` takes its searches over",
            )
    commands = list(dict.fromkeys([*kept.get("commands", ()), *([command] if command else [])]))
    told = {"provider": provider, "folder": str(request.model.resolve())} if provider else {}
    text = json.dumps({**kept, **own, **told, "commands": commands}, indent=1)
    part = path.with_suffix(".part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)
