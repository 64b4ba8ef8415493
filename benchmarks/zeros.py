"""What the zeros before and after a test tell of a sensor's fault: offset or wrong proportion.

    python benchmarks/zeros.py [--cases 5] [--seed 7] [engine ...]

Simulated logs with an offset or a wrong proportion, 3 to 12 %, of a sensor that returns to its zero, set in within the
burn. Prints, by engine and fault, how often the fault is the likeliest hypothesis and its mean probability, without the
zeros and with them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hotfire.compiled_engines import compiled_engine
from hotfire.engine_files.reading import load_engine
from hotfire.observing.observe import told_at_rest
from hotfire.observing.sighting import sight
from hotfire.observing.zero_shift import weighed_by_zeros, zero_shifts
from hotfire.physics.diagnosis.explanations import Weighed
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.search import Search
from hotfire.simulate import Plant, SimulatedFault, TestSequence

ENGINES = ("demo-engine", "n2o4-mmh", "imperial-dmt", "student-n2o-ethanol")
_SIZES, _ONSETS = (0.03, 0.12), (0.3, 0.7)


@dataclass(frozen=True)
class Tried:
    """One log.

    Attributes:
        first: Whether the fault is the likeliest hypothesis, without the zeros and with them.
        probability: Of the fault, in the same order.
    """

    first: tuple[bool, bool]
    probability: tuple[float, float]


def tried(name: str, mode: str, cases: int, seed: int) -> Iterator[Tried]:
    """Diagnose logs of one engine with one kind of fault."""
    engine = load_engine(name)
    plant, burn = Plant(engine), TestSequence.of(engine).burn
    tanks = engine.network.at_tank_pressure
    sensors = [
        s for s in engine.sensors.values() if s.kind and s.measures not in tanks and told_at_rest(s, engine)
    ]
    random = np.random.default_rng([seed, len(mode)])
    for _ in range(cases):
        sensor = sensors[random.integers(len(sensors))]
        fault = f"{sensor.name}.{mode}"
        size, onset = float(random.uniform(*_SIZES)), float(random.uniform(*_ONSETS)) * burn
        seen = sight(plant.run([SimulatedFault(fault, size, onset)], int(random.integers(1_000_000))), engine)
        if seen.observed is not None:
            without = Search(Forecaster(compiled_engine(engine), seen.observed.observation)).run()
            both = (without, weighed_by_zeros(without, zero_shifts(seen)))
            first, second = ((r[0].name == fault, _probability(r, fault)) for r in both)
            yield Tried((first[0], second[0]), (first[1], second[1]))


def _probability(ranked: tuple[Weighed, ...], fault: str) -> float:
    return next((w.probability for w in ranked if w.name == fault), 0.0)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engines", nargs="*", default=ENGINES)
    parser.add_argument("--cases", type=int, default=5, help="of each engine and kind of fault")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    print(
        "| engine | fault | logs | first, without | first, with | probability, without | probability, with |"
    )
    print("|---|---|---|---|---|---|---|")
    every: list[Tried] = []
    for name in arguments.engines:
        for mode in ("bias", "scale"):
            found = list(tried(name, mode, arguments.cases, arguments.seed))
            every += found
            print(_line(name, mode, found), flush=True)
    print(_line("all", "", every))


def _line(name: str, mode: str, found: list[Tried]) -> str:
    figures = np.array([(*t.first, *t.probability) for t in found], dtype=float).reshape(-1, 4).mean(axis=0)
    return f"| {name} | {mode} | {len(found)} | " + " | ".join(f"{f:.2f}" for f in figures) + " |"


if __name__ == "__main__":
    main()
