"""The audit of cases in bulk: balance, sizes, duplicates, leakage, and what nuisances alone would tell.

    hotfire scenarios --split train --cases 4000 -o cases/train
    hotfire scenarios --split test -o cases/test
    python benchmarks/scenario_audit.py cases/train cases/test

Nuisances are what a case has beside its fault: its place in its file, how long the record is, how many sensors there
are and what the quiet half of them read. A classifier that sees nothing else must not do better than always naming
the commonest fault of the engine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.scenarios.generation import read_cases

_FOLDS = 4
_QUIET = 6
"""Readings of the least remarkable symptoms that count as nuisance."""


def main() -> None:
    """Print the audit of several folders."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    arguments = parser.parse_args()
    splits = {folder.name: list(read_cases(folder)) for folder in arguments.folders}
    print("\n".join([*_balance(splits), "", *_leakage(splits), "", *_nuisance(splits), "", *_hidden(splits)]))


def _mode(case: Mapping[str, Any]) -> str:
    return " + ".join(f["label"] for f in case["faults"]) or "nominal"


def _balance(splits: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Cases by kind, and how evenly faults of one engine are drawn."""
    lines = [
        "| split | cases | sound | sensor faults | faults | least and most cases of a hardware fault, "
        "by engine | size, quantiles 0, 25, 50, 75, 100 % of the admissible logarithm |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, cases in splits.items():
        faults = [f for c in cases for f in c["faults"]]
        sound = np.mean([not c["faults"] for c in cases])
        sensors = np.mean([f["kind"] == "sensor" for f in faults])
        ranges = []
        for engine in dict.fromkeys(c["engine"] for c in cases):
            own = [c for c in cases if c["engine"] == engine]
            count = Counter(f["name"] for c in own for f in c["faults"] if f["kind"] == "hardware")
            ranges.append(f"{min(count.values())}-{max(count.values())}")
        shares = " ".join(f"{q:.2f}" for q in np.quantile(_shares(faults), [0, 0.25, 0.5, 0.75, 1]))
        lines.append(
            f"| {name} | {len(cases)} | {sound:.1%} | {sensors:.1%} | {len({f['label'] for f in faults})} | "
            f"{', '.join(ranges)} | {shares} |"
        )
    return lines


def _shares(faults: Sequence[Mapping[str, Any]]) -> FloatArray:
    """Where sizes lie between the smallest and the largest of their mode that were drawn, by logarithm, shape (n,)."""
    by_mode: dict[str, list[float]] = defaultdict(list)
    for fault in faults:
        by_mode[fault["label"]].append(np.log(abs(fault["size"])))
    spread = [np.array(v) for v in by_mode.values() if len(v) > 20 and np.ptp(v) > 0.1]
    return np.concatenate([(v - v.min()) / np.ptp(v) for v in spread]) if spread else np.array([np.nan])


def _leakage(splits: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Descriptions that occur twice, within and across splits."""
    prints = {
        name: [hashlib.sha256(json.dumps(c["description"]["symptoms"]).encode()).hexdigest() for c in cases]
        for name, cases in splits.items()
    }
    lines = [f"- {name}: {len(own) - len(set(own))} descriptions occur twice" for name, own in prints.items()]
    names = list(prints)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            lines.append(f"- {a} and {b} share {len(set(prints[a]) & set(prints[b]))} descriptions")
    return lines


def _nuisance(splits: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Accuracy of a classifier on nuisances, against always naming the commonest fault of the engine."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import cross_val_predict

    lines = []
    for name, cases in splits.items():
        labels = np.array([_mode(c) for c in cases])
        features = np.array([_nuisances(i, c) for i, c in enumerate(cases)])
        forest = RandomForestClassifier(100, min_samples_leaf=3, random_state=1, n_jobs=1)
        told = np.mean(cross_val_predict(forest, features, labels, cv=_FOLDS) == labels)
        shuffled = np.random.default_rng(1).permutation(len(labels))
        engines = np.array([c["engine"] for c in cases])
        for engine in set(engines):
            # Labels are dealt anew within each engine: what is left is what the engine alone tells.
            own = np.flatnonzero(engines == engine)
            shuffled[own] = np.random.default_rng(2).permutation(own)
        blind = np.mean(cross_val_predict(forest, features, labels[shuffled], cv=_FOLDS) == labels[shuffled])
        common = np.mean([max(Counter(labels[engines == e]).values()) for e in set(engines)])
        common /= np.mean([np.sum(engines == e) for e in set(engines)])
        lines.append(
            f"- {name}: nuisances alone name {told:.1%} of the faults; with the labels dealt anew within each "
            f"engine {blind:.1%}; always the commonest of the engine {common:.1%}"
        )
    return lines


def _nuisances(place: int, case: Mapping[str, Any]) -> list[float]:
    """What a case has beside its fault."""
    description = case["description"]
    engine = int(hashlib.sha256(case["engine"].encode()).hexdigest()[:6], 16)
    quiet = sorted(
        description["symptoms"],
        key=lambda s: max(abs(s["sigma"]), abs(s["given_others"])) if s["sigma"] else 99.0,
    )[:_QUIET]
    return [place, engine, description["burn"], len(description["symptoms"]), *(s["size"] for s in quiet)] + [
        0.0
    ] * (_QUIET - len(quiet))


def _hidden(splits: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Share of undetectable faults, by engine, with the modes that are hidden most often."""
    cases = [c for own in splits.values() for c in own]
    lines = [
        "| engine | faults | undetectable | modes that are undetectable most often |",
        "|---|---|---|---|",
    ]
    for engine in dict.fromkeys(c["engine"] for c in cases):
        faults = [f for c in cases if c["engine"] == engine for f in c["faults"]]
        hidden = Counter(f["label"] for f in faults if not f["detectable"])
        count = Counter(f["label"] for f in faults)
        worst = sorted(hidden, key=lambda n: (-hidden[n] / count[n], n))[:4]
        shown = "; ".join(f"{n} {hidden[n]} of {count[n]}" for n in worst)
        lines.append(f"| {engine} | {len(faults)} | {sum(hidden.values()) / len(faults):.1%} | {shown} |")
    return lines


if __name__ == "__main__":
    main()
