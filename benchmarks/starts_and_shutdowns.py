"""Start, mainstage and shutdown of every shipped engine, with hardware drawn from seeds: what runs, and what stops.

    python benchmarks/starts_and_shutdowns.py [--seeds 1 2 3] [engine ...]

Each engine goes through its own sequence (or the usual one, instant by instant, where its file has none) on the plant's
equations, with every figure drawn within its tolerance. Prints a table, a row as soon as its run has ended: chamber
pressure at the end of the burn over that of the design point; at the end of the record over that of the burn; what
became of the run; seconds of processor, without what is compiled once for each engine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.log import Log
from hotfire.physics.errors import SolutionError
from hotfire.physics.steady import design_batch, solve_steady
from hotfire.simulate import Plant, TestSequence

_RUNNING, _SHUT_DOWN = 0.5, 0.3
"""Chamber pressure from which an engine runs, over that of the design point; and below which it is shut down, over that
of the burn: an engine whose propellants run out through open valves still smoulders at the end of the usual record."""
_LAST = 0.1
"""Seconds over which a pressure is averaged."""


@dataclass(frozen=True)
class Course:
    """What became of one run.

    Attributes:
        engine: Name of the engine.
        seed: Seed of its hardware.
        running: Chamber pressure at the end of the burn over that of the design point; NaN where it was not reached.
        after: At the end of the record over that of the burn; NaN where it was not reached.
        end: What became of it, in words; "completed" where all went well.
        seconds: Of processor.
    """

    engine: str
    seed: int
    running: float
    after: float
    end: str
    seconds: float


def courses(name: str, seeds: list[int]) -> Iterator[Course]:
    """Run one engine with each seed."""
    plant = Plant(load_engine(name))
    design = _design_pressure(plant)
    if plant.engine.sequence is not None:
        _ = plant.transient.dynamics
    for seed in seeds:
        yield course(plant, name, seed, design)


def course(plant: Plant, name: str, seed: int, design: float) -> Course:
    """Run one engine with one seed; `design` is the chamber pressure of its design point in Pa."""
    sequence = TestSequence.of(plant.engine)
    before = time.process_time()
    try:
        log = plant.run([], seed, sequence=sequence)
    except SolutionError as problem:
        end = f"stops {phase(plant, sequence, problem.time)}"
        return Course(name, seed, float("nan"), float("nan"), end, time.process_time() - before)
    seconds = time.process_time() - before
    burning, after = pressures(plant, log, sequence)
    running, left = burning / design, after / burning
    end = "completed" if left < _SHUT_DOWN else "is not shut down at the end"
    return Course(name, seed, running, left, end if running > _RUNNING else "does not run", seconds)


def phase(plant: Plant, sequence: TestSequence, reached: float) -> str:
    """Say in which phase a time in s after the start command lies."""
    own = plant.engine.sequence
    if not np.isfinite(reached) or reached <= 0.0:
        return "at rest, before the start"
    if reached >= sequence.burn:
        return f"in shutdown, {reached - sequence.burn:.2f} s after cutoff"
    starting = own is not None and reached < own.settled
    return f"{'in start' if starting else 'in mainstage'}, at {reached:.2f} s"


def pressures(plant: Plant, log: Log, sequence: TestSequence) -> tuple[float, float]:
    """Chamber pressure in Pa at the end of the burn and of the record, over that of the surroundings."""
    wanted = f"{plant.network.burner}.pressure"
    name = next(s.name for s in plant.engine.sensors.values() if s.measures == wanted)
    channel = log.channels[name]
    clock = channel.time + sequence.start

    def mean(end: float) -> float:
        inside = (clock > end - _LAST) & (clock <= end)
        return float(channel.values[inside].mean()) - plant.network.ambient_pressure

    return mean(sequence.burn), mean(float(clock[-1]))


def _design_pressure(plant: Plant) -> float:
    batch = design_batch(plant.compiled)
    z, _ = solve_steady(plant.compiled, batch)
    outputs = plant.compiled.rates(z, batch)[1][0]
    at = plant.compiled.output_names.index(f"{plant.network.burner}.pressure")
    return float(outputs[at]) - plant.network.ambient_pressure


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engines", nargs="*", metavar="engine")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    arguments = parser.parse_args()
    print(
        "| engine | seed | burn / design | end / burn | run | CPU s |\n|---|---|---|---|---|---|", flush=True
    )
    for name in arguments.engines or engine_names():
        for found in courses(name, arguments.seeds):
            figures = " | ".join("-" if np.isnan(x) else f"{x:.3f}" for x in (found.running, found.after))
            print(f"| {name} | {found.seed} | {figures} | {found.end} | {found.seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
