"""Thrust that a hop asks for: full thrust up, thrust faded out near the height wanted, coasting, and a landing.

The landing follows a quadratic regulator between two limits of thrust. As in the published generator, it may pass
through the ground before it comes to rest: what counts is the course of thrust, not the flight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tum_hopper.definition import definition, number

__all__ = ["Flight", "thrust_course"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Flight:
    """What a hop is drawn by.

    Attributes:
        ascent_thrust: N.
        height: Height at which the ascent ends, m.
        propellant: Propellant on board, kg.
    """

    ascent_thrust: float
    height: float
    propellant: float

    @classmethod
    def drawn(cls, random: np.random.Generator) -> Flight:
        """Draw one."""
        flight = definition()["flight"]
        return cls(*(_on_grid(flight[name], random) for name in ("ascent_thrust", "height", "propellant")))


def _on_grid(entry: dict[str, float], random: np.random.Generator) -> float:
    count = round((entry["most"] - entry["least"]) / entry["step"])
    return float(entry["least"] + entry["step"] * random.integers(count))


def thrust_course(flight: Flight) -> tuple[FloatArray, FloatArray]:
    """Return the thrust asked for over time.

    Returns:
        Times in s from 0, shape (n,), and thrusts in N, shape (n,).
    """
    mass = number("flight", "dry_mass") + flight.propellant
    up, speed, mass, risen = _ascent(flight, mass)
    coast, mass, risen_more = _coast(flight, speed, mass)
    down = _landing(mass, risen + risen_more)
    thrust = np.array([*up, *coast, *down])
    time: FloatArray = np.arange(thrust.size, dtype=float) * number("flight", "step")
    return time, thrust


def _exhaust_speed() -> float:
    return number("flight", "specific_impulse") * number("flight", "gravity")


def _ascent(flight: Flight, mass: float) -> tuple[list[float], float, float, float]:
    """Rise to the height wanted, fading from full to coasting thrust over its last part.

    The published generator burns at the flow of full thrust until the end of the ascent.
    """
    step, gravity = number("flight", "step"), number("flight", "gravity")
    burnt = flight.ascent_thrust / _exhaust_speed() * step
    least = number("flight", "coast_share") * flight.ascent_thrust
    fading = number("flight", "fading_from") * flight.height
    at = speed = 0.0
    thrusts: list[float] = []
    while at < flight.height:
        past = max(at - fading, 0.0) / (flight.height - fading)
        thrust = max(flight.ascent_thrust - past * (flight.ascent_thrust - least), least)
        gain = (thrust / (mass - 0.5 * burnt) - gravity) * step
        at, speed, mass = at + (speed + 0.5 * gain) * step, speed + gain, mass - burnt
        thrusts.append(thrust)
    return thrusts, speed, mass, at


def _coast(flight: Flight, speed: float, mass: float) -> tuple[list[float], float, float]:
    """Go on rising at little thrust until the speed is used up."""
    step, gravity = number("flight", "step"), number("flight", "gravity")
    thrust = number("flight", "coast_share") * flight.ascent_thrust
    burnt = thrust / _exhaust_speed() * step
    risen, thrusts = 0.0, []
    while speed > 0.0:
        gain = (thrust / (mass - 0.5 * burnt) - gravity) * step
        risen, speed, mass = risen + (speed + 0.5 * gain) * step, speed + gain, mass - burnt
        thrusts.append(thrust)
    return thrusts, mass, risen


def _landing(mass: float, height: float) -> list[float]:
    """Come down from rest; over when the height is back at zero after it was below, or the dry mass is reached."""
    step, gravity, dry = (number("flight", name) for name in ("step", "gravity", "dry_mass"))
    weights, cut = definition()["flight"]["landing_weights"], definition()["flight"]["landing_cut"]
    least = number("flight", "landing_least") * dry * gravity
    most = number("flight", "landing_most") * mass * gravity
    stiffness = (weights["height"] / weights["thrust"]) ** 0.5
    speed, below, thrusts = 0.0, False, []
    for k in range(round(number("flight", "landing_time") / step)):
        damping = (weights["speed"] / weights["thrust"] + 2.0 * mass * stiffness) ** 0.5
        thrust = min(max(mass * gravity - stiffness * height - damping * speed, least), most)
        thrust = least if cut["from"] <= k * step < cut["to"] else thrust
        thrusts.append(thrust)
        gain = (thrust / mass - gravity) * step
        height, speed, mass = (
            height + (speed + 0.5 * gain) * step,
            speed + gain,
            mass - thrust / _exhaust_speed() * step,
        )
        if mass <= dry or (below and height >= 0.0):
            break
        below = below or height <= 0.0
    return thrusts
