"""Engineering units of test stands: read with the channel's kind in mind, gauge or absolute explicit.

pint alone misreads them silently (`C` coulomb, `F` farad, `R` gas constant, `G` gauss, `bar(g)` bar gram,
`lb` mass) and does not know `psig`, `barA`, `lbm`, `gpm` or `RPM` as written. So scale and offset stand in an
own table (`unit_table`), which a test compares with pint wherever pint is right; reading a log needs no pint.

A text that means several things is refused with the word that settles it; nothing is guessed here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hotfire.physics.errors import UnitError
from hotfire.physics.unit_table import SI_SYMBOLS, Row, lookup, normalise, readings

__all__ = [
    "STANDARD_ATMOSPHERE",
    "Unit",
    "from_si",
    "is_unit",
    "parse_quantity",
    "parse_unit",
    "quantity",
    "to_si",
]

STANDARD_ATMOSPHERE = 101325.0

_KIND_WORDS = {
    "position": "length",
    "displacement": "length",
    "percent": "dimensionless",
    "command": "dimensionless",
    "ratio": "dimensionless",
    "thrust": "force",
    "flow": "mass_flow",
    "": None,
}
_REFERENCE = re.compile(
    r"^(?P<base>.*?)[\s_\-.,]*(?P<mark>"
    r"[(\[]\s*(?:g|a|d|ga|abs|gauge|absolute|diff|differential)\.?\s*[)\]]"
    r"|gauge|gage|absolute|abs\.?|differential|diff|ga|g|a|d)$",
    re.IGNORECASE,
)
_REFERENCES = {"g": "gauge", "a": "absolute", "d": "differential"}
_NUMBER = re.compile(r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$", re.DOTALL)


@dataclass(frozen=True)
class Unit:
    """One unit as somebody wrote it.

    Attributes:
        symbol: As written.
        kind: Dimension word: `pressure`, `temperature`, `force`, `mass`, `mass_flow`, `volume_flow`,
            `length`, `angle`, `speed`, `rotation`, `voltage`, `time`, `dimensionless` ...
        scale: SI units per unit.
        offset: SI value of the unit's zero (gauge pressures: without the ambient pressure).
        reference: `gauge`, `absolute`, `differential` for pressures that say so; None where nothing is said.
    """

    symbol: str
    kind: str
    scale: float
    offset: float = 0.0
    reference: str | None = None

    @property
    def si(self) -> str:
        """Symbol of the SI unit of this kind."""
        return SI_SYMBOLS[self.kind]

    def with_reference(self, reference: str | None) -> Unit:
        """Return the same unit with another pressure reference.

        Args:
            reference: `gauge`, `absolute`, `differential`, or None for "nothing said".

        Raises:
            UnitError: If the unit is not a pressure or the word is not a reference.
        """
        if reference is not None and (self.kind != "pressure" or reference not in _REFERENCES.values()):
            raise UnitError(
                f"{self.symbol!r} cannot have the reference {reference!r}",
                why="only pressures are gauge, absolute or differential",
                remedy="write reference: gauge or reference: absolute, and only for pressures",
            )
        return replace(self, reference=reference)


def parse_unit(text: str, kind: str | None = None) -> Unit:
    """Read a unit as engineers write it.

    Args:
        text: For example `psig`, `bar(a)`, `°C`, `lbm/s`, `RPM`.
        kind: Dimension word of the channel (`pressure`, `temperature`, `force` ...), None when not known.

    Returns:
        The unit.

    Raises:
        UnitError: If the unit is unknown, has several meanings, or does not fit `kind`.
    """
    wanted = _KIND_WORDS.get(kind, kind) if kind is not None else None
    if wanted is not None and wanted not in SI_SYMBOLS:
        wanted = None
    rows, reference = _rows(text.strip())
    if not rows:
        raise UnitError(f"unit {text!r} is not known", why=_why_unknown(text), remedy=_suggest(wanted))
    fitting = [row for row in rows if wanted is None or row.kind == wanted]
    if not fitting:
        kinds = " or ".join(sorted({row.kind for row in rows}))
        raise UnitError(
            f"unit {text!r} is a {kinds}, the channel is a {wanted}",
            why="the unit does not fit the kind of the quantity",
            remedy=_mismatch_remedy(text, wanted or "") or _suggest(wanted),
        )
    if wanted is None and (len({row.kind for row in rows}) > 1 or _trap(text, fitting)):
        raise _ambiguous(text, fitting)
    if len(fitting) > 1:
        raise _ambiguous(text, fitting)
    row = fitting[0]
    return Unit(text.strip(), row.kind, row.scale, row.offset, reference)


def is_unit(text: str) -> bool:
    """Say whether a text can be read as a unit, whatever the kind."""
    return bool(text.strip()) and bool(_rows(text.strip())[0])


def to_si(values: ArrayLike, unit: Unit, ambient: float = STANDARD_ATMOSPHERE) -> NDArray[np.float64]:
    """Convert values to SI.

    Args:
        values: Numbers in `unit`.
        unit: Their unit; a pressure must say whether it is gauge, absolute or differential.
        ambient: Ambient pressure in Pa, added to gauge pressures.

    Returns:
        The values in SI (pressures absolute, except differential ones).

    Raises:
        UnitError: If a pressure says nothing about its reference.
    """
    result = np.asarray(values, dtype=np.float64) * unit.scale
    shift = unit.offset + _shift(unit, ambient)
    if shift:
        result = result + shift
    return result


def from_si(values: ArrayLike, unit: Unit, ambient: float = STANDARD_ATMOSPHERE) -> NDArray[np.float64]:
    """Convert SI values to a unit: the inverse of `to_si`.

    Args:
        values: Numbers in SI (pressures absolute).
        unit: The unit to write them in.
        ambient: Ambient pressure in Pa.

    Returns:
        The values in `unit`.

    Raises:
        UnitError: If a pressure says nothing about its reference.
    """
    return (np.asarray(values, dtype=np.float64) - unit.offset - _shift(unit, ambient)) / unit.scale


def parse_quantity(
    text: str | float,
    expect: str | None = None,
    *,
    reference: str | None = "absolute",
    ambient: float = STANDARD_ATMOSPHERE,
    where: str = "",
) -> float:
    """Read a quantity such as `30 bar`, `23.88 mm` or `5 psig` and return it in SI.

    Args:
        text: Number and unit; a bare number only where `expect` is dimensionless (`` or `1`).
        expect: A unit of the dimension that is wanted (`Pa`, `m`, `J/kg/K`); None takes any.
        reference: What a pressure without `g` or `a` means; None refuses it.
        ambient: Ambient pressure in Pa, for gauge pressures.
        where: File and line, for the error.

    Returns:
        The value in SI (pressures absolute).

    Raises:
        UnitError: If the number, the unit or the dimension is wrong.
    """
    number, word = _split(text, where)
    if not word:
        if expect is None or expect in ("", "1", "dimensionless"):
            return number
        raise UnitError(
            f"{text!r} has no unit", where=where, remedy=f"write the unit, as in `{number:g} {expect}`"
        )
    try:
        unit = parse_unit(word, _expected_kind(expect))
    except UnitError as error:
        if _rows(word)[0]:
            raise UnitError(error.what, where=where, why=error.why, remedy=error.remedy) from None
        return _by_pint(number, word, expect, where)
    if expect is not None and _expected_kind(expect) is None and expect not in ("", "1"):
        return _by_pint(number, word, expect, where)
    if unit.kind == "pressure" and unit.reference is None:
        unit = unit.with_reference(reference)
    try:
        return float(to_si(number, unit, ambient))
    except UnitError as error:
        raise UnitError(error.what, where=where, why=error.why, remedy=error.remedy) from None


def quantity(text: str | float, kind: str | None = None) -> Any:
    """Read a quantity for people's edges and return it as a pint Quantity in SI.

    Args:
        text: Number and unit, as in `parse_quantity`.
        kind: Dimension word, None when not known.

    Returns:
        A pint Quantity in SI base units of its kind, pressures absolute.

    Raises:
        UnitError: If the number or the unit is wrong, or does not fit.
    """
    number, word = _split(text, "")
    unit = parse_unit(word or "1", kind)
    if unit.kind == "pressure" and unit.reference is None:
        unit = unit.with_reference("absolute")
    registry = _registry()
    symbol = {"1": "", "m/m": "", "V/V": "", "dB": "", "m3/s (standard)": "m**3/s", "N m": "N*m"}.get(
        unit.si, unit.si
    )
    return registry.Quantity(float(to_si(number, unit)), re.sub(r"([a-z])([23])", r"\1**\2", symbol))


def _rows(text: str) -> tuple[list[Row], str | None]:
    """Return what a text may mean, and its pressure reference."""
    word = normalise(text)
    found = readings(word)
    if found:
        return found, None
    match = _REFERENCE.match(text)
    if match and match["base"]:
        pressures = [row for row in readings(normalise(match["base"])) if row.kind == "pressure"]
        if pressures:
            return pressures, _REFERENCES[match["mark"].strip("()[] ").lower()[0]]
    return [], None


def _shift(unit: Unit, ambient: float) -> float:
    """Return what the pressure reference adds, in Pa."""
    if unit.kind != "pressure" or unit.reference in ("absolute", "differential"):
        return 0.0
    if unit.reference == "gauge":
        return ambient
    raise UnitError(
        f"{unit.symbol!r} does not say whether it is gauge or absolute",
        why=f"the difference is the ambient pressure, {ambient:g} Pa",
        remedy=f"write `{unit.symbol}g` or `{unit.symbol}a`, or `reference: gauge` in the channel map",
    )


def _trap(text: str, rows: list[Row]) -> bool:
    """Say whether a text is a lone letter that other fields read otherwise (C coulomb, F farad, R, G)."""
    return text.strip() in ("C", "F", "R", "c", "f") and rows[0].kind == "temperature"


def _ambiguous(text: str, rows: list[Row]) -> UnitError:
    choices = ", ".join(f"`{row.spellings[0]}` ({row.kind})" for row in rows)
    return UnitError(
        f"unit {text!r} is ambiguous",
        why=f"it may mean {choices}" + ("" if len(rows) > 1 else " or an electrical or physical constant"),
        remedy=f"write one of {choices}, or give the kind of the channel",
    )


def _why_unknown(text: str) -> str:
    return "it is empty" if not text.strip() else "it is not in the table of engineering units"


def _suggest(kind: str | None) -> str:
    if kind is None:
        return "write a unit such as psig, bar, degC, N, lbf, kg/s"
    return f"write a unit of {kind}: " + ", ".join(row.spellings[0] for row in lookup(kind)[:8])


def _mismatch_remedy(text: str, kind: str) -> str:
    if kind == "force" and text.strip() in ("kg", "g"):
        return f"a load cell that reads {text.strip()} of force: write `{text.strip()}f`"
    return ""


def _split(text: str | float, where: str) -> tuple[float, str]:
    match = _NUMBER.match(str(text))
    if match is None:
        raise UnitError(
            f"{text!r} is not a quantity", where=where, remedy="write a number and a unit: `30 bar`"
        )
    return float(match[1]), match[2]


def _expected_kind(expect: str | None) -> str | None:
    """Return the kind of the expected unit, None where the table does not have it."""
    if expect is None:
        return None
    if expect in ("", "1"):
        return "dimensionless"
    rows = readings(normalise(expect))
    return rows[0].kind if rows else None


def _registry() -> Any:
    """Return pint's registry; pint costs 0.3 s to import, and only people's edges need it."""
    import pint

    return pint.get_application_registry()  # type: ignore[no-untyped-call]


def _by_pint(number: float, word: str, expect: str | None, where: str) -> float:
    """Read a compound unit that the table does not have; words that pint misreads never come here alone."""
    import pint

    registry = _registry()
    traps = set(re.findall(r"[A-Za-z_°]+", word)) & {"C", "F", "R", "G", "lb", "lbs", "g0"}
    if traps:
        raise UnitError(
            f"unit {word!r} is ambiguous",
            where=where,
            why=f"{', '.join(sorted(traps))} has several meanings inside a compound unit",
            remedy="write SI, degC or K, lbm or lbf spelled as pound or force_pound",
        )
    try:
        value = registry.Quantity(number, registry.parse_units(word))
        return float((value.to(expect) if expect else value.to_base_units()).to_base_units().magnitude)
    except (pint.PintError, ValueError, AssertionError, TypeError, SyntaxError) as error:
        raise UnitError(
            f"{number:g} {word!r} cannot be read as {expect or 'a quantity'}",
            where=where,
            why=str(error).splitlines()[0] if str(error) else type(error).__name__,
            remedy=f"write it in {expect}" if expect else "write an SI unit",
        ) from None
