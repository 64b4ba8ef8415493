"""Reading a log against polars on the same file: wall, CPU and peak memory, as medians of several runs.

    python benchmarks/bench_reading.py --megabytes 200 --channels 24

Budget: at least 0.8 of polars' own speed, at most twice the data in memory (data: rows x columns x 8 bytes).
The runs alternate in random order, each in a fresh process, so that noise touches all alike.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

_CHILD = """
import json, resource, sys, time
kind, path = sys.argv[1], sys.argv[2]
import polars, numpy
from hotfire.telemetry.read import read_log
import hotfire.telemetry.text
before = resource.getrusage(resource.RUSAGE_SELF)
start = time.perf_counter()
if kind == "polars":
    frame = polars.read_csv(path)
elif kind == "polars_numpy":
    frame = polars.read_csv(path)
    arrays = [frame.to_series(i).to_numpy() for i in range(frame.width)]
else:
    log = read_log(path, check=kind == "hotfire")
wall = time.perf_counter() - start
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps({"wall": wall, "cpu": cpu, "peak": (after.ru_maxrss - before.ru_maxrss) * 1024}))
"""

KINDS = ("polars", "polars_numpy", "hotfire", "hotfire_unchecked")


def write_log(path: Path, megabytes: float, channels: int) -> int:
    """Write a log like a test stand's: time and noisy channels with four decimals. Returns the rows."""
    random = np.random.default_rng(7)
    block = 20_000
    names = [f"PT_{i:02d} [bar]" if i % 3 else f"TC_{i:02d} [degC]" for i in range(channels)]
    rows = 0
    with path.open("w", encoding="ascii") as out:
        out.write(",".join(["Time [s]", *names]) + "\n")
        while path.stat().st_size < megabytes * 1e6:
            time = (rows + np.arange(block)) * 1e-3
            data = 20.0 + 5.0 * np.sin(time[:, None] / 3.0) + random.normal(0.0, 0.3, (block, channels))
            np.savetxt(out, np.column_stack((time, data)), fmt=["%.3f"] + ["%.4f"] * channels, delimiter=",")
            out.flush()
            rows += block
    return rows


def run(kind: str, path: Path) -> dict[str, float]:
    """Read once in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, kind, str(path)], capture_output=True, text=True, check=True
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=200.0)
    parser.add_argument("--channels", type=int, default=24)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--file", type=Path, default=None, help="an own CSV instead of a generated one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "log.csv"
        rows = 0 if options.file else write_log(path, options.megabytes, options.channels)
        results: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
        shuffle = np.random.default_rng(1)
        for _ in range(options.repeats):
            for kind in shuffle.permutation(KINDS):
                results[kind].append(run(kind, path))
        size = path.stat().st_size
    data = rows * (options.channels + 1) * 8 or size
    print(
        f"{size / 1e6:.0f} MB of text, {rows} rows, {data / 1e6:.0f} MB as float64, {options.repeats} "
        "runs each"
    )
    base = {k: statistics.median(r[k] for r in results["polars"]) for k in ("wall", "cpu")}
    for kind in KINDS:
        figures = {k: statistics.median(r[k] for r in results[kind]) for k in ("wall", "cpu", "peak")}
        print(
            f"{kind:18} wall {figures['wall']:.3f} s  cpu {figures['cpu']:.3f} s  peak "
            f"{figures['peak'] / data:.2f} x data  "
            f"speed against polars: wall {base['wall'] / figures['wall']:.2f}, cpu "
            f"{base['cpu'] / figures['cpu']:.2f}"
        )


if __name__ == "__main__":
    main()
