"""How an engine settles: rotors and walls store so much that it follows its steady state with a lag.

The equations that say what rotors and walls store (`Charge`), linear about the design point; whatever else is stored
follows at once (singular perturbation: Kokotovic, Khalil and O'Reilly 1986, chapter 2). Where these balances are off by
some `u` and all others hold, what is stored is off by `B u` and changes at the rate `R u`, so that u' = B^-1 R u.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.declaration import Balance
from hotfire.physics.design_point import design_batch, design_solution
from hotfire.physics.network import Evaluation

__all__ = ["Settling", "settling_of"]

_SLOW = ("torque", "heat_flow")
"""Kinds of the balances that store slowly: a rotor spins up, a wall warms."""
_KEPT = "settling"
_STEP = 1e-5
"""Largest change of a scaled unknown by which the equations are differenced."""
_TOLD = 1e-4
"""Relative difference to which an output is in proportion to what is stored."""


@dataclass(frozen=True, eq=False)
class Settling:
    """Modes in which an engine comes back to its steady state, slowest first.

    Attributes:
        rates: In 1/s, shape (m,), real parts negative.
        told: Names of the m outputs that tell what is stored: speeds, and temperatures of walls.
        into: From departures of those outputs in SI to amplitudes of the modes, shape (m, m).
        shown: From amplitudes to departures of all outputs in SI, shape (outputs, m), as real parts.
        steady: Those outputs at the design point, shape (m,).
    """

    rates: np.ndarray
    told: tuple[str, ...]
    into: np.ndarray
    shown: np.ndarray
    steady: FloatArray

    @property
    def times(self) -> FloatArray:
        """Time in s in which each mode falls to 1/e, shape (m,)."""
        return np.asarray(-1.0 / self.rates.real)


def settling_of(compiled: CompiledNetwork) -> Settling | None:
    """Return how an engine settles; None where nothing that is stored is told, or it does not come back. Kept."""
    if _KEPT not in compiled.kept:
        compiled.kept[_KEPT] = _settling(compiled)
    found = compiled.kept[_KEPT]
    assert found is None or isinstance(found, Settling)
    return found


def _settling(compiled: CompiledNetwork) -> Settling | None:
    solution = design_solution(compiled)
    if not solution.size:
        return None
    design = _evaluated(compiled, solution)
    stored, _, outputs = _quantities(compiled, design)
    names = [f"{component}: {balance.name}" for component, balance in _slow(design)]
    rows = [compiled.residual_names.index(n) for n in names if n in compiled.residual_names]
    if not rows or len(rows) < len(names):
        return None
    _, jacobian = compiled.residuals(solution, design_batch(compiled))
    ways = np.linalg.solve(jacobian[0], np.eye(solution.shape[1])[:, rows]).T
    ways *= _STEP / np.abs(ways).max(axis=1, keepdims=True)
    sides = [
        [_quantities(compiled, _evaluated(compiled, solution + s * way)) for s in (0.5, -0.5)] for way in ways
    ]
    by_stored, by_rates, by_outputs = (
        np.stack([ahead[i] - behind[i] for ahead, behind in sides], axis=1) for i in (0, 1, 2)
    )
    tellers = _tellers(by_stored / stored[:, None], by_outputs, outputs)
    if len(tellers) < len(rows):
        return None
    speeds, modes = np.linalg.eig(np.linalg.solve(by_stored, by_rates))
    if not (speeds.real < 0.0).all():
        return None
    order = np.argsort(-speeds.real)
    modes = modes[:, order]
    return Settling(
        speeds[order],
        tuple(compiled.output_names[i] for i in tellers),
        np.linalg.inv(by_outputs[tellers] @ modes),
        by_outputs @ modes,
        outputs[tellers],
    )


def _evaluated(compiled: CompiledNetwork, z: FloatArray) -> Evaluation:
    """Evaluate every declaration at scaled unknowns `z` (1, k)."""
    network, batch = compiled.network, design_batch(compiled)
    groups: tuple[Iterable[str], ...] = (
        network.states,
        network.parameter_values,
        network.faults,
        network.input_defaults,
    )
    values: dict[str, float] = {"ambient_pressure": network.ambient_pressure}
    values.update(zip(network.unknowns, map(float, compiled.unknowns(z, batch)[0]), strict=True))
    for names, column in zip(groups, batch.columns(), strict=True):
        values.update(zip(names, map(float, column[0]), strict=True))
    return network.evaluate(values)


def _slow(evaluation: Evaluation) -> list[tuple[str, Balance]]:
    """Balances of rotors and walls, with their components."""
    return [(c, b) for c, b in evaluation.balances if b.charge is not None and b.scale in _SLOW]


def _quantities(
    compiled: CompiledNetwork, evaluation: Evaluation
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What rotors and walls store, at what rate that changes, and the outputs, all in SI."""
    charges = [b.charge for _, b in _slow(evaluation) if b.charge is not None]
    return (
        np.array([float(c.stored) for c in charges]),
        np.array([float(c.rate) for c in charges]),
        np.array([float(evaluation.outputs[name]) for name in compiled.output_names]),
    )


def _tellers(stored: FloatArray, by_outputs: FloatArray, outputs: FloatArray) -> list[int]:
    """Rows of outputs that go in proportion to what is stored, given in relative changes, one each where there is."""
    relative = by_outputs / np.where(outputs == 0.0, np.inf, outputs)[:, None]
    off = np.abs(relative[:, None] - stored).max(axis=2) / np.abs(stored).max(axis=1)
    best = np.argmin(off, axis=0)
    return [int(row) for i, row in enumerate(best) if off[row, i] < _TOLD]
