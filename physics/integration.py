"""Equations integrated over a stretch in which what is imposed is straight, past kinks at which the integrator stops.

SUNDIALS' IDAS predicts from a polynomial through its last steps and corrects by a simplified Newton's method with an
old slope. Where several flows turn within a millisecond neither is any good, and no step is short enough. There one
step is taken by the implicit Euler method with a trust region: first order, but it asks nothing of the past nor of what
lies between, and what it lands on keeps all balances. From there IDAS begins anew.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.dynamics import Dynamics
from hotfire.physics.errors import SolutionError

__all__ = ["Integrator", "Stretch"]

_TOLERANCES = ((1e-6, 1e-8), (1e-5, 1e-7), (1e-4, 1e-6))
"""Relative and absolute; the looser ones carry a run over a kink at which the integrator would stop."""
_MOST_STEPS = 20_000
_BACK = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
"""Seconds before the place where the integrator stopped from which it is tried to step over it."""
_OVER = (1e-3, 2.5e-4, 4e-3)
"""Seconds that such a step lasts."""
_MOST_OVER = 10
"""Steps over kinks in one stretch; a run that needs more is not followed."""
_KINK = ("corrector convergence failed", "error test failed", "linesearch algorithm failed")
"""What IDAS says where no step is short enough, or where it does not find to its first one; other stops are not stepped
over."""
_SOLVED = 1e-8
"""Largest residual after such a step, scaled."""
_EVALUATIONS = 500


@dataclass(frozen=True, eq=False)
class Stretch:
    """The engine at increasing normalised times.

    Attributes:
        at: Normalised times, shape (n,).
        x: What is stored and held, scaled, shape (nx, n).
        z: Algebraic unknowns, scaled, shape (nz, n).
        over: Normalised times at which a kink was stepped over.
    """

    at: FloatArray
    x: FloatArray
    z: FloatArray
    over: tuple[float, ...] = ()

    def then(self, after: Stretch) -> Stretch:
        """Return both, one after the other."""
        return Stretch(
            np.concatenate([self.at, after.at]),
            np.concatenate([self.x, after.x], axis=1),
            np.concatenate([self.z, after.z], axis=1),
            self.over + after.over,
        )

    def first(self, count: int) -> Stretch:
        """Return the first so many times."""
        return replace(self, at=self.at[:count], x=self.x[:, :count], z=self.z[:, :count])


@dataclass(frozen=True)
class _Stop:
    """Where the integrator stopped, and what it said."""

    reached: float
    why: str
    tolerance: tuple[float, float]

    @property
    def is_kink(self) -> bool:
        """Whether a step over it is worth trying."""
        return any(said in self.why for said in _KINK)


@dataclass
class Integrator:
    """Integrates the equations of one engine over a normalised time from 0 to 1; keeps what it has compiled.

    Attributes:
        dynamics: The traced equations.
    """

    dynamics: Dynamics
    _compiled: dict[tuple[float, ...], Any] = field(default_factory=dict, repr=False)

    def over(
        self, grid: FloatArray, between: tuple[float, float], x: FloatArray, z: FloatArray, p: FloatArray
    ) -> Stretch:
        """Integrate from the beginning of a stretch.

        Args:
            grid: Normalised times that are wanted, rising, all after 0.
            between: Begin and end of the stretch in s.
            x: What is stored and held at its beginning, scaled, shape (nx,).
            z: Algebraic unknowns there, scaled, shape (nz,).
            p: Duration, scale and what is imposed at both ends (`problem`).

        Raises:
            SolutionError: If the integrator cannot go on; says when and why.
        """
        done = Stretch(np.empty(0), np.empty((x.size, 0)), np.empty((z.size, 0)))
        begin = 0.0
        while True:
            found = self._smoothly(begin, grid[grid > begin], x, z, p)
            if isinstance(found, Stretch):
                return done.then(found)
            passed = None
            if found.is_kink and len(done.over) < _MOST_OVER:
                passed = self._past(found, begin, grid, between[1] - between[0], x, z, p)
            if passed is None:
                raise _not_followed(found, between)
            before, begin, x, z = passed
            done = done.then(before)
            if begin >= 1.0:
                return done

    def _smoothly(
        self, begin: float, grid: FloatArray, x: FloatArray, z: FloatArray, p: FloatArray
    ) -> Stretch | _Stop:
        """Integrate with looser tolerances where the usual ones do not get through; else the farthest stop."""
        stops: list[_Stop] = []
        for tolerance in _TOLERANCES:
            found = self._try(begin, grid, tolerance, x, z, p)
            if isinstance(found, Stretch):
                return found
            stops.append(found)
        return max(stops, key=lambda s: s.reached)

    def _try(
        self,
        begin: float,
        grid: FloatArray,
        tolerance: tuple[float, float],
        x: FloatArray,
        z: FloatArray,
        p: FloatArray,
    ) -> Stretch | _Stop:
        said: list[str] = []
        try:
            with _overheard(said):
                found = self._idas(begin, grid, tolerance)(x0=x, z0=z, p=p)
        except RuntimeError:
            last = next(
                (line for line in said if "t = " in line),
                said[-1] if said else "the integrator gives no reason",
            )
            place = re.search(r"t = ([-+.\de]+)", last)
            return _Stop(float(place[1]) if place else begin, last, tolerance)
        ends = np.array(found["xf"])
        if not np.isfinite(ends).all():
            return _Stop(begin, "its values are no longer finite", tolerance)
        return Stretch(grid, ends, np.array(found["zf"]) if z.size else np.zeros((0, grid.size)))

    def _past(
        self,
        stop: _Stop,
        begin: float,
        grid: FloatArray,
        duration: float,
        x: FloatArray,
        z: FloatArray,
        p: FloatArray,
    ) -> tuple[Stretch, float, FloatArray, FloatArray] | None:
        """Go on to just before a stop and step over it.

        Returns:
            The wanted times up to the end of that step, that end and the engine there; None where no step works out.
        """
        for back in _BACK:
            edge = max(begin, stop.reached - back / duration)
            wanted = grid[(grid > begin) & (grid < edge)]
            before = Stretch(np.array([begin]), x[:, None], z[:, None])
            if edge > begin:
                # Other output times are other steps near a kink: what got there once need not get there again.
                found = self._try(begin, np.append(wanted, edge), stop.tolerance, x, z, p)
                if isinstance(found, _Stop):
                    continue
                before = found
            for seconds in _OVER:
                after = min(edge + seconds / duration, 1.0)
                landed = self._euler(edge, after, before.x[:, -1], before.z[:, -1], p)
                if landed is not None:
                    inside = grid[(grid >= edge) & (grid > begin) & (grid <= after)]
                    share = (inside - edge) / (after - edge)
                    x_between = _between(before.x[:, -1], landed[0], share)
                    step = Stretch(inside, x_between, _between(before.z[:, -1], landed[1], share), (edge,))
                    return before.first(wanted.size).then(step), after, *landed
        return None

    def _euler(
        self, begin: float, end: float, x: FloatArray, z: FloatArray, p: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """Take one step of the implicit Euler method by MINPACK's Levenberg-Marquardt; None where it has no end."""
        from scipy.optimize import root

        def equations(v: FloatArray) -> tuple[FloatArray, FloatArray]:
            residual, slope = self._step(v, end, x, end - begin, p)
            return np.asarray(residual, dtype=float).ravel(), np.array(slope)

        found = root(
            lambda v: equations(v)[0],
            np.concatenate([x, z]),
            jac=lambda v: equations(v)[1],
            method="lm",
            options={"xtol": 1e-13, "ftol": 1e-13, "maxiter": _EVALUATIONS},
        )
        residual = np.abs(found.fun)
        if not np.isfinite(residual).all() or residual.max() > _SOLVED:
            return None
        return found.x[: x.size], found.x[x.size :]

    def _idas(self, begin: float, grid: FloatArray, tolerance: tuple[float, float]) -> Any:
        """Make the integrator of one grid of normalised times, or take it from an earlier stretch."""
        key = (begin, *tolerance, *(grid * 1e9).astype(np.int64).tolist())
        if key not in self._compiled:
            import casadi

            options = {
                "reltol": tolerance[0],
                "abstol": tolerance[1],
                "max_num_steps": _MOST_STEPS,
                "show_eval_warnings": False,
            }
            self._compiled[key] = casadi.integrator(
                "run", "idas", self.problem, begin, grid.tolist(), options
            )
        return self._compiled[key]

    @cached_property
    def problem(self) -> dict[str, Any]:
        """The equations over a normalised time, with what is imposed linear in it."""
        import casadi

        network, dynamics = self.dynamics.network, self.dynamics
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

    @cached_property
    def _step(self) -> Any:
        """Residual of an implicit Euler step and its slope: (x and z after it, time, x before, length, p)."""
        import casadi

        x, z, p, time = (self.problem[name] for name in ("x", "z", "p", "t"))
        before, length = casadi.MX.sym("before", x.shape[0]), casadi.MX.sym("length")
        residual = casadi.vertcat(x - before - length * self.problem["ode"], self.problem["alg"])
        both = casadi.MX.sym("both", x.shape[0] + z.shape[0])
        parts = casadi.vertsplit(both, [0, x.shape[0], both.shape[0]])
        residual = casadi.substitute(residual, casadi.vertcat(x, z), casadi.vertcat(*parts))
        slope = casadi.jacobian(residual, both)
        return casadi.Function("step", [both, time, before, length, p], [residual, slope])


def _between(begin: FloatArray, end: FloatArray, share: FloatArray) -> FloatArray:
    """Values at shares of the way, shape (n, shares)."""
    return np.asarray(begin[:, None] + share * (end - begin)[:, None])


def _not_followed(stop: _Stop, between: tuple[float, float]) -> SolutionError:
    reached = between[0] + (between[1] - between[0]) * stop.reached
    return SolutionError(
        f"the run cannot be followed beyond {reached:.4g} s",
        time=reached,
        where=f"between {between[0]:.4g} and {between[1]:.4g} s",
        why=stop.why,
        remedy="look at what the sequence does there; a valve that shuts in no time stops a line of liquid",
    )


@contextlib.contextmanager
def _overheard(said: list[str]) -> Iterator[None]:
    """Add to `said` what the integrator's library writes to the error stream, the process' or Python's."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file, contextlib.redirect_stderr(io.StringIO()) as python:
        try:
            os.dup2(file.fileno(), 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            heard = file.read().decode(errors="replace") + python.getvalue()
            said += [line for line in heard.splitlines() if line.strip()]
