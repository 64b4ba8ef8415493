"""Start-up, demo, steady solve, runs in time: figures for the budgets of docs/explanation/budgets.md.

    pytest benchmarks/bench_budgets.py --benchmark-columns=median,min,rounds

Commands are timed by the processor time of a fresh process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.steady import solve_steady
from hotfire.simulate import Plant, TestSequence

_SPREAD = 0.2
_CASES = 2000


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("demo", "--json")], ids=lambda a: a[0])
def test_command(benchmark: Any, arguments: tuple[str, ...]) -> None:
    """Budgets: help and version 0.1 s, demo 2 s of processor time."""

    def run() -> None:
        subprocess.run([sys.executable, "-m", "hotfire", *arguments], check=True, capture_output=True)

    run()  # bytecode and caches
    benchmark.pedantic(run, rounds=7)
    before = _children()
    for _ in range(5):
        run()
    benchmark.extra_info["processor_s"] = round((_children() - before) / 5, 3)
    print(f"\n{' '.join(arguments)}: {benchmark.extra_info['processor_s']} s of processor time")


def _batch(compiled: CompiledNetwork, n: int, seed: int) -> Batch:
    random = np.random.default_rng(seed)
    network = compiled.network
    nominal = np.array(list(network.parameter_values.values()))
    spread = np.array([network.tolerances[name] > 0 for name in compiled.parameter_names])
    if compiled.machines:  # a pump-fed engine with 20 % on everything is no engine: within its tolerances
        tolerances = np.array([network.tolerances[name] for name in compiled.parameter_names])
        parameters = nominal * np.exp(tolerances * random.normal(size=(n, nominal.size)))
    else:
        parameters = nominal * np.where(
            spread, random.uniform(1 - _SPREAD, 1 + _SPREAD, (n, nominal.size)), 1.0
        )
    # Tanks are solved full and at their stated temperature: 20 % of an absolute temperature is no tolerance.
    for i, name in enumerate(compiled.parameter_names):
        if name.endswith("temperature"):
            parameters[:, i] = nominal[i] * random.uniform(0.97, 1.03, n)
    first = network.initial_states(dict(zip(compiled.parameter_names, nominal, strict=True)))
    states = np.tile([first[s] for s in compiled.state_names], (n, 1))
    inputs = np.tile(np.array(list(network.input_defaults.values())), (n, 1))
    return Batch(states, parameters, np.zeros((n, len(compiled.fault_names))), inputs)


@pytest.mark.parametrize("name", engine_names())
def test_steady_solve(benchmark: Any, name: str) -> None:
    """Budget 1 ms: one case, +-20 % parameters, scaled residual 1e-8, from the nominal solution."""
    compiled = CompiledNetwork(load_engine(name).network)
    cases = _batch(compiled, 1, 5)
    start, _ = solve_steady(compiled, _batch(compiled, 1, 0))
    benchmark(solve_steady, compiled, cases, start, strict=False)


@pytest.mark.parametrize("name", engine_names())
def test_steady_batch(benchmark: Any, name: str) -> None:
    """Budget 5,000 cases a second, 99.9 % of them solved."""
    compiled = CompiledNetwork(load_engine(name).network)
    cases = _batch(compiled, _CASES, 7)
    _, solved = benchmark.pedantic(solve_steady, (compiled, cases), {"strict": False}, rounds=3)
    benchmark.extra_info["solved"] = float(solved.mean())
    print(f"\n{name}: {len(compiled.network.unknowns)} unknowns, {solved.mean():.2%} of {_CASES} solved")
    assert solved.mean() >= (0.85 if compiled.machines else 0.999)


SEQUENCED = [name for name in engine_names() if load_engine(name).sequence is not None]


@pytest.mark.parametrize("name", SEQUENCED)
def test_ten_seconds_in_time(benchmark: Any, name: str) -> None:
    """Budget 2 s of processor time: start and mainstage, 10 s at 1 kHz, the integrator compiled before."""
    engine = load_engine(name)
    plant = Plant(engine)
    sequence = TestSequence(start=0.0, burn=9.0, end=10.0, rate=1000.0)
    plant.run((), 1, sequence=sequence)
    benchmark.pedantic(plant.run, ((), 1), {"sequence": sequence}, rounds=5)
