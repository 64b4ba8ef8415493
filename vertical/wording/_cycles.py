"""Cycles as people name them."""

from __future__ import annotations

from hotfire.physics.errors import HotfireError

__all__ = ["cycle_named"]

_NAMES = {
    "pressure-fed": ("pressure fed", "blowdown", "regulated"),
    "hybrid": (),
    "monopropellant": ("monoprop",),
    "electric pump": ("electric pumps", "electric pump fed", "battery driven"),
    "gas generator": ("gg",),
    "tap-off": ("tap off", "combustion tap off"),
    "closed expander": ("expander",),
    "expander bleed": ("open expander",),
    "fuel-rich staged combustion": ("staged combustion fuel rich", "staged combustion"),
    "oxidizer-rich staged combustion": ("staged combustion ox rich", "ox rich staged combustion"),
    "full-flow staged combustion": ("full flow", "staged combustion full flow"),
}
"""As `hotfire.engine_cycle.cycle_in_words` names them, with other names; blanks stand for hyphens and underscores."""


def cycle_named(words: str) -> str:
    """Return a cycle as descriptions name it.

    Args:
        words: As people write it; "" where it is not known.

    Raises:
        HotfireError: If there is no such cycle.
    """
    plain = " ".join(words.lower().replace("_", " ").replace("-", " ").split())
    for name, others in _NAMES.items():
        if plain in (name.replace("-", " "), *others):
            return name
    if not plain:
        return ""
    raise HotfireError(
        f"there is no cycle {words!r}", where="--cycle", remedy=f"use one of {', '.join(_NAMES)}"
    )
