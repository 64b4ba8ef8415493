"""Samples of many runs as the network reads them: standardised channels in windows of eleven samples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tum_hopper.definition import CHANNELS
from tum_hopper.generation import recorded_runs
from tum_hopper.readings import read

__all__ = ["USED", "WINDOW", "Pool", "Scaling", "load_pool", "measured"]

WINDOW = 11
"""Samples that the network sees at a time (thesis, table 6.5)."""
USED = [i for i, channel in enumerate(CHANNELS) if channel.used]
"""Columns of the 37 channels that it reads."""

Singles = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scaling:
    """Standardisation by median and quartiles of the training runs, squashed.

    A drift grows to a hundred times its channel's mean. Mean and deviation over all samples, as published, would leave
    a thousandth of a unit for the sound course of a pipe's temperature, which takes long training to see; so here
    the middle half of the samples counts, and what is far out is drawn in by a logarithm.

    Attributes:
        mean: Medians of the used channels, SI, shape (37,).
        deviation: Standard deviations as the quartiles give them, SI, shape (37,).
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    def __call__(self, values: NDArray[np.float64]) -> Singles:
        """Return used channels of a record (n, 41) as the network reads them, shape (n, 37)."""
        scaled = (values[:, USED] - self.mean) / self.deviation
        squashed: Singles = (np.sign(scaled) * np.log1p(np.abs(scaled))).astype(np.float32)
        return squashed

    def save(self, path: Path) -> None:
        """Write it to a file."""
        np.savez(path, mean=self.mean, deviation=self.deviation)

    @classmethod
    def load(cls, path: Path) -> Scaling:
        """Read it from a file."""
        with np.load(path) as file:
            return cls(file["mean"], file["deviation"])


@dataclass(frozen=True, eq=False)
class Pool:
    """Samples of many runs, one after the other.

    Attributes:
        values: Standardised, shape (n, 37).
        labels: Numbers of the classes, shape (n,).
        ends: Samples at which a whole window of one run ends, shape (m,).
        runs: Number of runs.
    """

    values: Singles
    labels: Labels
    ends: Labels
    runs: int

    @cached_property
    def members(self) -> list[Labels]:
        """Ends of windows by the class of their last sample, for the classes that occur."""
        classes = self.labels[self.ends]
        order = np.argsort(classes, kind="stable")
        return np.split(self.ends[order], np.flatnonzero(np.diff(classes[order])) + 1)

    def windows(self, ends: Labels) -> Singles:
        """Return windows by their last samples, shape (len(ends), 11, 37)."""
        found: Singles = self.values[ends[:, None] + np.arange(1 - WINDOW, 1)]
        return found


def load_pool(
    split: str, scaling: Scaling | None = None, *, folder: Path | None = None
) -> tuple[Pool, Scaling]:
    """Load the faulty runs of a split; the published network is trained on these alone (thesis, section 6.3).

    Args:
        split: Which runs, as far as their files are there.
        scaling: That of the training runs; measured on these if None.
        folder: Of the files.
    """
    faulty = [(run, recorded) for run, recorded in recorded_runs(split, folder=folder) if run.kind != "sound"]
    if not faulty:
        raise FileNotFoundError(f"no runs of the split {split}: generate them first")
    scaling = scaling or measured(read(run, recorded).values for run, recorded in faulty[::8])
    values, labels, ends, size = [], [], [], 0
    for run, recorded in faulty:
        readings = read(run, recorded)
        values.append(scaling(readings.values))
        labels.append(readings.labels)
        ends.append(np.arange(size + WINDOW - 1, size + readings.labels.size))
        size += readings.labels.size
    return Pool(np.concatenate(values), np.concatenate(labels), np.concatenate(ends), len(faulty)), scaling


def measured(records: Iterable[NDArray[np.float64]]) -> Scaling:
    """Measure mean and deviation, each by the middle half of the samples, which no drift reaches."""
    lower, middle, upper = np.percentile(np.concatenate([r[:, USED] for r in records]), [25, 50, 75], axis=0)
    return Scaling(middle, np.maximum(upper - lower, 1e-6 * np.abs(middle)) / 1.349)
