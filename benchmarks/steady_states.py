"""Steady states of every shipped engine: speed, and what becomes of engines with every figure off by up to a fifth.

    python benchmarks/steady_states.py [--cases 2000] [engine ...]

Prints a table: unknowns, torn unknowns, Newton steps of a single solve from the design point; microseconds of processor
for one evaluation of residuals and Jacobian (single, and per case in a batch) and for one linear solve; milliseconds
of a single solve and the part of it that is neither; cases a second in a batch, what is made at first use left out,
the same for the solved cases alone, and that times all unknowns, in millions; the cases that are solved, have a fold on
the way from the design point (closed: the branch was followed back to it), or are lost; and how far Newton's method on
the equations of all unknowns, nothing torn and laws as flows, would still move a scaled unknown of the solved cases:
the median, and the greatest.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.newton import newton
from hotfire.physics.steady import SteadyStates, design_batch, solve_states, solve_steady

_SPREAD, _KELVINS = 0.2, 0.03
_SINGLES, _REPEATS = 60, 5
_HEAD = (
    "engine unknowns torn steps eval_us eval_batch_us linear_us single_ms overhead_ms "
    "cases/s solved/s unknowns_1e6/s solved fold closed lost moved moved_most"
)


def perturbed(compiled: CompiledNetwork, n: int, seed: int) -> Batch:
    """Make n engines whose toleranced figures are off by up to a fifth (temperatures by 3 %), full and sound."""
    random, network = np.random.default_rng(seed), compiled.network
    design = design_batch(compiled)
    spread = np.array([network.tolerances[name] > 0 for name in compiled.parameter_names])
    warm = np.array([name.endswith("temperature") for name in compiled.parameter_names])
    reach = np.where(warm, _KELVINS, np.where(spread, _SPREAD, 0.0))
    factor = 1.0 + reach * random.uniform(-1.0, 1.0, (n, spread.size))
    states, parameters, faults, inputs = (np.repeat(column, n, axis=0) for column in design.columns())
    return Batch(states, parameters * factor, faults, inputs)


def processor(call: Callable[[], object], repeats: int) -> float:
    """Median seconds of processor of one call."""
    found = []
    for _ in range(_REPEATS):
        start = time.process_time()
        for _ in range(repeats):
            call()
        found.append((time.process_time() - start) / repeats)
    return float(np.median(found))


def steps_from(compiled: CompiledNetwork, case: Batch, z: np.ndarray) -> int:
    """Newton steps that one case takes."""
    one = np.ones(1, dtype=bool)
    for steps in range(60):
        if newton(compiled, case, z.copy(), one, 1e-8, steps)[1][0] <= 1e-8:
            return steps
    return 60


def compile_all(compiled: CompiledNetwork, z: np.ndarray) -> None:
    """Evaluate often enough that all is compiled which a large batch compiles at first use."""
    for _ in range(10):
        compiled.residuals(np.repeat(z, 512, axis=0), design_batch(compiled).rows(np.zeros(512, dtype=int)))


def timed(compiled: CompiledNetwork, batch: Batch) -> tuple[SteadyStates, float]:
    """Solve a batch twice; what the second gave, and its cases a second of processor."""
    solve_states(compiled, batch)
    start = time.process_time()
    found = solve_states(compiled, batch)
    return found, batch.parameters.shape[0] / (time.process_time() - start)


def moved(compiled: CompiledNetwork, z: np.ndarray, batch: Batch) -> np.ndarray:
    """Largest step of each case that Newton's method would still make on all unknowns, laws as flows."""
    scale = np.array([compiled.scale(name) for name in compiled.network.unknowns])
    residual, jacobian = compiled.whole.residuals(compiled.unknowns(z, batch) / scale, batch)
    return np.abs(np.linalg.solve(jacobian, residual[..., None])).max(axis=(1, 2))


def row(name: str, cases: int) -> str:
    """Measure one engine."""
    compiled = CompiledNetwork(load_engine(name).network)
    z, _ = solve_steady(compiled, design_batch(compiled))
    few = perturbed(compiled, _SINGLES, 5)
    singles = [few.rows([i]) for i in range(_SINGLES)]
    solve_steady(compiled, singles[0], strict=False)
    single = float(
        np.median([processor(lambda c=c: solve_steady(compiled, c, strict=False), 1) for c in singles])
    )
    steps = float(np.median([steps_from(compiled, c, z) for c in singles]))
    equations = compiled.held(singles[0])
    one = processor(lambda: equations.residuals(z[0]), 100)
    many = np.repeat(z, _SINGLES, axis=0)
    each = processor(lambda: compiled.residuals(many, few), 5) / _SINGLES
    matrix, right = compiled.residuals(many, few)[1], np.ones((_SINGLES, z.shape[1], 1))
    linear = processor(lambda: np.linalg.solve(matrix, right), 5) / _SINGLES
    batch = perturbed(compiled, cases, 7)
    compile_all(compiled, z)
    found, rate = timed(compiled, batch)
    _, good_rate = timed(compiled, batch.rows(np.flatnonzero(found.solved)))
    left = ~found.solved
    fold = left & np.isfinite(found.fold)
    overhead = max(single - (steps + 1) * (one + linear), 0.0)
    figures = f"{len(compiled.network.unknowns)} {z.shape[1]} {steps:.0f} {one * 1e6:.0f}"
    figures += f" {each * 1e6:.1f} {linear * 1e6:.1f} {single * 1e3:.2f} {overhead * 1e3:.2f} {rate:.0f}"
    figures += f" {good_rate:.0f} {good_rate * len(compiled.network.unknowns) / 1e6:.2f}"
    figures += f" {found.solved.sum()} {fold.sum()}"
    good = np.flatnonzero(found.solved)
    apart = moved(compiled, found.z[good], batch.rows(good))
    figures += f" {(fold & found.closed).sum()} {(left & ~fold).sum()}"
    return f"{name} {figures} {np.median(apart):.0e} {apart.max():.0e}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engines", nargs="*")
    parser.add_argument("--cases", type=int, default=2000)
    chosen = parser.parse_args()
    print(_HEAD)
    for name in chosen.engines or engine_names():
        print(row(name, chosen.cases), flush=True)


if __name__ == "__main__":
    main()
