"""The channel map: what each channel of a log is, written by people in YAML.

    time: {channel: seconds, unit: s}        # or {rate: 1000} where the file has no clock
    ambient_pressure: 0.95 bar
    channels:
      PT3: {role: chamber_pressure, unit: psi, reference: gauge}
      LC1: {role: thrust, unit: lbf, scale: 1.02, offset: -3.1}

`scale` and `offset` act on the recorded number before the unit: value = recorded * scale + offset.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hotfire.physics.errors import ChannelMapError, UnitError
from hotfire.physics.units import STANDARD_ATMOSPHERE, parse_quantity, parse_unit
from hotfire.telemetry.group_names import meant_by
from hotfire.telemetry.headers import split_unit
from hotfire.telemetry.table import copies_of, first_of

__all__ = ["NO_ROLES", "ChannelMap", "Entry", "load_channel_map"]

#: Words by which people say that a channel is none of the engine's sensors; any number of channels may have them.
NO_ROLES = frozenset({"ignore", "ignored", "none", "no", "skip", "unused", "spare", "other", "-"})

_LARGEST = 1 << 20
_KEYS = ("role", "unit", "reference", "scale", "offset", "sensor", "kind")
_TIME_KEYS = ("channel", "unit", "rate")
_REFERENCES = ("gauge", "absolute", "differential")


@dataclass(frozen=True)
class Entry:
    """What the map says of one channel.

    Attributes:
        role: Name of the sensor in the engine file.
        unit: As written.
        reference: `gauge`, `absolute` or `differential`.
        scale: Factor on the recorded number.
        offset: Added after the factor, in the channel's unit.
        sensor: Kind of sensor.
        kind: Kind of quantity, where the name misleads.
        line: Line of the map.
        source: The file, for errors.
    """

    role: str | None = None
    unit: str | None = None
    reference: str | None = None
    scale: float = 1.0
    offset: float = 0.0
    sensor: str | None = None
    kind: str | None = None
    line: int = 0
    source: str = ""

    @property
    def plays(self) -> bool:
        """True where the role is that of a sensor."""
        return self.role is not None and self.role.lower() not in NO_ROLES

    @property
    def place(self) -> str:
        """Where the map says it: file and line."""
        return f"{self.source}, line {self.line}" if self.line else "the channel map"


@dataclass(frozen=True)
class ChannelMap:
    """A channel map.

    Attributes:
        channels: Entries by channel name.
        time_channel: Column of the clock, None to look for it.
        time_unit: Its unit.
        rate: Sampling rate in Hz where the file has no clock.
        ambient_pressure: Pa.
        source: The file, for errors.
    """

    channels: Mapping[str, Entry] = field(default_factory=dict)
    time_channel: str | None = None
    time_unit: str | None = None
    rate: float | None = None
    ambient_pressure: float = STANDARD_ATMOSPHERE
    source: str = ""

    def entry(self, name: str) -> Entry:
        """Return the entry of a channel, by its name with or without its unit; an empty one for none."""
        return self.channels.get(name) or self.channels.get(split_unit(name)[0]) or Entry()

    def fitted(self, names: list[str]) -> ChannelMap:
        """Return the map with the names of a log.

        The first of several columns of one name may be written `NAME (1)`, and a channel in a group by its last part.

        Args:
            names: Channels of the log, made unique.

        Raises:
            ChannelMapError: If an entry is for a channel that the log does not have, or a role for several.
        """
        grouped = self._grouped(names)
        return (replace(self, channels=grouped) if grouped is not None else self)._numbered(names)

    def _numbered(self, names: list[str]) -> ChannelMap:
        self.check(names)
        first = {first_of(n): n for n in names if copies_of(n, names) and first_of(n) not in names}
        for given, name in first.items():
            if given in self.channels and name in self.channels:
                raise _same_column(given, name, self.channels[given])
        return replace(self, channels={first.get(name, name): e for name, e in self.channels.items()})

    def _grouped(self, names: list[str]) -> dict[str, Entry] | None:
        """Return the entries with whole names for last parts; None where all are written in full."""
        known = _known(names)
        whole: dict[str, str] = {}
        for given, entry in self.channels.items():
            meant = meant_by(given, names) if given not in known else ()
            if len(meant) > 1:
                raise ChannelMapError(
                    f"several channels of the log end with {given!r}: {', '.join(repr(n) for n in meant)}",
                    where=entry.place,
                    why="the last part of a name stands for a channel only where no other ends so",
                    remedy="write the whole name of the one that it is",
                )
            if meant:
                whole[given] = meant[0]
        for given, name in whole.items():
            if name in self.channels or split_unit(name)[0] in self.channels:
                raise _same_column(given, name, self.channels[given])
        return {whole.get(n, n): e for n, e in self.channels.items()} if whole else None

    def check(self, names: list[str]) -> None:
        """Refuse entries for channels that the log does not have, and roles for a name that several columns have.

        Args:
            names: Channels of the log, made unique.

        Raises:
            ChannelMapError: With the line of the map and the nearest names.
        """
        known = _known(names)
        for name, entry in self.channels.items():
            if name not in known:
                near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.4)
                raise ChannelMapError(
                    f"the log has no channel {name!r}",
                    where=f"{self.source}, line {entry.line}",
                    why="channels: " + ", ".join(names[:20]) + (" ..." if len(names) > 20 else ""),
                    remedy="perhaps " + " or ".join(repr(n) for n in near)
                    if near
                    else "write a name of the log",
                )
            if entry.plays:
                self._check_single(name, entry, names)

    def _check_single(self, given: str, entry: Entry, names: list[str]) -> None:
        """Refuse a role for a name that several columns of the log have."""
        takers = [n for n in names if self.entry(n) is entry]
        rivals = [c for n in takers for c in copies_of(n, names) if c not in self.channels]
        several = [*takers, *(c for c in rivals if c not in takers)]
        if len(several) < 2:
            return
        spelled = [first_of(n) if copies_of(n, names) else n for n in several]
        raise ChannelMapError(
            f"several columns of the log have the name {given!r}: {', '.join(repr(n) for n in spelled)}",
            where=entry.place,
            why=f"one of them is {entry.role}, and their order does not tell which",
            remedy="write the one that it is: "
            + " or ".join(f"`{json.dumps(n, ensure_ascii=False)}`" for n in spelled),
        )


def _known(names: list[str]) -> dict[str, str]:
    """Return the channels by all names by which a map may call them, but for last parts of names in groups."""
    known = {n: n for n in names} | {split_unit(n)[0]: n for n in names}
    return known | {first_of(n): n for n in names if copies_of(n, names)}


def _same_column(given: str, name: str, entry: Entry) -> ChannelMapError:
    return ChannelMapError(
        f"{given!r} and {name!r} are the same column",
        where=entry.place,
        remedy="keep one of the two entries",
    )


def load_channel_map(source: str | Path) -> ChannelMap:
    """Read a channel map.

    Args:
        source: Path of a YAML file.

    Returns:
        The map.

    Raises:
        ChannelMapError: If the file cannot be read or says something that makes no sense, with the line.
    """
    path = Path(source)
    try:
        if path.stat().st_size > _LARGEST:
            raise ChannelMapError(
                "the channel map is larger than 1 MiB", where=str(path), why="that is no channel map"
            )
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ChannelMapError("the channel map cannot be read", where=str(path), why=str(error)) from None
    return _Reader(str(path)).read(text)


class _Reader:
    """Walks the nodes of the YAML text, so that every complaint can name its line."""

    def __init__(self, source: str) -> None:
        self.source = source

    def read(self, text: str) -> ChannelMap:
        import yaml

        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"{self.source}, line {mark.line + 1}" if mark is not None else self.source
            raise ChannelMapError(
                "the channel map is not YAML", where=where, why=str(error).splitlines()[0]
            ) from None
        if root is None:
            return ChannelMap(source=self.source)
        fields = self.mapping(root, "the channel map", ("channels", "time", "ambient_pressure"))
        time = self.mapping(fields["time"], "time", _TIME_KEYS) if "time" in fields else {}
        entries: dict[str, Entry] = {}
        if "channels" in fields:
            for name, node in self.mapping(fields["channels"], "channels", None).items():
                entries[name] = self.entry(name, node)
        self.distinct_roles(entries)
        unit = self.text(time["unit"]) if "unit" in time else None
        if unit is not None:
            self.unit(unit, "time", time["unit"])
        rate = self.number(time["rate"]) if "rate" in time else None
        if rate is not None and not rate > 0:
            raise self.error(f"the rate {rate:g} is not positive", time["rate"], "write Hz: `rate: 1000`")
        return ChannelMap(
            entries,
            self.text(time["channel"]) if "channel" in time else None,
            unit,
            rate,
            self.ambient(fields["ambient_pressure"]) if "ambient_pressure" in fields else STANDARD_ATMOSPHERE,
            self.source,
        )

    def entry(self, name: str, node: Any) -> Entry:
        line = node.start_mark.line + 1
        if node.id == "scalar" and node.tag == "tag:yaml.org,2002:str":
            return Entry(role=node.value, line=line, source=self.source)
        fields = self.mapping(node, f"channel {name}", _KEYS)
        texts = {
            k: self.text(fields[k]) for k in ("role", "unit", "reference", "sensor", "kind") if k in fields
        }
        numbers = {k: self.number(fields[k]) for k in ("scale", "offset") if k in fields}
        reference = texts.get("reference")
        if reference is not None and reference not in _REFERENCES:
            raise self.error(
                f"reference {reference!r}", fields["reference"], "write gauge, absolute or differential"
            )
        if "unit" in texts:
            self.unit(texts["unit"], texts.get("kind"), fields["unit"], lenient=True)
        if numbers.get("scale") == 0.0:
            raise self.error("scale 0 would erase the channel", fields["scale"], "write another factor")
        return Entry(
            role=texts.get("role"),
            unit=texts.get("unit"),
            reference=reference,
            scale=numbers.get("scale", 1.0),
            offset=numbers.get("offset", 0.0),
            sensor=texts.get("sensor"),
            kind=texts.get("kind"),
            line=line,
            source=self.source,
        )

    def mapping(self, node: Any, what: str, keys: tuple[str, ...] | None) -> dict[str, Any]:
        if node.id != "mapping":
            raise self.error(f"{what} is not a mapping", node, "write `name: value` lines")
        result: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value) if key.id == "scalar" else ""
            if not name or (keys is not None and name not in keys):
                near = difflib.get_close_matches(name, keys or (), n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise self.error(
                    f"{what} has an unknown entry {name!r}", key, f"{hint}known: {', '.join(keys or ())}"
                )
            if name in result:
                raise self.error(f"{what} names {name!r} twice", key, "keep one of them")
            result[name] = value
        return result

    def text(self, node: Any) -> str:
        if node.id != "scalar" or not str(node.value).strip():
            raise self.error("a word is wanted here", node, "write one word or a quoted text")
        return str(node.value).strip()

    def number(self, node: Any) -> float:
        try:
            return float(self.text(node))
        except ValueError:
            raise self.error(f"{node.value!r} is not a number", node, "write a plain number") from None

    def unit(self, text: str, kind: str | None, node: Any, lenient: bool = False) -> None:
        try:
            parse_unit(text, kind)
        except UnitError as error:
            if not (lenient and "ambiguous" in error.what):
                raise self.error(error.what, node, error.remedy, error.why) from None

    def ambient(self, node: Any) -> float:
        text = self.text(node)
        try:
            value = float(text)
        except ValueError:
            try:
                value = parse_quantity(text, "Pa")
            except UnitError as error:
                raise self.error(error.what, node, error.remedy, error.why) from None
        if not 0.0 <= value < 2e5:
            raise self.error(
                f"{value:g} Pa is no ambient pressure", node, "write it with its unit: `0.95 bar`"
            )
        return value

    def distinct_roles(self, entries: Mapping[str, Entry]) -> None:
        seen: dict[str, str] = {}
        for name, entry in entries.items():
            if entry.role is not None and entry.plays and entry.role in seen:
                raise ChannelMapError(
                    f"channels {seen[entry.role]!r} and {name!r} have the same role {entry.role!r}",
                    where=f"{self.source}, line {entry.line}",
                    remedy="give each sensor of the engine file its own name and role",
                )
            if entry.role is not None:
                seen[entry.role] = name

    def error(self, what: str, node: Any, remedy: str, why: str = "") -> ChannelMapError:
        return ChannelMapError(
            what, where=f"{self.source}, line {node.start_mark.line + 1}", why=why, remedy=remedy
        )
