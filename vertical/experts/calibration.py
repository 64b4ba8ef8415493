"""Cases that the router is calibrated on: familiar ones and shifted ones, in a stated mix, from their own split."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hotfire.experts.bulk import cases_of_readings
from hotfire.experts.case import ExpertCase
from hotfire.experts.check import PhysicsChecker
from hotfire.experts.hypotheses import NOMINAL, labels_of
from hotfire.experts.neural import NeuralExpert
from hotfire.experts.routing import Judged
from hotfire.experts.scores import Scores
from hotfire.router.claims import RIVAL, examine
from hotfire.scenarios.draw import Draw
from hotfire.scenarios.generation import Shard, plan, played
from hotfire.scenarios.protocol import LEVELS, load_protocol
from hotfire.scenarios.rig import Rig

__all__ = ["MIX", "Mix", "judged"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Mix:
    """What calibration cases are made of.

    Attributes:
        shifted: Share of shifted cases.
        axes: Their shift axes, all levels alike.
    """

    shifted: float = 0.4
    axes: tuple[str, ...] = ("unseen_mode", "several", "corrupted_sensors")


MIX = Mix()
"""Two in five are shifted, on the axes that need no plants of their own; the other axes stay unseen by the router."""


def judged(
    neural: NeuralExpert,
    scores: Scores,
    count: int,
    mix: Mix = MIX,
    *,
    split: str = "calibration",
    tell: Progress,
) -> list[Judged]:
    """Make cases, have the model answer and its claims checked.

    Args:
        neural: The learnt expert.
        scores: Of strangeness.
        count: Number of cases.
        mix: What they are made of.
        split: Of the protocol.
        tell: Told how many are done, and of how many.
    """
    checker, found = PhysicsChecker(), []
    shards = _shards(count, mix, split)
    for shard in shards:
        for case, draw, rig in _cases(shard):
            answer = neural.answer(case)
            examined = examine(checker, case, answer)
            own = {**scores(case, answer, examined.check), RIVAL: examined.rival}
            found.append(Judged(own, examined.check.agrees, answer.best not in _right(draw, rig)))
        tell(len(found), count)
    return found


def _shards(count: int, mix: Mix, split: str) -> list[Shard]:
    protocol = load_protocol()
    shifted = round(count * mix.shifted / max(1, len(mix.axes) * len(LEVELS))) if mix.axes else 0
    shards = list(plan(protocol, split, cases=count - shifted * len(mix.axes) * len(LEVELS)))
    for axis in mix.axes:
        for level in LEVELS:
            shards += plan(protocol, split, cases=shifted, axis=axis, level=level)
    return sorted((s for s in shards if s.cases), key=lambda s: s.setting.engine)


def _cases(shard: Shard) -> Iterator[tuple[ExpertCase, Draw, Rig]]:
    """Cases of a shard as experts get them, with what was drawn."""
    maker, runs, readings = played(shard)
    rig = maker.rig
    descriptions = [c.description for c in maker.describe(runs, readings)]
    hypotheses = [_asked(draw, rig) for draw in runs.draws]
    for case, draw in zip(
        cases_of_readings(rig, readings, descriptions, hypotheses), runs.draws, strict=True
    ):
        yield case, draw, rig


def _asked(draw: Draw, rig: Rig) -> tuple[str, ...]:
    """Hypotheses of a case; faults of sensors that are spoilt beside the fault are not asked for."""
    spoilt = {rig.labels[f.name].words for f in draw.spoilt}
    return tuple(h for h in labels_of(rig.engine).words if h not in spoilt)


def _right(draw: Draw, rig: Rig) -> set[str]:
    """Answers that are right: the one fault that was put in; of an undetectable one that all is well, too.

    Of several faults no single one is the whole answer.
    """
    faults = (*draw.hardware, *draw.sensors)
    if len(faults) > 1:
        return set()
    right = {rig.labels[f.name].words for f in faults} or {NOMINAL}
    return right | {NOMINAL} if not all(f.detectable for f in faults) else right
