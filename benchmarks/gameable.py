"""What answers that know nothing would earn: the score must not reward them.

    hotfire scenarios --split test --cases 1000 -o cases/test
    python benchmarks/gameable.py cases/test
    python benchmarks/gameable.py cases/test --texts     # what operators tell of the same cases, G* by what they tell

Beside them stands an answer that knows everything but what the sensors cannot tell: G* itself, all alike likely.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.examination.cases import stand
from hotfire.examination.retelling import familiar_retelling
from hotfire.examination.score import FEW, NOMINAL, score, summary
from hotfire.examination.truth import Truth, groups_of
from hotfire.physics.description import Description
from hotfire.scenarios.generation import read_cases
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import Setting
from hotfire.scenarios.texts import tale

Posterior = Mapping[str, float]
Strategy = Callable[[Mapping[str, Any], Sequence[str]], Posterior]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="cases that `hotfire scenarios` wrote")
    parser.add_argument(
        "--groups", type=Path, help="file that keeps G* of every case (default: in the folder)"
    )
    parser.add_argument("--texts", action="store_true", help="of texts of the cases, instead of their logs")
    arguments = parser.parse_args()
    cases = [c for c in read_cases(arguments.folder) if len(c["faults"]) <= 1]
    if arguments.texts:
        cases, groups = _told(cases)
        names = {e: (NOMINAL, *familiar_retelling(e).labels) for e in {c["engine"] for c in cases}}
    else:
        groups = groups_of(cases, arguments.groups or arguments.folder / "groups.jsonl")
        names = _hypotheses(cases)
    rows = [(what, _figures(cases, groups, names, strategy)) for what, strategy in _strategies(cases, groups)]
    print(
        f"| answer | score on detectable faults | where G* is at most {FEW} | false alarms | undetectable right | "
        "strict first answer |"
    )
    print("|---|---|---|---|---|---|")
    for what, found in rows:
        print(
            f"| {what} | {found['score']:.3f} ({found['cases']:.0f}) | {found['few']:.3f} ({found['few_cases']:.0f}) | "
            f"{found['false_alarms']:.1%} | "
            f"{found['undetectable_right']:.2f} ({found['undetectable']:.0f}) | {found['strict']:.3f} |"
        )


def _told(
    cases: Sequence[Mapping[str, Any]],
) -> tuple[list[Mapping[str, Any]], dict[str, tuple[str, ...]]]:
    """Return the cases as texts tell them, faults by their labels, and G* of each text."""
    random = np.random.default_rng(load_protocol().seed)
    found, groups = [], {}
    for case in cases:
        levels = stand(case["engine"])[1]
        said = tale(Description.from_dict(case["description"]), random, levels=levels)
        faults = [{**f, "name": f["label"]} for f in case["faults"]]
        for fault in faults:
            groups[case["id"]] = familiar_retelling(case["engine"]).group(fault["label"], said)
            fault["detectable"] = fault["detectable"] and bool(groups[case["id"]])
        found.append({**case, "faults": faults})
    return found, groups


def _hypotheses(cases: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """All single hypotheses of each engine, the sound engine among them."""
    settings = {c["engine"]: Setting(c["axis"], c["level"], c["engine"]) for c in cases}
    return {engine: (NOMINAL, *Truth(setting).names) for engine, setting in settings.items()}


def _strategies(
    cases: Sequence[Mapping[str, Any]], groups: Mapping[str, tuple[str, ...]]
) -> list[tuple[str, Strategy]]:
    """Answers without knowledge, and the one that knows all."""
    common: dict[str, Counter[str]] = defaultdict(Counter)
    for case in cases:
        common[case["engine"]].update([_truth(case)])
    random = np.random.default_rng(1)

    def everything(_: Mapping[str, Any], names: Sequence[str]) -> Posterior:
        return dict.fromkeys(names, 1.0)

    def hardware(_: Mapping[str, Any], names: Sequence[str]) -> Posterior:
        modes = ("bias", "scale", "drift", "freeze", "dropout", "noise")
        return dict.fromkeys((n for n in names if not n.endswith(modes)), 1.0)

    def prior(case: Mapping[str, Any], _: Sequence[str]) -> Posterior:
        return {n: float(k) for n, k in common[case["engine"]].items()}

    def commonest(case: Mapping[str, Any], _: Sequence[str]) -> Posterior:
        return {common[case["engine"]].most_common(1)[0][0]: 1.0}

    def one(_: Mapping[str, Any], names: Sequence[str]) -> Posterior:
        return {str(random.choice(names)): 1.0}

    def told(case: Mapping[str, Any], _: Sequence[str]) -> Posterior:
        return dict.fromkeys(groups.get(case["id"], (NOMINAL,)), 1.0)

    return [
        ("everything, all alike likely", everything),
        ("all faults of hardware", hardware),
        ("every fault as often as it occurs", prior),
        ("the commonest of the engine", commonest),
        ("one at random", one),
        ("always sound", lambda _case, _names: {NOMINAL: 1.0}),
        ("nothing", lambda _case, _names: {}),
        ("G* of the truth", told),
    ]


def _truth(case: Mapping[str, Any]) -> str:
    return str(case["faults"][0]["name"]) if case["faults"] else NOMINAL


def _figures(
    cases: Sequence[Mapping[str, Any]],
    groups: Mapping[str, tuple[str, ...]],
    names: Mapping[str, tuple[str, ...]],
    strategy: Strategy,
) -> dict[str, float]:
    """Score one strategy on all cases."""
    scored = []
    for case in cases:
        detectable = all(f["detectable"] for f in case["faults"])
        posterior = strategy(case, names[case["engine"]])
        scored.append(score(posterior, _truth(case), groups.get(case["id"], ()), detectable=detectable))
    few = [s.score for s in scored if s.detectable and s.truth != NOMINAL and len(s.group) <= FEW]
    return summary(scored) | {"few": float(np.mean(few)), "few_cases": len(few)}


if __name__ == "__main__":
    main()
