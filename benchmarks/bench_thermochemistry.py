"""Thermochemistry: look-up speed, and the accuracy table against NASA CEA.

    pytest benchmarks/bench_thermochemistry.py          speed (pytest-benchmark)
    python benchmarks/bench_thermochemistry.py          accuracy against the shared truth, and of the shipped
    tables

The second needs the shared test data: `HOTFIRE_SHARED`, else `shared` beside the repository.
"""

from __future__ import annotations

import csv
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hotfire.physics.thermochemistry import (
    CombustionState,
    CombustionTable,
    combustion,
    combustion_table,
    exit_pressure_ratio_table,
    monopropellant,
)
from hotfire.physics.thermochemistry.store import SHIPPED

POINTS = 100_000
MAPPED = 10_000


@pytest.fixture(scope="module")
def table() -> CombustionTable:
    return combustion_table("LOX", "LH2", area_ratio=77.5)


@pytest.fixture(scope="module")
def points() -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    return random.uniform(1.0, 12.0, POINTS), random.uniform(1e5, 3e7, POINTS)


def test_scalar(benchmark: Any, table: CombustionTable) -> None:
    """Budget 2 us."""
    benchmark(table.c_star, 6.1, 2.1e7)


def test_vectorised(benchmark: Any, table: CombustionTable, points: tuple[Any, Any]) -> None:
    """Budget 10 ms for 100,000 points: 0.1 us each."""
    benchmark(table.c_star, *points)


def test_exit_pressure_scalar(benchmark: Any) -> None:
    benchmark(exit_pressure_ratio_table(77.5), 1.18)


def _casadi(quantities: tuple[str, ...], derivative: bool, table: CombustionTable) -> Callable[[Any], Any]:
    casadi = pytest.importorskip("casadi")
    z = casadi.MX.sym("z", 2)
    value = casadi.vertcat(*table.several(quantities, z[0], z[1]))
    outputs = [value, casadi.jacobian(value, z)] if derivative else [value]
    mapped: Callable[[Any], Any] = casadi.Function("f", [z], outputs).map(MAPPED)
    return mapped


@pytest.mark.parametrize("derivative", [False, True], ids=["value", "value+jacobian"])
@pytest.mark.parametrize(
    "quantities", [("c_star",), ("c_star", "gamma", "temperature")], ids=["one", "three"]
)
def test_casadi_map(
    benchmark: Any,
    table: CombustionTable,
    points: tuple[Any, Any],
    quantities: tuple[str, ...],
    derivative: bool,
) -> None:
    """10,000 points by `Function.map`: divide by 10,000."""
    benchmark(_casadi(quantities, derivative, table), np.vstack(points)[:, :MAPPED])


def test_equilibrium_directly(benchmark: Any) -> None:
    benchmark(combustion, "N2O(L)", "ethanol", mixture_ratio=4.0, pressure=3e6)


# --- accuracy ---

PAIRS = {
    "LOX/EtOH75": ("LOX", "ethanol:0.75+water:0.25"),
    "LOX/EtOH95": ("LOX", "ethanol:0.95+water:0.05"),
    "LOX/IPA": ("LOX", "IPA"),
    "N2O/EtOH": ("N2O(g)", "ethanol"),
    "N2O(L)/EtOH": ("N2O(L)", "ethanol"),
    "N2O/IPA": ("N2O(g)", "IPA"),
    "H2O2-90/RP-1": ("H2O2:0.9+water:0.1", "RP-1"),
}


def _burn(row: dict[str, str]) -> CombustionState:
    flow: Any = "shifting" if row["mode"] == "equilibrium" else "frozen"
    pressure = float(row["pc_Pa"])
    if row["pair"] == "N2H4 mono":
        return monopropellant("N2H4", pressure=pressure, equilibrium=True, flow=flow)
    ox, fuel = PAIRS.get(row["pair"]) or row["pair"].split("/")
    return combustion(ox, fuel, mixture_ratio=float(row["of"]), pressure=pressure, flow=flow, soot="ignore")


def _errors(row: dict[str, str], state: CombustionState) -> dict[str, float]:
    found = {
        "c*": (state.c_star, "cstar_m_s"),
        "Tc": (state.temperature, "Tc_K"),
        "M": (state.molar_mass, "Mw_c_kg_kmol"),
        "gamma_s": (state.gamma_s, "gamma_s_c"),
        "cp": (state.cp, "cp_fr_c_J_kgK"),
    }
    for area in (4, 10, 40):
        wet = "Isp" if float(row[f"cond_massfrac_e{area}"]) == 0.0 else "Isp(cond)"
        found[f"{wet} e{area}"] = (state.expand(float(area)).isp_vacuum, f"ivac_m_s_e{area}")
    return {name: abs(value / float(row[column]) - 1.0) * 100.0 for name, (value, column) in found.items()}


def accuracy(shared: Path) -> None:
    """Print the greatest deviation from NASA CEA of each pair and flow, in percent."""
    worst: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    with (shared / "data/thermochemistry/cea_truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["converged"] != "1":
                continue
            for name, error in _errors(row, _burn(row)).items():
                kind = name.partition(" ")[0]
                for key in ((row["pair"], row["mode"]), ("all", "")):
                    worst[key][kind] = max(worst[key][kind], error)
    kinds = ["c*", "Tc", "M", "gamma_s", "cp", "Isp", "Isp(cond)"]
    print("greatest deviation from NASA CEA, percent; Isp(cond): water or carbon condenses in the exit")
    print(f"{'pair':14}{'flow':13}" + "".join(f"{k:>10}" for k in kinds))
    for (pair, mode), errors in worst.items():
        print(
            f"{pair:14}{mode:13}" + "".join(f"{errors[k]:10.4f}" if k in errors else " " * 10 for k in kinds)
        )


def tables() -> None:
    """Print the shipped tables and their error figures."""
    print("\nshipped tables: greatest error against Cantera off the grid, percent (soot-free/sooty)")
    for pair in SHIPPED:
        table = combustion_table(*pair)
        low, high = table.mixture_ratios
        errors = (f"{q} {100 * e:.4f}/{100 * table.error_sooty[q]:.3f}" for q, e in table.error.items())
        span = f"O/F {low:.3g} to {high:.4g}, soot below {table.soot_limit:.3g}"
        print(f"{'/'.join(pair):32}{span}: {', '.join(errors)}")


if __name__ == "__main__":
    folder = Path(os.environ.get("HOTFIRE_SHARED") or Path(__file__).parents[2] / "shared")
    if (folder / "data").is_dir():
        accuracy(folder)
    else:
        print("no shared test data: set HOTFIRE_SHARED to their folder", file=sys.stderr)
    tables()
