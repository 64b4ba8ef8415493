"""Cases of one setting in bulk: runs of the plant, read, described and labelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hotfire.observing.symptoms import Symptoms
from hotfire.physics.arrays import FloatArray
from hotfire.physics.description import Description
from hotfire.physics.diagnosis.case import Case
from hotfire.scenarios.draw import Dice, Draw, described
from hotfire.scenarios.effects import Effects
from hotfire.scenarios.protocol import Protocol
from hotfire.scenarios.readings import Readings, read
from hotfire.scenarios.rig import Rig
from hotfire.scenarios.settings import Setting

__all__ = ["LabelledCase", "Maker", "Runs"]

_WANDER = 0.6
"""Wander of the plant over that which the model allows for, as in `hotfire.simulate`."""
_ATTEMPTS = 3


@dataclass(frozen=True)
class LabelledCase:
    """One case with its truth.

    Attributes:
        draw: Its faults.
        description: What experts see.
    """

    draw: Draw
    description: Description


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs that the plant could do.

    Attributes:
        draws: What each of the n runs holds.
        cases: The same as the plant takes it, with drawn hardware.
        truth: True window means with the row before the test, SI, shape (n, K + 1, S).
    """

    draws: tuple[Draw, ...]
    cases: tuple[Case, ...]
    truth: FloatArray


class Maker:
    """Makes cases of one setting."""

    def __init__(self, setting: Setting, rig: Rig, effects: Effects, protocol: Protocol) -> None:
        self.setting, self.rig, self.protocol = setting, rig, protocol
        self.dice = Dice(setting, rig, effects, protocol)

    @cached_property
    def _symptoms(self) -> Symptoms:
        rig = self.rig
        ambient = rig.engine.network.ambient_pressure
        return Symptoms(rig.sensors, rig.places, rig.expectation, rig.edges, ambient)

    def make(self, count: int, random: np.random.Generator) -> list[LabelledCase]:
        """Make up to `count` cases; a run that the plant cannot do, even with smaller faults, is left out."""
        return self.read(self.run(count, random), random)

    def run(self, count: int, random: np.random.Generator) -> Runs:
        """Draw `count` cases and run them."""
        draws = [self.dice.draw(random) for _ in range(count)]
        tolerances = self.hardware(count, random)
        truth, good, draws = self._run(draws, tolerances)
        kept = np.flatnonzero(good)
        cases = tuple(_case(draws[i], tolerances[i]) for i in kept)
        return Runs(tuple(draws[i] for i in kept), cases, truth[kept])

    def read(self, runs: Runs, random: np.random.Generator) -> list[LabelledCase]:
        """Read runs with imperfect sensors and describe them."""
        return self.describe(runs, self.readings(runs, random))

    def readings(self, runs: Runs, random: np.random.Generator) -> Readings:
        """Read runs with imperfect sensors."""
        return read(self.rig, runs.truth, [self.dice.read_faults(d) for d in runs.draws], random)

    def describe(self, runs: Runs, readings: Readings) -> list[LabelledCase]:
        """Describe runs as they were read."""
        symptoms = self._symptoms.of(readings.means, readings.scatter, readings.signals)
        return [
            LabelledCase(draw, self._description(own)) for draw, own in zip(runs.draws, symptoms, strict=True)
        ]

    def hardware(self, count: int, random: np.random.Generator) -> FloatArray:
        """Draw the hardware of each run, shape (n, m)."""
        plant = self.rig.plant
        drawn = random.normal(size=(count, plant.physical))
        fixed = len(plant.constant)
        drawn[:, :fixed] = np.clip(drawn[:, :fixed], -2.5, 2.5)
        drawn[:, fixed:] *= _WANDER
        return drawn

    def _run(
        self, draws: Sequence[Draw], tolerances: FloatArray
    ) -> tuple[FloatArray, np.ndarray, list[Draw]]:
        """Run the plant; faults that it cannot do are made smaller a few times."""
        final = list(draws)
        truth, good = self.rig.run([_case(d, t) for d, t in zip(final, tolerances, strict=True)])
        for _ in range(_ATTEMPTS):
            lost = [i for i in np.flatnonzero(~good) if final[i].hardware]
            if not lost:
                break
            for i in lost:
                hardware = tuple(self.dice.smaller(f) for f in final[i].hardware)
                final[i] = Draw(hardware, final[i].sensors, final[i].spoilt)
            truth[lost], good[lost] = self.rig.run([_case(final[i], tolerances[i]) for i in lost])
        return truth, good, final

    def _description(self, symptoms: tuple[Any, ...]) -> Description:
        rig = self.rig
        names = rig.engine.propellants
        pair = (names.get("oxidizer", ""), names.get("fuel", ""))
        burn = round(float(rig.edges[-1] - rig.edges[0]), 2)
        return Description(rig.cycle, pair, rig.hardware, burn, symptoms)

    def record(self, identifier: str, case: LabelledCase) -> dict[str, Any]:
        """Return a case as plain values for one line of JSON."""
        return {
            "id": identifier,
            "axis": self.setting.axis,
            "level": self.setting.level,
            "engine": self.setting.engine,
            "faults": described(case.draw, self.rig),
            "spoilt": [f.name for f in case.draw.spoilt],
            "description": case.description.as_dict(),
        }


def _case(draw: Draw, tolerances: FloatArray) -> Case:
    """The run of a draw: its hardware faults set in together."""
    course = draw.hardware[0].course if draw.hardware else None
    return Case(
        tolerances,
        {f.name: f.size for f in draw.hardware},
        None if course is None else course.onset,
        grows=course is not None and course.grows,
    )
