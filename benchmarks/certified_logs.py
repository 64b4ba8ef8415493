"""Whether every diagnosis of a split of the protocol verifies: how many have a certificate, and how many of these hold.

    hotfire scenarios --split test --cases 100 --logs -o logs
    python benchmarks/certified_logs.py logs --output certified.jsonl

Each log is diagnosed by the engine with the sensors of a test stand, certified, the certificate written, read and
verified against the log read again. One JSON line a log; a log that is in the output already is not done again. The
summary counts why there is no certificate, and what refused one.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from kept_rows import KeptRows

import hotfire
from hotfire.engine import Engine
from hotfire.physics.certificate.document import from_text, to_text
from hotfire.stand_sensors import with_stand_sensors
from hotfire.verify import verify


@cache
def engine_of(name: str) -> Engine:
    return with_stand_sensors(hotfire.load_engine(name))


def certified(path: Path, truth: dict[str, Any], expert: str) -> dict[str, Any]:
    """Diagnose, certify and verify one log."""
    engine, start = engine_of(truth["engine"]), time.process_time()
    answer = hotfire.diagnose(hotfire.read_log(path), engine, certify=True, expert=expert)
    row: dict[str, Any] = {
        "log": path.name,
        "faults": [f["name"] for f in truth["faults"]],
        "verdict": answer.verdict,
        "first": [f.name for f in answer.hypotheses[0].faults] if answer.hypotheses else [],
        "CPU": {"diagnose": round(time.process_time() - start, 2)},
    }
    if answer.certificate is None:
        return row | {"no certificate": answer.certificate_reason}
    start = time.process_time()
    found = verify(from_text(to_text(answer.certificate)), hotfire.read_log(path), engine)
    row["CPU"]["verify"] = round(time.process_time() - start, 2)
    refusal = vars(found.refusals[0]) if found.refusals else None
    return row | {"claim": found.claim, "holds": found.holds, "refusal": refusal}


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Count certificates by what became of them; figures in reasons are left out."""
    without = Counter(_without_figures(r["no certificate"]) for r in rows if "no certificate" in r)
    refused = Counter(_without_figures(r["refusal"]["why"]) for r in rows if r.get("refusal"))
    claims = [r["claim"] for r in rows if "claim" in r]
    kinds = Counter(0 if claim == "nominal" else 1 + claim.count(" + ") for claim in claims)
    return {
        "logs": len(rows),
        "certificates": len(claims),
        "hold": sum(r.get("holds", False) for r in rows),
        "certificates by number of faults": dict(kinds),
        "no certificate": dict(without),
        "refused": dict(refused),
    }


def _without_figures(why: str) -> str:
    return why.partition(",")[0].partition(" by ")[0]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("logs", type=Path, help="folder that `hotfire scenarios --logs` wrote")
    parser.add_argument("--most", type=int, help="logs, in an order drawn by seed 1 (default: all)")
    parser.add_argument("--expert", default="symbolic")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    lines = (arguments.logs / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [case for case in map(json.loads, lines) if case["log"]]
    random.Random(1).shuffle(cases)
    kept = KeptRows.read(arguments.output)
    done = {row["log"] for row in kept.rows}
    for case in cases[: arguments.most]:
        if case["log"] in done:
            continue
        kept.add([certified(arguments.logs / case["log"], case, arguments.expert)])
        print(json.dumps(kept.rows[-1]), flush=True)
    print(json.dumps(summary(kept.rows), indent=1))


if __name__ == "__main__":
    main()
