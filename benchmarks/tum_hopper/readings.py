"""What is recorded of a run: 100 Hz between the knots, sensor faults written in afterwards, and a label a sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tum_hopper.classes import NUMBERS, PIPES
from tum_hopper.definition import CHANNELS, definition, number
from tum_hopper.engine import hopper_engine
from tum_hopper.flights import FloatArray
from tum_hopper.plans import RunPlan
from tum_hopper.plant import Recorded

__all__ = ["Readings", "index_of", "read", "run_class"]

_POSITIONS = ("oxidizer_valve_position", "fuel_valve_position")
"""Sensors whose wrong readings stay between 0 and 1."""
_NAMES = [channel.name for channel in CHANNELS]


@dataclass(frozen=True, eq=False)
class Readings:
    """A labelled record.

    Attributes:
        time: Times in s from the begin of the run, shape (n,).
        values: Channels in SI, shape (n, 41).
        labels: Numbers of the classes, shape (n,).
    """

    time: FloatArray
    values: FloatArray
    labels: NDArray[np.int64]


def index_of(channel: str) -> int:
    """Return the column of a channel."""
    return _NAMES.index(channel)


def read(run: RunPlan, recorded: Recorded, *, noise: float = 0.0) -> Readings:
    """Return what is recorded of a run.

    Args:
        run: What was to happen.
        recorded: What the channels truly were.
        noise: Standard deviation of a sample of the engine's sensors over their span; 0 as in the published data.
    """
    knots = np.arange(recorded.knots.shape[0]) * number("plant", "step")
    count = max(round(float(knots[-1]) * definition()["rate"]["value"]) + 1, 1) if knots.size else 0
    clock = np.arange(count) / definition()["rate"]["value"]
    values = np.stack([np.interp(clock, knots, column) for column in recorded.knots.T.astype(float)], axis=1)
    time = recorded.start + clock
    labels = _labels(run, time)
    if run.mode:
        _spoil(run, values, labels)
    if noise:
        _blur(run, values, noise)
    return Readings(time, values, labels)


def run_class(labels: NDArray[np.int64]) -> int:
    """Return the class of a run: that of its first faulty sample, as in the published evaluation; 0 for none."""
    faulty = labels[labels > 0]
    return int(faulty[0]) if faulty.size else 0


def _labels(run: RunPlan, time: FloatArray) -> NDArray[np.int64]:
    """Label samples by what is wrong with the hardware."""
    labels = np.zeros(time.size, dtype=np.int64)
    if run.place in PIPES:
        blocked = np.interp(time, *run.blocked) > 0.0
        leaking = np.interp(time, *run.leaking) > 0.0
        labels[blocked] = NUMBERS[f"{run.place}.blockage"]
        labels[leaking] = NUMBERS[f"{run.place}.leak"]
        labels[blocked & leaking] = NUMBERS[f"{run.place}.blockage_and_leak"]
    elif run.time_constant:
        labels[time >= run.onset] = NUMBERS[f"{run.place}.slow"]
    return labels


def _spoil(run: RunPlan, values: FloatArray, labels: NDArray[np.int64]) -> None:
    """Write the fault of a sensor into its channel, in place."""
    column, first = values[:, index_of(run.place)], int(run.begin * labels.size)
    mean = column.mean()
    if run.mode == "freeze":
        column[first:] = column[first]
    elif run.mode == "bias":
        column[first:] += run.size * mean
    else:
        column[first:] += run.size * mean * np.arange(labels.size - first)
    if run.place in _POSITIONS and run.mode != "freeze":
        column[first:] = np.clip(column[first:], 0.0, 1.0)
    labels[first:] = NUMBERS[f"{run.place}.{run.mode}"]


def _blur(run: RunPlan, values: FloatArray, noise: float) -> None:
    """Add white noise to the channels that are sensors of the engine, in place; a frozen one has none."""
    seed = (int(definition()["seed"]), int(definition()["splits"][run.split]["number"]), run.index, 1)
    random = np.random.default_rng(seed)
    first = int(run.begin * values.shape[0])
    for name, sensor in hopper_engine().sensors.items():
        added = noise * sensor.span * np.asarray(random.normal(size=values.shape[0]))
        if name == run.place and run.mode == "freeze":
            added[first:] = added[first]
        values[:, index_of(name)] += added
