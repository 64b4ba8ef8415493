"""Why a case was not solved, in words: which equation of which component, and which figures brought it there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork, between
from hotfire.physics.errors import SolutionError
from hotfire.physics.steady_states import SteadyStates

__all__ = ["Fold", "describe_fold", "failure", "no_design_point"]

_NAMED = 3
"""Most figures that a message names."""
_WORTH_NAMING = 0.1
"""Least share of the push towards the fold of a figure that is named."""


@dataclass(frozen=True)
class Fold:
    """Where a running state ends.

    Attributes:
        way: Share of the way from the design point to the case.
        equation: `component: balance` that decides it (largest in the left null vector of the Jacobian).
        unknown: What runs away there (largest in the right null vector).
        pushes: What of the case pushes towards the fold, with the share of each, largest first.
    """

    way: float
    equation: str
    unknown: str
    pushes: tuple[tuple[str, float], ...]


def describe_fold(compiled: CompiledNetwork, design: Batch, case: Batch, z: FloatArray, way: float) -> Fold:
    """Describe a fold from a point beside it.

    Args:
        compiled: The engine.
        design: The case from which the branch was followed.
        case: The case to which it was followed; one row.
        z: Scaled unknowns beside the fold, shape (1, k).
        way: Share of the way there.
    """
    here = between(design, case, np.array([way]))
    residual, jacobian = compiled.residuals(z, here)
    left, _, right = np.linalg.svd(jacobian[0])
    return Fold(
        way,
        compiled.residual_names[int(np.argmax(np.abs(left[:, -1])))],
        compiled.torn[int(np.argmax(np.abs(right[-1])))],
        _pushes(compiled, design, case, here, z, residual[0], left[:, -1]),
    )


def _pushes(
    compiled: CompiledNetwork,
    design: Batch,
    case: Batch,
    here: Batch,
    z: FloatArray,
    residual: FloatArray,
    weight: FloatArray,
) -> tuple[tuple[str, float], ...]:
    """Share of each imposed figure in what the way does to the deciding combination of equations."""
    start, end, now = (np.concatenate(b.columns(), axis=1)[0] for b in (design, case, here))
    changed = np.flatnonzero(end != start)
    if changed.size == 0:
        return ()
    moved = np.repeat(now[None], changed.size, axis=0)
    moved[np.arange(changed.size), changed] += 1e-4 * (end - start)[changed]
    widths = np.cumsum([column.shape[1] for column in case.columns()])[:-1]
    after = compiled.values(np.repeat(z, changed.size, axis=0), Batch(*np.split(moved, widths, axis=1)))
    push = (after - residual) @ weight
    share = push / (push.sum() or 1.0)
    names = [
        *compiled.state_names,
        *compiled.parameter_names,
        *compiled.fault_names,
        *compiled.input_names,
    ]
    first = np.argsort(-share)[:_NAMED]
    return tuple(
        (_change(names[changed[i]], start[changed[i]], end[changed[i]]), float(share[i]))
        for i in first
        if share[i] >= _WORTH_NAMING * share[first[0]] and share[i] > 0.0
    )


def _change(name: str, start: float, end: float) -> str:
    """Say how a figure differs from the design's."""
    return f"{name} {end / start - 1.0:+.0%}" if start else f"{name} at {end:.3g}"


def failure(compiled: CompiledNetwork, design: Batch, batch: Batch, states: SteadyStates) -> SolutionError:
    """Make the error of the case that says most: one with a fold, or else the one with the largest residual."""
    lost = np.flatnonzero(~states.solved)
    folded = lost[np.isfinite(states.fold[lost])]
    many = states.solved.size > 1
    if folded.size:
        case = int(folded[0])
        fold = describe_fold(
            compiled, design, batch.rows([case]), states.at_fold[[case]], float(states.fold[case])
        )
        return _folded(fold, f" in {folded.size} of {states.solved.size} cases" if many else "")
    size = np.abs(np.where(np.isfinite(states.residual), states.residual, np.inf))
    case = int(lost[np.argmax(size[lost].max(axis=1))])
    counted = f" in {lost.size} of {states.solved.size} cases" if many else ""
    return _unsolved(compiled, f"the equations did not converge{counted}", states.residual[case])


def _folded(fold: Fold, counted: str) -> SolutionError:
    component, _, balance = fold.equation.partition(": ")
    pushed = ", ".join(name for name, _ in fold.pushes)
    return SolutionError(
        f"the engine has no running state{counted}: from the design point it runs only {fold.way:.0%} of the way",
        equation=fold.equation,
        where=fold.equation,
        why=f"there {component} can no longer balance its {balance}, and {fold.unknown} runs away"
        + (f"; most of it is due to {pushed}" if pushed else ""),
        remedy="bring these figures nearer to the design's, or give the turbine or the feed more margin"
        if pushed
        else "bring the case nearer to the design point",
    )


def no_design_point(compiled: CompiledNetwork, residual: FloatArray) -> SolutionError:
    """Make the error of an engine that does not run as its own file describes it."""
    size = np.abs(np.where(np.isfinite(residual), residual, np.inf)).max(axis=1)
    return _unsolved(
        compiled, "the engine has no steady state as its file describes it", residual[int(np.argmax(size))]
    )


def _unsolved(compiled: CompiledNetwork, what: str, residual: FloatArray) -> SolutionError:
    worst = int(np.argmax(np.abs(np.where(np.isfinite(residual), residual, np.inf))))
    equation = compiled.residual_names[worst]
    component = equation.partition(": ")[0]
    return SolutionError(
        what,
        equation=equation,
        residual=float(residual[worst]),
        where=equation,
        why=f"its two sides stay {abs(residual[worst]):.2g} of their usual size apart",
        remedy=f"look for a figure of {component}, or of what feeds it, with a wrong unit or an impossible value",
    )
