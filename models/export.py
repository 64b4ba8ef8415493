"""The trained network as ONNX, in eight bits or in 32, checked against torch on real cases."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from hotfire.models.batch import INPUTS, collate, columns
from hotfire.models.card import VOCABULARY, WEIGHTS
from hotfire.models.encoding import Encoded
from hotfire.models.network import Network
from hotfire.models.words import Words

__all__ = ["Agreement", "export"]

OPSET = 17
_AXES = {
    "phrases": {0: "phrases", 1: "pieces"},
    "context": {0: "cases", 1: "context"},
    "places": {0: "cases", 1: "sensors"},
    "numbers": {0: "cases", 1: "sensors"},
    "faults": {0: "cases", 1: "faults"},
    "text": {0: "cases", 1: "text"},
    "logits": {0: "cases", 1: "columns"},
    "features": {0: "cases"},
}
_AT_ONCE = 64
_EXACT = ("of_numbers", "together", "of_sensor", "verdict", "sound", "fits", "weigh")


@dataclass(frozen=True)
class Agreement:
    """How an exported model compares with the network in torch, on the same cases.

    Attributes:
        cases: How many.
        logits: Largest difference of a logit between torch and ONNX before the weights are cut to eight bits.
        probability: Mean difference of the probability of torch's first hypothesis, as written.
        first: Share of cases with the same first hypothesis, as written.
        size: Of the weights as written, bytes.
        bits: Of a weight.
    """

    cases: int
    logits: float
    probability: float
    first: float
    size: int
    bits: int = 8


def export(
    network: Network, words: Words, cases: Sequence[Encoded], folder: Path, *, bits: int = 8
) -> Agreement:
    """Write weights and vocabulary.

    Args:
        network: Trained.
        words: Its vocabulary.
        cases: That torch and ONNX are compared on.
        folder: Where to; made where there is none.
        bits: Of a weight, 8 or 32.
    """
    folder.mkdir(parents=True, exist_ok=True)
    words.write(folder / VOCABULARY)
    network = network.cpu().eval()
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        _write(network, words, cases[:2], whole)
        if bits == 8:
            # Unsigned: the product of unsigned numbers with signed ones saturates on x86-64 without VNNI instructions.
            quantize_dynamic(
                whole,
                folder / WEIGHTS,
                weight_type=QuantType.QUInt8,
                per_channel=True,
                nodes_to_exclude=_exact(whole),
            )
        else:
            shutil.copyfile(whole, folder / WEIGHTS)
        return replace(_compare(network, words, cases, whole, folder / WEIGHTS), bits=bits)


def _write(network: Network, words: Words, cases: Sequence[Encoded], path: Path) -> None:
    example = tuple(torch.from_numpy(a) for a in collate(cases, words).feed().values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            example,
            str(path),
            input_names=list(INPUTS),
            output_names=["logits", "features"],
            dynamic_axes=_AXES,
            opset_version=OPSET,
            dynamo=False,
        )


def _exact(path: Path) -> list[str]:
    """Nodes that stay in 32 bits: where numbers enter and where logits leave, few weights and the most at stake."""
    products = [n for n in onnx.load(path).graph.node if n.op_type in ("MatMul", "Gemm")]
    kept = [n for n in products if not set(_EXACT).isdisjoint(n.name.split("/"))]
    # Quantising splits a Gemm into a product of this name and a sum.
    return [n.name if n.op_type == "MatMul" else f"{n.name}_MatMul" for n in kept]


def _compare(
    network: Network, words: Words, cases: Sequence[Encoded], whole: Path, written: Path
) -> Agreement:
    sessions = [
        onnxruntime.InferenceSession(str(p), providers=["CPUExecutionProvider"]) for p in (whole, written)
    ]
    apart, shifts, same = 0.0, [], []
    for start in range(0, len(cases), _AT_ONCE):
        own = cases[start : start + _AT_ONCE]
        batch = collate(own, words)
        with torch.no_grad():
            reference = network(*(torch.from_numpy(a) for a in batch.feed().values()))[0].numpy()
        exact, cut = (s.run(["logits"], batch.feed())[0] for s in sessions)
        for i, known in enumerate(columns(own, network.shape.modes)):
            at = list(known.values())
            apart = max(apart, float(np.abs(reference[i, at] - exact[i, at]).max()))
            torch_says, told = _softmax(reference[i, at]), _softmax(cut[i, at])
            first = int(torch_says.argmax())
            shifts.append(abs(float(torch_says[first] - told[first])))
            same.append(int(told.argmax()) == first)
    return Agreement(len(cases), apart, float(np.mean(shifts)), float(np.mean(same)), written.stat().st_size)


def _softmax(logits: np.ndarray) -> np.ndarray:
    mass = np.exp(logits.astype(np.float64) - logits.max())
    shares: np.ndarray = mass / mass.sum()
    return shares
