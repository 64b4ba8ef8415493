"""The search on logs of the protocol as a stand would write them: what was put in, and what came out, by engine.

    hotfire scenarios --split calibration --cases 40 --logs -o logs
    python benchmarks/scenario_logs.py logs --output answers.jsonl

Cases in bulk come as window means; logs pass reading, units, phases and windows as well. An answer is counted as
*first* where it is what was put in, as *in the set* where the answer set holds it, and as *by its signal* where a
sensor's fault is told before the search (frozen, lost, noisy, off zero) and nothing else is alleged. *Undetectable* are
missed faults that are too small for the sensors, by the truth file. One JSON line a log; a log that is in the output
already is not done again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from kept_rows import KeptRows

import hotfire
from hotfire.engine import Engine
from hotfire.stand_sensors import with_stand_sensors

_KINDS = ("first", "in the set", "by its signal", "undetectable", "missed", "sound", "accused")
_SAME = {"zero_offset": "bias", "lost": "dropout", "frozen": "freeze"}
"""Modes of a signal's fault in the words of the protocol."""


@cache
def engine_of(name: str) -> Engine:
    """An engine with the sensors of a stand."""
    return with_stand_sensors(hotfire.load_engine(name))


def answered(path: Path, truth: dict[str, Any], expert: str) -> dict[str, Any]:
    """Diagnose one log and say what the answer is worth."""
    start = time.process_time()
    answer = hotfire.diagnose(hotfire.read_log(path), engine_of(truth["engine"]), expert=expert)
    spent = time.process_time() - start
    put_in = sorted(f["name"] for f in truth["faults"])
    named = [sorted(f.name for f in h.faults) for h in answer.hypotheses]
    within = [sorted(name.split(" + ")) for name in answer.answer_set]
    told = {_in_words_of_the_protocol(f.name) for f in answer.sensor_findings}
    kind = "missed"
    if not put_in:
        kind = "sound" if answer.verdict in ("nominal", "unknown", "insufficient_data") else "accused"
    elif named[:1] == [put_in]:
        kind = "first"
    elif set(put_in) <= told and set(named[0] if named else []) <= told:
        kind = "by its signal"
    elif put_in in within:
        kind = "in the set"
    elif not any(f["detectable"] for f in truth["faults"]):
        kind = "undetectable"
    return {
        "log": path.name,
        "engine": truth["engine"],
        "faults": put_in,
        "verdict": answer.verdict,
        "first": named[0] if named else [],
        "probability": round(answer.hypotheses[0].probability, 3) if answer.hypotheses else None,
        "kind": kind,
        "CPU": round(spent, 2),
    }


def _in_words_of_the_protocol(name: str) -> str:
    sensor, _, mode = name.rpartition(".")
    return f"{sensor}.{_SAME.get(mode, mode)}"


def table(rows: list[dict[str, Any]]) -> str:
    """Count answers by engine."""
    lines = [
        f"| engine | logs | {' | '.join(_KINDS)} | CPU, median s |",
        f"|---|---|{'---|' * len(_KINDS)}---|",
    ]
    engines = sorted({row["engine"] for row in rows})
    for name in [*engines, "all"]:
        own = [row for row in rows if name in (row["engine"], "all")]
        counts = Counter(row["kind"] for row in own)
        cells = " | ".join(str(counts[kind]) for kind in _KINDS)
        lines.append(f"| {name} | {len(own)} | {cells} | {median(row['CPU'] for row in own):.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Answer what is not answered yet; then print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("logs", type=Path, help="folder that `hotfire scenarios --logs` wrote")
    parser.add_argument("--engines", nargs="+", help="only these")
    parser.add_argument("--expert", default="symbolic")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    lines = (arguments.logs / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    kept = KeptRows.read(arguments.output)
    done = {row["log"] for row in kept.rows}
    for case in map(json.loads, lines):
        wanted = case["log"] and case["log"] not in done
        if wanted and (not arguments.engines or case["engine"] in arguments.engines):
            kept.add([answered(arguments.logs / case["log"], case, arguments.expert)])
            print(json.dumps(kept.rows[-1]), flush=True)
    print(table(kept.rows))


if __name__ == "__main__":
    main()
