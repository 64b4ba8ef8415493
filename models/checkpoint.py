"""Networks from what training left: its last checkpoint, read as weights alone."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError

import torch

from hotfire.models.network import Network, Shape
from hotfire.models.pretrained import load_into
from hotfire.models.words import Words
from hotfire.physics.errors import HotfireError

__all__ = ["CHECKPOINT", "last_checkpoint", "network_of"]

CHECKPOINT = "last.ckpt"
_OWN = "network."


def last_checkpoint(folder: Path) -> Path:
    """Return the checkpoint in a folder where `fit` kept one.

    Raises:
        HotfireError: If there is none.
    """
    path = folder / CHECKPOINT
    if path.exists():
        return path
    raise HotfireError(
        "there is no checkpoint to export",
        where=str(folder),
        why="training leaves one after each pass over the cases, and none was finished",
        remedy="go on with `hotfire train -o FOLDER --resume`",
    )


def network_of(path: Path, shape: Shape, words: Words) -> tuple[Network, int]:
    """Read a network, and after how many epochs it was kept.

    Nothing but tensors and plain values is unpickled.

    Args:
        path: Of the checkpoint.
        shape: That it must have.
        words: Its vocabulary.

    Raises:
        HotfireError: If it is no checkpoint of this project, or of a network of another shape.
    """
    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
        weights = {n.removeprefix(_OWN): w for n, w in kept["state_dict"].items() if n.startswith(_OWN)}
        own, epochs = kept["hyper_parameters"]["shape"], int(kept["epoch"]) + 1
    except (UnpicklingError, RuntimeError, KeyError, TypeError, EOFError) as error:
        raise HotfireError(
            "this is not a checkpoint of a small model",
            where=str(path),
            why=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'it cannot be read'}",
            remedy="train again, or give another folder",
        ) from error
    asked = shape.as_dict()
    other = [n for n, value in asked.items() if _plain(own.get(n)) != _plain(value)]
    if other:
        raise HotfireError(
            "the checkpoint is of another network than the recipe and the cases beside it",
            where=str(path),
            why="; ".join(
                f"{n}: {_plain(own.get(n))} there, {_plain(asked[n])} by the recipe" for n in other
            ),
            remedy="export with the protocol and the version that it was trained with",
        )
    network = Network(shape)
    load_into(
        network.text, words
    )  # what is not a weight of it, such as the least variance of a normalisation
    network.load_state_dict(weights)
    return network.eval(), epochs


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
