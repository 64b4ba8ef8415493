"""The Aralia fault trees: probability and cut sets against the reference, CPU seconds beside dd.cudd's.

    HOTFIRE_SHARED=... python benchmarks/fault_trees.py [--limit S] [TREE ...]

Each tree runs in a process of its own; reading the file and importing are not counted. For dd.cudd the tree is built
as it stands, its variables declared depth-first, with and without reordering; the probability is a memoised walk.
The quicker of the two counts. It prints the table of docs/explanation/fault-trees.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("HOTFIRE_SHARED") or Path(__file__).parents[2] / "shared") / "data" / "aralia"


def _ours(path: Path) -> dict[str, Any]:
    import dd.cudd  # noqa: F401

    from hotfire.physics.fault_tree import quantify, read_open_psa

    tree = read_open_psa(path)
    start = time.process_time()
    asked = quantify(tree)
    found: dict[str, Any] = {
        "p": asked.probability,
        "p_seconds": time.process_time() - start,
        "nodes": asked.nodes,
    }
    start = time.process_time()
    found["importance_seconds"] = (len(asked.importance) and time.process_time()) - start
    return found


def _counted(path: Path) -> dict[str, Any]:
    from hotfire.physics.fault_tree import quantify, read_open_psa

    asked = quantify(read_open_psa(path))
    _ = asked.probability
    start = time.process_time()
    return {"count": asked.cut_set_count, "count_seconds": time.process_time() - start}


def _cudd(path: Path, reordering: bool) -> dict[str, Any]:
    from dd.cudd import BDD

    from hotfire.physics.fault_tree import read_open_psa

    sys.setrecursionlimit(100_000)
    tree = read_open_psa(path)
    start = time.process_time()
    manager = BDD()
    manager.configure(reordering=reordering)
    functions: dict[str, Any] = {}
    below: list[str] = []
    stack, seen = [tree.top], set()
    while stack:
        name = stack.pop()
        if name not in seen:
            seen.add(name)
            if name in tree.gates:
                stack.extend(reversed(tree.gates[name].inputs))
            else:
                below.append(name)
    manager.declare(*below)
    functions = {n: manager.var(n) for n in below}
    for name in tree.below():
        gate = tree.gates[name]
        inputs = [functions[i] for i in gate.inputs]
        if gate.operator == "atleast":
            so_far = [manager.true] + [manager.false] * gate.least
            for function in inputs:
                for j in range(gate.least, 0, -1):
                    so_far[j] |= so_far[j - 1] & function
            functions[name] = so_far[-1]
            continue
        result = ~inputs[0] if gate.operator == "not" else inputs[0]
        for function in inputs[1:]:
            result = result & function if gate.operator == "and" else result | function
        functions[name] = result
    known: dict[int, float] = {}

    def chance(u: Any) -> float:
        if u == manager.true:
            return 1.0
        if u.negated:
            return 1.0 - chance(~u)
        key = int(u)
        if key not in known:
            p = tree.basic_events[u.var].probability
            known[key] = p * chance(u.high) + (1.0 - p) * chance(u.low)
        return known[key]

    return {"p": chance(functions[tree.top]), "seconds": time.process_time() - start}


def _entry(queue: Any, work: Callable[..., dict[str, Any]], arguments: tuple[Any, ...]) -> None:
    queue.put(work(*arguments))


def _run(limit: float, work: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any] | None:
    """Run in a process of its own; None where it takes too long."""
    queue: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=_entry, args=(queue, work, arguments))
    process.start()
    deadline = time.monotonic() + limit
    result = None
    while result is None and time.monotonic() < deadline and (process.is_alive() or not queue.empty()):
        try:
            result = queue.get(timeout=0.2)
        except Exception:
            continue
    process.kill()
    process.join()
    return result


def _row(name: str, truth: dict[str, Any], limit: float) -> str:
    path = FOLDER / f"{name}.xml"
    ours = _run(4 * limit, _ours, path)
    wanted = truth["mcs"] is not None
    counted = _run(8 * limit, _counted, path) if wanted else None
    rivals = [_run(limit, _cudd, path, reordering) for reordering in (False, True)]
    seconds = min((r["seconds"] for r in rivals if r), default=None)
    cells = [name]
    if ours is None:
        cells += ["-", "-", "-", "-", "-"]
    else:
        exact = truth["p_top_exact"]
        off = "-" if exact is None else f"{abs(ours['p'] / exact - 1.0):.0e}"
        cells += [f"{ours['p']:.12g}", off, f"{ours['nodes']:,}", f"{ours['p_seconds']:.2f}"]
        cells += [f"{ours['importance_seconds']:.2f}"]
    shown = f"> {limit:g}" if seconds is None else f"{seconds:.2f}"
    allowed = max(0.5, 2.0 * (limit if seconds is None else seconds))
    cells += [shown, "yes" if ours and ours["p_seconds"] <= allowed else "no"]
    if counted:
        cells += [f"{counted['count']:,}", "yes" if counted["count"] == truth["mcs"] else "NO"]
        cells += [f"{counted['count_seconds']:.2f}"]
    else:
        cells += ["-", "not stated" if not wanted else "no", "-"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("trees", nargs="*")
    parser.add_argument(
        "--limit", type=float, default=15.0, help="wall seconds for dd.cudd a tree and setting"
    )
    arguments = parser.parse_args()
    truth = json.loads((FOLDER / "reference.json").read_text())
    print(
        "| tree | probability | off by | nodes | P, s | importance, s | dd.cudd P, s | within | cut sets ",
        end="",
    )
    print("| right | count, s |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name in arguments.trees or truth:
        if truth[name]["p_top_exact"] is not None or arguments.trees:
            print(_row(name, truth[name], arguments.limit), flush=True)


if __name__ == "__main__":
    main()
