"""Simulated test logs: the plant run through a test sequence, and read by imperfect sensors.

The plant's equations differ from the model's (`hotfire.plant`); hardware tolerances, slow wander, sensor zero,
gain, creep, lag, noise, chamber roughness and quantisation follow from one seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hotfire.command_faults import altered
from hotfire.engine import Engine
from hotfire.log import Channel, FloatArray, Log, Note
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.errors import SolutionError
from hotfire.physics.sensors import Sensor
from hotfire.physics.trajectory import Schedule, integrate
from hotfire.physics.transient import Course, Instant, TransientRun, TransientSolver
from hotfire.plant import PLANT_EQUATIONS
from hotfire.recording.spoiled_readings import Recording, lagged, spoiled
from hotfire.sequence import Corners, value_at

__all__ = ["Plant", "SimulatedFault", "TestSequence", "simulate_log"]

_SHUT = 2e-4
"""Opening of a shut valve: not zero, so that the pressure behind it stays defined."""
_STANDING = 0.1
"""Seconds in which the pressures of an engine at rest come to stand."""
_FILLING = 0.008
"""Time constant in s with which the chamber follows the quasi-steady pressure."""
_SHORT_OF = 0.01
"""Seconds before the place where a run cannot be followed at which its log ends."""
_WANDER_TIME = 1.5
_WANDER_STEP = 0.5
"""Corners of the wander of a transient in s."""
ROUGHNESS_TIME = 0.004
"""Correlation time of combustion noise in s."""
SAMPLE_NOISE = 8e-4
"""Standard deviation of a sample by a sensor's own noise, as a share of its span; varied by 30 %."""


@dataclass(frozen=True)
class SimulatedFault:
    """A fault to simulate.

    Attributes:
        name: As in `fuel_injector.blockage` or `thrust.bias`.
        size: As the mode means it.
        onset: Seconds after the valves opened; None when present before.
        grows: Grow in proportion to time from the onset until burn end.
    """

    name: str
    size: float
    onset: float | None = None
    grows: bool = False


@dataclass(frozen=True)
class TestSequence:
    """What is commanded and recorded. Times in s after the valves open.

    Attributes:
        start: Begin of the record.
        opening: Time that the valves take to open.
        burn: Time at which they are commanded shut.
        end: End of the record.
        rate: Sampling rate in Hz.
        hum: Amplitude that the mains induce in every channel, as a share of its span.
        hum_frequency: Of the mains, Hz.
    """

    __test__ = False

    start: float = -2.0
    opening: float = 0.08
    burn: float = 4.5
    end: float = 6.5
    rate: float = 400.0
    hum: float = 0.0
    hum_frequency: float = 50.0

    @classmethod
    def of(cls, engine: Engine) -> TestSequence:
        """Return the test that an engine's file describes, or else a usual one."""
        own = engine.sequence
        return cls() if own is None else cls(burn=own.burn, end=own.burn + own.after)


def simulate_log(
    engine: Engine,
    faults: Sequence[Any] = (),
    seed: int = 0,
    *,
    sequence: TestSequence | None = None,
    equations: str = "plant",
    cut_short: bool = False,
) -> Log:
    """Run a test of an engine and return its log.

    Args:
        engine: The engine.
        faults: Objects with `name`, `size`, `onset` (`SimulatedFault`, for one).
        seed: Seed of tolerances and noise; the same seed gives the same log.
        sequence: What is commanded.
        equations: `plant`, or `model` for the equations of the diagnosis.
        cut_short: Where the run cannot be followed to its end, let the log end there, with the note `cut_short`.

    Raises:
        SolutionError: If the run cannot be followed, and not `cut_short`.
    """
    return Plant(engine, equations=equations).run(faults, seed, sequence=sequence, cut_short=cut_short)


class Plant:
    """The simulator of one engine, compiled once for many runs."""

    def __init__(self, engine: Engine, *, equations: str = "plant") -> None:
        self.engine = engine
        network = engine.network.with_equations(PLANT_EQUATIONS) if equations == "plant" else engine.network
        self.network = network

    @cached_property
    def compiled(self) -> CompiledNetwork:
        """The compiled equations of the quasi-steady state."""
        return CompiledNetwork(self.network)

    def run(
        self,
        faults: Sequence[Any] = (),
        seed: int = 0,
        *,
        sequence: TestSequence | None = None,
        cut_short: bool = False,
    ) -> Log:
        """Run one test; see `simulate_log`."""
        sequence = sequence or TestSequence.of(self.engine)
        random = np.random.default_rng(seed)
        hardware = [f for f in faults if f.name in self.network.faults]
        commands = self._commands(faults, sequence)
        time = np.arange(sequence.start, sequence.end, 1.0 / sequence.rate)
        over: tuple[float, ...] = ()
        end = time[-1]
        if self.engine.sequence is None:
            truth = self._quasi_steady(time, hardware, commands, sequence, random)
        else:
            truth, over, end = self._transient(time, hardware, commands, sequence, random, cut_short)
        truth = self._fill_and_roughen(truth, sequence, random)
        channels = {}
        for sensor in self.engine.sensors.values():
            wrong = [f for f in faults if f.name.rpartition(".")[0] == sensor.name]
            read = self._partner(sensor) if any(f.name.endswith(".swapped") for f in wrong) else sensor
            values = self._read(sensor, time, truth[read.measures], sequence, random, wrong)
            known = sensor.channels[0] if sensor.channels else sensor.name
            unit = self.engine.channel_units.get(known, sensor.unit)
            every = max(round(sequence.rate / (sensor.rate or sequence.rate)), 1)
            kept = time[::every] <= end
            clock = (time - sequence.start)[::every]
            channels[sensor.name] = Channel(
                sensor.name, clock[kept], values[::every][kept], sensor.kind, unit, "engine file", None, None
            )
        notes = tuple(_stepped_over(at - sequence.start) for at in over)
        if end < time[-1]:
            notes += (_ended(end - sequence.start, time[-1] - sequence.start),)
        return Log(None, f"simulated, seed {seed}", channels, notes)

    def _quasi_steady(
        self,
        time: FloatArray,
        faults: Sequence[Any],
        commands: dict[str, Corners],
        sequence: TestSequence,
        random: np.random.Generator,
    ) -> dict[str, FloatArray]:
        """Solve the flows instant by instant; valves open together."""
        grid = _grid(sequence, commands)
        schedule = Schedule(
            grid,
            self._parameters(grid, sequence, random),
            self._faults(grid, faults, sequence),
            np.stack([value_at(commands[n], grid) for n in commands], axis=1)[:, None, :],
        )
        run = integrate(self.compiled, schedule, tolerance=1e-6, strict=False)
        outputs = run.outputs[:, 0] if run.solved.all() else _hold_last(run.outputs[:, 0])
        return {n: np.interp(time, grid, outputs[:, i]) for i, n in enumerate(self.compiled.output_names)}

    def _transient(
        self,
        time: FloatArray,
        faults: Sequence[Any],
        commands: dict[str, Corners],
        sequence: TestSequence,
        random: np.random.Generator,
        cut_short: bool,
    ) -> tuple[dict[str, FloatArray], tuple[float, ...], float]:
        """Integrate start, mainstage and shutdown by the engine's own sequence.

        Returns:
            Outputs; times at which a kink was stepped over; and the time up to which the run was followed. Beyond,
            outputs stand, so that sensors draw the same noise before.
        """
        grid = _corners([t for corners in commands.values() for t, _ in corners], faults, sequence)
        inputs = [value_at(corners, grid) for corners in commands.values()]
        course = Course(
            grid,
            self._parameters(grid, sequence, random)[:, 0],
            self._faults(grid, faults, sequence)[:, 0],
            np.stack(inputs, axis=1),
        )
        start = self.transient.left_alone(self.transient.at_rest(course), course, _STANDING)
        moving = time[time > grid[0]]
        found = self._followed(course, start, np.concatenate([[grid[0]], moving]), cut_short)
        still = np.repeat(found.outputs[:1], time.size - moving.size, axis=0)
        whole = np.concatenate([still, found.outputs[1:]])
        end = time[whole.shape[0] - 1]
        whole = np.concatenate([whole, np.repeat(whole[-1:], time.size - whole.shape[0], axis=0)])
        return {n: whole[:, i] for i, n in enumerate(self.transient.output_names)}, found.over, end

    def _followed(self, course: Course, start: Instant, samples: FloatArray, cut_short: bool) -> TransientRun:
        """Run from the first corner to the last, or if wanted as far as that goes."""
        try:
            return self.transient.run(course, start, samples)
        except SolutionError as error:
            last = error.time - _SHORT_OF
            if not cut_short or not last > course.time[0] + _SHORT_OF:
                raise
            return self.transient.run(course.until(last), start, samples[samples <= last])

    @cached_property
    def transient(self) -> TransientSolver:
        """The integrator of this plant."""
        return TransientSolver(self.network)

    def _parameters(
        self, grid: FloatArray, sequence: TestSequence, random: np.random.Generator
    ) -> FloatArray:
        """Draw hardware within tolerance, and its slow wander, shape (T, 1, parameters)."""
        nominal = self.network.parameter_values
        logs = np.zeros((grid.size, len(nominal)))
        wander = {
            f"{c.name}.{p.name}": p.wander for c in self.network.components.values() for p in c.declared
        }
        for i, name in enumerate(self.network.parameter_values):
            logs[:, i] = self.network.tolerances[name] * np.clip(random.normal(), -2.5, 2.5)
            if wander[name]:
                logs[:, i] += 0.6 * wander[name] * _smooth_noise(np.clip(grid, 0.0, sequence.burn), random)
        values: FloatArray = np.array(list(nominal.values())) * np.exp(logs)
        return values[:, None, :]

    def _faults(self, grid: FloatArray, faults: Sequence[Any], sequence: TestSequence) -> FloatArray:
        """Fault sizes in time, shape (T, 1, faults); a step takes 50 ms."""
        sizes = np.zeros((grid.size, 1, len(self.network.faults)))
        for fault in faults:
            onset = fault.onset
            if getattr(fault, "grows", False):
                course = np.clip((grid - (onset or 0.0)) / (sequence.burn - (onset or 0.0)), 0.0, 1.0)
            else:
                course = np.ones(grid.size) if onset is None else np.clip((grid - onset) / 0.05, 0.0, 1.0)
            sizes[:, 0, list(self.network.faults).index(fault.name)] += fault.size * course
        return sizes

    def _commands(self, faults: Sequence[Any], sequence: TestSequence) -> dict[str, Corners]:
        """Course of every input as it is commanded and as its faults leave it."""
        own, burn = self.engine.sequence, sequence.burn
        courses = {}
        for name, default in self.network.input_defaults.items():
            corners = _usual(name, default, sequence) if own is None else own.corners(name, burn)
            wrong = [f for f in faults if f.name.rpartition(".")[0] == name]
            courses[name] = altered(corners or ((0.0, default),), wrong)
        return courses

    def _fill_and_roughen(
        self, truth: dict[str, FloatArray], sequence: TestSequence, random: np.random.Generator
    ) -> dict[str, FloatArray]:
        """Let chambers fill, and add combustion noise to their pressures, and the main chamber's to the thrust."""
        ambient = self.network.ambient_pressure
        shaken = dict(truth)
        for name, roughness in truth.items():
            chamber, output = name.rsplit(".", 1)
            if output != "roughness":
                continue
            noise = _coloured(roughness.size, ROUGHNESS_TIME * sequence.rate, random)
            filled = self._filled(truth[f"{chamber}.pressure"], sequence)
            shaken[f"{chamber}.pressure"] = filled + roughness * noise * (filled - ambient)
            if chamber == self.network.burner:
                for thrust in (n for n in truth if n.endswith(".thrust")):
                    shaken[thrust] = self._filled(truth[thrust], sequence) * (1.0 + roughness * noise)
        return shaken

    def _filled(self, values: FloatArray, sequence: TestSequence) -> FloatArray:
        """Let a chamber fill whose equations do not say how."""
        return values if self.engine.sequence is not None else lagged(values, _FILLING * sequence.rate)

    def _partner(self, sensor: Sensor) -> Sensor:
        """Return the sensor that a swapped one is taken for: the next of its kind in the engine file, around."""
        alike = [s for s in self.engine.sensors.values() if s.kind == sensor.kind]
        return alike[(alike.index(sensor) + 1) % len(alike)]

    def _read(
        self,
        sensor: Sensor,
        time: FloatArray,
        truth: FloatArray,
        sequence: TestSequence,
        random: np.random.Generator,
        faults: Sequence[Any],
    ) -> FloatArray:
        """Return what a sensor records, in SI."""
        rest = self.network.ambient_pressure if sensor.kind == "pressure" else 0.0
        values = lagged(truth, max(sensor.lag, 0.003) * sequence.rate)
        gain = 1.0 + sensor.scale_tolerance * np.clip(random.normal(), -2.5, 2.5)
        zero = sensor.zero_tolerance * np.clip(random.normal(), -2.5, 2.5)
        creep = 0.4 * sensor.zero_tolerance * random.normal() * (time - time[0]) / (time[-1] - time[0])
        scatter = SAMPLE_NOISE * sensor.span * np.exp(0.3 * random.normal())
        scatter = scatter if sensor.noise is None else sensor.noise
        noise = scatter * random.normal(size=time.size)
        values = rest + gain * (values - rest) + zero + creep + noise
        if sequence.hum:
            angle = 2.0 * np.pi * (sequence.hum_frequency * time + random.random())
            values = values + sequence.hum * sensor.span * np.sin(angle)
        step = sensor.resolution or sensor.span / 2.0**14
        recording = Recording(sensor, time, sequence.burn, sequence.rate, scatter, random)
        for fault in faults:
            values = spoiled(values, fault, recording)
        return np.asarray(np.round(values / step) * step)


def _grid(sequence: TestSequence, commands: dict[str, Corners]) -> FloatArray:
    """Instants at which flows are solved: fine where valves move, coarse where little happens.

    The time before the valves open is not run: tanks are topped up until then.
    """
    burn, end = sequence.burn, sequence.end
    corners = np.array([t for course in commands.values() for t, _ in course])
    return np.unique(
        np.concatenate(
            [
                [-0.04, -0.02],
                corners[(corners > 0.0) & (corners < end)].round(3),
                np.linspace(0.0, 0.2, 11),
                np.arange(0.2, burn, 0.05),
                np.linspace(burn, burn + 0.2, 11),
                np.arange(burn + 0.2, end + 0.1, 0.1),
            ]
        ).round(6)
    )


def _usual(name: str, default: float, sequence: TestSequence) -> Corners:
    """Command of an engine without a sequence of its own: all valves open together, and ignition in between."""
    opening, burn = sequence.opening, sequence.burn
    if name.endswith(".position"):
        return ((0.0, _SHUT), (opening, 1.0), (burn, 1.0), (burn + opening, _SHUT))
    if name.endswith(".ignition"):
        lit, out = 0.5 * opening, burn + opening
        return ((lit, 0.0), (lit + 0.03, 1.0), (out - 1e-6, 1.0), (out, 0.0))
    return ((0.0, default),)


def _corners(commanded: Sequence[float], faults: Sequence[Any], sequence: TestSequence) -> FloatArray:
    """Times at which something that is imposed on a transient bends: commands, faults, slow wander."""
    onsets = [t for f in faults if f.onset is not None for t in (f.onset, f.onset + 0.05)]
    wander = np.arange(0.0, sequence.end, _WANDER_STEP)
    inside = np.concatenate([commanded, onsets, wander, [sequence.burn, sequence.end]])
    return np.unique(inside[(inside >= 0.0) & (inside <= sequence.end)].round(6))


def _stepped_over(at: float) -> Note:
    """Say where a run was not followed but stepped over; `at` is on the log's clock, s."""
    return Note(
        "stepped_over",
        "info",
        f"several flows turn within a millisecond at {at:.3f} s: stepped over there in first order, by 4 ms at most",
        start=at,
        end=at + 0.004,
    )


def _ended(at: float, planned: float) -> Note:
    """Say that a run could not be followed to its end; both in s on the log's clock."""
    return Note(
        "cut_short",
        "error",
        f"the run cannot be followed beyond {at:.3f} s: the log ends there, not at {planned:.3f} s",
        start=at,
        end=planned,
        remedy="look at what the sequence does there, give another seed, or send the engine file to its makers",
    )


def _hold_last(outputs: FloatArray) -> FloatArray:
    """Hold the last solved instant where a run ended early (an engine that ran dry or broke down)."""
    lost = ~np.isfinite(outputs).all(axis=1)
    if lost.any() and not lost.all():
        outputs = outputs.copy()
        outputs[lost] = outputs[np.flatnonzero(~lost)[-1]]
    return outputs


def _smooth_noise(grid: FloatArray, random: np.random.Generator) -> FloatArray:
    """Smooth random course of unit variance with a correlation time of `_WANDER_TIME`."""
    knots = np.arange(grid[0] - _WANDER_TIME, grid[-1] + 2.0 * _WANDER_TIME, _WANDER_TIME)
    from scipy.interpolate import CubicSpline

    course: FloatArray = CubicSpline(knots, random.normal(size=knots.size))(grid)
    return course


def _coloured(size: int, correlation: float, random: np.random.Generator) -> FloatArray:
    """Noise of unit variance with an exponential correlation of `correlation` samples."""
    from scipy.signal import lfilter

    keep = float(np.exp(-1.0 / max(correlation, 1e-6)))
    noise: FloatArray = lfilter([np.sqrt(1.0 - keep**2)], [1.0, -keep], random.normal(size=size))
    return noise
