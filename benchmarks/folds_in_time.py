"""What becomes in time of engines whose running state ends on the way: an independent look at the folds.

    python benchmarks/folds_in_time.py [engine] [--cases 100] [--seed 5]

Every figure of the engine is off by up to a fifth. The engine runs at its design point while its figures move
to those of the case in five seconds, and is then left alone. Where the continuation in `hotfire.physics.steady`
finds a fold, the engine should run down; where it finds none, it should settle at the steady state.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from hotfire.engine_files.reading import load_engine
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.errors import SolutionError
from hotfire.physics.steady import design_batch, solve_states, solve_steady
from hotfire.physics.transient import Course, TransientSolver

_SPREAD, _KELVINS = 0.2, 0.03
_MOVING, _LEFT_ALONE = 5.0, 20.0
_IDLE = 0.2
"""Share of the design speed below which a shaft no longer runs."""
_SAME = 0.01


def perturbed(compiled: CompiledNetwork, n: int, seed: int) -> Batch:
    """Make n engines whose every figure is off by up to a fifth (temperatures by 3 %), full and sound."""
    random, design = np.random.default_rng(seed), design_batch(compiled)
    warm = np.array([name.endswith("temperature") for name in compiled.parameter_names])
    factor = 1.0 + np.where(warm, _KELVINS, _SPREAD) * random.uniform(-1.0, 1.0, (n, warm.size))
    states, parameters, faults, inputs = (np.repeat(column, n, axis=0) for column in design.columns())
    return Batch(states, parameters * factor, faults, inputs)


def speed(solver: TransientSolver, compiled: CompiledNetwork, case: Batch) -> float:
    """Speed of the fastest shaft in rad/s after the figures have moved and the engine was left alone."""
    design, network = design_batch(compiled), compiled.network
    z, _ = solve_steady(compiled, design)
    time = np.array([0.0, _MOVING, _MOVING + _LEFT_ALONE])
    parameters = np.concatenate([design.parameters, case.parameters, case.parameters])
    course = Course(time, parameters, design.faults, design.inputs)
    unknowns = dict(zip(network.unknowns, compiled.unknowns(z, design)[0].tolist(), strict=True))
    run = solver.run(course, solver.at_steady(unknowns, design.states[0], course), time[-1:])
    return max(v for n, v in _speeds(solver.output_names, run.outputs[-1]))


def _speeds(names: tuple[str, ...], values: np.ndarray) -> list[tuple[str, float]]:
    return [(n, float(v)) for n, v in zip(names, values, strict=True) if n.endswith("shaft.speed")]


def main() -> None:
    """Print what became of the cases."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engine", nargs="?", default="rl10a-3-3a")
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    network = load_engine(arguments.engine).network
    compiled, solver = CompiledNetwork(network), TransientSolver(network)
    batch = perturbed(compiled, arguments.cases, arguments.seed)
    found = solve_states(compiled, batch)
    outputs = compiled.rates(found.z, batch)[1]
    design = max(v for n, v in network.parameter_values.items() if n.endswith("design_speed"))
    told: Counter[tuple[str, str]] = Counter()
    for i in range(arguments.cases):
        fold = bool(np.isfinite(found.fold[i]))
        steady = max(v for _, v in _speeds(compiled.output_names, outputs[i]))
        try:
            there = speed(solver, compiled, batch.rows([i]))
        except SolutionError:
            end = "not followed in time"
        else:
            near = not fold and abs(there - steady) < _SAME * steady
            end = "settles there" if near else "runs down" if there < _IDLE * design else "runs elsewhere"
        told["fold" if fold else "no fold", end] += 1
        if fold or end != "settles there":
            print(f"case {i}: {'fold' if fold else 'no fold'}, {end}", flush=True)
    for (what, end), n in sorted(told.items()):
        print(f"{what}, {end}: {n}")


if __name__ == "__main__":
    main()
