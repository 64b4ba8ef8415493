"""`hotfire calibrate`: when the small model may be trusted."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hotfire.cli import Exit
from hotfire.cli._output import add_json, emit

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Settle when the small model is trusted and when the physics is searched: with confidence 1 - delta,
at most the share alpha of all cases is trusted and wrong, on cases drawn like those of the
calibration. Under shift nothing is promised."""
EXAMPLES = """\
  hotfire calibrate --cases 2400 -o routing.json          # as the shipped routing was made
  hotfire calibrate --alpha 0.01 --delta 0.1 -o strict.json
  hotfire calibrate --model training/model -o training/model/routing.json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="where to")
    parser.add_argument(
        "--alpha", type=_share, default=0.03, metavar="SHARE", help="trusted and wrong, of all cases (0.03)"
    )
    parser.add_argument(
        "--delta", type=_share, default=0.1, metavar="SHARE", help="chance that it does not hold (0.1)"
    )
    parser.add_argument("--cases", type=int, default=3000, metavar="N", help="calibration cases (3000)")
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="another model than the one that ships")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Calibrate."""
    from hotfire.experts.calibration import MIX, judged
    from hotfire.experts.neural import NeuralExpert
    from hotfire.experts.routing import settle
    from hotfire.experts.scores import WEIGHED, Scores
    from hotfire.models.card import SHIPPED
    from hotfire.models.runtime import SmallModel

    folder = arguments.model or SHIPPED
    found = judged(NeuralExpert(SmallModel(folder)), Scores(names=WEIGHED), arguments.cases, tell=_progress)
    routing = settle(found[::2], found[1::2], alpha=arguments.alpha, delta=arguments.delta)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    routing.write(arguments.output)
    promise = routing.promise
    wrong = sum(j.wrong for j in found) / len(found)
    document = {
        "output": arguments.output,
        "alpha": promise.alpha,
        "delta": promise.delta,
        "cases": len(found),
        "shifted": MIX.shifted,
        "threshold": promise.threshold,
        "trusted": promise.coverage,
        "trusted_and_wrong": promise.error,
        "wrong_without_router": wrong,
    }
    text = (
        f"{arguments.output}: of {promise.cases} cases, {MIX.shifted:.0%} of them shifted, {promise.coverage:.1%} are "
        f"trusted and {promise.error:.1%} trusted and wrong; unrouted {wrong:.1%} would be wrong"
    )
    emit(lambda _: text, lambda: document, as_json=arguments.json)
    return Exit.DONE


def _progress(done: int, total: int) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        print(f"\r{done} of {total} cases", end="\n" if done >= total else "", file=sys.stderr, flush=True)


def _share(text: str) -> float:
    value = float(text)
    if not 0.0 < value < 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
