"""`hotfire export`: the small model from what training left."""

from __future__ import annotations

import argparse
from pathlib import Path

from hotfire.cli import Exit
from hotfire.cli._output import add_json, emit
from hotfire.cli._training import need, say

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Write the small model from the checkpoint that `hotfire train` left, finished or not: weights as
ONNX in eight bits or in 32, vocabulary, and a card with their hashes, checked against torch on
held-out cases. Needs `hotfire[train]`."""
EXAMPLES = """\
  hotfire export training -o model                   # as training itself does at its end
  hotfire export training -o exact --bits 32"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("folder", type=Path, metavar="TRAINING", help="folder that `hotfire train` wrote")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where to")
    parser.add_argument("--bits", type=int, choices=(8, 32), default=8, help="of a weight (8)")
    parser.add_argument("--protocol", metavar="FILE", help="the protocol of the training, if another")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Export."""
    need("hotfire export", "torch", "pytorch_lightning", "onnx", "safetensors")
    from hotfire.learning.run import export_again
    from hotfire.models.card import read_card

    output: Path = arguments.output
    card, agreement = export_again(
        arguments.folder,
        output,
        bits=arguments.bits,
        protocol=arguments.protocol,
        tell=say,
    )
    found = {
        "model": output,
        "bits": agreement.bits,
        "bytes": agreement.size,
        "cases": agreement.cases,
        "largest_difference_of_a_logit": agreement.logits,
        "same_first_hypothesis": agreement.first,
        "temperature": card.temperature,
        "training": dict(card.training),
        "sha256": dict(read_card(output).hashes),
    }
    text = (
        f"{output}: {agreement.size / 1e6:.1f} MB in {agreement.bits} bits, temperature {card.temperature:.2f}; "
        f"{agreement.first:.1%} of {agreement.cases} cases have the same first hypothesis as in torch, whose logits "
        f"the ONNX graph follows within {agreement.logits:.1g}"
    )
    emit(lambda _: text, lambda: found, as_json=arguments.json)
    return Exit.DONE
