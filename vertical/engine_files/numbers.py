"""Numbers of an engine file: with their units, gauge or absolute, and within their bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotfire.engine_files.yaml_lines import LineDict
from hotfire.physics.bounds import ANY, Bounds
from hotfire.physics.errors import EngineError, HotfireError, UnitError

__all__ = ["NumberReader"]

Refusal = Callable[..., EngineError]
Place = tuple[LineDict, str]


class NumberReader:
    """Reads the numbers of one file; `fail` makes its errors."""

    def __init__(self, fail: Refusal) -> None:
        self._fail = fail

    def __call__(
        self,
        mapping: LineDict,
        key: str,
        unit: str,
        default: float | None,
        at: Place | None = None,
        *,
        name: str = "",
        bounds: Bounds = ANY,
        absolute: bool = False,
    ) -> float:
        """Return a number in SI.

        Args:
            mapping: Where it stands.
            key: Under which word.
            unit: SI unit; "" for a plain number.
            default: Value where it is absent; None where it must be there.
            at: Mapping and key whose line is told where `mapping` has none.
            name: What messages call it; "" for the key.
            bounds: What it may be.
            absolute: True for a pressure, which says gauge or absolute; False for a difference of two, where both are
                the same.
        """
        place = (mapping, key) if mapping.line(key) or at is None else at
        given = mapping.get(key)
        if given is None:
            if default is None:
                raise self._fail(
                    f"`{key}` is missing", *place, remedy=f"give it in {unit or 'plain numbers'}"
                )
            return default
        value = self._read(given, unit, place, name, absolute=absolute)
        if not bounds.allow(value):
            raise self._fail(
                f"{name or f'`{key}`'} is {given}",
                *place,
                why=f"it must be {bounds.text}{f' {unit}' if unit else ''}",
                remedy=_mended(given, value, unit, bounds),
            )
        return value

    def _read(self, given: Any, unit: str, place: Place, name: str, *, absolute: bool) -> float:
        """Read a number with its unit, or a bare one where there is none."""
        from hotfire.physics.units import parse_quantity

        if isinstance(given, (int, float)) and not isinstance(given, bool):
            if unit:
                raise self._fail(
                    f"{place[1]} = {given} has no unit", *place, remedy=f"write it as `{given} {unit}`"
                )
            return float(given)
        try:
            if not absolute:
                return parse_quantity(str(given), expect=unit, reference="differential", ambient=0.0)
            return parse_quantity(str(given), expect=unit, reference=None)
        except HotfireError as error:
            raise self._fail(
                f"{name}: {error.what}" if name else error.what,
                *place,
                why=error.why,
                remedy=_referred(str(given), error) or error.remedy,
            ) from error


def _mended(given: Any, value: float, unit: str, bounds: Bounds) -> str:
    """Say how a number outside its bounds is mended; a bare one above them may have been meant in per cent."""
    if not unit and not isinstance(given, str) and value >= bounds.most and bounds.allow(value / 100.0):
        return f"write `{given} %` if per cent was meant"
    return f"write a value {bounds.text}{f' {unit}' if unit else ''}"


def _referred(given: str, error: HotfireError) -> str:
    """Say how a pressure is written that says neither gauge nor absolute; "" where that is not the matter."""
    if not (isinstance(error, UnitError) and "gauge or absolute" in error.what):
        return ""
    return f"write `{given}g` or `{given}a`"
