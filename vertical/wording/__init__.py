"""What an operator says of a test, in words: read into the symptoms that experts know.

    >>> from hotfire.wording import understand
    >>> understand("Pc sagged 9 % two seconds into mainstage").symptoms[0].direction
    'falls'

Reading a text needs no solver, unless an absolute amount is held against an engine.
"""

from __future__ import annotations

from hotfire.wording._cycles import cycle_named
from hotfire.wording._describing import describe_text
from hotfire.wording._understanding import ALL_ELSE, IN_WORDS, Heard, Understood, understand

__all__ = ["ALL_ELSE", "IN_WORDS", "Heard", "Understood", "cycle_named", "describe_text", "understand"]
