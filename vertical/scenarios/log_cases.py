"""Cases as logs: the same draws as for descriptions, run through a whole test and recorded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.physics.errors import HotfireError
from hotfire.recording.dialects import Dialect
from hotfire.recording.writing import write_log
from hotfire.scenarios.draw import Dice, Draw, described
from hotfire.scenarios.generation import Shard
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.rig import Rig
from hotfire.scenarios.settings import bench
from hotfire.simulate import Plant, SimulatedFault, TestSequence

__all__ = ["generate_logs"]

_BURN, _END = 3.6, 5.0
"""Shutdown command and end of the record in s of an engine whose file commands none."""


def generate_logs(
    shards: Sequence[Shard], folder: Path, *, protocol_path: str | None = None, dialects: bool = False
) -> int:
    """Write the cases of shards as logs with `truth.jsonl` beside them; logs that are there are kept.

    They are plain CSV, or with `dialects` each is written as another test stand would.

    A run that the integrator cannot follow has no log, and its line of the truth says why.

    Returns:
        Number of logs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    protocol = load_protocol(protocol_path)
    truth: list[dict[str, Any]] = []
    for shard in shards:
        rig, effects = bench(shard.setting, protocol_path)
        dice = Dice(shard.setting, rig, effects, protocol)
        random = shard.random(protocol)
        stem = shard.name.removesuffix(".jsonl.gz")
        for i in range(shard.cases):
            draw, seed = dice.draw(random), int(random.integers(2**31))
            path = folder / f"{stem}-{i:03d}.{'txt' if dialects else 'csv'}"
            case = {
                "log": path.name,
                "engine": shard.setting.engine,
                "seed": seed,
                "faults": described(draw, rig),
            }
            try:
                if not path.exists():
                    _write(rig, draw, seed, path, _drawn(seed) if dialects else Dialect())
            except HotfireError as error:
                case |= {"log": None, "not_run": str(error).partition("\n")[0]}
            truth.append(case)
    (folder / "truth.jsonl").write_text("".join(json.dumps(t) + "\n" for t in truth))
    return sum(t["log"] is not None for t in truth)


@lru_cache(maxsize=4)
def _plant(rig: Rig) -> Plant:
    return Plant(rig.actual)


def _drawn(seed: int) -> Dialect:
    """Draw a dialect; names that only a key in the file's head explains are written out instead."""
    drawn = Dialect.draw(np.random.default_rng(seed))
    return replace(drawn, names="upper") if drawn.names == "tags" else drawn


def _write(rig: Rig, draw: Draw, seed: int, path: Path, dialect: Dialect) -> None:
    """Run one test and write its log whole."""
    plant = _plant(rig)
    sequence = TestSequence.of(plant.engine)
    if plant.engine.sequence is None:
        sequence = TestSequence(burn=_BURN, end=_END)
    sequence = replace(sequence, rate=rig.stand.rate)
    faults = [
        SimulatedFault(f.name, f.size, f.course.onset, f.course.grows)
        for f in (*draw.hardware, *draw.sensors, *draw.spoilt)
    ]
    log = plant.run(faults, seed, sequence=sequence)
    part = path.with_suffix(".part")
    write_log(log, part, plant.network.ambient_pressure, dialect=dialect)
    part.replace(path)
