"""What a model is trained on, and what a training folder keeps of it beside cases and checkpoints."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from hotfire.models.card import CARD
from hotfire.physics.errors import HotfireError

__all__ = ["Recipe", "keep", "kept", "note_spent", "spent_before"]

_RECIPE = "recipe.json"
_SPENT = "spent.json"


@dataclass(frozen=True)
class Recipe:
    """What a model is trained on, and for how long.

    Attributes:
        cases: Training cases, described from logs.
        epochs: Times that each is seen.
        texts: Of these, cases that operators tell of as well; each text is one more case.
        validation: Cases that set the temperature.
        width, layers: Of the network.
        seed: Of everything that is drawn.
    """

    cases: int = 700_000
    epochs: int = 2
    texts: int = 24_000
    validation: int = 2_000
    width: int = 128
    layers: int = 3
    seed: int = 0


def keep(recipe: Recipe, folder: Path) -> None:
    """Write down what is trained, for an export after an interruption."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _RECIPE).write_text(json.dumps(asdict(recipe), indent=1) + "\n", encoding="utf-8")


def kept(folder: Path) -> tuple[Recipe, dict[str, Any]]:
    """Recipe of a training folder, and what its training took where that is known."""
    spent: dict[str, Any] = {}
    card = folder / "model" / CARD
    if card.exists():
        training = json.loads(card.read_text(encoding="utf-8"))["training"]
        spent = (
            {"processor_seconds": training["processor_seconds"]} if "processor_seconds" in training else {}
        )
    path = folder / _RECIPE
    if path.exists():
        values = json.loads(path.read_text(encoding="utf-8"))
    elif spent:
        values = training
    else:
        raise HotfireError(
            "this is no folder of a training",
            where=str(folder),
            why=f"there is neither {_RECIPE} nor a model's card in it",
            remedy="give the folder that `hotfire train -o FOLDER` wrote",
        )
    names = {f.name for f in fields(Recipe)}
    return Recipe(**{name: value for name, value in values.items() if name in names}), spent


def note_spent(folder: Path, seconds: float) -> None:
    """Write down the processor time in s that a training took before its export."""
    (folder / _SPENT).write_text(json.dumps({"processor_seconds": round(seconds)}) + "\n", encoding="utf-8")


def spent_before(folder: Path) -> float:
    """Return the processor time in s of a training that was interrupted before its export; 0 where none is known."""
    path = folder / _SPENT
    return float(json.loads(path.read_text(encoding="utf-8"))["processor_seconds"]) if path.exists() else 0.0
