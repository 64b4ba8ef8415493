"""Flights of many hoppers at once: quasi-steady flows at each knot, two loops that steer the valves, and their lag.

One loop opens both valves until the thrust is that asked for, the other trims the fuel's until the mixture ratio is
right; how the two are coupled is not published. Sensors play no part in the loops, as in the published model, whose
sensor faults are written into the record afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.newton import newton
from hotfire.physics.steady import solve_steady
from hotfire.physics.trajectory import first_states
from tum_hopper.classes import PIPES
from tum_hopper.definition import CHANNELS, definition, number
from tum_hopper.engine import hopper_engine, plant_network
from tum_hopper.flights import FloatArray
from tum_hopper.plans import RunPlan

__all__ = ["Recorded", "fly"]

_VALVES = ("oxidizer_valve", "fuel_valve")
_TOLERANCE = 1e-5
"""Largest scaled residual of a knot."""
_STEPS = 6
"""Newton steps from the knot before, after which a knot is solved from afresh."""


@dataclass(frozen=True, eq=False)
class Recorded:
    """What a run's channels truly were.

    Attributes:
        start: Time in s from the begin of the run at which the record begins.
        knots: Channels at the knots in SI, shape (k, 41), single precision.
    """

    start: float
    knots: NDArray[np.float32]


@cache
def _compiled() -> CompiledNetwork:
    return CompiledNetwork(plant_network())


def fly(runs: Sequence[RunPlan]) -> list[Recorded]:
    """Run flights side by side and return their records."""
    fleet = _Fleet(runs)
    while fleet.aloft:
        fleet.advance()
    return fleet.records()


class _Fleet:
    """Flights in progress; those that have ended are taken out of the batch."""

    def __init__(self, runs: Sequence[RunPlan]) -> None:
        self.step = number("plant", "step")
        most = max(run.duration for run in runs)
        self.time = self.step * np.arange(int(most / self.step) + 2)
        self.last = np.array([int(run.duration / self.step) for run in runs])
        self.wanted = np.stack([np.interp(self.time, r.time, r.thrust) for r in runs], axis=1)
        self.constants = np.stack([self._time_constants(run) for run in runs], axis=1)
        self.hindrances = np.stack([self._hindrances(run) for run in runs], axis=1)
        compiled, n = _compiled(), len(runs)
        self.parameters = np.tile(np.array(list(compiled.network.parameter_values.values())), (n, 1))
        self.states = first_states(compiled, self.parameters)
        self.inputs = np.tile(np.array(list(compiled.network.input_defaults.values())), (n, 1))
        self.faults = np.zeros((n, len(compiled.fault_names)))
        hindrances = [f"{pipe}.{fault}" for fault in ("blockage", "leak") for pipe in PIPES]
        self.fault_columns = np.array([compiled.fault_names.index(name) for name in hindrances])
        self.valve_columns = np.array([compiled.input_names.index(f"{valve}.position") for valve in _VALVES])
        opening = number("plant", "first_opening") * np.array(
            [1.0, _fuel_share(number("plant", "first_opening"))]
        )
        self.position = np.tile(opening, (n, 1))
        self.integral = np.stack([self.position[:, 0], np.zeros(n)], axis=1)
        self.guess: FloatArray | None = None
        self.change = np.zeros(0)
        self.rows = np.arange(n)
        self.knot = 0
        self.first = np.full(n, -1)
        self.passed = np.full(n, np.inf)
        self.kept = np.full((self.time.size, n, len(CHANNELS)), np.nan, dtype=np.float32)

    @property
    def aloft(self) -> bool:
        """Whether any flight goes on."""
        return self.rows.size > 0

    def _time_constants(self, run: RunPlan) -> FloatArray:
        """Time constants of both valves in s at the knots, shape (k, 2)."""
        constants = np.full((self.time.size, 2), number("plant", "valve_time_constant"))
        if run.time_constant:
            constants[self.time >= run.onset, _VALVES.index(run.place)] = run.time_constant
        return constants

    def _hindrances(self, run: RunPlan) -> FloatArray:
        """Blockages and then leaks of the four pipes at the knots, shape (k, 8)."""
        found = np.zeros((self.time.size, 2 * len(PIPES)))
        if run.place in PIPES:
            pipe = PIPES.index(run.place)
            found[:, pipe] = np.interp(self.time, *run.blocked)
            found[:, len(PIPES) + pipe] = np.interp(self.time, *run.leaking)
        return found

    def advance(self) -> None:
        """Solve this knot, record it, and steer to the next."""
        rows, k = self.rows, self.knot
        self.inputs[np.ix_(rows, self.valve_columns)] = self.position[rows]
        self.faults[np.ix_(rows, self.fault_columns)] = self.hindrances[k, rows]
        batch = Batch(self.states[rows], self.parameters[rows], self.faults[rows], self.inputs[rows])
        rates, outputs = self._solved(batch)
        self.states[rows] += self.step * rates
        thrust, ratio = (outputs[:, _output(n)] for n in ("nozzle.thrust", "chamber.mixture_ratio"))
        target = self.wanted[k, rows]
        errors = np.stack([1.0 - thrust / target, ratio / number("plant", "mixture_ratio") - 1.0], axis=1)
        command = self._steered(rows, np.clip(errors, -1.0, 1.0))
        self.kept[k, rows] = _channels(outputs, command)
        lag = np.exp(-self.step / self.constants[k, rows])
        self.position[rows] = command + (self.position[rows] - command) * lag
        self._log(rows, thrust >= target, ratio)

    def _solved(self, batch: Batch) -> tuple[FloatArray, FloatArray]:
        """Solve the flows from those of the knot before, and from afresh where that does not do."""
        compiled = _compiled()
        if self.guess is None:
            z, _ = solve_steady(compiled, batch, tolerance=_TOLERANCE)
            self.change = np.zeros_like(z)
        else:
            z = np.clip(self.guess + self.change, 0.005, 1.6)
            _, error = newton(compiled, batch, z, np.ones(z.shape[0], dtype=bool), _TOLERANCE, _STEPS)
            lost = error > _TOLERANCE
            if lost.any():
                z[lost], _ = solve_steady(compiled, batch.rows(lost), self.guess[lost], tolerance=1e-4)
            self.change = np.clip(z - self.guess, -0.02, 0.02)
        self.guess = z
        return compiled.rates(z, batch)

    def _steered(self, rows: NDArray[np.int64], errors: FloatArray) -> FloatArray:
        """Return the commanded openings, shape (n, 2); the integrals stop where the valve does."""
        gain, least = number("plant", "gain"), number("plant", "least_opening")
        grown = self.integral[rows] + gain * errors * self.step / number("plant", "integral_time")
        trim = number("plant", "most_trim")
        self.integral[rows] = np.stack([grown[:, 0].clip(least, 1.0), grown[:, 1].clip(-trim, trim)], axis=1)
        common, trimmed = (self.integral[rows] + gain * errors).T
        command = np.stack([common, common * (_fuel_share(common) + trimmed)], axis=1)
        opened: FloatArray = np.clip(command, least, 1.0)
        return opened

    def _log(self, rows: NDArray[np.int64], reached: NDArray[np.bool_], ratio: FloatArray) -> None:
        """Begin records, and end those of flights that are over or whose mixture ratio was wrong for too long."""
        limits, now = definition()["plant"]["mixture_ratio_limits"], self.time[self.knot]
        begins = reached & (now >= number("plant", "logged_from")) & (self.first[rows] < 0)
        self.first[rows[begins]] = self.knot
        wrong = ((ratio <= limits["least"]) | (ratio >= limits["most"])) & (self.first[rows] >= 0)
        self.passed[rows[wrong]] = np.minimum(self.passed[rows[wrong]], now)
        over = (self.knot >= self.last[rows]) | (wrong & (now - self.passed[rows] >= limits["time"]))
        self.last[rows[over]] = self.knot
        if over.any() and self.guess is not None:
            self.guess, self.change = self.guess[~over], self.change[~over]
        self.rows = rows[~over]
        self.knot += 1

    def records(self) -> list[Recorded]:
        """Return the records of all flights."""
        begun, over = np.where(self.first < 0, self.last, self.first), self.last + 1
        knots = np.arange(self.time.size)[:, None]
        flown = (knots >= begun) & (knots < over)
        for i, channel in enumerate(CHANNELS):
            if channel.temperature_at:
                pressures = self.kept[..., i][flown].astype(float)
                self.kept[flown, i] = _liquid_temperature(channel.temperature_at, pressures)
        return [
            Recorded(float(self.time[a]), self.kept[a:b, i].copy())
            for i, (a, b) in enumerate(zip(begun, over, strict=True))
        ]


def _fuel_share(opening: Any) -> Any:
    """Opening of the fuel's valve over that of the oxidizer's at which the mixture ratio is about right."""
    line = definition()["plant"]["fuel_share"]
    return line["shut"] + line["slope"] * opening


@cache
def _output(name: str) -> int:
    return _compiled().output_names.index(name)


def _channels(outputs: FloatArray, command: FloatArray) -> FloatArray:
    """Return the channels of n flights at one knot, shape (n, 41); pressures where temperatures will stand."""
    found = np.empty((outputs.shape[0], len(CHANNELS)))
    for i, channel in enumerate(CHANNELS):
        if channel.command:
            found[:, i] = command[:, ("oxidizer", "fuel").index(channel.command)]
        elif channel.temperature_at:
            found[:, i] = outputs[:, _output(channel.temperature_at)]
        elif channel.measures is None:
            found[:, i] = _flame_temperature(outputs)
        else:
            found[:, i] = outputs[:, _output(channel.measures)]
            if channel.less:
                found[:, i] -= outputs[:, _output(channel.less)]
    return found


def _liquid_temperature(place: str, pressures: FloatArray) -> FloatArray:
    """Temperature in K of a liquid throttled to pressures in Pa without giving off heat, shape (n,)."""
    tank = hopper_engine().network.components[f"{place.split('_', maxsplit=1)[0]}_tank"]
    stored = tank.fluid.state(tank.parameters["temperature"], tank.parameters["set_pressure"])
    return np.asarray(stored.temperature(pressures))


def _flame_temperature(outputs: FloatArray) -> FloatArray:
    """Temperature in K in the chamber, as in `hotfire`'s wall heat: the flame's times the efficiency squared."""
    chamber = _compiled().network.components["chamber"]
    pressure, ratio = (outputs[:, _output(n)] for n in ("chamber.pressure", "chamber.mixture_ratio"))
    flame = np.asarray(chamber.table.temperature(ratio, pressure))
    return chamber.parameters["c_star_efficiency"] ** 2 * flame
