"""How often `hotfire diagnose --cases` names the kind of failure, on a file of cases whose answers are known.

    python benchmarks/failure_cases.py shared/data/failures/cases.yaml
    python benchmarks/failure_cases.py cases.yaml --half held-out    # the half that the table was not developed on
    python benchmarks/failure_cases.py cases.yaml --each             # and what was said of each case

Scoring by the taxonomy's README: 1 for the label, 0.7 for an acceptable alternative, 0.3 for another of the group; the
best of the first three, weighed 1, 0.6, 0.4. Cases of groups E and H, where nothing of the hardware is at fault, stand
apart. Baselines: the three commonest labels of the file itself for every case (which knows the answers), the priors of
the table without the evidence, and the labels whose meaning in the README next to the file is nearest by TF-IDF.
"""

from __future__ import annotations

import argparse
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

import yaml

from hotfire.failures import FailureCase, diagnose_case, label_table, read_cases

SEED = 20261129
WEIGHTS = (1.0, 0.6, 0.4)
FALSE_ALARM = ("E", "H")
HALVES = ("all", "development", "held-out")
Ranking = Callable[[FailureCase], Sequence[str]]


@dataclass(frozen=True)
class Truth:
    """What a case was."""

    label: str
    alternatives: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    options = _options().parse_args(arguments)
    cases, truths = _scorable(options.cases, options.half, options.seed)
    print(
        f"{len(cases)} scorable cases of {options.cases.name} ({options.half}; halves by seed {options.seed})\n"
    )
    answers = {
        "the table": _ranked,
        "the table, strict": lambda case: _ranked(case.without_hints()),
        "its priors alone": lambda case: _ranked(replace(case, rows=(), narrative="")),
        "commonest labels": _commonest(truths.values()),
    }
    readme = options.cases.with_name("README.md")
    if readme.is_file():
        answers["nearest meaning (TF-IDF)"] = _nearest(readme.read_text(encoding="utf-8"))
    print(_summary(answers, cases, truths))
    print()
    print(_by_group(_ranked, cases, truths))
    if options.each:
        print()
        for case in cases:
            _tell(case, truths[case.identifier])
    return 0


def points(ranking: Sequence[str], truth: Truth) -> float:
    """Score of a ranked answer."""
    return max((w * _worth(label, truth) for w, label in zip(WEIGHTS, ranking, strict=False)), default=0.0)


def halves(identifiers: Iterable[str], seed: int) -> tuple[frozenset[str], frozenset[str]]:
    """Part identifiers at random into the development half and the one held out."""
    order = sorted(identifiers)
    random.Random(seed).shuffle(order)
    middle = (len(order) + 1) // 2
    return frozenset(order[:middle]), frozenset(order[middle:])


def _worth(label: str, truth: Truth) -> float:
    if label == truth.label:
        return 1.0
    if label in truth.alternatives:
        return 0.7
    return 0.3 if _group(label) == _group(truth.label) else 0.0


def _group(label: str) -> str:
    return label_table().labels[label].group


def _scorable(path: Path, half: str, seed: int) -> tuple[list[FailureCase], dict[str, Truth]]:
    entries = {str(e["id"]): e for e in yaml.safe_load(path.read_text(encoding="utf-8"))}
    known = {i: e for i, e in entries.items() if e.get("scorable", True)}
    if half != "all":
        chosen = halves(known, seed)[HALVES.index(half) - 1]
        known = {i: e for i, e in known.items() if i in chosen}
    truths = {
        i: Truth(e["root_cause"]["category"], tuple(e.get("acceptable_alternatives") or ()))
        for i, e in known.items()
    }
    return [c for c in read_cases(path) if c.identifier in truths], truths


def _ranked(case: FailureCase) -> list[str]:
    return [h.category for h in diagnose_case(case).hypotheses[: len(WEIGHTS)]]


def _commonest(truths: Iterable[Truth]) -> Ranking:
    first = [label for label, _ in Counter(t.label for t in truths).most_common(len(WEIGHTS))]
    return lambda case: first


def _nearest(readme: str) -> Ranking:
    """Rank the labels by the cosine between the words of a case and those of their row in the README."""
    rows = re.findall(r"^\| ([a-z_]+) \| (.+?) \| (.+?) \|$", readme, flags=re.MULTILINE)
    known = {
        name: _bag(f"{name} {meaning} {sign}") for name, meaning, sign in rows if name in label_table().labels
    }
    spread = Counter(word for bag in known.values() for word in bag)
    rarity = {word: math.log(len(known) / n) for word, n in spread.items()}
    return lambda case: sorted(known, key=lambda name: -_cosine(_bag(_words_of(case)), known[name], rarity))


def _words_of(case: FailureCase) -> str:
    rows = (f"{r.parameter} {r.location} {r.behaviour} {r.magnitude}" for r in case.rows)
    return f"{case.cycle} {case.phase} {' '.join(rows)} {case.narrative}"


def _bag(text: str) -> Counter[str]:
    return Counter(word.rstrip("s") for word in re.findall(r"[a-z]{3,}", text.lower().replace("_", " ")))


def _cosine(one: Counter[str], other: Counter[str], rarity: Mapping[str, float]) -> float:
    def norm(bag: Counter[str]) -> float:
        return math.sqrt(sum((n * rarity.get(w, 0.0)) ** 2 for w, n in bag.items())) or 1.0

    shared = sum(one[w] * other[w] * rarity.get(w, 0.0) ** 2 for w in one.keys() & other.keys())
    return shared / (norm(one) * norm(other))


def _summary(
    answers: Mapping[str, Ranking], cases: Sequence[FailureCase], truths: Mapping[str, Truth]
) -> str:
    parts = {
        "all": cases,
        "hardware": [c for c in cases if _group(truths[c.identifier].label) not in FALSE_ALARM],
        "false alarm": [c for c in cases if _group(truths[c.identifier].label) in FALSE_ALARM],
    }
    heads = [f"{name} ({len(own)}): score | top-1" for name, own in parts.items()]
    lines = ["| answer | " + " | ".join(heads) + " |", "| --- |" + " --- | --- |" * len(parts)]
    for name, rank in answers.items():
        cells = []
        for own in parts.values():
            rankings = [(rank(c), truths[c.identifier]) for c in own]
            cells.append(_share([points(r, t) for r, t in rankings]))
            cells.append(_share([float(r[0] == t.label) for r, t in rankings]))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _by_group(rank: Ranking, cases: Sequence[FailureCase], truths: Mapping[str, Truth]) -> str:
    lines = ["| group of the truth | cases | score | top-1 | top-3 |", "| --- | --- | --- | --- | --- |"]
    for group in sorted({_group(t.label) for t in truths.values()}):
        own = [(rank(c), truths[c.identifier]) for c in cases if _group(truths[c.identifier].label) == group]
        figures = (
            [points(r, t) for r, t in own],
            [float(r[0] == t.label) for r, t in own],
            [float(t.label in r) for r, t in own],
        )
        lines.append(f"| {group} | {len(own)} | " + " | ".join(map(_share, figures)) + " |")
    return "\n".join(lines)


def _share(values: Sequence[float]) -> str:
    return f"{mean(values):.3f}" if values else ""


def _tell(case: FailureCase, truth: Truth) -> None:
    """Print what is said of one case."""
    answer = diagnose_case(case)
    score = points([h.category for h in answer.hypotheses], truth)
    print(
        f"{case.identifier}: {truth.label} (or {', '.join(truth.alternatives) or 'nothing else'}): {score:.2f}"
    )
    for told in answer.hypotheses[:3]:
        why = ", ".join(s.sign for s in told.spoke_for)
        print(f"  {told.probability:.2f} {told.category}: {why}")
    for text in answer.not_understood:
        print(f"  not understood: {text}")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path, help="file of cases with their answers")
    parser.add_argument("--half", choices=HALVES, default="all")
    parser.add_argument("--seed", type=int, default=SEED, help="of the halves")
    parser.add_argument("--each", action="store_true", help="tell every case")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
