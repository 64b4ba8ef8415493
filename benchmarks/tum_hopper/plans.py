"""What happens in a run, drawn from its number alone: the flight, the fault, its sizes and its times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tum_hopper.classes import PIPES, SENSOR_MODES
from tum_hopper.definition import KINDS, SENSORS, SPLITS, definition
from tum_hopper.flights import Flight, FloatArray, thrust_course

__all__ = ["Corners", "RunPlan", "plan", "plans"]

Corners = tuple[tuple[float, ...], tuple[float, ...]]
"""Times in s and values of a course of straight pieces."""


@dataclass(frozen=True, eq=False)
class RunPlan:
    """A run before it is run. Times in s from its begin.

    Attributes:
        split: `train`, `test`, `validation` or `sound`.
        index: Within the split.
        kind: One of `KINDS`.
        place: Pipe, valve or sensor at fault, as in `oxidizer_feed`; "" for none.
        time: Times of the thrust asked for, shape (n,).
        thrust: Thrust asked for in N, shape (n,).
        onset: Begin of a blockage or of a valve's slowness; infinite for none.
        blocked: Share of the flow area lost over time.
        leaking: Leak area over the pipe's effective area, over time.
        time_constant: Of the slow valve, s; 0 for none.
        mode: `freeze`, `bias` or `drift` for a sensor, else "".
        begin: Begin of a sensor fault, as a share of the record.
        size: Bias over the mean of the channel, or drift of a sample over it.
    """

    split: str
    index: int
    kind: str
    place: str
    time: FloatArray
    thrust: FloatArray
    onset: float = float("inf")
    blocked: Corners = ((0.0,), (0.0,))
    leaking: Corners = ((0.0,), (0.0,))
    time_constant: float = 0.0
    mode: str = ""
    begin: float = 1.0
    size: float = 0.0

    @property
    def duration(self) -> float:
        """Time in s for which thrust is asked for."""
        return float(self.time[-1])


def plans(split: str) -> Iterator[RunPlan]:
    """Draw all runs of a split."""
    return (plan(split, index) for index in range(sum(SPLITS[split])))


def plan(split: str, index: int) -> RunPlan:
    """Draw one run; kinds take turns with the places that can fail, so that every class is there."""
    kind, turn = _kind(split, index)
    seed = (int(definition()["seed"]), int(definition()["splits"][split]["number"]), index)
    random = np.random.default_rng(seed)
    time, thrust = thrust_course(Flight.drawn(random))
    if kind == "slow_valve":
        return _slow_valve(RunPlan(split, index, kind, "", time, thrust), turn, random)
    if kind in ("blockage", "blockage_then_leak"):
        return _blockage(RunPlan(split, index, kind, PIPES[turn % len(PIPES)], time, thrust), random)
    if kind == "sensor":
        return _sensor(RunPlan(split, index, kind, "", time, thrust), turn, random)
    return RunPlan(split, index, kind, "", time, thrust)


def _kind(split: str, index: int) -> tuple[str, int]:
    """Return the kind of a run, and how many of its kind come before it."""
    for kind, count in zip(KINDS, SPLITS[split], strict=True):
        if index < count:
            return kind, index
        index -= count
    raise IndexError(f"split {split} has no such run")


def _slow_valve(run: RunPlan, turn: int, random: np.random.Generator) -> RunPlan:
    slow = definition()["faults"]["slow_valve"]
    onset = random.uniform(slow["earliest"]["value"], run.duration - slow["latest"]["value"])
    constant = random.uniform(slow["time_constant"]["least"], slow["time_constant"]["most"])
    place = ("oxidizer_valve", "fuel_valve")[turn % 2]
    return replace(run, place=place, onset=onset, time_constant=constant)


def _blockage(run: RunPlan, random: np.random.Generator) -> RunPlan:
    """Shut most of a pipe, then open it again or leave it half shut; a leak may open on the way."""
    settings = definition()["faults"]["blockage"]
    latest = run.duration - settings["latest"]["value"]
    onset = random.uniform(settings["earliest"]["value"] * run.duration, latest)
    severe = 1.0 - float(random.choice(settings[run.place.split("_")[0]]["open"]))
    severe = min(severe, settings["most"]["value"])
    partial = 1.0 - float(random.choice(settings["partial_open"]["values"]))
    shape = int(random.integers(3))
    until = onset + settings["severe_until"]["values"][shape]
    after = partial if shape == 2 else 0.0
    times = (onset, onset + settings["closing"]["value"], until, until + settings["reopening"]["value"])
    run = replace(run, onset=onset, blocked=(times, (0.0, severe, severe, after)))
    return replace(run, leaking=_leak(onset, random)) if run.kind == "blockage_then_leak" else run


def _leak(onset: float, random: np.random.Generator) -> Corners:
    leak = definition()["faults"]["leak"]
    begin = onset + random.uniform(leak["after"]["least"], leak["after"]["most"])
    size = float(random.choice(leak["open"]["values"])) * leak["area"]["value"]
    return (begin, begin + leak["opening"]["value"]), (0.0, size)


def _sensor(run: RunPlan, turn: int, random: np.random.Generator) -> RunPlan:
    sensor, mode = divmod(turn % (len(SENSORS) * len(SENSOR_MODES)), len(SENSOR_MODES))
    settings = definition()["faults"][SENSOR_MODES[mode]]
    begin = random.uniform(0.0, settings["latest"])
    size = random.uniform(settings.get("least", 0.0), settings.get("most", 0.0))
    sign = random.choice([-1.0, 1.0]) if SENSOR_MODES[mode] == "bias" else 1.0
    return replace(run, place=SENSORS[sensor], mode=SENSOR_MODES[mode], begin=begin, size=sign * size)
