"""A propellant that ran out early, where a run collapsed: the sound engine on a tank's gas against the best faults.

A load is often known to tens of percent only. Where the record stops within what the load may be, gas in the feed
explains a collapse better than a fault does, and what comes after says nothing of the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.refit import Fit, advance, begin

if TYPE_CHECKING:
    from hotfire.physics.diagnosis.search import Search

__all__ = ["RunOut", "find_run_out"]

_IMPLAUSIBLE = 10.0
"""Nats by which the sound engine must lie behind the best fault."""
_FALLEN, _LOW = 0.9, 0.7
"""Share of the chamber pressure at which a collapse begins, and below which it stays."""
_FADE, _AFTER = 2, 1
"""Windows in which the liquid fades, which are not weighed, and the fewest after them."""
_RIVALS, _STEPS = 3, 10
_WORSE = 5.0
"""Misfit beyond that of the best fault that a run-out may leave."""


@dataclass(frozen=True)
class RunOut:
    """A tank that ran out of liquid, as an explanation of a collapse.

    Attributes:
        tank: Name of the component.
        time: Seconds after the valves opened.
        log_odds: Log of its probability over that of the best fault.
    """

    tank: str
    time: float
    log_odds: float


def find_run_out(search: Search, explanations: Sequence[Explanation]) -> RunOut | None:
    """Return the tank whose run-out explains a collapse best, with its odds against faults; None without a collapse.

    Args:
        search: For the forecaster and the scatter.
        explanations: Fitted single faults and the sound engine.
    """
    best = max(explanations, key=lambda e: e.log_evidence)
    sound = next(e for e in explanations if e.course is None)
    if best.course is None or best.course.onset is None:
        return None
    if sound.log_evidence > best.log_evidence - _IMPLAUSIBLE:
        return None
    fall = _fall(search)
    if fall is None:
        return None
    window, time = fall
    faults = sorted((e for e in explanations if e.course is not None), key=lambda e: -e.log_evidence)[
        :_RIVALS
    ]
    empty = replace(begin(search, sound), ran_out_at=time)
    with search.forecaster.leaving_out(slice(1 + window, 1 + window + _FADE)):
        rivals = advance(search, [begin(search, e) for e in faults], _STEPS)
        dry = advance(search, [replace(empty, runs_out=tank) for tank in _tolerant_loads(search)], _STEPS)
    rival = max((f.outcome for f in rivals), key=lambda e: e.log_evidence)
    found = [RunOut(f.runs_out, time, _log_odds(search, f, rival)) for f in dry if f.kept is not None]
    return max(found, key=lambda r: r.log_odds, default=None)


def _log_odds(search: Search, dry: Fit, rival: Explanation) -> float:
    """Log odds of the sound engine with an empty tank against the best fault.

    A fault pays for its size and onset, the run-out for its load alone, so it must also fit about as well: what it
    leaves beyond `_WORSE` counts double.
    """
    worse = max(dry.cost - rival.chi_square - _WORSE, 0.0)
    return dry.outcome.log_evidence + _log_prior(search, dry) - rival.log_evidence - 0.5 * worse


def _fall(search: Search) -> tuple[int, float] | None:
    """Window in which the chamber pressure falls for good, and about when in s after the valves opened."""
    observation, network = search.forecaster.observation, search.forecaster.compiled.network
    chamber = [i for i, s in enumerate(observation.sensors) if s.measures == f"{network.burner}.pressure"]
    if not chamber:
        return None
    course: FloatArray = observation.means[1:, chamber[0]] - network.ambient_pressure
    if not np.isfinite(course).all():
        return None
    for k in range(1, course.size - _FADE - _AFTER + 1):
        before, after = float(np.median(course[:k])), course[k + _FADE :]
        if course[k] < _FALLEN * before:
            if after.max() >= _LOW * before:
                return None
            low = float(np.median(after))
            share = float(np.clip((course[k] - low) / (before - low), 0.0, 1.0))
            return k, float(observation.edges[k] + share * np.diff(observation.edges)[k])
    return None


def _tolerant_loads(search: Search) -> list[str]:
    """Tanks whose load is not known exactly."""
    tolerances = search.forecaster.compiled.network.tolerances
    tanks = [name.removesuffix(".spare_load") for name in search.forecaster.spare_load]
    return [tank for tank in tanks if tolerances.get(f"{tank}.propellant_mass", 0.0) > 0.0]


def _log_prior(search: Search, dry: Fit) -> float:
    """Log probability that a load as uncertain as the engine file says ends in the window about that time."""
    assert dry.kept is not None
    assert dry.ran_out_at is not None
    forecaster, time = search.forecaster, dry.ran_out_at
    outputs, _ = forecaster.outputs([Case(dry.kept.tolerances)])
    edges = forecaster.observation.edges
    column = forecaster.compiled.output_names.index(f"{dry.runs_out}.liquid")
    used = 1.0 - float(np.interp(time, 0.5 * (edges[1:] + edges[:-1]), outputs[0, 1:, column]))
    tolerance = forecaster.compiled.network.tolerances[f"{dry.runs_out}.propellant_mass"]
    if not used > 0.0:
        return -np.inf
    off = np.log(used) / tolerance
    width = float(edges[1] - edges[0]) / time / tolerance
    return float(-0.5 * off**2 - 0.5 * np.log(2.0 * np.pi) + np.log(width))
