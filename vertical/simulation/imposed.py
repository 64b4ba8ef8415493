"""What is imposed on the plant in a simulated test: hardware within tolerance, faults, commands, and when they bend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hotfire.command_faults import altered
from hotfire.engine import Engine
from hotfire.log import FloatArray
from hotfire.physics.network import Network
from hotfire.sequence import Corners
from hotfire.simulation.sequence import TestSequence

__all__ = ["commands", "corners_of", "fault_sizes", "instants", "parameters"]

_SHUT = 2e-4
"""Opening of a shut valve: not zero, so that the pressure behind it stays defined."""
_WANDER_TIME = 1.5
_WANDER_STEP = 0.5
"""Corners of the wander of a transient in s."""


def parameters(
    network: Network, grid: FloatArray, sequence: TestSequence, random: np.random.Generator
) -> FloatArray:
    """Draw hardware within tolerance, and its slow wander, shape (T, 1, parameters)."""
    nominal = network.parameter_values
    logs = np.zeros((grid.size, len(nominal)))
    for i, name in enumerate(network.parameter_values):
        logs[:, i] = network.tolerances[name] * np.clip(random.normal(), -2.5, 2.5)
        if name in network.wandering:
            logs[:, i] += (
                0.6 * network.wandering[name] * _smooth_noise(np.clip(grid, 0.0, sequence.burn), random)
            )
    values: FloatArray = np.array(list(nominal.values())) * np.exp(logs)
    return values[:, None, :]


def fault_sizes(
    network: Network, grid: FloatArray, faults: Sequence[Any], sequence: TestSequence
) -> FloatArray:
    """Fault sizes in time, shape (T, 1, faults); a step takes 50 ms."""
    sizes = np.zeros((grid.size, 1, len(network.faults)))
    for fault in faults:
        onset = fault.onset
        if getattr(fault, "grows", False):
            course = np.clip((grid - (onset or 0.0)) / (sequence.burn - (onset or 0.0)), 0.0, 1.0)
        else:
            course = np.ones(grid.size) if onset is None else np.clip((grid - onset) / 0.05, 0.0, 1.0)
        sizes[:, 0, list(network.faults).index(fault.name)] += fault.size * course
    return sizes


def commands(
    engine: Engine, network: Network, faults: Sequence[Any], sequence: TestSequence
) -> dict[str, Corners]:
    """Course of every input as it is commanded and as its faults leave it."""
    own, burn = engine.sequence, sequence.burn
    courses = {}
    for name, default in network.input_defaults.items():
        corners = _usual(name, default, sequence) if own is None else own.corners(name, burn)
        wrong = [f for f in faults if f.name.rpartition(".")[0] == name]
        courses[name] = altered(corners or ((0.0, default),), wrong)
    return courses


def instants(sequence: TestSequence, commanded: dict[str, Corners]) -> FloatArray:
    """Instants at which flows are solved: fine where valves move, coarse where little happens.

    The time before the valves open is not run: tanks are topped up until then.
    """
    burn, end = sequence.burn, sequence.end
    corners = np.array([t for course in commanded.values() for t, _ in course])
    return np.unique(
        np.concatenate(
            [
                [-0.04, -0.02],
                corners[(corners > 0.0) & (corners < end)].round(3),
                np.linspace(0.0, 0.2, 11),
                np.arange(0.2, burn, 0.05),
                np.linspace(burn, burn + 0.2, 11),
                np.arange(burn + 0.2, end + 0.1, 0.1),
            ]
        ).round(6)
    )


def corners_of(commanded: Sequence[float], faults: Sequence[Any], sequence: TestSequence) -> FloatArray:
    """Times at which something that is imposed on a transient bends: commands, faults, slow wander."""
    onsets = [t for f in faults if f.onset is not None for t in (f.onset, f.onset + 0.05)]
    wander = np.arange(0.0, sequence.end, _WANDER_STEP)
    inside = np.concatenate([commanded, onsets, wander, [sequence.burn, sequence.end]])
    return np.unique(inside[(inside >= 0.0) & (inside <= sequence.end)].round(6))


def _usual(name: str, default: float, sequence: TestSequence) -> Corners:
    """Command of an engine without a sequence of its own: all valves open together, and ignition in between."""
    opening, burn = sequence.opening, sequence.burn
    if name.endswith(".position"):
        return ((0.0, _SHUT), (opening, 1.0), (burn, 1.0), (burn + opening, _SHUT))
    if name.endswith(".ignition"):
        lit, out = 0.5 * opening, burn + opening
        return ((lit, 0.0), (lit + 0.03, 1.0), (out - 1e-6, 1.0), (out, 0.0))
    return ((0.0, default),)


def _smooth_noise(grid: FloatArray, random: np.random.Generator) -> FloatArray:
    """Smooth random course of unit variance with a correlation time of `_WANDER_TIME`."""
    knots = np.arange(grid[0] - _WANDER_TIME, grid[-1] + 2.0 * _WANDER_TIME, _WANDER_TIME)
    from scipy.interpolate import CubicSpline

    course: FloatArray = CubicSpline(knots, random.normal(size=knots.size))(grid)
    return course
