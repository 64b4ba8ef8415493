"""How test stands write their logs as text: separators, decimal signs, headers, units, clocks, names.

No standard says how a log looks. What is drawn here is what data acquisition systems, spreadsheets and students' own
loggers are seen to write; each choice is one that `hotfire.read_log` claims to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hotfire.physics.errors import HotfireError

__all__ = ["DIALECTS", "Dialect"]

_CHOICES: dict[str, tuple[Any, ...]] = {
    "separator": (",", ";", "\t", " "),
    "decimal": (".", ","),
    "encoding": ("utf-8", "utf-8-sig", "utf-16", "latin-1"),
    "line_end": ("\n", "\r\n"),
    "preamble": ("", "comments", "facts"),
    "units": ("round", "square", "suffix", "row"),
    "group_row": (False, True),
    "clock": ("seconds", "milliseconds", "iso", "labview", "day", "counter"),
    "clocks": ("one", "each"),
    "names": ("engine", "tags", "upper", "spaces", "camel"),
    "quoted": (False, True),
    "missing": ("", "NaN", "-9999"),
    "footer": (False, True),
    "order": ("engine", "reversed", "by name"),
}
"""Allowed values of the fields that are words."""
_RARE = {"group_row", "footer", "clocks", "quoted"}
"""Fields whose first value is drawn three times in four."""
_UNITS: dict[str, tuple[str, ...]] = {
    "pressure": ("psi", "psia", "psig", "bar", "bara", "barg", "kPa", "MPa"),
    "temperature": ("K", "degC", "°C", "degF"),
    "force": ("N", "kN", "lbf"),
    "mass_flow": ("kg/s", "g/s", "lbm/s"),
    "rotation": ("rpm", "rad/s", "krpm"),
}
"""Units that are drawn, by kind of channel; other kinds keep the engine file's."""


@dataclass(frozen=True)
class Dialect:
    r"""How a log is written as text.

    Attributes:
        separator: Between cells; a blank means columns aligned with blanks.
        decimal: Decimal sign, `.` or `,`.
        encoding: Python's name; `utf-8-sig` and `utf-16` begin with a byte-order mark.
        line_end: `\n` or `\r\n`.
        preamble: Lines above the header: "" for none, `comments` (`# Stand: ...`), `facts` (`Stand: ...`).
        units: Where units stand: `round` (`Pc (psi)`), `square` (`Pc [psi]`), `suffix` (`Pc_psi`, and in round brackets
            what no suffix says), `row` (a row of their own).
        group_row: A second header row, above, that names the kind of each column.
        clock: `seconds` or `milliseconds` from the first row, `iso` (2026-11-23T10:15:30.000000), `labview`
            (11/23/2026 10:15:30.000 AM), `day` (10:15:30.0000), or `counter`: rows are counted, and the preamble has
            the rate.
        clocks: `one` with empty cells where a channel has no sample, or `each`: one before the channels that share it.
        names: Of channels: `engine` (as in the engine file), `tags` (PT-101, the key in the preamble), `upper`
            (CHAMBER_PRESSURE), `spaces` (Chamber pressure), `camel` (chamberPressure).
        quoted: Names in quotes.
        missing: What stands where there is no value.
        digits: Significant digits of values.
        footer: A line of words after the data.
        order: Of columns: `engine`, `reversed`, `by name`.
        units_of: Unit to write in by kind of channel, as pairs; the channel's own where a kind is not named.
    """

    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    line_end: str = "\n"
    preamble: str = ""
    units: str = "round"
    group_row: bool = False
    clock: str = "seconds"
    clocks: str = "one"
    names: str = "engine"
    quoted: bool = False
    missing: str = ""
    digits: int = 7
    footer: bool = False
    order: str = "engine"
    units_of: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise _refused(f"{name} = {getattr(self, name)!r}", f"one of {', '.join(map(repr, allowed))}")
        if not 3 <= self.digits <= 17:
            raise _refused(f"digits = {self.digits}", "3 to 17")
        for wrong, what, remedy in self._contradictions():
            if wrong:
                raise _refused(what, remedy)

    def _contradictions(self) -> tuple[tuple[bool, str, str], ...]:
        """What cannot stand in one file, each with what to choose instead."""
        blanks = self.separator == " "
        return (
            (self.separator == self.decimal, "commas for both cells and decimals", "another separator"),
            (blanks and self.missing == "", "empty cells between blanks", "missing = 'NaN'"),
            (blanks and self.names == "spaces", "names of several words between blanks", "other names"),
            (blanks and self.clock == "labview", "stamps of several words between blanks", "clock = 'iso'"),
            (blanks and self.group_row, "a row of groups between blanks", "no row of groups"),
            (blanks and self.quoted, "quotes between blanks", "quoted = False"),
            (self.clock == "counter" and not self.preamble, "a counter without a rate", "a preamble"),
            (self.clocks == "each" and self.clock != "seconds", "several clocks", "clock = 'seconds'"),
            (
                self.clocks == "each" and self.units == "row",
                "several clocks over a row of units",
                "units elsewhere",
            ),
            (self.clocks == "each" and self.group_row, "several clocks under groups", "no row of groups"),
        )

    @classmethod
    def draw(cls, random: Any) -> Dialect:
        """Return a dialect such as a test stand may write.

        Args:
            random: A NumPy `Generator`; the same state gives the same dialect.
        """
        while True:
            fields: dict[str, Any] = {}
            for name, allowed in _CHOICES.items():
                usual = name in _RARE and random.random() < 0.75
                fields[name] = allowed[0] if usual else allowed[int(random.integers(len(allowed)))]
            fields["digits"] = int(random.integers(5, 10))
            fields["units_of"] = tuple(
                (kind, words[int(random.integers(len(words)))]) for kind, words in _UNITS.items()
            )
            try:
                return cls(**fields)
            except HotfireError:  # these do not go together: draw again
                continue


def _refused(what: str, remedy: str) -> HotfireError:
    return HotfireError(f"no log is written with {what}", remedy=f"choose {remedy}")


DIALECTS: dict[str, Dialect] = {
    "plain": Dialect(),
    "semicolon": Dialect(
        separator=";",
        decimal=",",
        encoding="latin-1",
        line_end="\r\n",
        units="square",
        units_of=(("pressure", "barg"), ("temperature", "°C"), ("force", "kN")),
    ),
    "labview": Dialect(
        separator="\t",
        line_end="\r\n",
        preamble="facts",
        clock="labview",
        names="spaces",
        units="row",
        units_of=(("pressure", "psig"), ("temperature", "degF"), ("force", "lbf")),
    ),
    "tags": Dialect(
        encoding="utf-8-sig",
        preamble="comments",
        clock="iso",
        names="tags",
        quoted=True,
        missing="NaN",
        units_of=(("pressure", "psia"), ("force", "lbf"), ("mass_flow", "lbm/s")),
    ),
    "counter": Dialect(
        preamble="comments", clock="counter", names="camel", units="suffix", units_of=(("pressure", "kPa"),)
    ),
    "aligned": Dialect(separator=" ", missing="NaN", units="square", clock="milliseconds", names="upper"),
    "clocks": Dialect(separator=";", clocks="each", line_end="\r\n"),
}
"""Dialects by the name that the command line takes."""
