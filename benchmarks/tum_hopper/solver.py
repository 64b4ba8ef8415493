"""The solver on the rebuild: the hopper's gauges for the monitor, and its answers as the 63 classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.monitoring.flight import FlightMonitor
from hotfire.physics.monitoring.gauges import Actuator, Gauge
from hotfire.physics.monitoring.relations import Relations
from tum_hopper.classes import CLASSES, NUMBERS, PIPES, family
from tum_hopper.definition import CHANNELS, definition, number
from tum_hopper.engine import hopper_engine
from tum_hopper.excitement import shown_from
from tum_hopper.flights import FloatArray
from tum_hopper.generation import recorded_runs
from tum_hopper.outcome import Labels, Outcome
from tum_hopper.readings import Readings, read

__all__ = ["actuators", "followed", "labelled", "looked_at", "padded", "relations", "shown", "solved"]

_SIDE_BY_SIDE, _BLOCK = 240, 100
"""Runs that are followed together, and samples that are handed over at a time."""
_DENSE = 100
"""Samples after the onset that are all looked at, so that delays are told to the sample."""
_RESOLUTION = 0.5**23
"""Of the records, which are in single precision, over the span."""
_SPANS = {"drop": 40e5, "position": 1.0, "temperature": 400.0}
"""Spans of channels that the engine's file does not describe, by the last word of their names."""


@cache
def relations() -> Relations:
    """Return the relations of the hopper under its channels."""
    engine = hopper_engine()
    recorded = {channel: name for name, channel in engine.recorded_inputs.items()}
    recorded |= {f"{side}_tank_temperature": f"{side}_tank.temperature" for side in ("oxidizer", "fuel")}
    gauges = []
    for channel in CHANNELS:
        if channel.command:
            continue
        sensor, measures = engine.sensors.get(channel.name), channel.measures or ""
        if channel.temperature_at:
            measures = channel.temperature_at.replace(".pressure", ".temperature")
        gauges.append(
            Gauge(
                channel.name,
                sensor.measures if sensor else measures,
                sensor.span if sensor else _SPANS[channel.name.rsplit("_", 1)[-1]],
                less=channel.less or "",
                stands_for=recorded.get(channel.name, ""),
                limits=(0.0, 1.0) if channel.name in engine.recorded_inputs.values() else (-np.inf, np.inf),
                resolution=_RESOLUTION,
            )
        )
    return Relations(engine.network, tuple(gauges))


def actuators() -> tuple[Actuator, ...]:
    """Return both valves with the time constant of sound ones."""
    constant = number("plant", "valve_time_constant")
    return tuple(
        Actuator(f"{side}_valve", f"{side}_valve_command", f"{side}_valve_position", constant)
        for side in ("oxidizer", "fuel")
    )


def followed(runs: Sequence[Readings]) -> tuple[tuple[str, ...], list[Labels]]:
    """Follow runs sample by sample, each sample by what was known at its time.

    Returns:
        What the monitor can answer, `nominal` first, and the numbers of its answers for each run.
    """
    rate = float(definition()["rate"]["value"])
    monitor = FlightMonitor(relations(), actuators(), rate=rate, streams=len(runs))
    names = [channel.name for channel in CHANNELS]
    gauges = [names.index(g.name) for g in relations().gauges]
    commands = [names.index(a.command) for a in actuators()]
    most = max(run.labels.size for run in runs)
    values = np.stack([padded(run.values, most) for run in runs], axis=1)
    parts = [
        monitor.follow(block[:, :, gauges], block[:, :, commands])
        for block in np.split(values, range(_BLOCK, most, _BLOCK))
    ]
    answers = np.concatenate(parts).T
    return monitor.answers, [a[: run.labels.size] for run, a in zip(runs, answers, strict=True)]


def labelled(runs: Sequence[Readings]) -> list[Labels]:
    """Label runs sample by sample with the numbers of the 63 classes."""
    names, answers = followed(runs)
    classes = _classes(names)
    return [classes[answer] for answer in answers]


def padded(values: FloatArray, count: int) -> FloatArray:
    """A record with its last sample held."""
    return np.concatenate([values, np.repeat(values[-1:], count - values.shape[0], axis=0)])


def _classes(answers: Sequence[str]) -> Labels:
    """Number of the class of each answer. What is none of the 62 faults is called nominal, and so counts as missed."""
    named = dict(NUMBERS)
    named |= {f"{pipe}.blockage+leak": NUMBERS[f"{pipe}.blockage_and_leak"] for pipe in PIPES}
    return np.array([named.get(answer, 0) for answer in answers])


def solved(
    split: str, *, stride: int, noise: float, folder: Path | None, most: int | None = None
) -> Iterator[Outcome]:
    """Label the runs of a split; arguments as in `tum_hopper.labelling.outcomes`, and the most runs to take."""
    taken = islice(recorded_runs(split, folder=folder), most)
    found = [(run, recorded) for run, recorded in taken if recorded.knots.shape[0] > 1]
    for first in range(0, len(found), _SIDE_BY_SIDE):
        part = found[first : first + _SIDE_BY_SIDE]
        readings = [read(run, recorded, noise=noise) for run, recorded in part]
        for (run, _), reading, answer in zip(part, readings, labelled(readings), strict=True):
            yield _outcome(run.index, reading, answer, stride)


def _outcome(index: int, readings: Readings, answer: Labels, stride: int) -> Outcome:
    """A run as it was and as it was labelled, all samples looked at."""
    _, even, onset = looked_at(readings.labels, stride)
    return Outcome(
        index, np.arange(answer.size), even, readings.labels, answer, onset, shown(readings, onset)
    )


def looked_at(labels: Labels, stride: int) -> tuple[Labels, NDArray[np.bool_], int | None]:
    """Return every so-manieth sample and the second from the onset, which of all are the former, and the onset."""
    faulty = np.flatnonzero(labels)
    onset = int(faulty[0]) if faulty.size else None
    even = np.zeros(labels.size, dtype=bool)
    even[::stride] = True
    wanted = even.copy()
    if onset is not None:
        wanted[onset : onset + _DENSE] = True
    return np.flatnonzero(wanted), even, onset


def shown(readings: Readings, onset: int | None) -> int | None:
    """Return when a slow valve can be seen; None where that is not asked or never."""
    if onset is None or family(CLASSES[readings.labels[onset]]) != "slow":
        return None
    return shown_from(readings, CLASSES[readings.labels[onset]].split(".")[0])
