"""The router's part of the page: how well it sees errors, mixes, its bill, and its promise over many draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.examination.answering import MASKED
from hotfire.examination.figures import area_under_curve
from hotfire.examination.policies import LIMIT, MIXES, Bill, Paired, bill, weights
from hotfire.examination.promise import Trials, pool, trials
from hotfire.examination.rows import Row
from hotfire.router.thresholds import Promise

__all__ = ["ALPHAS", "router_parts"]

ALPHAS = (0.05, 0.1)
_DELTA = 0.1


def router_parts(rows: Sequence[Row], own: Paired, promise: Promise | None) -> list[str]:
    """Return the parts on the router; those that the rows do not reach are left out."""
    judged = [r for r in rows if r.expert == "neural" and r.scores]
    parts = [_seen(judged)]
    if "hybrid" in own.rows and promise is not None:
        parts += [_trust(own, promise), _mixes(own), _bill(own)]
    parts.append(_promise(judged))
    return parts


def _lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(r)} |" for r in [heads, ["---"] * len(heads), *rows])


def _seen(judged: Sequence[Row]) -> str:
    """Area under the curve of each score."""
    if not judged:
        return ""
    wrong = [not r.is_right for r in judged]
    names = [n for n in judged[0].scores if n != MASKED and all(n in r.scores for r in judged)]
    found = [
        [n.replace("_", " "), _three(area_under_curve([r.scores[n] for r in judged], wrong))] for n in names
    ]
    if all(r.risk is not None for r in judged):
        risks = [_strangeness(r, r.risk) for r in judged]
        found.append(["**all together**", f"**{_three(area_under_curve(risks, wrong))}**"])
    if all(MASKED in r.scores for r in judged):
        risks = [_strangeness(r, r.scores[MASKED]) for r in judged]
        found.append(
            ["all together, cycle, propellants and hardware masked", _three(area_under_curve(risks, wrong))]
        )
    told = (
        f"Over {len(judged):,} cases whose claim was checked; the model errs in {np.mean(wrong):.1%} of them."
    )
    table = _lines(["score", "area under the curve"], found)
    return f"## How well scores see that the model errs\n\n{told}\n\n{table}"


def _strangeness(row: Row, risk: float | None) -> float:
    """Order in which cases are trusted: by risk where the claim holds; after these, by misfit, where it does not."""
    assert risk is not None
    return risk if row.agrees else 1.0 + row.scores.get("misfit", 0.0)


def _three(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.3f}"


def _trust(own: Paired, promise: Promise) -> str:
    trusted, wrong = own.trusted, own.wrong
    axes = np.array([r.axis for r in own.cases])
    found = []
    for name in sorted(set(axes.tolist()), key=lambda a: (a != "familiar", a)):
        chosen = axes == name
        shares = (wrong[chosen].mean(), trusted[chosen].mean(), (trusted & wrong)[chosen].mean())
        found.append([name.replace("_", " "), str(int(chosen.sum())), *(f"{s:.1%}" for s in shares)])
    told = (
        f"Calibrated for at most {promise.alpha:.0%} trusted and wrong with confidence {1 - promise.delta:.0%} on "
        f"its own split, the router trusts {trusted.mean():.1%} of these {len(own.cases)} cases; "
        f"{(trusted & wrong).mean():.1%} are trusted and wrong. Nothing is promised on shifted cases."
    )
    table = _lines(["axis", "cases", "model errs", "trusted", "trusted and wrong"], found)
    return f"## Whom the router trusts\n\n{told}\n\n{table}"


def _mixes(own: Paired) -> str:
    heads = [
        "shifted",
        *(f"{e} {what}" for e in own.rows for what in ("score", "s")),
        "routed",
        "hybrid over search",
    ]
    found = []
    for share in MIXES:
        weight = weights(own.shifted, share)
        if np.isnan(weight).any():
            continue
        cells = [
            f"{weight @ own.figures(e, 'score'):.3f} | {weight @ own.figures(e, 'cpu'):.2f}" for e in own.rows
        ]
        routed = float(weight @ ~own.trusted)
        ratio = float(weight @ own.figures("hybrid", "cpu")) / float(weight @ own.figures("symbolic", "cpu"))
        found.append([f"{share:.0%}", *cells, f"{routed:.0%}", f"{ratio:.2f}"])
    told = (
        "Processor seconds are means a case. Shifted cases are those of all axes that were searched, alike."
    )
    return f"## At mixes of familiar and shifted cases\n\n{_lines(heads, found)}\n\n{told}"


def _bill(own: Paired) -> str:
    found = []
    for share in MIXES:
        weight = weights(own.shifted, share)
        if not np.isnan(weight).any():
            found.append([f"{share:.0%}", *_billed(bill(own, weight))])
    heads = [
        "shifted",
        "hybrid",
        "neural",
        "router",
        "check",
        "routed",
        "search",
        "parts",
        "hybrid over parts",
    ]
    heads += [f"at most {LIMIT:g}", "hybrid over its own", "audit"]
    told = (
        "Processor seconds, means a case. *Hybrid* is measured from the case to its answer. *Check*: of the claim and, "
        "where it holds, of its likeliest rivals. *Parts*: neural + router + check + share routed x mean search over "
        "all cases. Where cases that are handed over take longer to search than others, the hybrid costs more than its "
        "parts say; *its own* are the same with the searches that it asked for, and what it costs beyond them is "
        "overhead. *Audit* is what answering 2 in a hundred trusted cases again adds in use; it is not in the hybrid's "
        "figure."
    )
    return f"## The hybrid's bill\n\n{_lines(heads, found)}\n\n{told}"


def _billed(own: Bill) -> list[str]:
    seconds = (own.hybrid, own.neural, own.router, own.check)
    return [
        *(f"{s:.3f}" for s in seconds),
        f"{own.routed:.0%}",
        f"{own.solver:.3f}",
        f"{own.parts:.3f}",
        f"{own.hybrid / own.parts:.2f}",
        "yes" if own.holds else "no",
        f"{own.hybrid / own.own:.2f}",
        f"{own.audit:.3f}",
    ]


def _promise(judged: Sequence[Row]) -> str:
    """Learn-then-test over many draws from the judged cases."""
    own = pool(judged)
    if own is None:
        return ""
    made = [trials(own, alpha=alpha, delta=_DELTA) for alpha in ALPHAS]
    if not made[0].calibration:
        return ""
    heads = ["alpha", "delta", "violations, disjoint", "violations, pool as the world", "limit", "kept"]
    heads += ["trusted and wrong", "trusted", "an oracle trusts", "of the oracle's"]
    first = made[0]
    told = (
        f"{first.draws} draws from {own.risk.size:,} judged cases, {own.share:.0%} of them shifted, so that the "
        f"model errs in {own.erring(own.share):.1%}. Disjoint draws calibrate on {first.calibration:,} cases without "
        f"replacement and test on the other {first.test:,}; the test has noise of its own, which alone takes a "
        "router at the edge of its promise above alpha more often than delta says. With the pool as the world, as "
        "many cases are drawn with replacement and the share that is trusted and wrong in the whole pool is known: "
        "there the promise is tested as it is made. The risk's weights were fitted on another split. *Limit*: a kept "
        "promise has at most so many violations in 95 of 100 such counts (binomial). The oracle knows which answers "
        "are wrong: it trusts all that are right, and of the others as many as make alpha."
    )
    return f"## The promise over {first.draws} calibrations\n\n{told}\n\n{_lines(heads, [_trial(t) for t in made])}"


def _trial(own: Trials) -> list[str]:
    return [
        f"{own.alpha:g}",
        f"{own.delta:g}",
        str(own.violations),
        str(own.exact),
        str(own.limit),
        "yes" if own.exact <= own.limit else "no",
        f"{own.error:.1%}",
        f"{own.coverage:.1%}",
        f"{own.oracle:.1%}",
        f"{own.coverage / own.oracle:.0%}" if own.oracle else "-",
    ]
