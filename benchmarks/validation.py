"""Engines held against published figures: what was put in, what was fitted, what came out.

    python benchmarks/validation.py                 tables of all engines, as in docs/explanation/validation.md
    python benchmarks/validation.py rl10a-3-3a      one engine
    python benchmarks/validation.py --fit f-1       fit it again and print the values that belong in its file

Published figures are NASA's and the manufacturers', as docs/explanation/validation.md names them. Fitted are the
parameters of `by`, to the readings of `wanted`, and nothing else.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from published.f_1 import F1
from published.figures import Case, Row, TestPoint, value
from published.others import HELIOS, J2, OX_RICH, V2
from published.rl10a_3_3a import RL10
from published.ssme import SSME

import hotfire
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.errors import SolutionError
from hotfire.physics.trimming import OperatingPoint, steady_point, trim

CASES = {case.engine: case for case in (RL10, F1, SSME, J2, V2, OX_RICH, HELIOS)}


def fit(case: Case, compiled: CompiledNetwork) -> OperatingPoint:
    """Fit the parameters of `by` to the readings of `wanted`, in four strides from where the file stands."""
    point = steady_point(compiled)
    first = {name: point[name] for name in case.wanted}
    for stride in (0.25, 0.5, 0.75, 1.0):
        between = {n: first[n] * (target / first[n]) ** stride for n, target in case.wanted.items()}
        point = trim(compiled, between, case.by, start=point)
    return point


@dataclass(frozen=True)
class Told:
    """A row as the table prints it, with the figures behind it."""

    row: Row
    found: float

    @property
    def off(self) -> float:
        """Model over published, less one."""
        return self.found / self.row.published - 1.0

    def cells(self, before: str = "") -> str:
        """Return the line of the table."""
        row = self.row
        around = "" if row.sigma is None else f" ± {row.sigma:g}"
        published, found = f"{row.published:.5g}{around} {row.unit}", f"{self.found:.5g} {row.unit}"
        spread = "" if row.sigma is None else f" ({(self.found - row.published) / row.sigma:+.1f} sigma)"
        return f"| {before}{row.what} | {row.pressure} | {published} | {found} | {self.off:+.2%}{spread} |"


def told(point: OperatingPoint, rows: tuple[Row, ...]) -> list[Told]:
    """Read figures off the model, in their own units."""
    return [Told(row, value(point, row.reading) / row.si) for row in rows]


def reach(
    compiled: CompiledNetwork, test: TestPoint, start: OperatingPoint
) -> tuple[TestPoint, OperatingPoint]:
    """Trim to a test point, or to what is asked instead where its trims do not reach it."""
    try:
        if test.fixed:
            start = steady_point(compiled, start.parameters | dict(test.fixed))
        if not test.wanted:
            return test, start
        return test, trim(compiled, test.wanted, test.by, start=start)
    except SolutionError:
        if test.otherwise is None:
            raise
        return reach(compiled, test.otherwise, start)


def inputs(engine: hotfire.Engine) -> list[str]:
    """Lines of the figures that were put in from a source."""
    units = {
        f"{name}.{p.name}": p.unit
        for name, placed in engine.network.components.items()
        for p in placed.kind.parameters
    }
    lines = ["| input | value | source |", "|---|---|---|"]
    for name, origin in engine.provenance.items():
        if origin.status == "source" and name in engine.network.parameter_values:
            number = f"{engine.network.parameter_values[name]:.5g} {units.get(name, '')}".rstrip()
            lines.append(f"| `{name}` | {number} | {origin.text} |")
    return lines


def guesses(engine: hotfire.Engine, case: Case) -> str:
    """Name what is neither from a source, nor fitted, nor a default of the component."""
    names = [
        f"`{name}`"
        for name, origin in engine.provenance.items()
        if origin.status == "assumed" and not origin.text.startswith("default") and name not in case.by
    ]
    return f"Guesses of ours, neither from a source nor fitted: {', '.join(names)}."


def fitted(case: Case, point: OperatingPoint) -> list[str]:
    """Lines of the readings that the fit holds, and of the parameters that hold them."""
    lines = ["| fitted to | pressure | wanted, SI | model, SI | difference |", "|---|---|---|---|---|"]
    for name, target in case.wanted.items():
        kind = case.pressure if name.endswith("pressure") else ""
        lines.append(
            f"| `{name}` | {kind} | {target:.6g} | {point[name]:.6g} | {point[name] / target - 1.0:+.2%} |"
        )
    return lines


def changes(case: Case, points: Mapping[str, list[Told]]) -> list[str]:
    """Lines of published and predicted changes between operating points, which a constant difference leaves out."""
    base = {t.row.what: t for t in points[case.against]}
    lines = [f"| change from {case.against} | published | model | difference |", "|---|---|---|---|"]
    for name, rows in points.items():
        for t in rows:
            other = base.get(t.row.what)
            if other is None or name == case.against or not name.startswith("test"):
                continue
            published, found = t.row.published / other.row.published, t.found / other.found
            cells = " | ".join(f"{x - 1.0:+.2%}" for x in (published, found, found / published))
            lines.append(f"| {name}: {t.row.what} | {cells} |")
    return lines


def predicted(
    case: Case, compiled: CompiledNetwork, point: OperatingPoint
) -> tuple[list[str], dict[str, list[Told]]]:
    """Return the lines of all predictions, and the counted ones by operating point."""
    by_point = {"": told(point, case.rows)}
    lines = [t.cells() for t in by_point[""]]
    for test in case.points:
        reached, trimmed = reach(compiled, test, point)
        by_point[reached.name] = told(trimmed, reached.rows)
        lines += [t.cells(f"{reached.name}: ") for t in by_point[reached.name]]
        lines += [
            t.cells(f"{reached.name}, not counted, sources disagree: ")
            for t in told(trimmed, case.disputed.get(test.name, ()))
        ]
    return lines, by_point


def variants(case: Case, compiled: CompiledNetwork, point: OperatingPoint) -> list[str]:
    """Lines of the test points with other published values of some parameters."""
    lines = []
    for name, fixed in case.variants.items():
        lines += ["", f"| {name} | pressure | published | model | difference |", "|---|---|---|---|---|"]
        start = steady_point(compiled, point.parameters | dict(fixed))
        for test in case.points:
            if test.name.startswith("test"):
                reached, trimmed = reach(compiled, test, start)
                lines += [t.cells(f"{reached.name}: ") for t in told(trimmed, reached.rows)]
    return lines


def report(case: Case) -> str:
    """Return the tables of one engine in Markdown."""
    engine = hotfire.load_engine(case.engine)
    compiled = CompiledNetwork(engine.network)
    point = steady_point(compiled)
    body, by_point = predicted(case, compiled, point)
    everything = [t for rows in by_point.values() for t in rows]
    sizes = sorted(abs(t.off) for t in everything)
    beyond = sum(size > 0.04 for size in sizes)
    by_hand = sum("fitted" in origin.text for origin in engine.provenance.values())
    count = f"{len(case.by)} fitted" if case.by else f"{by_hand} fitted by hand, as its file says"
    lines = [
        f"## {engine.name}",
        "",
        f"**{len(everything)} predicted for {count}: median {median(sizes):.2%} off, "
        f"worst {sizes[-1]:.2%}, {beyond} beyond 4 %.**",
        "",
        *["| predicted | pressure | published | model | difference |", "|---|---|---|---|---|"],
        *body,
    ]
    if case.against:
        lines += ["", *changes(case, by_point)]
    lines += variants(case, compiled, point)
    if case.by:
        lines += ["", f"Fitted: {', '.join(f'`{b}`' for b in case.by)}.", "", *fitted(case, point)]
    return "\n".join([*lines, "", *inputs(engine), "", guesses(engine, case)])


def main() -> int:
    """Print the tables, or fit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engine", nargs="*", choices=[*CASES, []], help="engines (all where none is named)")
    parser.add_argument("--fit", action="store_true", help="fit again and print the values")
    arguments = parser.parse_args()
    for name in arguments.engine or CASES:
        case = CASES[name]
        if arguments.fit:
            compiled = CompiledNetwork(hotfire.load_engine(case.engine).network)
            point = fit(case, compiled)
            for parameter in case.by:
                print(f"{name}  {parameter}  {point.parameters[parameter]:.8g}")
        else:
            print(report(case), end="\n\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
