"""What a channel's name says: words, kind of quantity, whether it is a clock."""

from __future__ import annotations

import re

__all__ = ["is_time_name", "kinds_of", "time_unit_of", "words_of"]

_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# fmt: off
_TIME_WORDS = frozenset({
    "time", "t", "timestamp", "timestamps", "seconds", "second", "sec", "secs", "millis", "millisecond",
    "milliseconds", "micros", "microseconds", "ms", "us", "date", "datetime", "elapsed", "clock",
    "epoch", "zeit", "temps", "tempo", "tiempo", "zeitstempel", "uptime", "tick", "ticks", "tijd",
    "ora",
})
_TIME_UNITS = {
    "ms": "ms", "msec": "ms", "millis": "ms", "millisecond": "ms", "milliseconds": "ms", "us": "us",
    "usec": "us",
    "micros": "us", "microseconds": "us", "ns": "ns", "s": "s", "sec": "s", "secs": "s", "second": "s",
    "seconds": "s", "minutes": "min", "min": "min", "hours": "h",
}
# The first word decides when it is one of the usual tags (ISA 5.1 letters and what teams make of them).
_TAGS = {
    "p": ("pressure",), "pt": ("pressure",), "pc": ("pressure",), "pcc": ("pressure",), "dp": ("pressure",),
    "t": ("temperature",), "tc": ("temperature",), "tt": ("temperature",), "rtd": ("temperature",),
    "l": ("force", "mass"), "lc": ("force", "mass"), "f": ("force",), "fm": ("mass_flow", "volume_flow"),
    "mdot": ("mass_flow",), "v": ("voltage",), "acc": ("acceleration",), "zt": ("position",),
}
_WORDS: tuple[tuple[tuple[str, ...], frozenset[str]], ...] = (
    (
        ("pressure",),
        frozenset({
            "pressure", "press", "pres", "transducer", "pchamber", "pc", "pcc", "druck",
            "pression", "pressione",
        }),
    ),
    (
        ("temperature",),
        frozenset({"temperature", "temp", "thermocouple", "rtd", "tc", "thermo", "temperatur", "therm"}),
    ),
    (
        ("mass_flow", "volume_flow"),
        frozenset({"flow", "flowrate", "mdot", "massflow", "flowmeter", "mfc", "turbine"}),
    ),
    (("force",), frozenset({"thrust", "force", "loadcell", "schub", "poussee", "spinta", "thr"})),
    (("force", "mass"), frozenset({"load", "cell", "lc"})),
    (("mass",), frozenset({"weight", "mass", "weighing", "scale", "wt"})),
    (("angle",), frozenset({"angle", "ang", "gimbal"})),
    (("position",), frozenset({"position", "pos", "lvdt", "travel", "stroke", "displacement"})),
    (("rotation",), frozenset({"rpm", "speed", "shaft", "spin"})),
    (
        ("acceleration",),
        frozenset({
            "acc", "accel", "acceleration", "accelerometer", "accx", "accy", "accz",
            "vibration", "vib",
        }),
    ),
    (("current",), frozenset({"current", "amps", "amp"})),
    (("voltage",), frozenset({"voltage", "volt", "volts", "battery", "vbat", "excitation"})),
    (
        ("command",),
        frozenset({"valve", "cmd", "command", "commands", "solenoid", "sv", "actuator", "arming", "igniter"}),
    ),
    (("text",), frozenset({"mode", "state", "status", "comment", "message"})),
)
# fmt: on
_NOT_PRESSURE = frozenset(
    {
        "pos",
        "pwm",
        "pin",
        "pid",
        "phi",
        "per",
        "pct",
        "pump",
        "pad",
        "path",
        "pre",
        "post",
        "pi",
        "ph",
        "pic",
        "pyro",
        "pow",
        "port",
        "pol",
    }
)


def words_of(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words: `P_N2O_Flow` gives p, n2o, flow; digits of a word stay with it."""
    result: list[str] = []
    for part in re.split(r"[^0-9A-Za-zµ°À-ÿ]+", name):
        upper = part.upper()
        if any(gas in upper for gas in ("N2O", "N2", "O2", "H2", "CH4", "IPA", "LOX")) and len(part) <= 5:
            result.append(part.lower())
            continue
        result.extend(piece.lower() for piece in _CAMEL.findall(part))
    return tuple(result)


def kinds_of(name: str) -> tuple[str, ...]:
    """Return the kinds of quantity that a name allows, the likeliest first; empty when it says nothing."""
    words = words_of(name)
    spelled = [w for w in words if not w.isdigit()]
    if not spelled:
        return ()
    return _by_tag(words) or _by_vocabulary(spelled) or _by_shape(name, spelled)


def _by_tag(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds of a leading tag: `P_INJ`, `TC1`, `L_THRUST`."""
    if words[0] not in _TAGS or (len(words) == 1 and len(words[0]) == 1):
        return ()
    if words[0] in ("l", "lc") and any(w in ("thrust", "force") for w in words):
        return ("force",)
    return _TAGS[words[0]]


def _by_vocabulary(spelled: list[str]) -> tuple[str, ...]:
    return next((kinds for kinds, known in _WORDS if any(w in known for w in spelled)), ())


def _by_shape(name: str, spelled: list[str]) -> tuple[str, ...]:
    """Return the kinds of supply names (`+12V`) and of pressures in a few letters (`pft`)."""
    if re.search(r"[+-]?\d+v\b", name.lower()):
        return ("voltage",)
    only = spelled[0]
    if spelled == ["ft"]:
        return ("force", "mass_flow", "volume_flow")  # what teams call thrust, ISA 5.1 a flow transmitter
    if len(spelled) == 1 and re.fullmatch(r"p[a-z]{1,3}", only) and only not in _NOT_PRESSURE:
        return ("pressure",)
    return ()


def is_time_name(name: str) -> bool:
    """Say whether a name is one of a clock: `Time(s)`, `t [ms]`, `timestamp`, `seconds`, not `Fill_Time`."""
    words = [w for w in words_of(name) if not w.isdigit()]
    if not words or len(words) > 3:
        return False
    if words[0] == "t":
        return all(w in _TIME_UNITS or w in ("rel", "abs", "elapsed") for w in words[1:])
    return words[0] in _TIME_WORDS or (
        len(words) == 2 and words[1] in ("time", "timestamp") and _is_general(words[0])
    )


def time_unit_of(name: str) -> str:
    """Return the unit of time that a clock's name states (`ms`), "" when none."""
    for word in reversed(words_of(name)):
        if word in _TIME_UNITS:
            return _TIME_UNITS[word]
    return ""


def _is_general(word: str) -> bool:
    return word in frozenset(
        {
            "test",
            "elapsed",
            "log",
            "daq",
            "system",
            "sample",
            "run",
            "mission",
            "relative",
            "abs",
            "absolute",
            "x",
            "unix",
            "epoch",
        }
    )
