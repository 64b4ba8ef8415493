"""The part of the page on all experts and the same cases: accuracy, cost, and the search by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.examination.cases import UNGROUPED
from hotfire.examination.field import measures
from hotfire.examination.page_tables import Facts, figures_of, grouped, named, of, table
from hotfire.examination.policies import Paired, break_even, paired, price
from hotfire.examination.rows import UNDECLARED, Row
from hotfire.scenarios.protocol import WORDING
from hotfire.scenarios.settings import FAMILIAR

__all__ = ["by_the_field", "costs", "mode_of", "search", "together"]


def together(own: Paired, facts: Facts) -> str:
    """All experts on the same cases: single faults in one table, several and undeclared swaps each in their own."""
    axes = np.array([r.axis for r in own.cases])
    kinds = (
        ("One fault at a time, declared swaps among them", ~np.isin(axes, UNGROUPED)),
        ("Several faults", axes == "several"),
        ("Undeclared swaps", axes == UNDECLARED),
    )
    tables = [f"{name}:\n\n{_beside(own.where(chosen))}" for name, chosen in kinds if chosen.any()]
    legend = (
        "*Right*: the likeliest claim is the truth or what the sensors cannot tell from it; with several faults all "
        "of them; with an undeclared swap that nothing fits. For several faults and undeclared swaps the score is "
        "the same as right. Costs are processor time, medians."
    )
    drawn = f"![Score by axis]({facts.figure})"
    return "\n\n".join(["## All experts on the same cases", drawn, *tables, legend])


def _beside(own: Paired) -> str:
    axes = np.array([r.axis for r in own.cases])
    heads = ["axis", "cases"]
    heads += [f"{e} {what}" for e in own.rows for what in ("score", "right")]
    heads += [f"{e}, {'ms' if e in ('neural', 'symptoms') else 's'}" for e in own.rows]
    names = sorted(set(axes.tolist()), key=lambda a: (a != FAMILIAR, a))
    lines = [_line(named(name), own.where(axes == name)) for name in names]
    if len(names) > 2:
        lines.append(_line("**shifted, together**", own.where(axes != FAMILIAR)))
    return table(heads, lines)


def _line(name: str, part: Paired) -> list[object]:
    line: list[object] = [name, len(part.cases)]
    line += [float(part.figures(e, what).mean()) for e in part.rows for what in ("score", "is_right")]
    for e in part.rows:
        seconds = float(np.median(part.figures(e, "cpu")))
        line.append(f"{1e3 * seconds:.1f}" if e in ("neural", "symptoms") else f"{seconds:.2f}")
    return line


def by_the_field(rows: Sequence[Row]) -> str:
    """The field's measures of each expert on familiar logs that all of them answered; nothing where there is none."""
    familiar = [r for r in rows if r.axis == FAMILIAR]
    own = paired(familiar).rows or {"neural": tuple(of(familiar, "neural"))}
    lines = [[expert, *measures(answers).values()] for expert, answers in own.items() if answers]
    if not lines:
        return ""
    made = table(["expert", *measures([])], lines)
    told = (
        "Detectable faults and sound engines. *Right*: what the sensors cannot tell from the truth is. *Brier score*: "
        "0 to 2, of the very fault that was put in. *AURC*: mean share of wrong first answers among the surest, over "
        "all shares that are answered. *Classification errors*: faults named in vain or left out, mean over hypotheses."
    )
    return f"## By the field's measures, familiar logs\n\n{made}\n\n{told}"


def costs(own: Paired, facts: Facts) -> str:
    """What answers took, their price, and when training is paid back."""
    rates = facts.rates
    lines = []
    for expert, rows in own.rows.items():
        cpu, wall = own.figures(expert, "cpu"), own.figures(expert, "wall")
        lines.append(
            [
                expert,
                len(rows),
                float(np.median(wall)),
                float(np.median(cpu)),
                float(cpu.mean()),
                f"{max(r.peak_memory for r in rows) / 1e6:.0f}",
                f"{np.mean([r.model_calls for r in rows]):.1f}",
                f"{np.mean([r.solves for r in rows]):.0f}",
                f"{1e3 * price(rows, rates):.3g}",
            ]
        )
    heads = [
        "expert",
        "cases",
        "wall, median s",
        "CPU, median s",
        "CPU, mean s",
        "peak memory, MB",
        "model calls",
    ]
    made = table([*heads, "physics solves", "price of 1,000"], lines)
    told = (
        f"Prices at {rates.cpu_hour:g} an hour of one core, {rates.model_call:g} a call of the model and "
        f"{rates.training:g} for all training, spread over {rates.calls:,} answers. Memory is the largest that the "
        "process had until then; it makes the cases as well. Describing a log is not in it: all experts "
        "but the search need it alike."
    )
    if "hybrid" in own.rows and rates.training:
        after = break_even(own, rates)
        told += (
            f" The hybrid has saved its training after {after:,.0f} answers of this mix."
            if np.isfinite(after)
            else " The hybrid never saves its training on this mix."
        )
    return f"## What answers cost\n\n{made}\n\n{told}"


def search(rows: Sequence[Row]) -> str:
    """The search by engine, kind and mode of fault on familiar cases, and what checks of one claim say."""
    own = [r for r in of(rows, "symbolic") if r.axis != WORDING]
    familiar = [r for r in own if r.axis == FAMILIAR]
    heads = [
        "cases",
        "score",
        "+-",
        "strict top-1",
        "log loss",
        "false alarms",
        "missed",
        "truth agreed",
        "wrong claim agreed",
    ]
    columns = ("score", "score_error", "strict", "log_loss", "false_alarms", "missed")
    parts = []
    groups = [
        ("engine, familiar", grouped(familiar, lambda r: r.engine)),
        ("kind of fault, familiar", grouped(familiar, lambda r: r.kind)),
        ("mode, familiar, the worst first", _worst_first(grouped(familiar, lambda r: mode_of(r.label)))),
        ("axis", grouped([r for r in own if r.axis not in UNGROUPED], lambda r: named(r.axis))),
    ]
    for title, found in groups:
        lines = [
            [
                name,
                len(g),
                *(figures_of(g).get(c) for c in columns),
                *_agreed(g),
                float(np.mean([r.cpu for r in g])),
            ]
            for name, g in found.items()
        ]
        parts.append(table([title, *heads, "CPU, mean s"], lines))
    told = (
        "*Agreed*: how often the check of one claim agrees with a detectable truth, and with a claim drawn among "
        "what it is not."
    )
    return "\n\n".join(["## The search, and the check of one claim", *(p for p in parts if p), told])


def mode_of(label: str) -> str:
    """Return what is wrong, wherever it is: `blockage`, `sensor: bias`, `nominal`."""
    place, _, mode = label.rpartition(": ")
    return f"sensor: {mode}" if place.endswith(" sensor") else mode


def _worst_first(found: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Sort groups by their score; last those that have none."""
    scores = {name: figures_of(g).get("score", np.nan) for name, g in found.items()}
    return dict(sorted(found.items(), key=lambda entry: np.nan_to_num(scores[entry[0]], nan=np.inf)))


def _agreed(rows: Sequence[Row]) -> list[float]:
    seen = [r for r in rows if r.detectable and r.truth_agrees is not None]
    if not seen:
        return [float("nan")] * 2
    return [float(np.mean([r.truth_agrees for r in seen])), float(np.mean([r.wrong_agrees for r in seen]))]
