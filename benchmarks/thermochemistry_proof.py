"""Thermochemistry against figures that nothing was fitted to, and on thousands of random cases.

    python benchmarks/thermochemistry_proof.py [--seed N] [--points 200] [--random 10000]

Prints three tables: fresh points of NASA CEA (the package `cea`, at random mixture ratios and pressures); the printed
rocket examples of NASA RP-1311, part II, where the shared test data are; and what became of random cases, each of which
must be solved or refused with a reason. The 845 points of `bench_thermochemistry.py` are a fourth.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.physics.errors import ThermochemistryError
from hotfire.physics.thermochemistry import (
    CombustionState,
    combustion,
    finite_area_combustion,
    propellant,
    stoichiometric_ratio,
)
from hotfire.physics.thermochemistry.expansion import Flow

PAIRS = {
    ("LOX", "LH2"): ("O2(L)", 90.17, "H2(L)", 20.27),
    ("LOX", "LCH4"): ("O2(L)", 90.17, "CH4(L)", 111.643),
    ("LOX", "RP-1"): ("O2(L)", 90.17, "RP-1", 298.15),
    ("LOX", "ethanol"): ("O2(L)", 90.17, "C2H5OH(L)", 298.15),
    ("N2O4", "MMH"): ("N2O4(L)", 298.15, "CH6N2(L)", 298.15),
    ("N2O4", "UDMH"): ("N2O4(L)", 298.15, "C2H8N2(L),UDMH", 298.15),
    ("N2O4", "N2H4"): ("N2O4(L)", 298.15, "N2H4(L)", 298.15),
}
"""Pairs here, and reactants with temperatures in K there."""
OXIDIZERS = ("LOX", "N2O(L)", "N2O(g)", "N2O4", "H2O2:0.9+water:0.1", "H2O2", "HNO3")
FUELS = (
    "LH2",
    "LCH4",
    "RP-1",
    "ethanol",
    "ethanol:0.75+water:0.25",
    "IPA",
    "MMH",
    "UDMH",
    "N2H4",
    "methanol",
)
LIMITS = {"c*": 0.1, "Tc": 0.3, "Isp": 0.2}
"""Deviations allowed, percent."""


def fresh_points(count: int, random: np.random.Generator) -> None:
    """Print the greatest deviation from CEA at points drawn now."""
    import cea

    print("| pair | points | refused for soot | soot in the nozzle | c*, % | Tc, % | vacuum Isp, % |")
    print("|---|---|---|---|---|---|---|")
    for pair, (oxidizer, t_o, fuel, t_f) in PAIRS.items():
        reactants = [fuel, oxidizer]
        mixture = cea.Mixture(reactants)
        solver = cea.RocketSolver(cea.Mixture(reactants, products_from_reactants=True), reactants=mixture)
        worst: defaultdict[str, float] = defaultdict(float)
        skipped = later = 0
        stoichiometric = stoichiometric_ratio(*(propellant(p) for p in pair))
        for _ in range(count):
            ratio = stoichiometric * math.exp(random.uniform(math.log(0.3), math.log(2.5)))
            pressure = math.exp(random.uniform(math.log(2e5), math.log(3e7)))
            area = float(random.uniform(2.0, 60.0))
            weights = mixture.of_ratio_to_weights(np.array([0.0, 1.0]), np.array([1.0, 0.0]), ratio)
            enthalpy = mixture.calc_property(cea.ENTHALPY, weights, np.array([t_f, t_o])) / cea.R
            solution = cea.RocketSolution(solver)
            solver.solve(solution, weights, pressure / 1e5, [2.0], supar=[area], hc=enthalpy, iac=True)
            try:
                state = combustion(*pair, mixture_ratio=ratio, pressure=pressure)
            except ThermochemistryError:
                skipped += 1
                continue
            exit_ = state.expand(area)
            # Soot that forms behind the chamber, by CEA's own account; the gas alone is then no longer the case.
            soot = np.asarray(solution.mole_fractions.get("C(gr)", np.zeros(4)))
            later += bool(soot.max() > 0.0)
            found = {"Tc": state.temperature / float(solution.T[0])}
            if not soot[1] > 0.0:
                found["c*"] = state.c_star / float(np.max(solution.c_star))
            if not exit_.condensation and not soot.max() > 0.0:
                found["Isp"] = exit_.isp_vacuum / float(solution.Isp_vacuum[-1])
            for name, share in found.items():
                worst[name] = max(worst[name], 100.0 * abs(share - 1.0))
        cells = " | ".join(f"{worst[n]:.3f}" for n in LIMITS)
        print(f"| {'/'.join(pair)} | {count} | {skipped} | {later} | {cells} |", flush=True)
    print(f"\nAllowed: {LIMITS}\n")


@dataclass(frozen=True)
class Example:
    """A printed example of RP-1311, part II: which table of it, and how it is computed here."""

    name: str
    table: int
    compute: Callable[[], tuple[CombustionState, float]]
    """Returns the nozzle's state of rest, and the flame temperature at the injector."""


def _wide(oxidizer: str, fuel: str, ratio: float, pressure: float, flow: Flow = "shifting") -> Any:
    def compute() -> tuple[CombustionState, float]:
        state = combustion(oxidizer, fuel, mixture_ratio=ratio, pressure=pressure, flow=flow)
        return state, state.temperature

    return compute


def _narrow(ratio: float, pressure: float, **width: float) -> Any:
    def compute() -> tuple[CombustionState, float]:
        chamber = finite_area_combustion(
            "LOX", "LH2", mixture_ratio=ratio, injector_pressure=pressure, **width
        )
        flame = combustion("LOX", "LH2", mixture_ratio=ratio, pressure=pressure)
        return chamber.nozzle, flame.temperature

    return compute


EXAMPLES = (
    Example("8, infinite area", 0, _wide("LOX", "LH2", 5.55157, 53.3172e5)),
    Example("9, finite area, contraction 1.58", 0, _narrow(5.55157, 53.3172e5, contraction_ratio=1.58)),
    Example("10, finite area, 1333.9 kg/(s m2)", 0, _narrow(5.55157, 53.3172e5, mass_flux=1333.9)),
    Example("12, shifting", 0, _wide("N2O4", "MMH", 2.5, 1000.0 * 6894.757)),
    Example(
        "12, frozen from the throat", 2, _wide("N2O4", "MMH", 2.5, 1000.0 * 6894.757, "frozen_at_throat")
    ),
)


def printed_examples(file: Path) -> None:
    """Print the deviation from the printed tables of RP-1311, examples 8 to 13."""
    examples = json.loads(file.read_text(encoding="utf-8"))["examples"]
    print("| example | c*, % | Tc, % | greatest of vacuum Isp, % |\n|---|---|---|---|")
    for example in EXAMPLES:
        state, flame = example.compute()
        number = example.name.split(",")[0]
        values = examples[f"example{number}"]["tables"][example.table]["values"]
        c_star = 100.0 * (state.c_star / values["cstar"][-1] - 1.0)
        temperature = 100.0 * (flame / values["T"][0] - 1.0)
        machs = values["mach"][-len(values["ae_at"]) :]
        errors = [
            100.0 * (state.expand(area).isp_vacuum / ivac - 1.0)
            for area, ivac, mach in zip(values["ae_at"], values["ivac"], machs, strict=True)
            if mach > 1.5
        ]
        print(f"| {example.name} | {c_star:+.3f} | {temperature:+.3f} | {max(errors, key=abs):+.3f} |")
    for number, what in (("11", "Li and F"), ("13", "Be")):
        print(f"| {number} | refused: {what} are not among the elements of the products | | |")
    print()


def random_cases(count: int, random: np.random.Generator) -> None:
    """Print what became of random cases: solved, or refused and why."""
    outcome: Counter[str] = Counter()
    wrong: list[str] = []
    for _ in range(count):
        pair = (str(random.choice(OXIDIZERS)), str(random.choice(FUELS)))
        ratio = math.exp(random.uniform(math.log(1e-3), math.log(1e3)))
        pressure = math.exp(random.uniform(math.log(2e4), math.log(5e7)))
        case = f"{pair} O/F {ratio:.4g} at {pressure:.4g} Pa"
        try:
            state = combustion(*pair, mixture_ratio=ratio, pressure=pressure)
            numbers = (
                state.c_star,
                state.temperature,
                state.molar_mass,
                state.gamma_s,
                state.throat_pressure,
            )
            if not all(math.isfinite(n) and n > 0.0 for n in numbers) or state.throat_pressure >= pressure:
                wrong.append(f"{case}: {numbers}")
            outcome["solved"] += 1
        except ThermochemistryError as error:
            outcome[f"refused: {_reason(error)}"] += 1
        except Exception as error:  # the very thing that must not happen
            wrong.append(f"{case}: {type(error).__name__} {error}")
    print("| outcome | cases |\n|---|---|")
    for what, n in outcome.most_common():
        print(f"| {what} | {n} |")
    print(f"| neither | {len(wrong)} |\n")
    print("\n".join(wrong[:20]))


def _reason(error: ThermochemistryError) -> str:
    """What was wrong, without the figures of the case."""
    return error.what.split(" at ")[0] if "carbon" in error.what else error.why


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--points", type=int, default=200, help="fresh points a pair")
    parser.add_argument("--random", type=int, default=10_000, help="random cases")
    arguments = parser.parse_args()
    random = np.random.default_rng(arguments.seed)
    fresh_points(arguments.points, random)
    shared = Path(os.environ.get("HOTFIRE_SHARED") or Path(__file__).parents[2] / "shared")
    printed = shared / "data" / "thermochemistry" / "rp1311_rocket.json"
    if printed.exists():
        printed_examples(printed)
    random_cases(arguments.random, random)


if __name__ == "__main__":
    main()
