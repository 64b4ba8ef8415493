"""The figures as Markdown, beside the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tum_hopper.definition import definition

__all__ = ["PUBLISHED_F1", "TOLERANCE", "side_by_side", "table", "verdict"]

PUBLISHED_F1, TOLERANCE = 0.826, 0.05
_PUBLISHED = {  # thesis, table 6.9: precision, recall, mean delay in s
    "blockage": (0.996, 0.987, 0.0342),
    "blockage_and_leak": (0.865, 0.869, 0.0395),
    "slow": (0.411, 0.131, 8.1445),
    "freeze": (0.778, 0.665, 3.0455),
    "bias": (0.933, 0.963, 0.147),
    "drift": (0.999, 0.989, 0.0892),
}


def verdict(f1: float) -> str:
    """Say whether the rebuild is the same task as the published one, by the F1 of its LSTM."""
    if abs(f1 - PUBLISHED_F1) <= TOLERANCE:
        return f"F1 {f1:.3f} lies within {PUBLISHED_F1} +- {TOLERANCE}: the tasks compare"
    return f"F1 {f1:.3f} lies outside {PUBLISHED_F1} +- {TOLERANCE}: a different task"


def table(found: Mapping[str, Any], *, who: str = "LSTM") -> str:
    """Render all figures of `tum_hopper.evaluation.figures` of the network, or of `who` else."""
    alarms, slow = found["false alarms"], found["slow valve"]
    lines = [
        f"{definition()['title']}: {who} on {found['runs']} runs, seed {definition()['seed']}",
        "",
        *([verdict(found["F1 a sample, faulty samples"])] if "training" in found else []),
        "",
        "| | rebuild | published |",
        "|---|---|---|",
        f"| macro F1 a sample, over the faulty samples | {found['F1 a sample, faulty samples']:.3f} | 0.826 |",
        f"| macro F1 a sample, over all samples | {found['F1 a sample, all samples']:.3f} | |",
        f"| macro F1 a run | {found['F1 a run']:.3f} | |",
        f"| accuracy, all samples | {found['accuracy, all samples']:.3f} | 0.818 |",
        f"| share of runs whose fault is named at some sample | {found['share of runs named']:.1%} | 91 % |",
        f"| samples before a fault that give an alarm | {alarms['share of sound samples before a fault']:.2%} | |",
        f"| samples of sound flights that give an alarm | {alarms['share of samples of sound flights']:.2%} | |",
        f"| sound flights with an alarm that lasts | {alarms['sound flights with a sustained alarm']} of "
        f"{alarms['sound flights']} | |",
        f"| slow valve, recall of samples | {slow['recall of samples']:.3f} | 0.131 |",
        "| slow valve, recall of samples from where it shows | "
        f"{slow['recall of samples from where it shows']:.3f} | |",
        f"| slow valve, runs named | {slow['runs named']} of {slow['runs']}; of those that show it "
        f"{slow['runs named of those that show it']} of {slow['runs that show it']} | |",
        "",
        "| family | precision | recall | delay, mean | median | 90 % | runs named |",
        "|---|---|---|---|---|---|---|",
        *(_row(name, row) for name, row in found["families"].items()),
        "",
        "| class of least recall | recall | taken for |",
        "|---|---|---|",
        *(f"| {row['class']} | {row['recall']:.2f} | {row['taken for']} |" for row in found["worst"]),
        "",
        *_training(found),
        f"Evaluated in {found['evaluation seconds']:.0f} s of processor.",
    ]
    return "\n".join(lines)


def _training(found: Mapping[str, Any]) -> list[str]:
    if "training" not in found:
        return []
    return [
        f"Trained on {found['training']['windows']:,} windows in {found['training']['seconds']:.0f} s of processor."
    ]


def _row(name: str, row: Mapping[str, float]) -> str:
    precision, recall, delay = _PUBLISHED.get(name, (None, None, None))
    beside = [
        f"{row[key]:.3f}" + ("" if there is None else f" ({there:.3f})")
        for key, there in (("precision", precision), ("recall", recall))
    ]
    delays = [
        f"{row[key]:.2f} s" if key in row else "" for key in ("delay mean", "delay median", "delay 90 %")
    ]
    delays[0] += "" if delay is None else f" ({delay:.2f} s)"
    return f"| {name} | {' | '.join(beside + delays)} | {row['named']} of {row['runs']} |"


def side_by_side(found: Mapping[str, Any]) -> str:
    """Render the figures of the small network on residuals and on channels, one column each."""
    ways = list(found)
    trained = [found[way]["training"] for way in ways]
    rows: dict[str, list[str]] = {
        "training runs, and runs that chose the epoch": [f"{t['runs']}, {t['held out']}" for t in trained],
        "processor time of the training, columns included": [f"{t['seconds']:.0f} s" for t in trained],
    }
    for way in ways:
        for name, value in _short(found[way]).items():
            rows.setdefault(name, []).append(value)
    lines = [
        f"{definition()['title']}: small network on {found[ways[0]]['runs']} runs, seed {definition()['seed']}",
        "",
        f"| | {' | '.join(ways)} |",
        "|---|" + "---|" * len(ways),
        *(f"| {name} | {' | '.join(values)} |" for name, values in rows.items()),
    ]
    for way in ways:
        lines += ["", f"Least recall on {way}:"]
        lines += [
            f"- {r['class']} {r['recall']:.2f}, taken for {r['taken for']}" for r in found[way]["worst"]
        ]
    return "\n".join(lines)


def _short(found: Mapping[str, Any]) -> dict[str, str]:
    """The figures that stand in the table of all methods."""
    alarms, slow = found["false alarms"], found["slow valve"]
    named = {
        "macro F1 a sample, over the faulty samples (as published)": f"{found['F1 a sample, faulty samples']:.3f}",
        "macro F1 a sample, over all samples": f"{found['F1 a sample, all samples']:.3f}",
        "macro F1 a run": f"{found['F1 a run']:.3f}",
        "accuracy, all samples": f"{found['accuracy, all samples']:.3f}",
        "share of runs whose fault is named at some sample": f"{found['share of runs named']:.1%}",
        "samples before a fault that give an alarm": f"{alarms['share of sound samples before a fault']:.2%}",
        "sound flights with an alarm that lasts": f"{alarms['sound flights with a sustained alarm']} of "
        f"{alarms['sound flights']}",
    }
    for name, row in found["families"].items():
        if name == "slow":
            shown = slow["recall of samples from where it shows"]
            named["slow valve: recall, from where it shows"] = f"{row['recall']:.3f}, {shown:.3f}"
        elif name != "leak":
            delay = f"{row['delay median']:.2f} s" if "delay median" in row else "none"
            named[f"{name.replace('_', ' ')}: recall, median delay"] = f"{row['recall']:.3f}, {delay}"
    return named
