"""`hotfire scenarios`: labelled cases in bulk."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hotfire.cli import Exit
from hotfire.cli._output import add_json, emit

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Make labelled cases by the protocol: descriptions in shards of JSON lines, or logs. An interrupted
run goes on where it stopped and ends with the same bytes."""
EXAMPLES = """\
  hotfire scenarios --split train -o cases/train --workers 2
  hotfire scenarios --split shift --axis cycle --level 3 -o cases/cycle
  hotfire scenarios --split test --cases 30 --logs -o cases/logs
  hotfire scenarios --list                         # splits, axes and levels of the protocol"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--split", default="train", metavar="NAME", help="split of the protocol (default train)"
    )
    parser.add_argument("--axis", default="familiar", metavar="NAME", help="shift axis (default: familiar)")
    parser.add_argument("--level", type=int, default=0, metavar="1-5", help="level of the shift")
    parser.add_argument("--cases", type=_count, metavar="N", help="how many (default: as the protocol says)")
    parser.add_argument("--protocol", metavar="FILE", help="another protocol than the one that ships")
    parser.add_argument("--logs", action="store_true", help="write CSV logs instead of descriptions")
    parser.add_argument(
        "--dialects", action="store_true", help="write each log as another test stand would, not as plain CSV"
    )
    parser.add_argument("--workers", type=_count, default=1, metavar="N", help="processes (default 1)")
    parser.add_argument("--list", action="store_true", help="list splits, axes and levels, and make nothing")
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where to")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make cases."""
    from hotfire.physics.errors import HotfireError
    from hotfire.scenarios.generation import generate, plan
    from hotfire.scenarios.protocol import WORDING, load_protocol

    protocol = load_protocol(arguments.protocol)
    if arguments.list:
        listed: dict[str, dict[str, object]] = {
            "splits": {**protocol.splits},
            "axes": {a: dict(protocol.shifts[a]) for a in protocol.axes},
            "texts": {WORDING: dict(protocol.shifts[WORDING])},
        }
        emit(lambda _: _listing(listed), lambda: listed, as_json=arguments.json)
        return Exit.DONE
    if arguments.output is None:
        raise HotfireError("no folder is given", where="--output", remedy="add `-o FOLDER`")
    shards = plan(
        protocol, arguments.split, cases=arguments.cases, axis=arguments.axis, level=arguments.level
    )
    total = sum(s.cases for s in shards)
    if arguments.logs:
        from hotfire.scenarios.log_cases import generate_logs

        total = generate_logs(
            shards, arguments.output, protocol_path=arguments.protocol, dialects=arguments.dialects
        )
    else:
        generate(
            shards,
            arguments.output,
            protocol_path=arguments.protocol,
            workers=arguments.workers,
            progress=_progress,
        )
    document = {"output": arguments.output, "split": arguments.split, "cases": total, "shards": len(shards)}
    what = "logs" if arguments.logs else f"cases in {len(shards)} shards"
    emit(lambda _: f"{arguments.output}: {total} {what}", lambda: document, as_json=arguments.json)
    return Exit.DONE


def _listing(document: dict[str, dict[str, object]]) -> str:
    """Splits and axes for people."""
    splits = ", ".join(f"{name} ({count})" for name, count in document["splits"].items())
    axes, texts = ([f"  {a}" for a in document[key]] for key in ("axes", "texts"))
    of_texts = "axes of texts alone (`hotfire bench`), levels 1 to 5:"
    return "\n".join([f"splits: {splits}", "axes, levels 1 to 5:", *axes, of_texts, *texts])


def _progress(done: int, total: int) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        print(f"\r{done} of {total} cases", end="\n" if done >= total else "", file=sys.stderr, flush=True)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value
