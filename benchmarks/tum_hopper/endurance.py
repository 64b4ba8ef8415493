"""Hours of sound flights that nobody has seen before, followed by the solver: how often it alarms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from tum_hopper.definition import SPLITS, definition
from tum_hopper.flights import Flight, thrust_course
from tum_hopper.generation import cache_folder
from tum_hopper.plans import RunPlan
from tum_hopper.plant import Recorded, fly
from tum_hopper.readings import read
from tum_hopper.solver import followed

__all__ = ["Endured", "endure", "sound_flight", "told"]

_SIDE_BY_SIDE = 130
"""Flights that are made and followed together; nothing of them is kept."""


@dataclass(frozen=True)
class Endured:
    """What was counted.

    Attributes:
        flights: Sound flights.
        samples: Of them, 100 a second.
        alarms: Times that an alarm began, however short.
        alarmed: Samples with an alarm.
        flights_alarmed: Flights with an alarm.
    """

    flights: int = 0
    samples: int = 0
    alarms: int = 0
    alarmed: int = 0
    flights_alarmed: int = 0

    @property
    def hours(self) -> float:
        """Time that was flown."""
        return self.samples / float(definition()["rate"]["value"]) / 3600.0

    @property
    def bound(self) -> float:
        """Alarms an hour that are not exceeded with 95 % confidence, alarms taken as a Poisson process."""
        from scipy.stats import chi2

        return float(chi2.ppf(0.95, 2 * (self.alarms + 1))) / 2.0 / self.hours


def sound_flight(number: int) -> RunPlan:
    """Draw a sound flight past those of the frozen split, by the same rule."""
    index = sum(SPLITS["sound"]) + number
    seed = (int(definition()["seed"]), int(definition()["splits"]["sound"]["number"]), index)
    time, thrust = thrust_course(Flight.drawn(np.random.default_rng(seed)))
    return RunPlan("sound", index, "sound", "", time, thrust)


def endure(flights: int, noises: Sequence[float]) -> dict[float, Endured]:
    """Fly, follow with each noise, count and forget; goes on where it was interrupted.

    Args:
        flights: How many, in all.
        noises: As in `tum_hopper.readings.read`.
    """
    kept = cache_folder() / f"endured-{'-'.join(f'{noise:g}' for noise in noises)}.json"
    known = (
        [Endured(**own) for own in json.loads(kept.read_text())]
        if kept.exists()
        else [Endured() for _ in noises]
    )
    while (flown := known[0].flights) < flights:
        plans = [sound_flight(i) for i in range(flown, min(flown + _SIDE_BY_SIDE, flights))]
        records = fly(plans)
        known = [_counted(k, plans, records, noise) for k, noise in zip(known, noises, strict=True)]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([asdict(k) for k in known]))
        print(*(told(k, noise) for k, noise in zip(known, noises, strict=True)), sep="\n", flush=True)
    return dict(zip(noises, known, strict=True))


def _counted(known: Endured, plans: list[RunPlan], records: list[Recorded], noise: float) -> Endured:
    """Count what the monitor says, whether it is one of the 62 faults or another of the engine's."""
    _, answers = followed([read(*pair, noise=noise) for pair in zip(plans, records, strict=True)])
    wrong = [answer != 0 for answer in answers]
    return Endured(
        known.flights + len(plans),
        known.samples + sum(w.size for w in wrong),
        known.alarms + sum(int(np.diff(w.astype(int), prepend=0).clip(0).sum()) for w in wrong),
        known.alarmed + sum(int(w.sum()) for w in wrong),
        known.flights_alarmed + sum(bool(w.any()) for w in wrong),
    )


def told(found: Endured, noise: float) -> str:
    """Say what was counted."""
    return (
        f"noise {noise:g} of the span: {found.flights} sound flights, {found.hours:.2f} hours, "
        f"{found.alarms} alarms in {found.flights_alarmed} flights ({found.alarmed} samples); "
        f"at most {10.0 * found.bound:.2f} in ten hours with 95 % confidence"
    )
