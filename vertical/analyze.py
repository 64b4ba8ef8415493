"""What an engine's sensors can detect and tell apart, before any test, and which sensor to add."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from hotfire.analysis.adding import Gain, gains, greedy
from hotfire.analysis.bench import Bench
from hotfire.analysis.candidates import candidate_sensors
from hotfire.analysis.result import Analysis, Distances, FaultReach, InCourse, Strength
from hotfire.analysis.separation import ALIKE, Scene, StatedSize
from hotfire.analysis.structural import Structural, structural
from hotfire.engine import Engine
from hotfire.physics.errors import HotfireError
from hotfire.stand_sensors import mainstage, with_stand_sensors

__all__ = ["Analysis", "StatedSize", "analyze"]

_T = TypeVar("_T")


def analyze(
    engine: Engine, *, sensors: str = "file", windows: int = 6, size: StatedSize | None = None, add: int = 1
) -> Analysis:
    """Say what the sensors can detect and tell apart on the diagnosing model, with noise and tolerances.

    Args:
        engine: The engine.
        sensors: `file` for the sensors of the engine file, `stand` for those that a stand usually adds as well.
        windows: Windows of the mainstage, at least 2; with few, a step looks like a slow trend.
        size: Size at which faults are compared; twice the smallest detectable one where None.
        add: How many sensors to add one by one.

    Raises:
        HotfireError: If the engine has no sensor, or the number of windows is below 2.
    """
    if windows < 2:
        raise HotfireError(
            f"{windows} window is too few",
            where="--windows",
            why="a fault that sets in needs one before and one after",
        )
    stated, cost = size or StatedSize(), dict[str, float]()
    readings = _timed(cost, "mainstage", lambda: mainstage(engine.network))
    equipped = with_stand_sensors(engine, readings) if sensors == "stand" else engine
    if not equipped.sensors:
        raise HotfireError(
            f"{engine.name} has no sensors",
            where="--sensors",
            remedy="add some to its file, or use `--sensors stand`",
        )
    reach = max(1.0, stated.value / 2.0) if stated.relative else 1.0
    bench = _timed(
        cost, "runs", lambda: Bench(equipped, candidate_sensors(equipped, readings), windows, reach)
    )
    scenes = _timed(cost, "distances", lambda: [Scene(bench, stated, sets_in=s) for s in (False, True)])
    structure = _timed(cost, "structure", lambda: structural(equipped, bench.faults))
    reached = _faults(bench, scenes, structure)
    distances = Distances(bench.faults, *(_rows(s.present.between) for s in scenes))
    groups, pairs = _groups(scenes[1]), _structural_pairs(scenes[1], structure)
    alike = (scenes[0].present.pairs, scenes[1].present.pairs)
    found = _timed(cost, "candidates", lambda: gains(bench, scenes, bench.distinct))
    added = _timed(cost, "adding", lambda: greedy(bench, scenes, found, add))
    return Analysis(
        engine.name,
        sensors,
        {s.name: s.measures for s in equipped.sensors.values()},
        tuple(float(e) for e in bench.rig.edges),
        bench.onset,
        _size_text(stated),
        reached,
        groups,
        alike,
        tuple(
            f.name
            for f in reached
            if f.structural and f.from_start.smallest is None and f.sets_in.smallest is None
        ),
        pairs,
        next((g for g in found if g.split > 0), None),
        _detects_most(found),
        tuple(found),
        tuple(added),
        bench.left_out,
        distances,
        cost,
    )


def _timed(cost: dict[str, float], step: str, work: Callable[[], _T]) -> _T:
    """Do a step and note its processor time."""
    start = time.process_time()
    result = work()
    cost[step] = time.process_time() - start
    return result


def _size_text(stated: StatedSize) -> str:
    return f"{stated.value:g}x the smallest detectable" if stated.relative else f"{stated.value:g}"


def _faults(bench: Bench, scenes: Sequence[Scene], structure: Structural) -> tuple[FaultReach, ...]:
    """Say what is known of every fault."""
    signs = _signs(bench, scenes[1])
    found = []
    for i, name in enumerate(bench.faults):
        fault = bench.rig.faults[name]
        hardware = name in bench.effects.sizes
        owner, _ = name.rsplit(".", 1)
        first, later = (_in_course(scene, i) for scene in scenes)
        largest = bench.effects.largest.get(name, fault.upper)
        found.append(
            FaultReach(
                name,
                "hardware" if hardware else "sensor",
                f"{owner} {fault.description}",
                fault.size_text,
                fault.lower,
                float(largest),
                first,
                later,
                signs[i],
                structure.detectable.get(name),
            )
        )
    return tuple(found)


def _in_course(scene: Scene, i: int) -> InCourse:
    """What one course shows of fault `i`; faults that are not detectable at all are alike nothing."""
    row, seen = scene.present.between[i].copy(), scene.present.seen
    row[i] = np.inf
    row[~seen] = np.inf
    near = [scene.names[j] for j in np.argsort(row) if row[j] <= ALIKE] if seen[i] else []
    return InCourse(scene.smallest[scene.names[i]], float(scene.sizes[i]), tuple(near), float(row.min()))


def _signs(bench: Bench, scene: Scene) -> list[dict[str, Strength]]:
    """Change that each fault makes in each sensor as it sets in; a level for what can only be there from the start."""
    rows, count = bench.rig.sound.shape
    middle = int(bench.rig.edges.searchsorted(bench.onset))
    change, level = np.zeros(rows), np.zeros(rows)
    change[1 : middle + 1], change[middle + 1 :] = -1.0 / middle, 1.0 / (rows - 1 - middle)
    level[1:] = 1.0 / (rows - 1)
    covariance = bench.covariance.reshape(rows, count, rows, count)[:, bench.given][..., bench.given]
    names = [bench.rig.sensors[c].name for c in bench.given]
    found = []
    for i, name in enumerate(scene.names):
        weights = level if bench.rig.faults[name].initial else change
        effect = weights @ scene.raw[i].reshape(rows, count)[:, bench.given]
        own = np.einsum("k,kcjd,j->cd", weights, covariance, weights)
        precision = np.linalg.inv(own)
        alone = effect / np.sqrt(np.diag(own))
        given = (precision @ effect) / np.sqrt(np.diag(precision))
        pairs = zip(names, alone, given, strict=True)
        found.append({n: Strength(round(float(a), 2) + 0.0, round(float(g), 2) + 0.0) for n, a, g in pairs})
    return found


def _groups(scene: Scene) -> tuple[tuple[str, ...], ...]:
    """Sets of faults alike some fault, those left out that are part of another."""
    alike = scene.present.alike
    sets = {frozenset(np.flatnonzero(row)) for row in alike if row.sum() > 1}
    largest = sorted(
        (s for s in sets if not any(s < other for other in sets)), key=lambda s: (-len(s), sorted(s))
    )
    return tuple(tuple(scene.names[i] for i in sorted(s)) for s in largest)


def _structural_pairs(scene: Scene, structure: Structural) -> tuple[tuple[str, str], ...]:
    """Pairs that the equations alone tell apart, either from the other, and their sizes do not."""
    alike = scene.present.alike
    found = []
    for i, first in enumerate(scene.names):
        for j in np.flatnonzero(alike[i]):
            second = scene.names[j]
            if j > i and structure.isolable(first, second) and structure.isolable(second, first):
                found.append((first, second))
    return tuple(found)


def _rows(matrix: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(round(float(v), 3) for v in row) for row in matrix)


def _detects_most(found: Sequence[Gain]) -> Gain | None:
    best = max(found, key=lambda g: (len(g.detected), g.sharper), default=None)
    return best if best is not None and (best.detected or best.sharper > 1.0) else None
