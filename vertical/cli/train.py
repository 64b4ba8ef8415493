"""`hotfire train`: the small model, from nothing to weights."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from hotfire.cli import Exit
from hotfire.cli._output import add_json, emit
from hotfire.cli._training import need, say

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Make cases by the protocol, train the small model on them from the packaged pretrained encoder, and
export it: weights in eight bits (ONNX), vocabulary and card. Needs `hotfire[train]`. An interrupted
run goes on with --resume."""
EXAMPLES = """\
  hotfire train -o training --workers 2              # by the recipe of the shipped weights
  hotfire train -o tiny --cases 500 --texts 100 --epochs 1 --validation 200
  hotfire train -o training --resume"""

_HELP = {
    "cases": "training cases, described from logs",
    "epochs": "times that each is seen",
    "texts": "of these, cases that operators tell of as well",
    "validation": "cases that set the temperature",
    "width": "of a token",
    "layers": "of the encoder over tokens",
    "seed": "of everything that is drawn",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where to")
    for name, what in _HELP.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N", help=what)
    parser.add_argument("--protocol", metavar="FILE", help="another protocol than the one that ships")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that make cases and texts"
    )
    parser.add_argument("--resume", action="store_true", help="go on with what an interrupted run left")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train."""
    need("hotfire train", "torch", "pytorch_lightning", "onnx", "safetensors")
    from hotfire.learning.recipe import Recipe
    from hotfire.learning.run import learn

    given = {f.name: getattr(arguments, f.name) for f in fields(Recipe)}
    recipe = Recipe(**{name: value for name, value in given.items() if value is not None})
    card, agreement = learn(
        recipe,
        arguments.output,
        protocol=arguments.protocol,
        workers=arguments.workers,
        resume=arguments.resume,
        tell=say,
    )
    found = {
        "model": arguments.output / "model",
        "temperature": card.temperature,
        "bytes": agreement.size,
        "figures": dict(card.figures),
        "training": dict(card.training),
    }
    text = (
        f"{found['model']}: {agreement.size / 1e6:.1f} MB, temperature {card.temperature:.2f}; in eight bits "
        f"{agreement.first:.1%} of {agreement.cases} cases have the same first hypothesis as in torch"
    )
    emit(lambda _: text, lambda: found, as_json=arguments.json)
    return Exit.DONE
