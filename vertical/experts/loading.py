"""The small model as an expert, and the router with it: loaded when first asked for, and once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hotfire.experts.searching import USUAL, LogSearch
from hotfire.models import card
from hotfire.physics.errors import HotfireError

if TYPE_CHECKING:
    from hotfire.experts.neural import NeuralExpert
    from hotfire.router.controller import Controller

__all__ = ["log_router", "neural_expert"]

Loaded = TypeVar("Loaded")


def neural_expert(model: Path | None, provider: str) -> NeuralExpert:
    """Return the small model as an expert.

    Args:
        model: Its folder; None for the one that ships.
        provider: What it runs on.

    Raises:
        HotfireError: If there is none, or it does not load.
    """
    folder = model or card.SHIPPED
    return _loaded(folder, lambda: _neural(folder, provider))


def log_router(model: Path | None, provider: str) -> Controller[Any]:
    """Return the router of logs between the small model and the search; as `neural_expert`."""
    folder = model or card.SHIPPED
    return _loaded(folder, lambda: _router(folder, provider))


@lru_cache(maxsize=4)
def _neural(folder: Path, provider: str) -> NeuralExpert:
    from hotfire.experts.neural import NeuralExpert
    from hotfire.models.runtime import SmallModel

    return NeuralExpert(SmallModel(folder, provider=provider))


@lru_cache(maxsize=4)
def _router(folder: Path, provider: str) -> Controller[Any]:
    card.read_card(folder)  # no model is told before a model without a routing
    from hotfire.experts.routing import router

    return router(folder, sure=LogSearch(), usual=USUAL, provider=provider)


def _loaded(folder: Path, load: Callable[[], Loaded]) -> Loaded:
    """Load; whatever goes wrong is told as an error of the model."""
    try:
        return load()
    except HotfireError:
        raise
    except Exception as error:
        raise HotfireError(
            "the small model does not load",
            where=str(folder),
            why=f"{type(error).__name__}: {error}",
            remedy="install hotfire again, or ask the expert `symbolic`",
        ) from error
