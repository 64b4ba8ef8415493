"""What the network says of every test run, sample by sample."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from tum_hopper.classes import CLASSES, NUMBERS, family
from tum_hopper.excitement import shown_from
from tum_hopper.generation import recorded_runs
from tum_hopper.network import WindowClassifier
from tum_hopper.outcome import Outcome
from tum_hopper.readings import read
from tum_hopper.windows import WINDOW, Labels, Scaling, Singles

__all__ = ["outcomes"]

_DENSE = 100
"""Samples after the onset that are all looked at, so that delays are told to the sample."""
_BATCH = 2048


def outcomes(
    network: Path, split: str, *, stride: int, noise: float, folder: Path | None
) -> Iterator[Outcome]:
    """Label the runs of a split.

    Args:
        network: File of the network, beside that of its scaling.
        split: Which runs.
        stride: Samples from one that is looked at to the next.
        noise: As in `tum_hopper.readings.read`.
        folder: Of the runs.
    """
    torch.set_num_threads(1)
    model = WindowClassifier.load_from_checkpoint(network, map_location="cpu").eval()
    scaling = Scaling.load(network.parent / "scaling.npz")
    for run, recorded in recorded_runs(split, folder=folder):
        readings = read(run, recorded, noise=noise)
        faulty = np.flatnonzero(readings.labels)
        onset = int(faulty[0]) if faulty.size else None
        dense = np.zeros(readings.labels.size, dtype=bool)
        even = dense.copy()
        even[WINDOW - 1 :: stride] = True
        if onset is not None:
            dense[max(onset, WINDOW - 1) : onset + _DENSE] = True
        at = np.flatnonzero(even | dense)
        if not at.size:
            continue
        shown = None
        if onset is not None and family(CLASSES[readings.labels[onset]]) == "slow":
            shown = shown_from(
                readings, "oxidizer_valve" if readings.labels[onset] == _OXIDIZER else "fuel_valve"
            )
        answer = _labelled(model, scaling(readings.values), at)
        yield Outcome(run.index, at, even[at], readings.labels[at], answer, onset, shown)


_OXIDIZER = NUMBERS["oxidizer_valve.slow"]


def _labelled(model: WindowClassifier, values: Singles, at: Labels) -> Labels:
    """Return the classes that the network gives to the last samples of windows."""
    found = []
    with torch.inference_mode():
        for part in np.split(at, range(_BATCH, at.size, _BATCH)):
            windows = torch.from_numpy(values[part[:, None] + np.arange(1 - WINDOW, 1)])
            found.append(model(windows).argmax(1).numpy())
    return np.concatenate(found)
