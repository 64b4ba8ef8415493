"""One engine on its stand, ready to make many runs: the plant in windows, and what the diagnosing model expects of it.

A rig makes window means directly, without a log in between: the plant's quasi-steady run over a few windows with drawn
hardware, read by imperfect sensors. That is some hundred times faster than a log, and the same to an expert who sees
descriptions; `hotfire.describe` makes the same description of a written log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotfire.engine import Engine
from hotfire.engine_cycle import cycle_in_words
from hotfire.locations import fault_labels, hardware_of, locations
from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.declaration import Component, Fault
from hotfire.physics.description import FaultLabel, Location
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.departures import Expectation, expectation_of
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.linearised import linearise
from hotfire.physics.diagnosis.observation import Observation
from hotfire.physics.sensors import SENSOR_FAULTS, Sensor
from hotfire.plant import PLANT_EQUATIONS
from hotfire.simulation.sensing import ROUGHNESS_TIME, SAMPLE_NOISE

__all__ = ["Rig", "Stand", "window_edges"]

_BURN = 3.6
"""Burn in s of an engine whose file commands none."""
_SETTLED = 0.75
"""Time in s from which such a run is weighed."""
_LONGEST = 12.0
"""Longest stretch in s that is weighed."""
_SHUTDOWN = 0.1
"""Time in s before the shutdown command that is left out."""


@dataclass(frozen=True)
class Stand:
    """How an engine is run and recorded.

    Attributes:
        windows: Number of windows K of the mainstage.
        rate: Samples per second.
        noise: Factor on the usual noise of sensors.
    """

    windows: int = 6
    rate: float = 400.0
    noise: float = 1.0


class Rig:
    """An engine as it is (the plant) and as its file says (the model), with the sensors of the model.

    Attributes:
        engine: What experts are told.
        sensors: The S sensors; the last is the roughness of the main chamber where there is one.
        edges: Edges of the windows in s after the valves opened, shape (K + 1,).
        faults: Faults that can be put in, hardware and sensors, by name.
    """

    def __init__(
        self,
        engine: Engine,
        actual: Engine | None = None,
        stand: Stand | None = None,
        *,
        equations: Mapping[str, type[Component]] = PLANT_EQUATIONS,
    ) -> None:
        """Take the engine as its file says and, where the hardware is another, as it is.

        Args:
            engine: As its file says.
            actual: As it is.
            stand: How it is run and recorded.
            equations: Laws in which it differs from the model; with none, effects are those of the model itself.
        """
        self.engine = engine
        self.actual = actual or engine
        self.stand = stand or Stand()
        self._equations = equations
        burner = engine.network.burner
        rough = [Sensor("chamber_roughness", f"{burner}.roughness", "", 1.0, 0.0, 0.0)] if burner else []
        self.sensors: tuple[Sensor, ...] = (*engine.sensors.values(), *rough)
        self.edges = window_edges(engine, self.stand.windows)
        sensor_faults = {f"{s}.{m}": f for s in engine.sensors for m, f in SENSOR_FAULTS.items()}
        self.faults: dict[str, Fault] = {**self.actual.network.faults, **sensor_faults}

    @cached_property
    def plant(self) -> Forecaster:
        """The plant, forecasting window means."""
        network = self.actual.network.with_equations(self._equations)
        return Forecaster(CompiledNetwork(network), self.blank)

    @cached_property
    def model(self) -> Forecaster:
        """The diagnosing model of the same windows."""
        return Forecaster(CompiledNetwork(self.engine.network), self.blank)

    @cached_property
    def blank(self) -> Observation:
        """Windows and sensors without readings."""
        empty = np.zeros((self.stand.windows + 1, len(self.sensors)))
        return Observation(self.sensors, self.edges, empty, empty, {})

    @cached_property
    def expectation(self) -> Expectation:
        """What the model expects of the sound engine."""
        return expectation_of(self.model)

    @cached_property
    def sound(self) -> FloatArray:
        """Window means of the nominal plant with what stands before the valves open as row 0, shape (K + 1, S)."""
        return self.linearised[0]

    @cached_property
    def linearised(self) -> tuple[FloatArray, FloatArray]:
        """Features of the nominal plant, (K + 1, S), and their derivatives by tolerances, ((K + 1) S, m)."""
        found = linearise(self.plant, [Case()])[0]
        return found.means.reshape(self.blank.means.shape), found.by_tolerance

    @cached_property
    def whitening(self) -> FloatArray:
        """Root W of the inverse covariance of the plant's features: W' W = (J J' + noise)^-1, shape (d, d)."""
        return self.whitening_with(np.zeros(self.blank.means.shape))

    def whitening_with(self, more: FloatArray) -> FloatArray:
        """Return the same where features have `more` independent variance, SI, shape (K + 1, S)."""
        means, jacobian = self.linearised
        scatter = self.scatter(means[None], self.usual_noise[None])[0]
        variance = (scatter**2 + more).ravel()
        root: FloatArray = np.linalg.inv(np.linalg.cholesky(jacobian @ jacobian.T + np.diag(variance)))
        return root

    def spoilt_with(self, column: int) -> tuple[int, ...]:
        """Columns that say nothing where a sensor does not: of the chamber pressure, its roughness as well."""
        chamber = f"{self.engine.network.burner}.pressure"
        if self.rough is None or self.sensors[column].measures != chamber:
            return (column,)
        return (column, self.rough)

    @cached_property
    def usual_noise(self) -> FloatArray:
        """Standard deviation of a sample by each sensor's own noise, SI, shape (S,)."""
        usual = [SAMPLE_NOISE * s.span if s.noise is None else s.noise for s in self.sensors]
        return self.stand.noise * np.array(usual)

    @property
    def samples(self) -> float:
        """Samples in a window."""
        return float(self.stand.rate * np.diff(self.edges)[0])

    def scatter(self, means: FloatArray, noise: FloatArray) -> FloatArray:
        """Standard deviation of window means by noise and combustion roughness, shape (n, K + 1, S).

        Args:
            means: True window means with the row before the test, SI, shape (n, K + 1, S).
            noise: Standard deviation of a sample of each sensor, SI, shape (n, S).
        """
        scatter = np.repeat((noise / np.sqrt(self.samples))[:, None, :], means.shape[1], axis=1)
        rough = self.rough
        if rough is None:
            return scatter
        independent = self.samples / (2.0 * ROUGHNESS_TIME * self.stand.rate)
        ambient = self.engine.network.ambient_pressure
        for i in self.shaken:
            level = means[:, 1:, i] - (ambient if self.sensors[i].kind == "pressure" else 0.0)
            shaken = means[:, 1:, rough] * np.abs(level) / np.sqrt(independent)
            scatter[:, 1:, i] = np.hypot(scatter[:, 1:, i], shaken)
        scatter[:, :, rough] = means[:, :, rough] / np.sqrt(2.0 * independent) + 1e-4
        return scatter

    @cached_property
    def rough(self) -> int | None:
        """Column of the chamber's roughness."""
        last = self.sensors[-1]
        return len(self.sensors) - 1 if last.name == "chamber_roughness" else None

    def partner(self, column: int) -> int:
        """Column of the next sensor of the same kind, around: the one that a swapped sensor is taken for."""
        kind = self.sensors[column].kind
        alike = [i for i, s in enumerate(self.sensors) if s.kind == kind]
        return alike[(alike.index(column) + 1) % len(alike)]

    @cached_property
    def shaken(self) -> tuple[int, ...]:
        """Columns that oscillate with the main chamber."""
        chamber = f"{self.engine.network.burner}.pressure"
        return tuple(
            i for i, s in enumerate(self.sensors) if s.measures == chamber or s.measures.endswith(".thrust")
        )

    @cached_property
    def places(self) -> dict[str, Location]:
        """Place of every component as experts are told."""
        return locations(self.engine.network)

    @cached_property
    def labels(self) -> dict[str, FaultLabel]:
        """Label of every fault that the plant and its sensors can have."""
        return {**fault_labels(self.actual), **fault_labels(self.engine)}

    @cached_property
    def cycle(self) -> str:
        """Cycle in words."""
        return cycle_in_words(self.engine.network)

    @cached_property
    def hardware(self) -> tuple[str, ...]:
        """Laws that hold on each side."""
        return hardware_of(self.engine.network)

    def run(self, cases: Sequence[Case]) -> tuple[FloatArray, np.ndarray]:
        """Run the plant: true window means, shape (n, K + 1, S), and which runs it could do, shape (n,).

        The rule by which windows are averaged cuts one at a step's onset. What the cut alone changes, on a sound engine
        with tanks that empty along a curve, is taken off: it would tell the onset of any fault to whoever looks.
        """
        means, good = self.plant.features(cases)
        windows = means.reshape(len(cases), *self.blank.means.shape)
        for onsets in self.plant.grid.steps_in(cases).reshape(len(cases), -1).T:
            stepping = np.flatnonzero(np.isfinite(onsets))
            if stepping.size:
                windows[stepping] -= self._cut(onsets[stepping])
        return windows, good

    def _cut(self, onsets: FloatArray) -> FloatArray:
        """What cutting a window at an onset changes of the nominal plant's means, shape (n, K + 1, S)."""
        at, changes = self._cuts
        right = np.clip(np.searchsorted(at, onsets), 1, at.size - 1)
        share = np.clip((onsets - at[right - 1]) / (at[right] - at[right - 1]), 0.0, 1.0)[:, None, None]
        between: FloatArray = (1.0 - share) * changes[right - 1] + share * changes[right]
        return between

    @cached_property
    def _cuts(self) -> tuple[FloatArray, FloatArray]:
        """Onsets, shape (m,), and what they change of the nominal plant's means, shape (m, K + 1, S)."""
        shares = np.array([1e-6, 0.25, 0.5, 0.75, 1.0])
        first, steps = self.plant.grid.time[:-1], np.diff(self.plant.grid.time)
        at = (first[:, None] + shares * steps[:, None]).ravel()
        means, good = self.plant.features([Case(None, {}, float(t)) for t in at])
        changes = means.reshape(at.size, *self.blank.means.shape) - self.sound
        return at[good], changes[good]


def window_edges(engine: Engine, windows: int) -> FloatArray:
    """Edges of the windows of a run as its file commands it, s after the valves opened, shape (windows + 1,)."""
    if engine.sequence is None:
        return np.linspace(_SETTLED, _BURN - _SHUTDOWN, windows + 1)
    burn = engine.sequence.burn
    first = engine.sequence.settled
    return np.linspace(first, min(burn - _SHUTDOWN, first + _LONGEST), windows + 1)
