"""Names of channels that stand in groups (HDF5, structs of MATLAB): `fast.PT-201` is PT-201 where only one is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hotfire.telemetry.headers import split_unit

__all__ = ["by_last_part", "last_part", "meant_by"]

_GROUPED = re.compile(r".*[^\s.]\.(?P<last>[^\W\d_][^.]*)")
"""A group, a dot, and what begins with a letter: the dot of a number has none behind it."""


def last_part(name: str) -> str:
    """Return a name without its unit and its groups; the name without its unit where it stands in no group."""
    bare = split_unit(name)[0]
    grouped = _GROUPED.fullmatch(bare)
    return grouped["last"] if grouped else bare


def meant_by(given: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the channels that somebody may mean: those whose last parts are the given name, or its groups with `/`.

    Args:
        given: As written, which is no channel's whole name.
        names: Channels of the log.
    """
    path = given.strip("/").replace("/", ".")
    return tuple(n for n in names if path in (last_part(n), split_unit(n)[0], n))


def by_last_part(names: Iterable[str]) -> dict[str, str]:
    """Return the channels in groups by their last parts, those alone whose last part no other channel has."""
    members: dict[str, list[str]] = {}
    for name in names:
        members.setdefault(last_part(name), []).append(name)
    return {last: several[0] for last, several in members.items() if len(several) == 1}
