"""Engines of which little is published: what there is, beside what their files were fitted to.

J-2 and V-2 were fitted by hand to the figures that their files name, so nothing is fitted here. The ox-rich engine
has the size of the NK-33. Helios is a student engine; its figures are means of the first 0.3 s of full flow in the
record of 13 May 2018, with the tank pressures of that moment put in.
"""

from __future__ import annotations

from hotfire.physics.trimming import OperatingPoint
from published.figures import PSI, Case, Row, TestPoint

__all__ = ["HELIOS", "J2", "OX_RICH", "V2"]

_GRAVITY = 9.80665


def _engine_impulse(point: OperatingPoint) -> float:
    """Thrust of nozzle and exhaust over what leaves by both, s."""
    thrust = point["nozzle.thrust"] + point.get("turbine_exhaust.thrust", 0.0)
    flow = point["nozzle.inlet.flow"] + point.get("turbine_exhaust.inlet.flow", 0.0)
    return thrust / flow / _GRAVITY


J2 = Case(
    "j-2",
    {},
    (),
    (Row("specific impulse, engine, mixture ratio 5.5", _engine_impulse, 424.0, "s"),),
    (
        TestPoint(
            "mixture ratio 5.0",
            # The chamber's own is higher than the engine's by what the gas generator takes.
            {"chamber.mixture_ratio": 5.17},
            ("lox_line.effective_area",),
            (Row("specific impulse, engine", _engine_impulse, 427.0, "s"),),
        ),
    ),
)

V2 = Case(
    "v-2",
    {},
    (),
    (
        Row("specific impulse, 56,000 lbf over the flows of the museum", _engine_impulse, 195.1, "s"),
        Row("specific impulse of the reconstruction", _engine_impulse, 203.0, "s"),
    ),
)

OX_RICH = Case(
    "ox-rich-kerosene",
    {},
    (),
    (
        Row("specific impulse at sea level", _engine_impulse, 297.0, "s"),
        Row(
            "specific impulse in vacuum",
            lambda p: (
                (p["nozzle.thrust"] + 14.7 * PSI * 27.7 * 0.06220921) / p["nozzle.inlet.flow"] / _GRAVITY
            ),
            331.0,
            "s",
        ),
    ),
)

HELIOS = Case(
    "stanford-helios",
    {},
    (),
    (),
    (
        TestPoint(
            "13 May 2018, 0.5 to 0.8 s, tanks at 3.904 and 3.899 MPa",
            {},
            (),
            (
                Row("chamber pressure", "chamber.pressure", 2.464, "MPa", 1e6, "tap"),
                Row("thrust", "nozzle.thrust", 1476.0, "N"),
            ),
            fixed={"oxidizer_tank.initial_temperature": 282.0695, "fuel_tank.initial_pressure": 3.899e6},
        ),
    ),
)
