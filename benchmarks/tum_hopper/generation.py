"""Runs in files: made in chunks, so that what was interrupted goes on to the same bytes."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tum_hopper.definition import CHANNELS, FOLDER, SPLITS
from tum_hopper.plans import RunPlan, plan
from tum_hopper.plant import Recorded, fly

__all__ = ["CHUNK", "cache_folder", "generate", "recorded_runs"]

CHUNK = 256
"""Runs that fly side by side and lie in one file."""


def cache_folder() -> Path:
    """Return the folder of this definition's files; another definition has another."""
    texts = [(FOLDER / name).read_bytes() for name in ("rebuild.yaml", "hopper.yaml")]
    return FOLDER.parents[1] / "build" / "tum_hopper" / hashlib.sha256(b"".join(texts)).hexdigest()[:12]


def generate(
    splits: tuple[str, ...] = tuple(SPLITS), *, folder: Path | None = None, most: int | None = None
) -> float:
    """Make the chunks that are not there yet, and return the processor time in s that it took.

    Args:
        splits: Which splits.
        folder: Where; `cache_folder()` if None.
        most: Chunks of each split after which to stop; None for all.
    """
    folder = folder or cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.process_time()
    for split in splits:
        for chunk in list(_chunks(split))[:most]:
            path = folder / f"{split}-{chunk:03d}.npz"
            if not path.exists():
                _write(path, [plan(split, index) for index in _indices(split, chunk)])
                print(f"{path.name}  {time.process_time() - begin:.0f} s of processor", flush=True)
    return time.process_time() - begin


def recorded_runs(
    split: str, *, folder: Path | None = None, chunks: int | None = None
) -> Iterator[tuple[RunPlan, Recorded]]:
    """Read the runs of a split whose chunks are there, in order; of the first `chunks` alone if that is given."""
    folder = folder or cache_folder()
    for chunk in list(_chunks(split))[:chunks]:
        path = folder / f"{split}-{chunk:03d}.npz"
        if not path.exists():
            continue
        with np.load(path) as file:
            knots, lengths, starts = file["knots"], file["lengths"], file["starts"]
        ends = np.cumsum(lengths)
        for index, start, end, length in zip(_indices(split, chunk), starts, ends, lengths, strict=True):
            yield plan(split, index), Recorded(float(start), knots[end - length : end])


def _chunks(split: str) -> range:
    return range(-(-sum(SPLITS[split]) // CHUNK))


def _indices(split: str, chunk: int) -> range:
    """Runs of a chunk: every so-manieth, so that each chunk holds all kinds."""
    return range(chunk, sum(SPLITS[split]), len(_chunks(split)))


def _write(path: Path, runs: list[RunPlan]) -> None:
    records = fly(runs)
    partial = path.with_suffix(f".{os.getpid()}.part")
    with partial.open("wb") as file:
        np.savez(
            file,
            knots=np.concatenate([r.knots for r in records]).reshape(-1, len(CHANNELS)),
            lengths=np.array([r.knots.shape[0] for r in records]),
            starts=np.array([r.start for r in records]),
        )
    partial.replace(path)
