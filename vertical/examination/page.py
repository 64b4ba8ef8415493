"""The page of a comparison in Markdown, from rows alone: accuracy and cost; the router's part is `page_router`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.examination.answering import EXPERTS
from hotfire.examination.cases import UNGROUPED
from hotfire.examination.page_experts import by_the_field, costs, search, together
from hotfire.examination.page_router import router_parts
from hotfire.examination.page_tables import Facts, accuracy, figures_of, grouped, named, of, table
from hotfire.examination.page_texts import texts
from hotfire.examination.policies import paired, price
from hotfire.examination.rows import UNDECLARED, Row
from hotfire.router.ledger import Rates
from hotfire.scenarios.protocol import WORDING
from hotfire.scenarios.settings import FAMILIAR

__all__ = ["page", "short"]


def page(rows: Sequence[Row], facts: Facts) -> str:
    """Return the page."""
    own = paired(rows)
    parts = [
        _head(rows, facts),
        _familiar(rows),
        by_the_field(rows),
        texts(rows),
        _axes(rows),
        _several(rows),
        _undeclared(rows),
    ]
    if own.cases:
        parts += [together(own, facts), costs(own, facts), search(rows)]
    parts += router_parts(rows, own, facts.promise)
    return "\n\n".join(p for p in parts if p) + "\n"


def short(rows: Sequence[Row], rates: Rates) -> str:
    """Return a table for the terminal: each expert on familiar cases, on shifts of one fault, and what it cost."""
    lines = [
        f"{'expert':<10} {'cases':>6} {'familiar':>9} {'shifted':>8} {'several':>8} {'CPU, s':>8} {'1000 cost':>10}"
    ]
    for expert in EXPERTS:
        own = [r for r in rows if r.expert == expert and r.axis != WORDING]
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


def _familiar(rows: Sequence[Row]) -> str:
    own = [r for r in of(rows, "neural") if r.axis == FAMILIAR]
    if not own:
        return ""
    heads = ["cases", "score", "strict top-1", "calibration error", "the same, strict", "log loss"]
    heads += ["median A/G*", "false alarms", "missed"]
    found, errors = figures_of(own), accuracy(own)
    figures = [found[k] for k in ("log_loss", "answer_over_group", "false_alarms", "missed")]
    made = table(heads, [[len(own), found["score"], found["strict"], *errors, *figures]])
    cost = np.median([1e3 * r.cpu for r in own])
    return (
        f"## The small model on familiar engines\n\n{made}\n\nAn answer takes {cost:.1f} ms of processor (median), "
        "encoding included.\n\n*Strict*: only what was put in is a hit; else what the sensors cannot tell from it is "
        "one, too."
    )


def _axes(rows: Sequence[Row]) -> str:
    """The small model by axis and level; declared swaps beside the other axes, undeclared ones never."""
    shifts = [r for r in of(rows, "neural") if r.axis not in (FAMILIAR, WORDING, *UNGROUPED)]
    lines = []
    for (axis, level), own in grouped(shifts, lambda r: (r.axis, r.level)).items():
        found = figures_of(own)
        figures = [found[k] for k in ("score", "score_error", "strict", "confident_wrong")]
        lines.append([named(axis), level, len(own), *figures])
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
        "pairs",
        "their score",
    ]
    for (expert, level), own in grouped(
        [r for r in rows if r.axis == "several"], lambda r: (r.expert, r.level)
    ).items():
        found = figures_of(own)
        wrong = float(np.mean([not r.is_right and max(r.posterior.values()) >= 0.9 for r in own]))
        hits = float(np.mean([r.is_right for r in own]))
        knows = [found["several_first"], found["several_share"]]
        pairs = [found["doubles"], found["doubles_score"]]
        lines.append([expert, level, len(own), hits, *knows, wrong, *pairs])
    made = table(heads, sorted(lines, key=lambda line: (str(line[0]), str(line[1]))))
    told = (
        "*Pairs*: cases of two faults, each detectable by itself with the sensors that are left, that at most five "
        "hypotheses are like. "
        "Level 3 has three faults; the search weighs two at once here, three by option (`--faults 3`)."
    )
    return f"## Several faults at once\n\n{made}\n\n{told}" if made else ""


def _undeclared(rows: Sequence[Row]) -> str:
    """Where the hardware is not that of the file: right is that nothing fits, or nothing that is sure."""
    lines = []
    for (expert, level), own in grouped(
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
