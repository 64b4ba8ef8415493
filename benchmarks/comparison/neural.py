"""The small model on prepared cases: as logs are described, and as operators tell of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from baselines.cases import ExamCase

from hotfire.engine import Engine
from hotfire.engine_file import load_engine
from hotfire.models.runtime import ModelAnswer, SmallModel
from hotfire.scenarios.texts import Place, levels_of, tell
from hotfire.stand_sensors import with_stand_sensors
from hotfire.wording import describe_text

__all__ = ["answered", "seconds_alone", "told"]

_AT_ONCE = 64


def answered(model: SmallModel, cases: Sequence[ExamCase]) -> list[ModelAnswer]:
    """Answer cases, many together."""
    found: list[ModelAnswer] = []
    for start in range(0, len(cases), _AT_ONCE):
        own = cases[start : start + _AT_ONCE]
        found += model.answer([c.description for c in own], [c.hypotheses for c in own])
    return found


def seconds_alone(model: SmallModel, cases: Sequence[ExamCase]) -> list[float]:
    """Processor time in s of each answer, one at a time, encoding included."""
    taken = []
    for case in cases:
        start = time.process_time()
        model.answer([case.description], [case.hypotheses])
        taken.append(time.process_time() - start)
    return taken


@lru_cache(maxsize=64)
def _stand(name: str) -> tuple[Engine, dict[Place, float]]:
    """An engine with the sensors of its stand, and what they read above rest: a steady state, so kept."""
    engine = with_stand_sensors(load_engine(name))
    return engine, levels_of(engine)


def told(cases: Sequence[ExamCase], seed: int, *, wording: int = 0) -> list[ExamCase]:
    """Return cases as an operator's text alone tells them.

    Args:
        cases: Familiar ones.
        seed: Of the telling.
        wording: Level of that shift axis; 0 for familiar words.
    """
    random = np.random.default_rng([seed, wording])
    found = []
    for case in cases:
        engine, levels = _stand(case.engine)
        text = tell(case.description, random, level=wording, levels=levels)
        description = describe_text(text, engine)
        found.append(replace(case, axis="wording", level=wording, description=description))
    return found
