"""Engines with their equations compiled, once each."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from hotfire.engine import ById, Engine

if TYPE_CHECKING:
    from hotfire.physics.compiled import CompiledNetwork

__all__ = ["compiled_engine"]


@lru_cache(maxsize=8)
def _compiled(key: ById) -> CompiledNetwork:
    from hotfire.physics.compiled import CompiledNetwork

    return CompiledNetwork(key.engine.network)


def compiled_engine(engine: Engine) -> CompiledNetwork:
    """Compile an engine once."""
    return _compiled(ById(engine))
