"""The description of a case of which there are words only."""

from __future__ import annotations

from hotfire.engine import Engine
from hotfire.physics.description import Description
from hotfire.wording._understanding import understand

__all__ = ["describe_text"]


def describe_text(
    text: str,
    engine: Engine | None = None,
    *,
    cycle: str = "",
    propellants: tuple[str, str] = ("", ""),
    phase: str = "mainstage",
) -> Description:
    """Describe a case by what an operator says of it.

    Args:
        text: In English or Italian, or both, as operators write it.
        engine: The engine, if it is known.
        cycle: Cycle in words where no engine is given.
        propellants: Oxidizer and fuel where no engine is given.
        phase: Phase of the test that the text is about.

    Returns:
        The description; its `burn` is 0 s, since no stretch was recorded.
    """
    hardware: tuple[str, ...] = ()
    if engine is not None:
        from hotfire.engine_cycle import cycle_in_words
        from hotfire.locations import hardware_of

        names = engine.propellants
        cycle, hardware = cycle_in_words(engine.network), hardware_of(engine.network)
        propellants = (names.get("oxidizer", ""), names.get("fuel", ""))
    symptoms = understand(text, engine=engine, phase=phase).symptoms
    return Description(cycle, propellants, hardware, 0.0, symptoms, text)
