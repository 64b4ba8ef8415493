"""`hotfire bench`: neural against symbolic against both behind the router."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotfire.cli import Exit
from hotfire.cli._output import add_json, emit, write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotfire.examination.page_tables import Facts
    from hotfire.examination.rows import Row
    from hotfire.router.ledger import Rates

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Examine the small model, the search over the physics, and both behind the router on cases made by
the protocol: how right they are and what they cost, familiar and shifted. Rows go to Parquet, the
figures to a page. An interrupted run goes on with the same command; two commands with one folder
add up."""
EXAMPLES = """\
  hotfire bench -o bench --cases 30 --searched 1 --seconds 900
  hotfire bench -o bench --axes familiar --cases 1000 --searched 20
  hotfire bench -o bench --axes several swap_declared --levels 1 3 5 --cases 100 --searched 2
  hotfire bench -o bench --expert neural --model training/model
  hotfire bench -o bench --page-only --rate-cpu 0.05 --page comparison.md"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where rows go")
    parser.add_argument(
        "--expert",
        nargs="+",
        default=["neural", "symbolic", "hybrid"],
        metavar="WHO",
        help="neural, symbolic, hybrid (these three by default), symptoms",
    )
    parser.add_argument("--axes", nargs="+", metavar="AXIS", help="familiar, wording, shift axes (all)")
    parser.add_argument("--levels", nargs="+", type=int, default=[3], metavar="1-5", help="of the axes (3)")
    parser.add_argument("--cases", type=_count, default=100, metavar="N", help="of each axis and level (100)")
    parser.add_argument(
        "--searched",
        type=int,
        default=2,
        metavar="N",
        help="of them, for each engine, that the search answers too (2)",
    )
    parser.add_argument("--split", metavar="NAME", help="whose random numbers (test, shifted: shift)")
    parser.add_argument("--engines", nargs="+", default=[], metavar="ENGINE", help="only these")
    parser.add_argument("--without", nargs="+", default=[], metavar="ENGINE", help="all but these")
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="another model than the one that ships")
    parser.add_argument("--provider", choices=("auto", "cuda", "cpu"), default="auto", help="for the model")
    parser.add_argument("--prepared", type=Path, metavar="FOLDER", help="where cases are kept (in FOLDER)")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="searches of another bench, taken over")
    parser.add_argument("--seconds", type=float, metavar="S", help="begin no further case after")
    parser.add_argument("--page", type=Path, metavar="FILE", help="the page (bench.md in FOLDER)")
    parser.add_argument("--page-only", action="store_true", help="from the rows that are there")
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d"), help="on the page")
    parser.add_argument("--machine", default="machine not named", help="kind of machine, on the page")
    parser.add_argument("--rate-cpu", type=float, default=0.04, metavar="PRICE", help="core hour (0.04)")
    parser.add_argument("--rate-call", type=float, default=0.0, metavar="PRICE", help="of a model call (0)")
    parser.add_argument(
        "--training", type=float, metavar="PRICE", help="of training (its processor time on the card)"
    )
    parser.add_argument(
        "--calls", type=_count, default=100_000, metavar="N", help="that training is spread over (100000)"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Examine, and write the page."""
    from hotfire.examination.page import short
    from hotfire.examination.sitting import all_rows, sit

    folder: Path = arguments.output
    if not arguments.page_only:
        sit(_request(arguments), folder, command=_command(), say=_say)
    rows = all_rows(folder)
    facts = _facts(arguments)
    written = _write(rows, facts, arguments.page or folder / "bench.md")
    document = {"output": folder, "page": written, **_document(rows, facts.rates)}
    emit(
        lambda _: f"{short(rows, facts.rates)}\n{written}: every figure",
        lambda: document,
        as_json=arguments.json,
    )
    return Exit.DONE


def _request(arguments: argparse.Namespace) -> Any:
    from hotfire.examination.answering import EXPERTS
    from hotfire.examination.sitting import AXES, Request
    from hotfire.models.card import SHIPPED
    from hotfire.scenarios.protocol import LEVELS

    _among("--expert", arguments.expert, EXPERTS)
    _among("--axes", arguments.axes or (), AXES)
    _among("--levels", arguments.levels, LEVELS)
    return Request(
        experts=tuple(arguments.expert),
        axes=tuple(arguments.axes or AXES),
        levels=tuple(arguments.levels),
        cases=arguments.cases,
        searched=arguments.searched,
        split=arguments.split,
        engines=tuple(arguments.engines),
        without=tuple(arguments.without),
        model=arguments.model or SHIPPED,
        provider=arguments.provider,
        prepared=arguments.prepared,
        answers=arguments.answers,
        seconds=float("inf") if arguments.seconds is None else arguments.seconds,
    )


def _among(option: str, given: Sequence[object], known: Sequence[object]) -> None:
    from hotfire.physics.errors import HotfireError

    wrong = [g for g in given if g not in known]
    if wrong:
        raise HotfireError(
            f"there is no {wrong[0]!r} here", where=option, remedy=f"use {', '.join(map(str, known))}"
        )


def _facts(arguments: argparse.Namespace) -> Facts:
    """What the page says beside the figures."""
    import json

    from hotfire.examination.page_tables import Facts
    from hotfire.examination.sitting import MANIFEST
    from hotfire.experts.routing import ROUTING, Routing
    from hotfire.models.card import read_card
    from hotfire.router.ledger import Rates
    from hotfire.scenarios.protocol import load_protocol

    kept = json.loads((arguments.output / MANIFEST).read_text(encoding="utf-8"))
    model = Path(kept.get("folder", ""))
    training = dict(read_card(model).training) if "model" in kept else {}
    spent = training.get("processor_seconds", 0) / 3600.0 * arguments.rate_cpu
    price = spent if arguments.training is None else arguments.training
    page: Path = arguments.page or arguments.output / "bench.md"
    return Facts(
        arguments.date,
        arguments.machine,
        load_protocol().seed,
        kept.get("provider", ""),
        kept["commands"],
        training,
        Rates(arguments.rate_cpu, arguments.rate_call, price, arguments.calls),
        Routing.read(model / ROUTING).promise if "routing" in kept else None,
        f"{page.stem}.svg",
    )


def _write(rows: Sequence[Row], facts: Facts, path: Path) -> Path:
    """Write the page and its drawing."""
    from hotfire.examination.figure import draw
    from hotfire.examination.page import page
    from hotfire.examination.policies import paired

    own = paired(rows)
    if own.cases:
        write_whole(path.with_name(facts.figure), lambda part: part.write_text(draw(own), encoding="utf-8"))
    write_whole(path, lambda part: part.write_text(page(rows, facts), encoding="utf-8"))
    return path


def _document(rows: Sequence[Row], rates: Rates) -> dict[str, Any]:
    """Figures by expert, axis and level."""
    from hotfire.examination.policies import price

    groups: dict[tuple[str, str, int], list[Row]] = {}
    for r in rows:
        groups.setdefault((r.expert, r.axis, r.level), []).append(r)
    found = []
    for (expert, axis, level), own in sorted(groups.items()):
        mean = {n: sum(getattr(r, n) for r in own) / len(own) for n in ("score", "is_right", "wall", "cpu")}
        found.append(
            {
                "expert": expert,
                "axis": axis,
                "level": level,
                "cases": len(own),
                "score": mean["score"],
                "right": mean["is_right"],
                "wall": mean["wall"],
                "cpu": mean["cpu"],
                "peak_memory": max(r.peak_memory for r in own),
                "model_calls": sum(r.model_calls for r in own),
                "physics_solves": sum(r.solves for r in own),
                "price": price(own, rates),
            }
        )
    return {"schema": "hotfire.bench/1", "cases": len({r.id for r in rows}), "figures": found}


def _command() -> str:
    return shlex.join(["hotfire", *sys.argv[1:]])


def _say(what: str) -> None:
    print(f"hotfire: {what}", file=sys.stderr, flush=True)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value
