"""An engine through start, mainstage, throttling and shutdown: the differential equations integrated.

Steps land on every corner of what is imposed (`hotfire.physics.integration`). The same equations as the steady state
(`hotfire.physics.dynamics`); a run that is left alone ends where `solve_steady` says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.dynamics import Dynamics
from hotfire.physics.errors import SolutionError
from hotfire.physics.integration import Integrator
from hotfire.physics.network import Network
from hotfire.physics.starting import resting_point, starting_point

__all__ = ["Course", "Instant", "TransientRun", "TransientSolver"]

_EVALUATIONS = 2000
_SOLVED = 1e-4
"""Largest scaled residual of a state of rest; IDAS makes it consistent to its own tolerance."""


@dataclass(frozen=True)
class Course:
    """What is imposed on a run, linear between its corners. SI.

    Attributes:
        time: Corners in s, shape (K,), rising.
        parameters: Shape (K or 1, parameters).
        faults: Sizes, shape (K or 1, faults).
        inputs: Commands and positions, shape (K or 1, inputs).
    """

    time: FloatArray
    parameters: FloatArray
    faults: FloatArray
    inputs: FloatArray

    def at(self, corner: int) -> FloatArray:
        """Return everything imposed at a corner, in one row."""
        rows = [a[min(corner, a.shape[0] - 1)] for a in (self.parameters, self.faults, self.inputs)]
        return np.concatenate(rows)

    def until(self, end: float) -> Course:
        """Return what is imposed up to a time within the course, which becomes its last corner."""
        before = int(np.searchsorted(self.time, end))
        share = (end - self.time[before - 1]) / (self.time[before] - self.time[before - 1])

        def cut(rows: FloatArray) -> FloatArray:
            if rows.shape[0] == 1:
                return rows
            last = rows[before - 1] + share * (rows[before] - rows[before - 1])
            return np.concatenate([rows[:before], last[None]])

        corners = np.append(self.time[:before], end)
        return Course(corners, cut(self.parameters), cut(self.faults), cut(self.inputs))


@dataclass(frozen=True, eq=False)
class Instant:
    """State of an engine at one time.

    Attributes:
        stored: What the balances store, SI.
        states: Tanks and grains, SI.
        z: Algebraic unknowns, scaled.
    """

    stored: FloatArray
    states: FloatArray
    z: FloatArray


@dataclass(frozen=True, eq=False)
class TransientRun:
    """What a run did.

    Attributes:
        outputs: Measurable quantities in SI at the wanted times, shape (T, outputs).
        end: The engine at the last corner.
        over: Times in s at which a kink was stepped over in first order.
    """

    outputs: FloatArray
    end: Instant
    over: tuple[float, ...] = ()


@dataclass
class TransientSolver:
    """Integrates one network; keeps what it has compiled between runs.

    Attributes:
        network: The engine.
    """

    network: Network
    _maps: dict[int, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def dynamics(self) -> Dynamics:
        """The traced equations."""
        return Dynamics.of(self.network)

    @cached_property
    def integrator(self) -> Integrator:
        """Of these equations."""
        return Integrator(self.dynamics)

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the measurable quantities, the columns of a run."""
        return self.dynamics.output_names

    def at_rest(self, course: Course) -> Instant:
        """Return the engine before anything moves: tanks pressurised, all else at the surroundings' pressure.

        Raises:
            SolutionError: If the algebraic equations have no solution there.
        """
        states = self.network.initial_states(
            dict(zip(self.network.parameter_values, course.parameters[0], strict=True))
        )
        first = np.array([states[name] for name in self.network.states], dtype=float)
        return self._settled(resting_point(self.network), first, course)

    def left_alone(self, start: Instant, course: Course, seconds: float) -> Instant:
        """Return the engine after so many s of what is imposed at the first corner.

        Before a start, pressures behind lines with inertia come to stand at their tanks' in milliseconds.

        Raises:
            SolutionError: If it cannot be followed.
        """
        held = Course(np.array([0.0, seconds]), course.parameters[:1], course.faults[:1], course.inputs[:1])
        return self.run(held, start, held.time[-1:]).end

    def at_steady(self, unknowns: dict[str, float], states: FloatArray, course: Course) -> Instant:
        """Return the engine where `unknowns` of a steady solution put it."""
        return self._settled(unknowns, states, course)

    def _settled(self, unknowns: dict[str, float], states: FloatArray, course: Course) -> Instant:
        dynamics = self.dynamics
        everything = np.array([unknowns[name] for name in self.network.unknowns])
        imposed = self._imposed(course, 0)
        stored = _flat(dynamics.stored_at(everything, states, *imposed))
        z = np.array([unknowns[name] for name in dynamics.torn]) / np.array(dynamics.scales)
        return Instant(stored, states, self._solve(z, stored, states, imposed))

    def _imposed(self, course: Course, corner: int) -> list[FloatArray]:
        return [a[min(corner, a.shape[0] - 1)] for a in (course.parameters, course.faults, course.inputs)]

    def _solve(
        self, z: FloatArray, stored: FloatArray, states: FloatArray, imposed: list[FloatArray]
    ) -> FloatArray:
        """Solve the algebraic equations: square roots at rest need a trust region (MINPACK's Levenberg-Marquardt)."""
        if not z.size:
            return z
        from scipy.optimize import root

        found = root(
            lambda at: self._algebra(at, stored, states, imposed)[0],
            z,
            jac=lambda at: self._algebra(at, stored, states, imposed)[1],
            method="lm",
            options={"xtol": 1e-14, "ftol": 1e-14, "maxiter": _EVALUATIONS},
        )
        residual = np.asarray(found.fun)
        if np.abs(residual).max() < _SOLVED:
            return np.asarray(found.x)
        worst = int(np.argmax(np.abs(residual)))
        name = self.dynamics.residual_names[worst]
        raise SolutionError(
            "the engine has no state of rest from which to start",
            equation=name,
            residual=float(residual[worst]),
            where=name,
            why=f"its scaled residual is {residual[worst]:.2e}",
            remedy="look for a valve that the sequence leaves open, or a parameter with a wrong unit",
        )

    def _algebra(
        self, z: FloatArray, stored: FloatArray, states: FloatArray, imposed: list[FloatArray]
    ) -> tuple[FloatArray, FloatArray]:
        residual, jacobian = self.dynamics.algebra(z, stored, states, *imposed)
        return _flat(residual), np.array(jacobian)

    def run(self, course: Course, start: Instant, samples: FloatArray) -> TransientRun:
        """Integrate from the first corner to the last.

        Args:
            course: What is imposed.
            start: The engine at the first corner.
            samples: Times at which outputs are wanted, shape (T,), rising, within the course.

        Returns:
            Outputs, and the engine at the last corner.

        Raises:
            SolutionError: If the integrator cannot go on; says when and why.
        """
        outputs = np.empty((samples.size, len(self.output_names)))
        instant, over = start, []
        for k in range(course.time.size - 1):
            begin, end = course.time[k], course.time[k + 1]
            last = k == course.time.size - 2
            inside = (samples >= begin) & ((samples <= end) if last else (samples < end))
            instant, outputs[inside], kinks = self._segment(course, k, instant, samples[inside])
            over += kinks
        return TransientRun(outputs, instant, tuple(over))

    def _segment(
        self, course: Course, k: int, start: Instant, samples: FloatArray
    ) -> tuple[Instant, FloatArray, list[float]]:
        """Integrate between two corners; also the times at which a kink was stepped over."""
        begin, end = float(course.time[k]), float(course.time[k + 1])
        grid = np.unique(np.concatenate([(samples - begin) / (end - begin), [1.0]]).round(9))
        grid = grid[grid > 0.0]
        scale = np.maximum(np.abs(self._scale(start)), 1e-12)
        first, second = course.at(k), course.at(k + 1)
        found = self.integrator.over(
            grid,
            (begin, end),
            np.concatenate([start.stored, start.states]) / scale,
            start.z,
            np.concatenate([[end - begin], scale, first, second]),
        )
        x, z = found.x * scale[:, None], found.z
        over = [begin + (end - begin) * at for at in found.over]
        split = start.stored.size
        after = Instant(x[:split, -1], x[split:, -1], z[:, -1])
        if samples.size == 0:
            return after, np.empty((0, len(self.output_names))), over
        if samples[0] <= begin + 1e-12:
            x = np.column_stack([np.concatenate([start.stored, start.states]), x])
            z = np.column_stack([start.z, z])
            grid = np.concatenate([[0.0], grid])
        chosen = np.searchsorted(grid, ((samples - begin) / (end - begin)).round(9))
        tau = grid[chosen]
        imposed = first[:, None] + tau * (second - first)[:, None]
        widths = [a.shape[1] for a in (course.parameters, course.faults, course.inputs)]
        parts = np.split(imposed, np.cumsum(widths)[:-1])
        columns, _ = self._mapped(samples.size)(z[:, chosen], x[:split, chosen], x[split:, chosen], *parts)
        return after, np.array(columns).T, over

    def _mapped(self, n: int) -> Any:
        """The outputs of n instants at once; kept, since many segments have as many samples."""
        if n not in self._maps:
            self._maps[n] = self.dynamics.outputs if n == 1 else self.dynamics.outputs.map(n)
        return self._maps[n]

    def _scale(self, instant: Instant) -> FloatArray:
        """Values that count as one: what is stored and held in the design point."""
        return np.concatenate([self._design_stored, np.maximum(np.abs(instant.states), self._design_states)])

    @cached_property
    def _design_states(self) -> FloatArray:
        states = self.network.initial_states(self.network.parameter_values)
        return np.array([abs(states[name]) + 1e-9 for name in self.network.states])

    @cached_property
    def _design_stored(self) -> FloatArray:
        guess = starting_point(self.network, 0.5)
        network = self.network
        states = network.initial_states(network.parameter_values)
        found = self.dynamics.stored_at(
            [guess[n] for n in network.unknowns],
            [states[n] for n in network.states],
            list(network.parameter_values.values()),
            [0.0] * len(network.faults),
            list(network.input_defaults.values()),
        )
        return np.asarray(np.abs(_flat(found)) + 1e-9)


def _flat(matrix: Any) -> FloatArray:
    return np.asarray(matrix, dtype=float).ravel()
