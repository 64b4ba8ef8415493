"""Processor time of structural analysis against the size of the model, and of engines.

    python benchmarks/bench_structure.py [--toolbox]

Models are drawn sparse: every equation has its own unknown and two others near it, one unknown in five is measured, one
equation in two has a fault. With `--toolbox` the small ones are also given to faultdiagnosistoolbox, if it is there.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from hotfire.engine_files.reading import load_engine
from hotfire.physics.structure import (
    StructuralModel,
    decompose,
    detectable,
    isolable_from,
    relations,
    structural_model,
)

SEED = 20261128


def drawn(n: int) -> StructuralModel:
    rng = np.random.default_rng([SEED, n])
    near = rng.integers(-10, 11, size=(n, 2))
    rows = {f"e{k}": {f"x{k}", *(f"x{int(np.clip(k + d, 0, n - 1))}" for d in near[k])} for k in range(n)}
    rows |= {f"y{k}": {f"x{k}"} for k in range(0, n, 5)}
    return StructuralModel.of(rows, {f"f{k}": [f"e{k}"] for k in range(0, n, 2)})


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--toolbox", action="store_true")
    arguments = parser.parse_args()
    print(
        "| equations | redundancy | faults | detectability | isolability | relations | toolbox isolability |"
    )
    print("|---|---|---|---|---|---|---|")
    isolable_from(drawn(20))  # imports
    for n in (50, 100, 200, 400):
        row(f"{n + len(range(0, n, 5))} drawn", drawn(n), arguments.toolbox and n <= 200)
    for name in ("demo-engine", "student-n2o-ethanol", "rl10a-3-3a", "ssme"):
        engine = load_engine(name)
        sensors = {s.name: s.measures for s in engine.sensors.values()}
        seconds, model = timed(
            lambda e=engine, s=sensors: structural_model(e.network, s, sensor_modes=("bias",))
        )
        row(f"{len(model.equations)} {name}, read in {seconds:.2f} s", model.with_fault_variables(), False)


def row(name: str, model: StructuralModel, toolbox: bool) -> None:
    times = [timed(lambda f=f: f(model))[0] for f in (detectable, isolable_from, relations)]
    other = f"{timed(lambda: toolbox_isolability(model))[0]:.3f}" if toolbox else ""
    print(
        f"| {name} | {decompose(model).redundancy} | {len(model.faults)} | "
        + " | ".join(f"{t:.4f}" for t in times)
        + f" | {other} |",
        flush=True,
    )


def toolbox_isolability(model: StructuralModel) -> None:
    import faultdiagnosistoolbox as toolbox

    incidence = np.zeros((len(model.equations), len(model.unknowns)), dtype=int)
    for e, own in enumerate(model.incidence):
        incidence[e, list(own)] = 1
    faults = np.zeros((len(model.equations), len(model.faults)), dtype=int)
    for k, where in enumerate(model.faults.values()):
        faults[list(where), k] = 1
    toolbox.DiagnosisModel(
        {"type": "MatrixStruc", "X": incidence.tolist(), "F": faults.tolist(), "Z": []}
    ).IsolabilityAnalysis()


if __name__ == "__main__":
    main()
