"""Figures of merit over labelled runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tum_hopper.classes import CLASSES, FAMILIES, family
from tum_hopper.outcome import Outcome

__all__ = ["confusion", "figures", "macro_f1"]

_SUSTAINED = 3
"""Evenly spaced samples in a row with one answer that count as an alarm of a run."""
_RATE = 100.0

Counts = NDArray[np.int64]


def confusion(runs: Sequence[Outcome], *, dense: bool = False) -> Counts:
    """Count samples by true class and by answer, shape (63, 63)."""
    found = np.zeros((len(CLASSES), len(CLASSES)), dtype=np.int64)
    for run in runs:
        chosen = np.ones_like(run.even) if dense else run.even
        np.add.at(found, (run.truth[chosen], run.answer[chosen]), 1)
    return found


def macro_f1(counts: Counts, *, sound_too: bool) -> float:
    """Return the mean F1 of the classes that occur as truth or answer.

    Args:
        counts: By true class and by answer.
        sound_too: Count samples that are truly sound; the published figure leaves them out and forgives false alarms.
    """
    counts = counts if sound_too else np.concatenate([np.zeros_like(counts[:1]), counts[1:]])
    together = counts.sum(0) + counts.sum(1)
    there = together > 0
    return float(np.mean(2.0 * np.diag(counts)[there] / together[there]))


def figures(faulty: Sequence[Outcome], sound: Sequence[Outcome]) -> dict[str, Any]:
    """Return all figures of a network.

    Args:
        faulty: The 959 test runs.
        sound: Sound flights, for false alarms.
    """
    counts = confusion(faulty)
    failed = [run for run in faulty if run.onset is not None]
    named = [run for run in failed if run.named_after is not None]
    alarmed = [run for run in sound if _sustained(run) is not None]
    before = counts[0]
    calm = confusion(sound)[0]
    return {
        "runs": len(faulty),
        "runs with a faulty sample": len(failed),
        "F1 a sample, faulty samples": macro_f1(counts, sound_too=False),
        "F1 a sample, all samples": macro_f1(counts, sound_too=True),
        "F1 a run": _f1_of_runs(failed),
        "accuracy, all samples": float(np.trace(counts) / counts.sum()),
        "share of runs named": len(named) / len(failed),
        "families": {name: _family(name, counts, failed) for name in FAMILIES[1:]},
        "slow valve": _slow(failed),
        "false alarms": {
            "share of sound samples before a fault": float(before[1:].sum() / max(before.sum(), 1)),
            "share of samples of sound flights": float(calm[1:].sum() / max(calm.sum(), 1)),
            "sound flights": len(sound),
            "sound flights with a sustained alarm": len(alarmed),
        },
        "worst": _worst(counts),
    }


def _family(name: str, counts: Counts, runs: Sequence[Outcome]) -> dict[str, float]:
    """Precision and recall of a family by samples, averaged over its classes, and delays of its runs."""
    members = [i for i, label in enumerate(CLASSES) if family(label) == name]
    faulty = np.concatenate([np.zeros_like(counts[:1]), counts[1:]])
    recall = [counts[i, i] / counts[i].sum() for i in members if counts[i].sum()]
    precision = [faulty[i, i] / faulty[:, i].sum() for i in members if faulty[:, i].sum()]
    own = [r for r in runs if r.onset is not None and family(CLASSES[_first(r)]) == name]
    delays = np.array([r.named_after for r in own if r.named_after is not None]) / _RATE
    found = {"precision": _mean(precision), "recall": _mean(recall), "runs": len(own), "named": delays.size}
    if delays.size:
        found |= {
            "delay mean": float(delays.mean()),
            "delay median": float(np.median(delays)),
            "delay 90 %": float(np.quantile(delays, 0.9)),
        }
    return found


def _first(run: Outcome) -> int:
    return int(run.truth[np.argmax(run.truth > 0)])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _slow(runs: Sequence[Outcome]) -> dict[str, float]:
    """Recall of slow valves: over all samples and runs, and over those that show anything."""
    slow = [run for run in runs if family(CLASSES[_first(run)]) == "slow"]
    shown = [run for run in slow if run.shown is not None]
    right = [(r.answer == r.truth)[(r.truth > 0) & r.even] for r in slow]
    after = [(r.answer == r.truth)[(r.at >= (r.shown or 0)) & r.even] for r in shown]
    return {
        "runs": len(slow),
        "recall of samples": _mean(np.concatenate(right).tolist() if right else []),
        "runs named": sum(run.named_after is not None for run in slow),
        "runs that show it": len(shown),
        "recall of samples from where it shows": _mean(np.concatenate(after).tolist() if after else []),
        "runs named of those that show it": sum(run.named_after is not None for run in shown),
    }


def _sustained(run: Outcome) -> int | None:
    """Return the class that a run is given: the most frequent alarm of those that last; None for none."""
    answer = run.answer[run.even]
    lasting = [
        int(answer[i])
        for i in range(answer.size - _SUSTAINED + 1)
        if answer[i] > 0 and (answer[i : i + _SUSTAINED] == answer[i]).all()
    ]
    return Counter(lasting).most_common(1)[0][0] if lasting else None


def _f1_of_runs(runs: Sequence[Outcome]) -> float:
    """Macro F1 of runs: of each the most frequent fault as truth, the most frequent lasting alarm as answer."""
    counts = np.zeros((len(CLASSES), len(CLASSES)), dtype=np.int64)
    for run in runs:
        truth = Counter(run.truth[run.truth > 0].tolist()).most_common(1)[0][0]
        counts[truth, _sustained(run) or 0] += 1
    return macro_f1(counts, sound_too=False)


def _worst(counts: Counts, most: int = 8) -> list[dict[str, Any]]:
    """Return the classes of least recall, and what they are taken for."""
    recalls = {i: counts[i, i] / counts[i].sum() for i in range(1, len(CLASSES)) if counts[i].sum()}
    rows = []
    for i in sorted(recalls, key=lambda i: recalls[i])[:most]:
        wrong = counts[i].copy()
        wrong[i] = 0
        taken = [
            f"{CLASSES[j]} {wrong[j] / counts[i].sum():.0%}" for j in np.argsort(wrong)[::-1][:2] if wrong[j]
        ]
        rows.append(
            {"class": CLASSES[i], "recall": round(float(recalls[i]), 3), "taken for": ", ".join(taken)}
        )
    return rows
