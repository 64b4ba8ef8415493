"""The `sequence` section of an engine file."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable
from typing import Any

from hotfire.engine_files.yaml_lines import LineDict
from hotfire.physics.bounds import NOT_NEGATIVE, POSITIVE
from hotfire.sequence import CommandSequence, Corners

__all__ = ["read_sequence"]

_PARTS = ("burn", "after", "start", "shutdown")
_SHUT = 2e-4


def read_sequence(
    section: LineDict, inputs: dict[str, float], number: Callable[..., float], fail: Callable[..., Exception]
) -> CommandSequence | None:
    """Read the sequence; None where the file has none.

    Args:
        section: The section, empty where absent.
        inputs: Inputs of the engine, with their values in mainstage.
        number: Reads a figure of a mapping: mapping, key, unit, default.
        fail: Makes the error of this file: text, mapping, key.
    """
    if not section:
        return None
    for key in section:
        if key not in _PARTS:
            raise fail(
                f"`{key}` is not known in `sequence`",
                section,
                str(key),
                remedy=f"known are {', '.join(_PARTS)}",
            )
    default = CommandSequence()
    parts: dict[str, dict[str, Corners]] = {"start": {}, "shutdown": {}}
    for part, found in parts.items():
        commands = section.get(part) or LineDict()
        for name in commands:
            if name not in inputs:
                near = difflib.get_close_matches(str(name), inputs, n=3, cutoff=0.3)
                raise fail(
                    f"the sequence commands `{name}`, which is no input of this engine",
                    commands,
                    str(name),
                    remedy=f"did you mean {' or '.join(near or sorted(inputs)[:6])}?",
                )
            found[str(name)] = _corners(commands, str(name), part, inputs[name], number, fail)
    return CommandSequence(
        burn=number(section, "burn", "s", default.burn, bounds=POSITIVE),
        after=number(section, "after", "s", default.after, bounds=NOT_NEGATIVE),
        **parts,
    )


def _corners(
    commands: LineDict,
    name: str,
    part: str,
    mainstage: float,
    number: Callable[..., float],
    fail: Callable[..., Exception],
) -> Corners:
    given: Any = commands[name]
    if isinstance(given, LineDict):
        begin, end = number(given, "from", "s", None), number(given, "to", "s", None)
        rest = _SHUT if name.endswith(".position") else 0.0
        first, last = (rest, mainstage) if part == "start" else (mainstage, rest)
        corners: Corners = ((begin, first), (end, last))
    else:
        corners = _listed(given, commands, name, number, fail)
    if any(b[0] <= a[0] for a, b in itertools.pairwise(corners)) or not corners:
        raise fail(f"the corners of `{name}` do not rise in time", commands, name, remedy="sort them by time")
    return corners


def _listed(
    given: Any, commands: LineDict, name: str, number: Callable[..., float], fail: Callable[..., Exception]
) -> Corners:
    """Read `[[0.2 s, 0], [0.4 s, 1]]`."""
    if not isinstance(given, list) or not all(isinstance(c, list) and len(c) == 2 for c in given):
        raise fail(
            f"`{name}` is neither a ramp nor a list of corners",
            commands,
            name,
            remedy="write `{from: 0.2 s, to: 0.4 s}` or `[[0.2 s, 0], [0.4 s, 1]]`",
        )
    pairs = [LineDict({"time": time, "value": value}) for time, value in given]
    return tuple((number(p, "time", "s", None), number(p, "value", "", None)) for p in pairs)
