"""Engines held against published figures: what was put in, what was fitted, what came out.

    python benchmarks/validation.py                 tables of all engines, as in docs/explanation/validation.md
    python benchmarks/validation.py rl10a-3-3a      one engine
    python benchmarks/validation.py --fit f-1       fit it again and print the values that belong in its file

Published figures are NASA's and the manufacturers', as docs/explanation/validation.md names them. Fitted are the
parameters of `by`, to the readings of `wanted`, and nothing else.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace

from published.f_1 import F1
from published.figures import Case, Row, TestPoint, Variant, value
from published.rl10a_3_3a import RL10
from published.ssme import SSME

import hotfire
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.errors import SolutionError
from hotfire.physics.trimming import OperatingPoint, steady_point, trim

CASES = {case.engine: case for case in (RL10, F1, SSME)}


def fit(case: Case, compiled: CompiledNetwork) -> OperatingPoint:
    """Fit the parameters of `by` to the readings of `wanted`, in four strides from where the file stands."""
    point = steady_point(compiled)
    first = {name: point[name] for name in case.wanted}
    for stride in (0.25, 0.5, 0.75, 1.0):
        between = {n: first[n] * (target / first[n]) ** stride for n, target in case.wanted.items()}
        point = trim(compiled, between, case.by, start=point)
    return point


def table(point: OperatingPoint, rows: tuple[Row, ...]) -> list[tuple[tuple[str, ...], float]]:
    """Lines of published against predicted, each with its relative difference."""
    lines = []
    for row in rows:
        found = value(point, row.reading) / row.si
        off = found / row.published - 1.0
        spread = "" if row.sigma is None else f" ({(found - row.published) / row.sigma:+.1f} sigma)"
        around = "" if row.sigma is None else f" ± {row.sigma:g}"
        published, model = f"{row.published:.5g}{around} {row.unit}", f"{found:.5g} {row.unit}"
        lines.append(((row.what, row.as_, published, model, f"{off:+.2%}{spread}"), off))
    return lines


def trimmed(compiled: CompiledNetwork, test: TestPoint, start: OperatingPoint) -> tuple[str, OperatingPoint]:
    """Trim to a test point; by the other trims where the first do not reach it."""
    for word, by in (("", test.by), *test.otherwise):
        try:
            return word, trim(compiled, test.wanted, by, start=start)
        except SolutionError as failure:
            last = failure
    raise last


def test_points(
    compiled: CompiledNetwork, case: Case, start: OperatingPoint
) -> list[tuple[tuple[str, ...], float]]:
    """Lines of all test points."""
    lines = []
    for test in case.points:
        try:
            word, there = trimmed(compiled, test, start)
        except SolutionError as failure:
            lines.append(((test.name, "", "", "not reached", failure.why), 0.0))
            continue
        name = f"{test.name} ({word})" if word else test.name
        lines += [((f"{name}: {row[0]}", *row[1:]), off) for row, off in table(there, test.rows)]
    return lines


def varied(compiled: CompiledNetwork, case: Case, variant: Variant, start: OperatingPoint) -> list[str]:
    """Return the table of the test points of a variant."""
    parameters = dict(start.parameters)
    for stride in (0.25, 0.5, 0.75, 1.0):  # a pump-fed engine follows in strides
        parameters |= {n: start.parameters[n] * f**stride for n, f in variant.factors.items()}
        point = steady_point(compiled, parameters)
    points = tuple(
        replace(t, by=tuple(variant.by.get(b, b) for b in t.by), otherwise=()) for t in case.points
    )
    lines = test_points(compiled, replace(case, points=points), point)
    changes = ", ".join(f"`{n}` x {f:g}" for n, f in variant.factors.items())
    swapped = "".join(f"; `{new}` trims in place of `{old}`" for old, new in variant.by.items())
    return [
        "",
        f"### {variant.title}",
        "",
        f"{changes}{swapped}.",
        "",
        *HEAD,
        *map(_line, lines),
        "",
        summary(lines),
    ]


HEAD = ("| predicted | as | published | model | difference |", "|---|---|---|---|---|")


def _line(told: tuple[tuple[str, ...], float]) -> str:
    return f"| {' | '.join(told[0])} |"


def summary(lines: list[tuple[tuple[str, ...], float]]) -> str:
    """Count what is predicted, and how far off it is."""
    off = sorted(abs(o) for _, o in lines)
    within = sum(o <= 0.04 for o in off)
    return f"{len(off)} predicted: half within {off[len(off) // 2]:.2%}, {within} within 4 %, worst {off[-1]:.2%}"


def report(case: Case) -> str:
    """Return the tables of one engine in Markdown."""
    engine = hotfire.load_engine(case.engine)
    compiled = CompiledNetwork(engine.network)
    point = steady_point(compiled)
    status = Counter(origin.status for origin in engine.provenance.values())
    lines = [
        f"## {engine.name}",
        "",
        f"Put in: {status['source']} numbers with a source, {status['assumed']} assumed.",
    ]
    if case.by:
        held = [f"`{name}` {point[name] / target - 1.0:+.2%}" for name, target in case.wanted.items()]
        lines += ["", f"Fitted: {len(case.by)} parameters ({', '.join(f'`{b}`' for b in case.by)})."]
        lines += ["", f"To as many readings, which the file keeps: {', '.join(held)}."]
    told = table(point, case.rows) + test_points(compiled, case, point)
    lines += ["", *HEAD, *map(_line, told), "", f"{summary(told)}; {len(case.by)} fitted."]
    for variant in case.variants:
        lines += varied(compiled, case, variant, point)
    return "\n".join(lines)


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
