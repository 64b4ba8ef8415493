"""The page of the comparison, from rows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from comparison.figures import area_under_curve, claim, judged, policies
from comparison.paired import earned, is_shifted, right
from hotfire.experts.routing import Routing
from hotfire.models.card import Card

__all__ = ["page"]

_MIXES = (0.0, 0.05, 0.2, 0.5, 1.0)
Row = Mapping[str, Any]


def page(
    rows: Sequence[Row], paired: Sequence[Row], routing: Routing, card: Card, facts: Mapping[str, Any]
) -> str:
    """Return the page in Markdown."""
    parts = [_head(facts, card), _alone(rows), _axes(rows)]
    if paired:
        parts += [_beside(paired), _router(paired, routing), _mixes(paired, routing)]
    return "\n\n".join(parts) + "\n"


def _head(facts: Mapping[str, Any], card: Card) -> str:
    trained = card.training
    return f"""# Neural, symbolic, and both behind the router

Made by `benchmarks/bench_comparison.py` on {facts["date"]}, seed {facts["seed"]}, {facts["machine"]}, the model on
{facts["provider"]}. Cases are those of [the protocol](protocol.md); the score is its score: the truth must be in the
smallest set of hypotheses with probability 0.9, and the set must not be wider than what the sensors cannot tell apart.
Shifted: {facts["shifted"]} cases of each axis and level.{facts["left_out"]} Commands:

{facts["commands"]}

The model was trained on {trained.get("cases", 0):,} familiar cases, {trained.get("epochs")} times each, and on
{trained.get("texts", 0):,} operators' texts of them. It saw no shifted case and no case with several faults."""


def _alone(rows: Sequence[Row]) -> str:
    names = {"familiar": "logs, familiar", "wording": "texts"}
    wanted = [r for r in rows if r["axis"] in names]
    columns = ("score", "strict", "ece", "log_loss", "answer_over_group", "false_alarms", "missed")
    heads = (
        "score",
        "strict top-1",
        "calibration error",
        "log loss",
        "median A/G*",
        "false alarms",
        "missed",
    )
    lines = [f"| the small model on | cases | {' | '.join(heads)} |", "|" + " --- |" * (len(heads) + 2)]
    for r in wanted:
        name = names[r["axis"]] + ("" if r["axis"] == "familiar" else f", wording {r['level']}")
        lines.append(f"| {name} | {r['all_cases']} | {' | '.join(_number(r[c]) for c in columns)} |")
    alone = next((r["alone_ms"] for r in rows if r.get("alone_ms")), None)
    cost = (
        ""
        if alone is None
        else f"\n\nOne answer alone takes {alone:.1f} ms of processor (median), encoding included."
    )
    legend = (
        "Texts of the same cases tell at most four departures, vaguely; the score is still against what all sensors "
        "could tell. Wording 0 is familiar, 1 new phrases, 2 jargon, 3 typing errors, 4 Italian words, 5 Italian."
    )
    return "## The small model on familiar engines\n\n" + "\n".join(lines) + cost + "\n\n" + legend


def _axes(rows: Sequence[Row]) -> str:
    shifted = [r for r in rows if r["axis"] not in ("familiar", "wording")]
    lines = ["| axis | level | cases | score | strict top-1 | sure and wrong |", "|" + " --- |" * 6]
    for r in shifted:
        figures = (r.get("score"), r.get("strict"), r.get("confident_wrong"))
        lines.append(
            f"| {_axis(r)} | {r['level']} | {r['all_cases']} | {' | '.join(_number(f) for f in figures)} |"
        )
    return (
        "## Where the small model breaks\n\n"
        + "\n".join(lines)
        + "\n\nSeveral faults and undeclared swaps have no "
        "score of single faults; there it counts how often the model is sure of at least 0.9 and wrong."
    )


def _beside(paired: Sequence[Row]) -> str:
    lines = [
        "| axis | cases | neural score | symbolic score | neural right | symbolic right | neural, ms | check, ms "
        "| symbolic, s |",
        "|" + " --- |" * 9,
    ]
    for name, own in _by_axis(paired).items():
        cells = [
            _mean_score(own, "neural"),
            _mean_score(own, "symbolic"),
            _hits(own, "neural"),
            _hits(own, "symbolic"),
        ]
        cost = [
            f"{1e3 * np.median([r['neural_cpu'] for r in own]):.1f}",
            f"{1e3 * np.median([r['check_cpu'] for r in own]):.0f}",
            f"{np.median([r['symbolic_cpu'] for r in own]):.1f}",
        ]
        lines.append(f"| {name} | {len(own)} | {' | '.join([*map(_number, cells), *cost])} |")
    return (
        "## Both on the same cases\n\n![Score by axis](comparison.svg)\n\n"
        + "\n".join(lines)
        + "\n\n*Right*: the likeliest claim is the truth or what the "
        "sensors cannot tell from it; with several faults all of them; with an undeclared swap that nothing fits. "
        "Costs are processor time, medians."
    )


def _router(paired: Sequence[Row], routing: Routing) -> str:
    outcome = [judged(r) for r in paired]
    wrong = [j.wrong for j in outcome]
    lines = ["| score | area under the curve |", "| --- | --- |"]
    for name in outcome[0].scores:
        lines.append(
            f"| {name.replace('_', ' ')} | {_number(area_under_curve([j.scores[name] for j in outcome], wrong))} |"
        )
    risk = routing.combination.risk({n: [j.scores[n] for j in outcome] for n in outcome[0].scores})
    lines.append(f"| **all together** | **{_number(area_under_curve(risk.tolist(), wrong))}** |")
    _, trusted = policies(paired, routing)
    bad = np.array(wrong)
    promise = routing.promise
    return (
        "## How well the router sees that the model errs\n\n"
        + "\n".join(lines)
        + f"\n\nOf these {len(paired)} cases the "
        f"model errs in {bad.mean():.1%}. The router, calibrated for at most {promise.alpha:.0%} trusted and wrong "
        f"with confidence {1 - promise.delta:.0%} on its own split, trusts {trusted.mean():.1%} of them; "
        f"{(trusted & bad).mean():.1%} are trusted and wrong. By axis:\n\n" + _trust(paired, trusted, bad)
    )


def _trust(paired: Sequence[Row], trusted: np.ndarray, wrong: np.ndarray) -> str:
    lines = ["| axis | cases | model errs | trusted | trusted and wrong |", "|" + " --- |" * 5]
    axes = np.array([_axis(r) for r in paired])
    for name in dict.fromkeys(axes.tolist()):
        own = axes == name
        shares = (wrong[own].mean(), trusted[own].mean(), (trusted & wrong)[own].mean())
        lines.append(f"| {name} | {own.sum()} | {' | '.join(f'{s:.1%}' for s in shares)} |")
    return "\n".join(lines)


def _mixes(paired: Sequence[Row], routing: Routing) -> str:
    found, trusted = policies(paired, routing)
    shifted = np.array([is_shifted(r) for r in paired])
    lines = [
        "| shifted | "
        + " | ".join(f"{p.name} score | {p.name} s" for p in found)
        + " | routed | hybrid cost over the solver's |"
    ]
    lines.append("|" + " --- |" * (2 * len(found) + 3))
    for share in _MIXES:
        weight = np.where(shifted, share / max(shifted.sum(), 1), (1.0 - share) / max((~shifted).sum(), 1))
        cells = [f"{(weight * p.score).sum():.3f} | {(weight * p.seconds).sum():.2f}" for p in found]
        costs = {p.name: (weight * p.seconds).sum() for p in found}
        routed = (weight * ~trusted).sum()
        lines.append(
            f"| {share:.0%} | {' | '.join(cells)} | {routed:.0%} | {costs['hybrid'] / costs['symbolic']:.2f} |"
        )
    return (
        "## At mixes of familiar and shifted cases\n\n"
        + "\n".join(lines)
        + "\n\nProcessor seconds are means a case."
    )


def _mean_score(rows: Sequence[Row], name: str) -> float:
    return float(np.mean([earned(r, r[name]) for r in rows]))


def _hits(rows: Sequence[Row], name: str) -> float:
    return float(np.mean([right(r, claim(r[name])) for r in rows]))


def _by_axis(rows: Sequence[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for r in rows:
        groups.setdefault(_axis(r), []).append(r)
    return groups


def _axis(row: Row) -> str:
    return str(row["axis"]).replace("_", " ")


def _number(value: float | None) -> str:
    return "" if value is None or np.isnan(value) else f"{value:.3f}"
