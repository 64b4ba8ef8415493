"""The page of a comparison in Markdown, from rows alone: accuracy and cost; the router's part is `page_router`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotfire.examination.answering import EXPERTS
from hotfire.examination.cases import UNGROUPED
from hotfire.examination.figures import calibration_error, row
from hotfire.examination.page_router import router_parts
from hotfire.examination.policies import Paired, break_even, paired, price
from hotfire.examination.rows import UNDECLARED, Row
from hotfire.examination.score import NOMINAL
from hotfire.router.ledger import Rates
from hotfire.router.thresholds import Promise
from hotfire.scenarios.settings import FAMILIAR

__all__ = ["Facts", "page", "short", "table"]

_WORDING = "wording"


@dataclass(frozen=True)
class Facts:
    """What a page says beside its figures.

    Attributes:
        date, machine: When and on what.
        seed: Of the protocol.
        provider: What the model ran on; "" where it did not.
        commands: That made the rows.
        training: Of the model's card.
        rates: Prices.
        promise: Of the router; None without one.
        figure: Name of the drawing.
    """

    date: str
    machine: str
    seed: int
    provider: str
    commands: Sequence[str]
    training: Mapping[str, Any]
    rates: Rates
    promise: Promise | None
    figure: str


def page(rows: Sequence[Row], facts: Facts) -> str:
    """Return the page."""
    own = paired(rows)
    parts = [_head(rows, facts), _familiar(rows), _axes(rows), _several(rows), _undeclared(rows)]
    if own.cases:
        parts += [_together(own, facts), _costs(own, facts), _search(rows)]
    parts += router_parts(rows, own, facts.promise)
    return "\n\n".join(p for p in parts if p) + "\n"


def table(heads: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    """Return a table in Markdown; nothing where it would be empty."""
    if not lines:
        return ""
    rows = [heads, ["---"] * len(heads), *([_cell(c) for c in line] for line in lines)]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in rows)


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def short(rows: Sequence[Row], rates: Rates) -> str:
    """Return a table for the terminal: each expert on familiar cases, on shifts of one fault, and what it cost."""
    lines = [
        f"{'expert':<10} {'cases':>6} {'familiar':>9} {'shifted':>8} {'several':>8} {'CPU, s':>8} {'1000 cost':>10}"
    ]
    for expert in EXPERTS:
        own = [r for r in rows if r.expert == expert and r.axis != _WORDING]
        if own:
            kinds = [
                [r.score for r in own if r.axis == FAMILIAR],
                [r.score for r in own if r.axis not in (FAMILIAR, *UNGROUPED)],
                [r.score for r in own if r.axis == "several"],
            ]
            scores = [f"{np.mean(k):.3f}" if k else "-" for k in kinds]
            cpu, cost = np.mean([r.cpu for r in own]), 1e3 * price(own, rates)
            lines.append(
                f"{expert:<10} {len(own):>6} {scores[0]:>9} {scores[1]:>8} {scores[2]:>8} {cpu:>8.3f} {cost:>10.2g}"
            )
    return "\n".join(lines)


def _head(rows: Sequence[Row], facts: Facts) -> str:
    trained = facts.training
    learnt = (
        f"\n\nThe model was trained on {trained.get('cases', 0):,} familiar cases, {trained.get('epochs')} times "
        f"each, and on {trained.get('texts', 0):,} operators' texts of them. It saw no shifted case."
        if trained
        else ""
    )
    runs = f", the model on {facts.provider}" if facts.provider else ""
    cases = len({r.id for r in rows})
    commands = "\n".join(f"    {c}" for c in facts.commands)
    return f"""# Neural, symbolic, and both behind the router

Made by `hotfire bench` on {facts.date}, seed {facts.seed}, {facts.machine}{runs}: {cases:,} cases, made by the
protocol (`hotfire scenarios --list`). The score is its score: the truth must be in the smallest set of hypotheses
with probability 0.9, and the set must not be wider than what the sensors cannot tell apart. Commands:

{commands}{learnt}"""


def _of(rows: Sequence[Row], expert: str) -> list[Row]:
    return [r for r in rows if r.expert == expert]


def _grouped(rows: Sequence[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """Rows by a key, familiar first and then as the keys sort."""
    found: dict[Any, list[Row]] = {}
    for r in sorted(rows, key=lambda r: (r.axis != FAMILIAR, r.axis, r.level)):
        found.setdefault(key(r), []).append(r)
    return found


def _figures(rows: Sequence[Row]) -> dict[str, Any]:
    return row(rows[0].expert, rows, [r.single for r in rows])


def _named(axis: str) -> str:
    return axis.replace("_", " ")


def _familiar(rows: Sequence[Row]) -> str:
    heads = [
        "the small model on",
        "cases",
        "score",
        "strict top-1",
        "calibration error",
        "log loss",
        "median A/G*",
    ]
    lines = []
    for (axis, level), own in _grouped(_of(rows, "neural"), lambda r: (r.axis, r.level)).items():
        if axis in (FAMILIAR, _WORDING):
            found = _figures(own)
            seen = [r for r in own if r.detectable or r.label == NOMINAL]
            error = calibration_error([max(r.posterior.values()) for r in seen], [r.is_right for r in seen])
            name = "logs" if axis == FAMILIAR else f"texts, wording {level}"
            figures = (
                [found[k] for k in ("score", "strict")],
                [found[k] for k in ("log_loss", "answer_over_group")],
            )
            alarms = [found["false_alarms"], found["missed"]]
            lines.append([name, len(own), *figures[0], error, *figures[1], *alarms])
    if not lines:
        return ""
    alone = [1e3 * r.cpu for r in _of(rows, "neural") if r.axis == FAMILIAR]
    cost = (
        f"\n\nAn answer takes {np.median(alone):.1f} ms of processor (median), encoding included."
        if alone
        else ""
    )
    legend = (
        "\n\nTexts of the same cases tell at most four departures, vaguely; the score is still against what all "
        "sensors could tell. Wording 0 is familiar, 1 new phrases, 2 jargon, 3 typing errors, 4 Italian words, 5 "
        "Italian."
        if any(r.axis == _WORDING for r in rows)
        else ""
    )
    made = table([*heads, "false alarms", "missed"], lines)
    return "## The small model on familiar engines\n\n" + made + cost + legend


def _axes(rows: Sequence[Row]) -> str:
    """The small model by axis and level; declared swaps beside the other axes, undeclared ones never."""
    shifts = [r for r in _of(rows, "neural") if r.axis not in (FAMILIAR, _WORDING, *UNGROUPED)]
    lines = []
    for (axis, level), own in _grouped(shifts, lambda r: (r.axis, r.level)).items():
        found = _figures(own)
        figures = [found[k] for k in ("score", "score_error", "strict", "confident_wrong")]
        lines.append([_named(axis), level, len(own), *figures])
    made = table(["axis", "level", "cases", "score", "+-", "strict top-1", "sure and wrong"], lines)
    told = "*Sure and wrong*: at least 0.9 for what was not put in. +- is one standard error."
    return f"## Where the small model breaks, one fault at a time\n\n{made}\n\n{told}" if made else ""


def _several(rows: Sequence[Row]) -> str:
    lines = []
    heads = [
        "expert",
        "level",
        "cases",
        "all named",
        "first is one of them",
        "share in the set",
        "sure and wrong",
    ]
    for (expert, level), own in _grouped(
        [r for r in rows if r.axis == "several"], lambda r: (r.expert, r.level)
    ).items():
        found = _figures(own)
        wrong = float(np.mean([not r.is_right and max(r.posterior.values()) >= 0.9 for r in own]))
        hits = float(np.mean([r.is_right for r in own]))
        lines.append([expert, level, len(own), hits, found["several_first"], found["several_share"], wrong])
    made = table(heads, sorted(lines, key=lambda line: (str(line[0]), str(line[1]))))
    return f"## Several faults at once\n\n{made}" if made else ""


def _undeclared(rows: Sequence[Row]) -> str:
    """Where the hardware is not that of the file: right is that nothing fits, or nothing that is sure."""
    lines = []
    for (expert, level), own in _grouped(
        [r for r in rows if r.axis == UNDECLARED], lambda r: (r.expert, r.level)
    ).items():
        sure = [max(r.posterior.values()) >= 0.9 and not r.is_right for r in own]
        hits = [r.is_right for r in own]
        lines.append([expert, level, len(own), float(np.mean(hits)), float(np.mean(sure))])
    made = table(
        ["expert", "level", "cases", "says that nothing fits", "sure of something else"],
        sorted(lines, key=lambda line: (str(line[0]), str(line[1]))),
    )
    return f"## Undeclared swaps: the hardware is not that of the file\n\n{made}" if made else ""


def _together(own: Paired, facts: Facts) -> str:
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
    lines = []
    for name in sorted(set(axes.tolist()), key=lambda a: (a != FAMILIAR, a)):
        part = own.where(axes == name)
        line: list[object] = [_named(name), len(part.cases)]
        line += [float(part.figures(e, what).mean()) for e in own.rows for what in ("score", "is_right")]
        for e in own.rows:
            seconds = float(np.median(part.figures(e, "cpu")))
            line.append(f"{1e3 * seconds:.1f}" if e in ("neural", "symptoms") else f"{seconds:.2f}")
        lines.append(line)
    return table(heads, lines)


def _costs(own: Paired, facts: Facts) -> str:
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


def _search(rows: Sequence[Row]) -> str:
    """The search by engine and kind of fault on familiar cases, and what checks of one claim say."""
    own = _of(rows, "symbolic")
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
        ("engine, familiar", _grouped(familiar, lambda r: r.engine)),
        ("kind of fault, familiar", _grouped(familiar, lambda r: r.kind)),
        ("axis", _grouped([r for r in own if r.axis not in UNGROUPED], lambda r: _named(r.axis))),
    ]
    for title, found in groups:
        lines = [
            [
                name,
                len(g),
                *(_figures(g).get(c) for c in columns),
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


def _agreed(rows: Sequence[Row]) -> list[float]:
    seen = [r for r in rows if r.detectable and r.truth_agrees is not None]
    if not seen:
        return [float("nan")] * 2
    return [float(np.mean([r.truth_agrees for r in seen])), float(np.mean([r.wrong_agrees for r in seen]))]
