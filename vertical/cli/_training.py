"""What commands about training share: packages that they need, and progress."""

from __future__ import annotations

import sys

__all__ = ["need", "say"]


def need(command: str, *modules: str) -> None:
    """Say early that something is not installed."""
    from importlib.util import find_spec

    from hotfire.physics.errors import HotfireError

    missing = [m for m in modules if find_spec(m) is None]
    if missing:
        raise HotfireError(
            "training needs packages that are not installed",
            where=command,
            why=f"there is no {', '.join(missing)}",
            remedy="pip install 'hotfire[train]'",
        )


def say(what: str) -> None:
    """Tell of progress."""
    print(f"hotfire: {what}", file=sys.stderr, flush=True)
