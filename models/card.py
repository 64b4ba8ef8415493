"""What ships beside the weights: what they are, whether they are whole, how warm they answer, how good they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hotfire.physics.errors import HotfireError

__all__ = ["CARD", "SHIPPED", "VOCABULARY", "WEIGHTS", "Card", "read_card", "write_card"]

SHIPPED = Path(__file__).parent / "weights"
CARD, WEIGHTS, VOCABULARY = "card.json", "model.onnx", "vocabulary.txt"
_SCHEMA = "hotfire.model/1"


@dataclass(frozen=True)
class Card:
    """A model's card.

    Attributes:
        date: When it was exported.
        modes: Faults of sensors that the network knows, in the order of its columns.
        hypotheses: Every hypothesis that was true in a training case; what is asked where no engine is named.
        temperature: By which logits are divided.
        training: How it was trained: cases, epochs, seed, processor time in s, machine.
        figures: How good it was, by name.
        hashes: SHA-256 of each file.
    """

    date: str
    modes: tuple[str, ...]
    hypotheses: tuple[str, ...]
    temperature: float
    training: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)


def write_card(card: Card, folder: Path) -> None:
    """Write the card with the hashes of the files beside it."""
    hashes = {name: _hash(folder / name) for name in (WEIGHTS, VOCABULARY)}
    values = {"schema": _SCHEMA, **asdict(card), "hashes": hashes}
    (folder / CARD).write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def read_card(folder: Path) -> Card:
    """Read the card and check the files beside it.

    Raises:
        HotfireError: If there is no model, or a file is not the one that the card is of.
    """
    path = folder / CARD
    if not path.exists():
        raise HotfireError(
            "there is no trained model here", where=str(folder), remedy="train one: `hotfire train -o FOLDER`"
        )
    values = json.loads(path.read_text(encoding="utf-8"))
    if values.pop("schema", None) != _SCHEMA:
        raise HotfireError("this is not a model that this version reads", where=str(path))
    for name, expected in values["hashes"].items():
        if not (folder / name).exists() or _hash(folder / name) != expected:
            raise HotfireError(
                f"{name} is not the file that the model's card is of",
                where=str(folder),
                why="it is missing, was changed, or is of another model",
                remedy="install hotfire again, or export the model again",
            )
    for name in ("modes", "hypotheses"):
        values[name] = tuple(values[name])
    return Card(**values)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
