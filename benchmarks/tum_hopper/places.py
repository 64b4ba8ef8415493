"""What the small network reads of each sample: of each place that can fail, and of the whole engine.

Two readings of the same runs. `residuals` is what the declaration makes of them: what a fault of the place would
explain, and by how much better than any other. `channels` is what was recorded at the place, standardised. In both,
places of a kind have the same columns, so that one small network reads them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np

from tum_hopper.classes import PIPES
from tum_hopper.definition import CHANNELS, SENSORS
from tum_hopper.flights import FloatArray
from tum_hopper.readings import index_of
from tum_hopper.residuals import Told
from tum_hopper.solver import actuators, relations
from tum_hopper.windows import USED, Labels, Scaling, Singles

__all__ = ["MEMORY", "WAYS", "Places", "of_channels", "of_residuals", "remembered"]

WAYS = ("residuals", "channels")
MEMORY = (4, 32, 256)
"""Samples over which the network is told means, each faded exponentially, beside the sample itself."""


@dataclass(frozen=True, eq=False)
class Places:
    """Columns of n samples.

    Attributes:
        pipes: Shape (n, 4, columns of a pipe).
        valves: Shape (n, 2, columns of a valve).
        sensors: Shape (n, 16, columns of a sensor).
        whole: Of the engine, shape (n, columns).
    """

    pipes: Singles
    valves: Singles
    sensors: Singles
    whole: Singles

    def taken(self, at: Any) -> Places:
        """Return some of the samples."""
        return Places(*(getattr(self, f.name)[at] for f in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence[Places]) -> Places:
        """Return the samples of all parts, one after the other."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))


def remembered(places: Places, at: Labels) -> Places:
    """Return samples with the faded means of each column up to them (`MEMORY`), in half precision.

    Args:
        places: All samples of one run.
        at: Numbers of the samples that are wanted.
    """
    from scipy.signal import lfilter

    def told(own: Singles) -> Singles:
        faded = [lfilter([1.0 / m], [1.0, 1.0 / m - 1.0], own, axis=0)[at] for m in MEMORY]
        found: Singles = np.concatenate([own[at], *faded], axis=-1).astype(np.float16)
        return found

    return Places(*(told(getattr(places, f.name).astype(np.float32)) for f in fields(places)))


def _drawn_in(values: FloatArray) -> FloatArray:
    """Large values drawn in by a logarithm, signs kept."""
    found: FloatArray = np.sign(values) * np.log1p(np.abs(values))
    return found


@cache
def _members() -> tuple[Labels, Labels, Labels]:
    """Columns of the evidence: of the pipes' blockages and leaks, the valves' positions, and the sensors."""
    faults = list(relations().by_fault)
    gauges = [*faults, *(g.name for g in relations().gauges)]
    pipes = [[faults.index(f"{p}.blockage"), faults.index(f"{p}.leak")] for p in PIPES]
    positions = [[gauges.index(a.position)] for a in actuators()]
    return np.array(pipes), np.array(positions), np.array([[gauges.index(s)] for s in SENSORS])


def _rivals(evidence: FloatArray, own: Labels) -> FloatArray:
    """What explains most beside a place's own candidates; 0 for the sound engine, shape (n, places).

    Args:
        evidence: Of all candidates, shape (n, candidates).
        own: Candidates of the places, shape (places, k), k at most 2.
    """
    best = np.argpartition(evidence, -3, axis=1)[:, -3:]
    best = np.take_along_axis(
        best, np.take_along_axis(evidence, best, axis=1).argsort(axis=1)[:, ::-1], axis=1
    )
    inside = (best[:, None, :, None] == own[None, :, None, :]).any(axis=-1)
    first = np.take_along_axis(best[:, None, :], inside.argmin(axis=-1)[..., None], axis=-1)[..., 0]
    found: FloatArray = np.maximum(np.take_along_axis(evidence, first, axis=1), 0.0)
    return found


def of_residuals(told: Told, before: Told | None, way: FloatArray) -> Places:
    """Return the columns of one sample of n flights, as the physics tells them.

    Args:
        told: Of this sample.
        before: Of the sample before; None for the first.
        way: From the valves' positions to their commands, shape (n, 2).
    """
    pipes, valves, sensors = _members()
    evidence, count = np.concatenate([told.faults, told.gauges], axis=1), told.faults.shape[1]
    changed = told.errors - (told.errors if before is None else before.errors)
    of_positions, of_gauges = valves[:, 0] - count, sensors[:, 0] - count
    by_sensor = np.zeros(told.errors.shape)
    by_sensor[:, of_positions] = np.abs(told.pace)

    blocked, leaking = (evidence[:, pipes[:, i]] for i in (0, 1))
    beside = _rivals(evidence, pipes)
    of_pipes = [blocked, leaking, blocked - beside, leaking - beside, blocked + leaking - beside]
    own, rivals = evidence[:, valves[:, 0]], _rivals(evidence, valves)
    still = told.still[:, of_positions]
    of_valves = [told.slow, np.abs(told.pace), 1e3 * np.abs(way), still, own, own - rivals]
    own, rivals = evidence[:, sensors[:, 0]], _rivals(evidence, sensors)
    moved = [1e3 * np.abs(told.errors), 1e4 * np.abs(changed), told.still, np.abs(told.due), by_sensor]
    of_sensors = [own, own - rivals, *(part[:, of_gauges] for part in moved)]
    stacked = [np.stack([*part], axis=-1).astype(float) for part in (of_pipes, of_valves, of_sensors)]
    whole = np.concatenate([told.whitened, told.pace], axis=1)
    return Places(*(_drawn_in(part).astype(np.float16) for part in (*stacked, whole)))


def of_channels(values: FloatArray, scaling: Scaling) -> Places:
    """Return the columns of all samples of one run as they were recorded, nothing but standardised.

    Args:
        values: The 41 channels, SI, shape (n, 41).
        scaling: Of the 37 channels that a network reads.
    """
    scaled = scaling(values)
    column = {CHANNELS[i].name: n for n, i in enumerate(USED)}
    change = np.diff(values[:, USED], axis=0, prepend=values[:1, USED])
    moved = _drawn_in(100.0 * change / scaling.deviation)
    of_sensors = [[scaled[:, column[s]], moved[:, column[s]], change[:, column[s]] == 0.0] for s in SENSORS]
    ends = ("inlet_pressure", "outlet_pressure", "inlet_temperature", "outlet_temperature", "flow")
    of_pipes = [[scaled[:, column[f"{pipe}_{end}"]] for end in ends] for pipe in PIPES]
    of_valves = []
    for valve in ("oxidizer_valve", "fuel_valve"):
        command, position = (index_of(f"{valve}_{what}") for what in ("command", "position"))
        way = _drawn_in(10.0 * (values[:, command] - values[:, position]))
        here = [scaled[:, column[f"{valve}_{what}"]] for what in ("command", "position", "drop")]
        of_valves.append([*here, way, moved[:, column[f"{valve}_position"]]])
    stacked = [np.array(part).transpose(2, 0, 1) for part in (of_pipes, of_valves, of_sensors)]
    return Places(*(part.astype(np.float16) for part in (*stacked, scaled)))
