"""RL10A-3-3, the sister of 1966: shapes of the maps of its pumps and its turbine, for the RL10A-3-3A.

Figures: Pratt & Whitney FR-1769, Design Report for RL10A-3-3 Rocket Engine (1966), table V-I, by way of a public
transcription (github berketez/HRMA, data/validation/turbopump_rl10a33_design_point.json, commit b4c21ef). They are the
manufacturer's estimates at O/F 4.4, 5.0 and 5.6 and no reading of the RL10A-3-3A. The oxidizer pumps are the same: the
head coefficient of TM-107318 (1212 ft at 12615 rpm and 31.4 lb/s) lies within 0.1 % of the curve
through these three points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.properties import Fluid, fluid

__all__ = ["FUEL_PUMP", "LOX_PUMP", "PumpPoints", "best_velocity_ratio", "heat_of_the_jacket", "shape"]

_PSI, _GPM, _LB, _HP, _RANKINE, _INCH = 6894.757, 6.30902e-5, 0.45359237, 745.69987, 1.0 / 1.8, 0.0254
_FUEL_FLOW = np.array([6.11, 5.63, 5.24]) * _LB
_SPEED = np.array([30970.0, 30250.0, 29590.0]) * math.pi / 30.0
_MEAN_DIAMETER = 5.9 * _INCH


@dataclass(frozen=True)
class PumpPoints:
    """A pump at several operating points, SI: volume flow, pressure rise, speed, shaft power."""

    flow: FloatArray
    rise: FloatArray
    speed: FloatArray
    power: FloatArray


FUEL_PUMP = PumpPoints(
    np.array([630.7, 580.9, 540.0]) * _GPM,
    (np.array([1030.9, 991.3, 952.6]) - 30.0) * _PSI,
    _SPEED,
    np.array([635.5, 574.7, 524.1]) * _HP,
)
LOX_PUMP = PumpPoints(
    np.array([175.5, 183.7, 191.3]) * _GPM,
    (np.array([625.3, 597.1, 570.9]) - 60.5) * _PSI,
    np.array([12390.0, 12100.0, 11840.0]) * math.pi / 30.0,
    np.array([93.5, 90.9, 88.6]) * _HP,
)


def shape(points: PumpPoints, flow: float, speed: float) -> tuple[float, float]:
    """Return shut-off head and shut-off torque, over those of the design point of `flow` m^3/s at `speed` rad/s.

    Least squares of the pump's own laws: head over speed squared is a - b phi^2, torque over speed squared c + d phi,
    with phi the flow over the speed.
    """
    phi, here = points.flow / points.speed, flow / speed
    one = np.ones_like(phi)
    a, b = np.linalg.lstsq(np.stack([one, -(phi**2)], 1), points.rise / points.speed**2, rcond=None)[0]
    c, d = np.linalg.lstsq(np.stack([one, phi], 1), points.power / points.speed**3, rcond=None)[0]
    return float(a / (a - b * here**2)), float(c / (c + d * here))


def best_velocity_ratio() -> float:
    """Return the blade speed over the speed of isentropic expansion at which the turbine is best.

    Top of the parabola e u + f u^2, by least squares of the efficiencies 73.5, 72.9 and 72.5 %.
    """
    hydrogen = fluid("LH2")
    ahead, behind = np.array([722.3, 698.1, 676.5]) * _PSI, np.array([498.5, 496.3, 492.2]) * _PSI
    enthalpy = _warm(hydrogen, ahead)
    n = hydrogen.isentropic_exponent(enthalpy, ahead)
    work = ahead / hydrogen.density(enthalpy, ahead)
    fall = n / (n - 1.0) * work * (1.0 - (behind / ahead) ** ((n - 1.0) / n))
    ratio = 0.5 * _MEAN_DIAMETER * _SPEED / np.sqrt(2.0 * fall)
    efficiency = np.array([0.735, 0.729, 0.725])
    e, f = np.linalg.lstsq(np.stack([ratio, ratio**2], 1), efficiency, rcond=None)[0]
    return float(-0.5 * e / f)


def heat_of_the_jacket() -> FloatArray:
    """Return the heat that the jacket takes up at O/F 4.4, 5.0 and 5.6, over that at 5.0.

    From the enthalpy ahead of the turbine, less that of the tank and less the work of the pump.
    """
    hydrogen = fluid("LH2")
    warm = _warm(hydrogen, np.array([722.3, 698.1, 676.5]) * _PSI)
    cold = hydrogen.enthalpy(38.3 * _RANKINE, 30.0 * _PSI)
    heat = _FUEL_FLOW * (warm - cold) - FUEL_PUMP.power
    return np.asarray(heat / heat[1])


def _warm(hydrogen: Fluid, pressures: FloatArray) -> FloatArray:
    """Return the enthalpy ahead of the turbine, J/kg."""
    temperatures = np.array([316.5, 353.9, 386.6]) * _RANKINE
    return np.array([hydrogen.enthalpy(t, p) for t, p in zip(temperatures, pressures, strict=True)])
