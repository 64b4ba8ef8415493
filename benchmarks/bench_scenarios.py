"""How many labelled descriptions a core makes in a second, and what getting ready costs.

    python benchmarks/bench_scenarios.py [--cases 1000] [--axis familiar --level 0]

Processor time of one process: drawing, running the plant, reading, describing and writing as JSON; getting ready is the
engine's rig with the effects of all faults, once for each engine and level.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from hotfire.scenarios.cases import Maker
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import FAMILIAR, bench, settings

_BATCH = 250


def main() -> None:
    """Print a row for each engine, and all together."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=1000, help="of each engine")
    parser.add_argument("--axis", default=FAMILIAR)
    parser.add_argument("--level", type=int, default=0)
    arguments = parser.parse_args()
    protocol, random = load_protocol(), np.random.default_rng(1)
    print("| engine | getting ready, s | cases | cases a second | left out |\n|---|---|---|---|---|")
    spent = made = 0.0
    for setting in settings(protocol, arguments.axis, arguments.level):
        start = time.process_time()
        maker = Maker(setting, *bench(setting), protocol)
        maker.make(5, random)
        ready, start, count = time.process_time() - start, time.process_time(), 0
        for _ in range(0, arguments.cases, _BATCH):
            cases = maker.make(_BATCH, random)
            count += len([json.dumps(maker.record("case", case)) for case in cases])
        taken = time.process_time() - start
        spent, made = spent + taken, made + count
        left = 1.0 - count / (_BATCH * -(-arguments.cases // _BATCH))
        print(f"| {setting.engine} | {ready:.1f} | {count} | {count / taken:.0f} | {left:.1%} |", flush=True)
    print(f"| all | | {made:.0f} | {made / spent:.0f} | |")


if __name__ == "__main__":
    main()
