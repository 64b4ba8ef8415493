"""Cases in bulk: shards of one setting each, written whole, in parallel, resumable to the same bytes.

A shard's random numbers follow from the protocol's seed and the shard's own name, so that it does not matter which
worker makes it, when, or after how many interruptions.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.physics.errors import HotfireError
from hotfire.scenarios.cases import Maker, Runs
from hotfire.scenarios.protocol import Protocol, load_protocol
from hotfire.scenarios.readings import Readings
from hotfire.scenarios.settings import FAMILIAR, Setting, bench, settings

__all__ = ["Shard", "generate", "plan", "played", "read_cases"]

SHARD = 250
"""Cases of a shard."""
_MANIFEST = "manifest.json"

Progress = Callable[[int, int], None]
"""Called with the number of cases that are there and the number of all."""


@dataclass(frozen=True)
class Shard:
    """A file of cases of one setting.

    Attributes:
        split: Which of the protocol's splits.
        setting: Engine, axis and level.
        number: Counted from 0 within the setting.
        cases: Number of cases that are drawn; those that the plant cannot run are missing in the file.
    """

    split: str
    setting: Setting
    number: int
    cases: int

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"{self.split}-{self.setting.name}-{self.number:04d}.jsonl.gz"

    def random(self, protocol: Protocol) -> np.random.Generator:
        """Its own source of chance."""
        return np.random.default_rng([protocol.seed, zlib.crc32(self.name.encode())])


def plan(
    protocol: Protocol, split: str, *, cases: int | None = None, axis: str = FAMILIAR, level: int = 0
) -> tuple[Shard, ...]:
    """Return the shards of a split, its cases spread evenly over the engines.

    Args:
        protocol: Which.
        split: Name of a split; it decides the random numbers.
        cases: Number of cases; None for as many as the protocol says.
        axis: Shift axis, or `familiar`.
        level: 1 to 5, for an axis.

    Raises:
        HotfireError: If there is no such split, axis or level.
    """
    if split not in protocol.splits:
        raise HotfireError(
            f"there is no split {split!r}", where="--split", remedy=f"use one of {', '.join(protocol.splits)}"
        )
    chosen = settings(protocol, axis, level)
    total = protocol.splits[split] if cases is None else cases
    shares = [total // len(chosen) + (i < total % len(chosen)) for i in range(len(chosen))]
    return tuple(
        Shard(split, setting, k, min(SHARD, share - k * SHARD))
        for setting, share in zip(chosen, shares, strict=True)
        for k in range((share + SHARD - 1) // SHARD)
    )


def generate(
    shards: Sequence[Shard],
    folder: Path,
    *,
    protocol_path: str | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> None:
    """Write the shards that are not there yet.

    Args:
        shards: As planned.
        folder: Where to; made where there is none.
        protocol_path: The protocol; None for the one that ships.
        workers: Processes.
        progress: Told what is done.

    Raises:
        HotfireError: If the folder holds cases of another protocol.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _check_manifest(folder, protocol_path)
    missing = [s for s in shards if not (folder / s.name).exists()]
    total, done = sum(s.cases for s in shards), sum(s.cases for s in shards if s not in missing)
    tell = progress or (lambda _done, _total: None)
    tell(done, total)
    jobs = _by_setting(missing)
    if workers <= 1:
        for own in jobs:
            for shard in own:
                _write(shard, folder, protocol_path)
                done += shard.cases
                tell(done, total)
        return
    with ProcessPoolExecutor(workers, initializer=_end_with_parent) as pool:
        waiting = {pool.submit(_write_all, own, folder, protocol_path): own for own in jobs}
        for job in as_completed(waiting):
            job.result()
            done += sum(s.cases for s in waiting[job])
            tell(done, total)


def _by_setting(shards: Sequence[Shard]) -> list[list[Shard]]:
    """Group the shards of one setting, so that its rig is built once."""
    groups: dict[Setting, list[Shard]] = {}
    for shard in shards:
        groups.setdefault(shard.setting, []).append(shard)
    return list(groups.values())


def _end_with_parent() -> None:
    """End this worker when its parent is killed: it would go on and write beside the workers of the next run."""

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _write_all(shards: Sequence[Shard], folder: Path, protocol_path: str | None) -> None:
    for shard in shards:
        _write(shard, folder, protocol_path)


def _write(shard: Shard, folder: Path, protocol_path: str | None) -> None:
    """Make a shard and put it in its place when it is whole."""
    protocol = load_protocol(protocol_path)
    rig, effects = bench(shard.setting, protocol_path)
    maker = Maker(shard.setting, rig, effects, protocol)
    made = maker.make(shard.cases, shard.random(protocol))
    stem = shard.name.removesuffix(".jsonl.gz")
    lines = (
        json.dumps(maker.record(f"{stem}-{i:03d}", case), ensure_ascii=False) for i, case in enumerate(made)
    )
    part = folder / f"{shard.name}.part"
    with part.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        for line in lines:
            file.write(line.encode() + b"\n")
    part.replace(folder / shard.name)


def _check_manifest(folder: Path, protocol_path: str | None) -> None:
    """Keep cases of different protocols apart."""
    protocol = load_protocol(protocol_path)
    digest = hashlib.sha256(repr(protocol).encode()).hexdigest()
    path = folder / _MANIFEST
    if not path.exists():
        path.write_text(json.dumps({"protocol": digest, "date": protocol.date}, indent=1) + "\n")
        return
    if json.loads(path.read_text())["protocol"] != digest:
        raise HotfireError(
            "this folder holds cases of another protocol",
            where=str(path),
            why="cases of two protocols must not be mixed",
            remedy="write to an empty folder",
        )


def played(shard: Shard) -> tuple[Maker, Runs, Readings]:
    """Draw, run and read the cases of a shard by the protocol that ships: the same each time it is asked for."""
    protocol = load_protocol()
    rig, effects = bench(shard.setting)
    maker = Maker(shard.setting, rig, effects, protocol)
    random = shard.random(protocol)
    runs = maker.run(shard.cases, random)
    return maker, runs, maker.readings(runs, random)


def read_cases(folder: Path, pattern: str = "*") -> Iterator[dict[str, Any]]:
    """Yield the cases of a folder, shard by shard in the order of their names.

    Args:
        folder: That `generate` wrote.
        pattern: Of the names of shards, as in `test-*`.
    """
    for path in sorted(folder.glob(f"{pattern}.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from map(json.loads, file)
