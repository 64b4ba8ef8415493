"""Simulated test logs: the plant run through a test sequence, and read by imperfect sensors.

The plant's equations differ from the model's (`hotfire.plant`); hardware tolerances, slow wander, sensor zero,
gain, creep, lag, noise, chamber roughness and quantisation follow from one seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from hotfire.engine import Engine
from hotfire.log import Channel, FloatArray, Log, Note
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.errors import SolutionError
from hotfire.physics.trajectory import Schedule, integrate
from hotfire.physics.transient import Course, Instant, TransientRun, TransientSolver
from hotfire.plant import PLANT_EQUATIONS
from hotfire.sequence import Corners, value_at
from hotfire.simulation.imposed import commands, corners_of, fault_sizes, instants, parameters
from hotfire.simulation.sensing import filled_and_rough, partner, read
from hotfire.simulation.sequence import SimulatedFault, TestSequence

__all__ = ["Plant", "SimulatedFault", "TestSequence", "simulate_log"]

_STANDING = 0.1
"""Seconds in which the pressures of an engine at rest come to stand."""
_SHORT_OF = 0.01
"""Seconds before the place where a run cannot be followed at which its log ends."""


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
        commanded = commands(self.engine, self.network, faults, sequence)
        time = np.arange(sequence.start, sequence.end, 1.0 / sequence.rate)
        over: tuple[float, ...] = ()
        end = time[-1]
        if self.engine.sequence is None:
            truth = self._quasi_steady(time, hardware, commanded, sequence, random)
        else:
            truth, over, end = self._transient(time, hardware, commanded, sequence, random, cut_short)
        truth = filled_and_rough(self.engine, truth, sequence, random)
        channels = {}
        for sensor in self.engine.sensors.values():
            wrong = [f for f in faults if f.name.rpartition(".")[0] == sensor.name]
            taken_for = (
                partner(self.engine, sensor) if any(f.name.endswith(".swapped") for f in wrong) else sensor
            )
            values = read(self.engine, sensor, time, truth[taken_for.measures], sequence, random, wrong)
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
        commanded: dict[str, Corners],
        sequence: TestSequence,
        random: np.random.Generator,
    ) -> dict[str, FloatArray]:
        """Solve the flows instant by instant; valves open together."""
        grid = instants(sequence, commanded)
        schedule = Schedule(
            grid,
            parameters(self.network, grid, sequence, random),
            fault_sizes(self.network, grid, faults, sequence),
            np.stack([value_at(commanded[n], grid) for n in commanded], axis=1)[:, None, :],
        )
        run = integrate(self.compiled, schedule, tolerance=1e-6, strict=False)
        outputs = run.outputs[:, 0] if run.solved.all() else _hold_last(run.outputs[:, 0])
        return {n: np.interp(time, grid, outputs[:, i]) for i, n in enumerate(self.compiled.output_names)}

    def _transient(
        self,
        time: FloatArray,
        faults: Sequence[Any],
        commanded: dict[str, Corners],
        sequence: TestSequence,
        random: np.random.Generator,
        cut_short: bool,
    ) -> tuple[dict[str, FloatArray], tuple[float, ...], float]:
        """Integrate start, mainstage and shutdown by the engine's own sequence.

        Returns:
            Outputs; times at which a kink was stepped over; and the time up to which the run was followed. Beyond,
            outputs stand, so that sensors draw the same noise before.
        """
        grid = corners_of([t for corners in commanded.values() for t, _ in corners], faults, sequence)
        inputs = [value_at(corners, grid) for corners in commanded.values()]
        course = Course(
            grid,
            parameters(self.network, grid, sequence, random)[:, 0],
            fault_sizes(self.network, grid, faults, sequence)[:, 0],
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
