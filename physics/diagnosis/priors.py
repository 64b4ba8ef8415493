"""Prior probability of faults with their time courses: how often each comes, when, and several of them at once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hotfire.physics.diagnosis.hypotheses import FAULTY_TESTS, Course

__all__ = ["FURTHER", "Priors"]

FURTHER = 0.3
"""How much rarer a further fault is beside one than faults are by themselves: tests of development often have one
(`FAULTY_TESTS`), seldom two; from development cases, see diagnosis.md."""
_TOGETHER = 0.5
"""That a further fault of a component sets in together with another one."""
_FROM_START = 0.4
"""That a fault was there before the valves opened."""
_EITHER = 0.5
"""That a sensor reads too much rather than too little, and that it drifts from the start on or from later."""


@dataclass(frozen=True)
class Priors:
    """Of one engine with its sensors, and one log.

    Attributes:
        scale: Factor on the rates of single faults with which they add up to the share of tests with a fault.
        windows: Of the log; an onset is in each alike.
        hardware: Names of the faults of components.
    """

    scale: float
    windows: int
    hardware: Collection[str]

    def log_share(self, course: Course | None) -> float:
        """Log of the prior of one fault or several with their courses, sizes left out; of the sound engine for None."""
        if course is None:
            return math.log1p(-FAULTY_TESTS)
        if course.partner is None:
            return self._of_one(course)
        alike: dict[object, list[Course]] = defaultdict(list)
        for part in course.parts:
            alike[(part.onset, part.grows) if part.name in self.hardware else part.name].append(part)
        further = (len(course.parts) - 1) * math.log(FURTHER)
        return sum(map(self._at_one_time, alike.values())) + further

    def _at_one_time(self, courses: Sequence[Course]) -> float:
        """Log of the prior of faults of the same course: independent, or set in together, whichever is likelier."""
        alone, rates = [*map(self._of_one, courses)], [*map(self._log_rate, courses)]
        course = min(one - rate for one, rate in zip(alone, rates, strict=True))
        together = course + sum(rates) + (len(courses) - 1) * math.log(_TOGETHER)
        return max(sum(alone), together)

    def _log_rate(self, course: Course) -> float:
        return math.log(self.scale * course.fault.rate)

    def _of_one(self, course: Course) -> float:
        share = _FROM_START if course.onset is None else (1.0 - _FROM_START) / self.windows
        share = 1.0 if course.fault.initial else share
        if course.name in self.hardware:
            growth = course.fault.growth
            share *= growth if course.grows else 1.0 - growth
        else:
            share *= _EITHER * (_EITHER if course.name.endswith(".drift") else 1.0)
        return self._log_rate(course) + math.log(share)
