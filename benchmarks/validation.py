"""Engines held against published figures: what was put in, what was fitted, what came out.

    python benchmarks/validation.py                 tables of all engines, as in docs/explanation/validation.md
    python benchmarks/validation.py rl10a-3-3a      one engine
    python benchmarks/validation.py --fit f-1       fit it again and print the values that belong in its file

Published figures are NASA's and the manufacturers', as docs/explanation/validation.md names them. Fitted are the
parameters of `by`, to the readings of `wanted`, and nothing else.
"""

from __future__ import annotations

import argparse

from published.f_1 import F1
from published.figures import Case, Row, value
from published.rl10a_3_3a import RL10
from published.ssme import SSME

import hotfire
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.errors import SolutionError
from hotfire.physics.trimming import OperatingPoint, steady_point, trim

CASES = {case.engine: case for case in (RL10, F1, SSME)}

_DIGITS = 5


def fit(case: Case, compiled: CompiledNetwork) -> OperatingPoint:
    """Fit the parameters of `by` to the readings of `wanted`, in four strides from where the file stands."""
    point = steady_point(compiled)
    first = {name: point[name] for name in case.wanted}
    for stride in (0.25, 0.5, 0.75, 1.0):
        between = {n: first[n] * (target / first[n]) ** stride for n, target in case.wanted.items()}
        point = trim(compiled, between, case.by, start=point)
    return point


def table(point: OperatingPoint, rows: tuple[Row, ...]) -> list[tuple[str, ...]]:
    """Lines of published against predicted; with the spread between engines where one is published."""
    spread = any(row.sigma is not None for row in rows)
    lines = []
    for row in rows:
        found = value(point, row.reading) / row.si
        off = found / row.published - 1.0
        published, predicted = (f"{x:.{_DIGITS}g} {row.unit}" for x in (row.published, found))
        if not spread:
            lines.append((row.what, published, predicted, f"{off:+.2%}"))
            continue
        sigma = "" if row.sigma is None else f"{row.sigma:g} {row.unit}"
        sigmas = "" if row.sigma is None else f"{(found - row.published) / row.sigma:+.1f}"
        lines.append((row.what, published, sigma, predicted, f"{off:+.2%}", sigmas))
    return lines


def report(case: Case) -> str:
    """Return the tables of one engine in Markdown."""
    engine = hotfire.load_engine(case.engine)
    compiled = CompiledNetwork(engine.network)
    point = steady_point(compiled)
    held = [f"`{name}` {point[name] / target - 1.0:+.2%}" for name, target in case.wanted.items()]
    lines = [
        f"## {engine.name}",
        "",
        f"Fitted: {len(case.by)} parameters ({', '.join(f'`{b}`' for b in case.by)}).",
    ]
    lines += ["", f"To as many readings, which the file keeps: {', '.join(held)}.", ""]
    if any(row.sigma is not None for row in case.rows):
        lines += ["| predicted | published mean | published sigma | model | difference | in sigmas |"]
        lines += ["|---|---|---|---|---|---|"]
    else:
        lines += ["| predicted | published | model | difference |", "|---|---|---|---|"]
    told = table(point, case.rows)
    count = len(told)
    lines += [f"| {' | '.join(row)} |" for row in told]
    for test in case.points:
        try:
            trimmed = trim(compiled, test.wanted, test.by, start=point)
        except SolutionError as failure:
            lines.append(f"| {test.name} | | not reached | {failure.why} |")
            continue
        told = table(trimmed, test.rows)
        count += len(told)
        lines += [f"| {test.name}: {' | '.join(row)} |" for row in told]
    return "\n".join([*lines, "", f"{count} predicted for {len(case.by)} fitted."])


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
