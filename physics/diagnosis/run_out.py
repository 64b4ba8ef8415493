"""A propellant that ran out early, where a run collapsed: the sound engine on a tank's gas against the best faults.

A load is often known to tens of percent only. Where the record stops within what the load may be, gas in the feed
explains a collapse better than a fault does, and what comes after says nothing of the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.forecast import Case, RunOut
from hotfire.physics.diagnosis.refit import advance, begin

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["find_run_out"]

_IMPLAUSIBLE = 10.0
"""Nats by which the sound engine must lie behind the best fault."""
_FALLEN, _LOW = 0.9, 0.7
"""Share of the chamber pressure at which a collapse begins, and below which it stays."""
_FADE, _AFTER = 2, 1
"""Windows in which the liquid fades, which are not weighed, and the fewest after them."""
_RIVALS, _STEPS = 3, 10
_WORSE = 5.0
"""Misfit beyond that of the best fault that a run-out may leave."""


def find_run_out(search: Search, explanations: Sequence[Explanation]) -> RunOut | None:
    """Return the tank whose run-out explains a collapse best, with its odds against faults; None without a collapse.

    Args:
        search: For the forecaster and the scatter.
        explanations: Fitted single faults and the sound engine.
    """
    best = max(explanations, key=lambda e: e.log_evidence)
    sound = max(e.log_evidence for e in explanations if e.course is None)
    if best.course is None or best.course.onset is None or sound > best.log_evidence - _IMPLAUSIBLE:
        return None
    fall = _fall(search)
    if fall is None:
        return None
    window, time = fall
    forecaster = search.forecaster
    forecaster.unweighed = slice(1 + window, 1 + window + _FADE)
    rivals = sorted((e for e in explanations if e.course is not None), key=lambda e: -e.log_evidence)[
        :_RIVALS
    ]
    fits = advance(search, [begin(search, e) for e in rivals], _STEPS)
    fault = max((f.outcome for f in fits), key=lambda e: e.log_evidence)
    tried = [
        _tried(search, _sound(explanations), RunOut(tank, time), fault) for tank in _tolerant_loads(search)
    ]
    forecaster.unweighed = slice(0, 0)
    return max((r for r in tried if r is not None), key=lambda r: r.log_odds, default=None)


def _tried(search: Search, sound: Explanation, run_out: RunOut, fault: Explanation) -> RunOut | None:
    """The run-out with its odds against the best fault; None where the model has no solution.

    A fault pays for its size and onset, the run-out for its load alone, so it must also fit about as well: what it
    leaves beyond `_WORSE` counts double.
    """
    search.forecaster.runs_out = run_out
    fit = advance(search, [begin(search, sound)], _STEPS)[0]
    search.forecaster.runs_out = None
    if fit.kept is None:
        return None
    evidence = fit.outcome.log_evidence + _log_prior(search, run_out, fit.kept.tolerances)
    worse = max(fit.cost - fault.chi_square - _WORSE, 0.0)
    return replace(run_out, log_odds=evidence - fault.log_evidence - 0.5 * worse)


def _sound(explanations: Sequence[Explanation]) -> Explanation:
    return next(e for e in explanations if e.course is None)


def _fall(search: Search) -> tuple[int, float] | None:
    """Window in which the chamber pressure falls for good, and about when in s after the valves opened."""
    observation = search.forecaster.observation
    chamber = [
        i for i, s in enumerate(observation.sensors) if f"{s.measures[:-9]}.roughness" in _outputs(search)
    ]
    if not chamber:
        return None
    ambient = search.forecaster.compiled.network.ambient_pressure
    course: FloatArray = observation.means[1:, chamber[0]] - ambient
    if not np.isfinite(course).all():
        return None
    for k in range(1, course.size - _FADE - _AFTER + 1):
        before = float(np.nanmedian(course[:k]))
        after = float(np.nanmax(course[k + _FADE :]))
        if course[k] < _FALLEN * before:
            if not after < _LOW * before:
                return None
            low = float(np.nanmedian(course[k + _FADE :]))
            share = float(np.clip((course[k] - low) / max(before - low, 1e-9), 0.0, 1.0))
            edges = observation.edges
            return k, float(edges[k] + share * (edges[k + 1] - edges[k]))
    return None


def _outputs(search: Search) -> set[str]:
    return set(search.forecaster.compiled.output_names)


def _tolerant_loads(search: Search) -> list[str]:
    """Tanks whose load is not known exactly."""
    tolerances = search.forecaster.compiled.network.tolerances
    tanks = [name.removesuffix(".spare_load") for name in search.forecaster.spare_load]
    return [tank for tank in tanks if tolerances.get(f"{tank}.propellant_mass", 0.0) > 0.0]


def _log_prior(search: Search, ran_out: RunOut, tolerances: FloatArray) -> float:
    """Log probability that a load as uncertain as the engine file says ends in the window about that time."""
    forecaster = search.forecaster
    outputs, _ = forecaster.outputs([Case(tolerances)])
    edges = forecaster.observation.edges
    column = forecaster.compiled.output_names.index(f"{ran_out.tank}.liquid")
    centres = 0.5 * (edges[1:] + edges[:-1])
    used = 1.0 - float(np.interp(ran_out.time, centres, outputs[0, 1:, column]))
    tolerance = forecaster.compiled.network.tolerances[f"{ran_out.tank}.propellant_mass"]
    if not used > 0.0:
        return -np.inf
    off = np.log(used) / tolerance
    width = float(edges[1] - edges[0]) / ran_out.time / tolerance
    return float(-0.5 * off**2 - 0.5 * np.log(2.0 * np.pi) + np.log(width))
