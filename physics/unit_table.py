"""The engineering units of test stands, as data: spelling, kind, scale and offset to SI.

One row per unit, the first spelling is the canonical one. `si = value * scale + offset`. Spellings are
compared after `normalise` (spaces, `·`, `^` and the likes removed), first as written, then without regard to
case. A pressure row says nothing about gauge or absolute: that is a suffix (`g`, `a`, `d`), stripped before.

Definitions: exact by international agreement (yard and pound 1959; g0 = 9.80665 m/s2, CGPM 1901). Columns
of water and mercury are the conventional ones (4 °C and 0 °C, ISO 80000-4). Standard flows (`scfm`, `slpm`)
are amounts, stated as volumes at some conditions: a kind of their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

__all__ = ["SI_SYMBOLS", "Row", "lookup", "normalise", "readings"]

_POUND = 0.45359237
_G0 = 9.80665
_INCH = 0.0254
_FOOT = 12 * _INCH
_GALLON = 231 * _INCH**3
_LBF = _POUND * _G0
_PSI = _LBF / _INCH**2
_RANKINE = 5.0 / 9.0
_HORSEPOWER = 550 * _FOOT * _LBF


@dataclass(frozen=True)
class Row:
    """One unit.

    Attributes:
        kind: Dimension word (`pressure`, `mass_flow` ...).
        scale: SI units per unit.
        offset: Value in SI of the unit's zero.
        spellings: All spellings, the canonical one first.
        pint: What pint calls it; "" where pint has no right word.
    """

    kind: str
    scale: float
    offset: float
    spellings: tuple[str, ...]
    pint: str


SI_SYMBOLS = {
    "pressure": "Pa",
    "temperature": "K",
    "force": "N",
    "mass": "kg",
    "mass_flow": "kg/s",
    "volume_flow": "m3/s",
    "standard_flow": "m3/s (standard)",
    "length": "m",
    "area": "m2",
    "volume": "m3",
    "angle": "rad",
    "speed": "m/s",
    "rotation": "rad/s",
    "voltage": "V",
    "current": "A",
    "resistance": "ohm",
    "frequency": "Hz",
    "time": "s",
    "acceleration": "m/s2",
    "power": "W",
    "energy": "J",
    "torque": "N m",
    "density": "kg/m3",
    "strain": "m/m",
    "sound_level": "dB",
    "voltage_ratio": "V/V",
    "dimensionless": "1",
}

_ROWS: tuple[tuple[str, float, float, str, str], ...] = (
    ("pressure", 1.0, 0.0, "Pa pascal pascals N/m2", "pascal"),
    ("pressure", 100.0, 0.0, "hPa", "hectopascal"),
    ("pressure", 1e3, 0.0, "kPa", "kilopascal"),
    ("pressure", 1e6, 0.0, "MPa N/mm2", "megapascal"),
    ("pressure", 1e-3, 0.0, "mPa", "millipascal"),
    ("pressure", 1e5, 0.0, "bar bars", "bar"),
    ("pressure", 100.0, 0.0, "mbar millibar", "millibar"),
    ("pressure", _PSI, 0.0, "psi lbf/in2 lb/in2 lbs/in2 lbf/sqin", "psi"),
    ("pressure", 1e3 * _PSI, 0.0, "ksi", "ksi"),
    ("pressure", _LBF / _FOOT**2, 0.0, "psf lbf/ft2", "force_pound/foot**2"),
    ("pressure", 101325.0, 0.0, "atm atmosphere", "atm"),
    ("pressure", _G0 * 1e4, 0.0, "kgf/cm2 kg/cm2 at", "kilogram_force/centimeter**2"),
    ("pressure", 101325.0 / 760.0, 0.0, "torr", "torr"),
    ("pressure", 133.322387415, 0.0, "mmHg", "millimeter_Hg"),
    ("pressure", 25.4 * 133.322387415, 0.0, "inHg", "inch_Hg"),
    ("pressure", _INCH * 999.97495 * _G0, 0.0, "inH2O inwc inWG", ""),
    ("temperature", 1.0, 0.0, "K kelvin degK", "kelvin"),
    ("temperature", 1.0, 273.15, "degC C celsius centigrade deg_C degreesC", "degree_Celsius"),
    ("temperature", _RANKINE, 459.67 * _RANKINE, "degF F fahrenheit deg_F degreesF", "degree_Fahrenheit"),
    ("temperature", _RANKINE, 0.0, "degR R rankine deg_R", "degree_Rankine"),
    ("force", 1.0, 0.0, "N newton newtons", "newton"),
    ("force", 1e-3, 0.0, "mN", "millinewton"),
    ("force", 1e3, 0.0, "kN", "kilonewton"),
    ("force", 1e6, 0.0, "MN", "meganewton"),
    ("force", 10.0, 0.0, "daN", "dekanewton"),
    ("force", _LBF, 0.0, "lbf lb lbs pound pounds lbsf lb_f", "force_pound"),
    ("force", 1e3 * _LBF, 0.0, "klbf kip kips", "kip"),
    ("force", _G0, 0.0, "kgf kp", "kilogram_force"),
    ("force", 1e-3 * _G0, 0.0, "gf", "gram_force"),
    ("mass", 1.0, 0.0, "kg kgs kilogram kilograms", "kilogram"),
    ("mass", 1e-3, 0.0, "g gram grams", "gram"),
    ("mass", 1e-6, 0.0, "mg", "milligram"),
    ("mass", 1e3, 0.0, "t tonne", "metric_ton"),
    ("mass", _POUND, 0.0, "lbm lb lbs pound pounds lb_m", "pound"),
    ("mass", _POUND / 16, 0.0, "oz ounce", "ounce"),
    ("mass", _G0 * _POUND / _FOOT, 0.0, "slug slugs", "slug"),
    ("mass_flow", 1.0, 0.0, "kg/s kgps", "kilogram/second"),
    ("mass_flow", 1e-3, 0.0, "g/s gps", "gram/second"),
    ("mass_flow", 1 / 60, 0.0, "kg/min", "kilogram/minute"),
    ("mass_flow", 1 / 3600, 0.0, "kg/h kg/hr", "kilogram/hour"),
    ("mass_flow", 1e-3 / 60, 0.0, "g/min", "gram/minute"),
    ("mass_flow", _POUND, 0.0, "lbm/s lb/s lbs/s lbm/sec lb/sec pps", "pound/second"),
    ("mass_flow", _POUND / 60, 0.0, "lbm/min lb/min ppm_mass", "pound/minute"),
    ("mass_flow", _POUND / 3600, 0.0, "lbm/h lb/h lbm/hr lb/hr pph", "pound/hour"),
    ("volume_flow", 1.0, 0.0, "m3/s", "meter**3/second"),
    ("volume_flow", 1 / 3600, 0.0, "m3/h m3/hr", "meter**3/hour"),
    ("volume_flow", 1e-3, 0.0, "L/s", "liter/second"),
    ("volume_flow", 1e-3 / 60, 0.0, "L/min lpm", "liter/minute"),
    ("volume_flow", 1e-3 / 3600, 0.0, "L/h L/hr", "liter/hour"),
    ("volume_flow", 1e-6, 0.0, "mL/s cm3/s cc/s", "milliliter/second"),
    ("volume_flow", 1e-6 / 60, 0.0, "mL/min cm3/min ccm", "milliliter/minute"),
    ("volume_flow", _GALLON / 60, 0.0, "gpm gal/min usgpm", "gallon/minute"),
    ("volume_flow", _FOOT**3 / 60, 0.0, "cfm ft3/min", "foot**3/minute"),
    ("volume_flow", _FOOT**3, 0.0, "cfs ft3/s", "foot**3/second"),
    ("standard_flow", _FOOT**3 / 60, 0.0, "scfm", ""),
    ("standard_flow", _FOOT**3 / 3600, 0.0, "scfh", ""),
    ("standard_flow", 1e-3 / 60, 0.0, "slpm sL/min nL/min", ""),
    ("standard_flow", 1e-6 / 60, 0.0, "sccm", ""),
    ("length", 1.0, 0.0, "m meter metre meters metres", "meter"),
    ("length", 1e-2, 0.0, "cm", "centimeter"),
    ("length", 1e-3, 0.0, "mm millimeter millimetre", "millimeter"),
    ("length", 1e-6, 0.0, "um micron microns", "micrometer"),
    ("length", 1e3, 0.0, "km", "kilometer"),
    ("length", _INCH, 0.0, "in inch inches", "inch"),
    ("length", _FOOT, 0.0, "ft foot feet", "foot"),
    ("length", _INCH / 1000, 0.0, "mil mils thou", "thou"),
    ("area", 1.0, 0.0, "m2 sqm", "meter**2"),
    ("area", 1e-4, 0.0, "cm2", "centimeter**2"),
    ("area", 1e-6, 0.0, "mm2", "millimeter**2"),
    ("area", _INCH**2, 0.0, "in2 sqin", "inch**2"),
    ("area", _FOOT**2, 0.0, "ft2 sqft", "foot**2"),
    ("volume", 1.0, 0.0, "m3", "meter**3"),
    ("volume", 1e-3, 0.0, "L liter litre liters litres dm3", "liter"),
    ("volume", 1e-6, 0.0, "mL cm3 cc", "milliliter"),
    ("volume", 1e-9, 0.0, "mm3", "millimeter**3"),
    ("volume", _INCH**3, 0.0, "in3", "inch**3"),
    ("volume", _FOOT**3, 0.0, "ft3", "foot**3"),
    ("volume", _GALLON, 0.0, "gal gallon gallons", "gallon"),
    ("angle", 1.0, 0.0, "rad radian radians", "radian"),
    ("angle", math.pi / 180, 0.0, "deg ° degree degrees", "degree"),
    ("angle", 2 * math.pi, 0.0, "rev turn turns", "turn"),
    ("speed", 1.0, 0.0, "m/s mps", "meter/second"),
    ("speed", 1e-3, 0.0, "mm/s", "millimeter/second"),
    ("speed", _FOOT, 0.0, "ft/s fps", "foot/second"),
    ("speed", _INCH, 0.0, "in/s ips", "inch/second"),
    ("speed", 1 / 3.6, 0.0, "km/h kph kmh", "kilometer/hour"),
    ("rotation", 1.0, 0.0, "rad/s rad/sec", "radian/second"),
    ("rotation", math.pi / 180, 0.0, "deg/s dps deg/sec", "degree/second"),
    ("rotation", 2 * math.pi / 60, 0.0, "rpm rev/min r/min 1/min", "revolutions_per_minute"),
    ("rotation", 2 * math.pi * 1e3 / 60, 0.0, "krpm", "1000*revolutions_per_minute"),
    ("rotation", 2 * math.pi, 0.0, "rps rev/s", "turn/second"),
    ("voltage", 1.0, 0.0, "V volt volts Vdc", "volt"),
    ("voltage", 1e-3, 0.0, "mV millivolt millivolts", "millivolt"),
    ("voltage", 1e-6, 0.0, "uV microvolt", "microvolt"),
    ("voltage", 1e3, 0.0, "kV", "kilovolt"),
    ("current", 1.0, 0.0, "A amp amps ampere amperes", "ampere"),
    ("current", 1e-3, 0.0, "mA milliamp milliamps", "milliampere"),
    ("current", 1e-6, 0.0, "uA", "microampere"),
    ("resistance", 1.0, 0.0, "ohm ohms Ω", "ohm"),
    ("resistance", 1e3, 0.0, "kohm kΩ", "kiloohm"),
    ("frequency", 1.0, 0.0, "Hz hertz 1/s", "hertz"),
    ("frequency", 1e3, 0.0, "kHz", "kilohertz"),
    ("frequency", 1e6, 0.0, "MHz", "megahertz"),
    ("frequency", 1e-3, 0.0, "mHz", "millihertz"),
    ("time", 1.0, 0.0, "s sec secs second seconds", "second"),
    ("time", 1e-3, 0.0, "ms msec millis millisecond milliseconds", "millisecond"),
    ("time", 1e-6, 0.0, "us usec micros microsecond microseconds", "microsecond"),
    ("time", 1e-9, 0.0, "ns nsec nanosecond nanoseconds", "nanosecond"),
    ("time", 60.0, 0.0, "min mins minute minutes", "minute"),
    ("time", 3600.0, 0.0, "h hr hrs hour hours", "hour"),
    ("acceleration", 1.0, 0.0, "m/s2", "meter/second**2"),
    ("acceleration", _FOOT, 0.0, "ft/s2", "foot/second**2"),
    ("acceleration", _G0, 0.0, "g0 g gee gees gn G", "standard_gravity"),
    ("power", 1.0, 0.0, "W watt watts", "watt"),
    ("power", 1e3, 0.0, "kW", "kilowatt"),
    ("power", 1e6, 0.0, "MW", "megawatt"),
    ("power", 1e-3, 0.0, "mW", "milliwatt"),
    ("power", _HORSEPOWER, 0.0, "hp shp bhp", "horsepower"),
    ("energy", 1.0, 0.0, "J joule joules", "joule"),
    ("energy", 1e3, 0.0, "kJ", "kilojoule"),
    ("torque", 1.0, 0.0, "Nm N.m", "newton*meter"),
    ("torque", _FOOT * _LBF, 0.0, "ftlbf lbfft ftlb lbft", "foot*force_pound"),
    ("torque", _INCH * _LBF, 0.0, "inlbf lbfin inlb lbin", "inch*force_pound"),
    ("density", 1.0, 0.0, "kg/m3", "kilogram/meter**3"),
    ("density", 1e3, 0.0, "g/cm3 g/cc kg/L g/mL", "gram/centimeter**3"),
    ("density", _POUND / _FOOT**3, 0.0, "lbm/ft3 lb/ft3", "pound/foot**3"),
    ("strain", 1e-6, 0.0, "ue microstrain ustrain", ""),
    ("strain", 1.0, 0.0, "strain m/m mm/mm", ""),
    ("sound_level", 1.0, 0.0, "dB dBA", ""),
    ("voltage_ratio", 1e-3, 0.0, "mV/V", "millivolt/volt"),
    ("dimensionless", 1.0, 0.0, "1 - -- none unitless counts count cnt bits adc raw bool boolean", ""),
    ("dimensionless", 0.01, 0.0, "% percent pct", "percent"),
    ("dimensionless", 1e-6, 0.0, "ppm", "ppm"),
)

# A lone letter of the other case is another unit or prefix (M mega, T tesla, a year): never folded.
_NEVER_FOLDED = frozenset({"M", "T", "H", "a", "w", "j", "r"})

_REPLACEMENTS = (
    ("µ", "u"),
    ("μ", "u"),
    ("℃", "degC"),
    ("℉", "degF"),
    ("º", "°"),
    ("²", "2"),
    ("³", "3"),
    ("**", ""),
    ("^", ""),
    ("·", ""),
    ("⋅", ""),
    ("*", ""),
    (" ", ""),
    ("\u00a0", ""),
    ("_per_", "/"),
    ("degs", "deg"),
)


def normalise(text: str) -> str:
    """Return a unit's text in the spelling the table uses (no blanks, plain exponents, `degC` for `°C`)."""
    for old, new in _REPLACEMENTS:
        text = text.replace(old, new)
    if len(text) > 1 and text[0] == "°" and text[1] in "CFKRcfkr":
        text = "deg" + text[1].upper()
    return text.replace("degrees", "deg").replace("degree", "deg") if len(text) > 7 else text


@cache
def _tables() -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """Return the rows by spelling, and by lower-case spelling."""
    exact: dict[str, list[Row]] = {}
    folded: dict[str, list[Row]] = {}
    for kind, scale, offset, spellings, pint in _ROWS:
        row = Row(kind, scale, offset, tuple(spellings.split()), pint)
        for spelling in row.spellings:
            exact.setdefault(spelling, []).append(row)
            folded.setdefault(spelling.lower(), []).append(row)
    return exact, folded


def readings(text: str) -> list[Row]:
    """Return every row that a normalised text may mean: as written first, else without regard to case."""
    exact, folded = _tables()
    if text in _NEVER_FOLDED:
        return exact.get(text, [])
    return exact.get(text) or folded.get(text.lower(), [])


def lookup(kind: str) -> list[Row]:
    """Return all rows of one kind."""
    exact, _ = _tables()
    rows = {row.spellings[0]: row for found in exact.values() for row in found if row.kind == kind}
    return list(rows.values())
