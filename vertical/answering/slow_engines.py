"""Engines that take time to settle and whose file does not say so: what a reader must know of their diagnosis."""

from __future__ import annotations

from hotfire.engine import Engine

__all__ = ["taken_to_follow_at_once"]

_SLOW = 0.1
"""Time in s of rotors and walls from which a log shows it."""


def taken_to_follow_at_once(engine: Engine) -> str:
    """Say that rotors and walls take time, where a file without a `sequence` has them follow at once; "" elsewhere."""
    if engine.sequence is not None:
        return ""
    from hotfire.compiled_engines import compiled_engine
    from hotfire.physics.settling import settling_of

    settling = settling_of(compiled_engine(engine))
    if settling is None or settling.times.max() < _SLOW:
        return ""
    return (
        f"rotors and walls of this engine take {settling.times.max():.1f} s to settle, but its file has no `sequence`: "
        "it is taken to follow its valves at once, and what still settles may be called a fault; add a `sequence` "
        "(docs/reference/engine-file.md)"
    )
