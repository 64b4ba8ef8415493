"""An engine through start, mainstage, throttling and shutdown: the differential equations integrated.

SUNDIALS' IDAS with steps that land on every corner of what is imposed. The same equations as the steady state
(`hotfire.physics.dynamics`); a run that is left alone ends where `solve_steady` says.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.dynamics import Dynamics
from hotfire.physics.errors import SolutionError
from hotfire.physics.network import Network
from hotfire.physics.starting import resting_point, starting_point

__all__ = ["Course", "Instant", "TransientRun", "TransientSolver"]

_TOLERANCES = ((1e-6, 1e-8), (1e-5, 1e-7), (1e-4, 1e-6))
"""Relative and absolute; the looser ones carry a run over a kink at which the integrator would stop."""
_MOST_STEPS = 20_000
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
    """

    outputs: FloatArray
    end: Instant


@dataclass
class TransientSolver:
    """Integrates one network; keeps its compiled integrators between runs.

    Attributes:
        network: The engine.
    """

    network: Network
    _integrators: dict[tuple[float, ...], Any] = field(default_factory=dict, repr=False)
    _maps: dict[int, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def dynamics(self) -> Dynamics:
        """The traced equations."""
        return Dynamics.of(self.network)

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
        instant = start
        for k in range(course.time.size - 1):
            begin, end = course.time[k], course.time[k + 1]
            last = k == course.time.size - 2
            inside = (samples >= begin) & ((samples <= end) if last else (samples < end))
            instant, outputs[inside] = self._segment(course, k, instant, samples[inside])
        return TransientRun(outputs, instant)

    def _segment(
        self, course: Course, k: int, start: Instant, samples: FloatArray
    ) -> tuple[Instant, FloatArray]:
        """Integrate between two corners."""
        begin, end = float(course.time[k]), float(course.time[k + 1])
        grid = np.unique(np.concatenate([(samples - begin) / (end - begin), [1.0]]).round(9))
        grid = grid[grid > 0.0]
        scale = np.maximum(np.abs(self._scale(start)), 1e-12)
        first, second = course.at(k), course.at(k + 1)
        found = self._integrated(
            grid,
            (begin, end),
            x0=np.concatenate([start.stored, start.states]) / scale,
            z0=start.z,
            p=np.concatenate([[end - begin], scale, first, second]),
        )
        x = np.array(found["xf"]) * scale[:, None]
        z = np.array(found["zf"]) if start.z.size else np.zeros((0, grid.size))
        split = start.stored.size
        after = Instant(x[:split, -1], x[split:, -1], z[:, -1])
        if samples.size == 0:
            return after, np.empty((0, len(self.output_names)))
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
        return after, np.array(columns).T

    def _integrated(self, grid: FloatArray, between: tuple[float, float], **given: FloatArray) -> Any:
        """Integrate one segment, with looser tolerances where the usual ones do not get through."""
        problem, reached = "", between[0]
        for tolerance in _TOLERANCES:
            said: list[str] = []
            try:
                with _overheard(said):
                    found = self._integrator(grid, tolerance)(**given)
            except RuntimeError:
                last = next((line for line in said if "t = " in line), "")
                problem = last or "the integrator gives no reason"
                place = re.search(r"t = ([-+.\de]+)", last)
                reached = between[0] + (between[1] - between[0]) * (float(place[1]) if place else 0.0)
                continue
            if np.isfinite(np.array(found["xf"])).all():
                return found
            problem = "its values are no longer finite"
        raise SolutionError(
            f"the run cannot be followed beyond {reached:.4g} s",
            time=reached,
            where=f"between {between[0]:.4g} and {between[1]:.4g} s",
            why=problem,
            remedy="look at what the sequence does there; a valve that shuts in no time stops a line of liquid",
        )

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

    def _integrator(self, grid: FloatArray, tolerance: tuple[float, float]) -> Any:
        """Make the integrator of one grid of normalised times, or take it from an earlier segment."""
        key = (*tolerance, *(grid * 1e9).astype(np.int64).tolist())
        if key not in self._integrators:
            import casadi

            options = {
                "reltol": tolerance[0],
                "abstol": tolerance[1],
                "max_num_steps": _MOST_STEPS,
                "show_eval_warnings": False,
            }
            self._integrators[key] = casadi.integrator(
                "run", "idas", self._problem, 0.0, grid.tolist(), options
            )
        return self._integrators[key]

    @cached_property
    def _problem(self) -> dict[str, Any]:
        """The equations over a normalised time, with what is imposed linear in it."""
        import casadi

        network, dynamics = self.network, self.dynamics
        stored, states = len(dynamics.stored_names), len(network.states)
        widths = [len(network.parameter_values), len(network.faults), len(network.input_defaults)]
        imposed = sum(widths)
        x = casadi.MX.sym("x", stored + states)
        z = casadi.MX.sym("z", len(dynamics.torn))
        p = casadi.MX.sym("p", 1 + stored + states + 2 * imposed)
        time = casadi.MX.sym("t")
        cuts = np.cumsum([0, 1, stored + states, imposed, imposed]).tolist()
        duration, scale, first, second = casadi.vertsplit(p, cuts)
        now = casadi.vertsplit(first + time * (second - first), np.cumsum([0, *widths]).tolist())
        real = casadi.vertsplit(x * scale, [0, stored, stored + states])
        stored_rates, state_rates, residual = dynamics.rates(z, *real, *now)
        ode = duration * casadi.vertcat(stored_rates, state_rates) / scale
        return {"x": x, "z": z, "p": p, "t": time, "ode": ode, "alg": residual}


@contextlib.contextmanager
def _overheard(said: list[str]) -> Iterator[None]:
    """Keep what the integrator's library writes to the error stream: its lines are added to `said` instead."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        try:
            os.dup2(file.fileno(), 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            said += [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]


def _flat(matrix: Any) -> FloatArray:
    return np.asarray(matrix, dtype=float).ravel()
