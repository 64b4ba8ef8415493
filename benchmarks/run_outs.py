"""How often a tank that runs out early is named, and how often a fault is taken for one.

    python benchmarks/run_outs.py --count 12 --seed 20261124

Sound engines with a share of their load, so that a tank runs out in the run; and the same engines, fully loaded, with
faults that make a run collapse at a time in the run. The plant's equations differ from the model's.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hotfire.diagnose import diagnose
from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.physics.network import Network
from hotfire.simulate import Plant, SimulatedFault, TestSequence

SEQUENCE = TestSequence(burn=5.5, end=7.0)
TANKS = (("imperial-dmt", "fuel_tank"), ("imperial-dmt", "oxidizer_tank"), ("uvic-mule1", "run_tank"))
COLLAPSES = (
    ("imperial-dmt", "chamber.no_ignition", 0.98),
    ("imperial-dmt", "oxidizer_injector.blockage", 0.9),
    ("imperial-dmt", "fuel_line.leak", 0.6),
    ("uvic-mule1", "chamber.no_ignition", 0.98),
    ("uvic-mule1", "injector.blockage", 0.9),
)


def with_load(engine: Engine, tank: str, share: float) -> Engine:
    """The engine with a share of its load in a tank."""
    placed = engine.network.components[tank]
    parameters = {**placed.parameters, "propellant_mass": share * placed.parameters["propellant_mass"]}
    components = {**engine.network.components, tank: replace(placed, parameters=parameters)}
    network = Network(components, engine.network.streams, engine.network.ambient_pressure)
    return replace(engine, network=network)


def _answer(engine: Engine, plant: Plant, faults: list[SimulatedFault], seed: int) -> str:
    found = diagnose(plant.run(faults, seed, sequence=SEQUENCE), engine, expert="symbolic")
    if found.depletion:
        return f"run-out of {' and '.join(found.depletion)}, {found.verdict}"
    return found.verdict


def rows(count: int, seed: int) -> Iterator[tuple[str, Counter[str]]]:
    """Answers by what was simulated."""
    random = np.random.default_rng(seed)
    for name, tank in TANKS:
        engine, answers = load_engine(name), Counter[str]()
        for k in range(count):
            plant = Plant(with_load(engine, tank, float(random.uniform(0.3, 0.6))))
            answers[_answer(engine, plant, [], seed + k)] += 1
        yield f"{name}, {tank} with 30 to 60 % of its load", answers
    for name, mode, size in COLLAPSES:
        engine, answers = load_engine(name), Counter[str]()
        plant = Plant(engine)
        for k in range(count):
            fault = SimulatedFault(mode, size, float(random.uniform(1.5, 3.5)))
            answers[_answer(engine, plant, [fault], seed + k)] += 1
        yield f"{name}, {mode} {size}", answers


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=12, help="logs a row")
    parser.add_argument("--seed", type=int, default=20261124)
    arguments = parser.parse_args()
    print("| simulated | answers |\n|---|---|")
    for what, answers in rows(arguments.count, arguments.seed):
        told = "; ".join(f"{answer} {count}" for answer, count in answers.most_common())
        print(f"| {what} | {told} |", flush=True)


if __name__ == "__main__":
    main()
