"""Truth about ambiguity and detectability, computed on the plant.

mu(h) stacks the window means of all sensors under hypothesis h, run on the plant's equations. Sigma holds noise and
the hardware and sensor tolerances, shared by all windows. A hypothesis h' belongs to G*(h) when the least distance
||Sigma^-1/2 (mu(h) - mu(h'))|| over admissible sizes is at most 3; a fault is detectable when its distance to the
sound engine is at least 5.
"""

from __future__ import annotations

import itertools

import numpy as np

from hotfire.engine import Engine
from hotfire.physics.arrays import FloatArray
from hotfire.physics.declaration import Fault
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.linearised import linearise
from hotfire.physics.diagnosis.observation import Observation
from hotfire.physics.sensors import SENSOR_FAULTS, Sensor
from hotfire.simulate import Plant, TestSequence
from hotfire.simulation.sensing import ROUGHNESS_TIME, SAMPLE_NOISE

__all__ = ["Oracle"]

_ALIKE, _SEEN = 3.0, 5.0
_WINDOWS = 10
_SIZES = 9
_ANALYTIC = ("bias", "scale", "drift")


class Oracle:
    """Knows the plant of one engine."""

    def __init__(self, engine: Engine, plant: Plant, sequence: TestSequence) -> None:
        self.engine = engine
        sensors = (
            *engine.sensors.values(),
            Sensor("chamber_roughness", "chamber.roughness", "", 1.0, 0.0, 0.0),
        )
        edges = np.linspace(0.75, sequence.burn - 0.1, _WINDOWS + 1)
        noise = np.zeros((_WINDOWS + 1, len(sensors)))
        template = Observation(sensors, edges, np.zeros((_WINDOWS + 1, len(sensors))), noise, {})
        self.forecaster = Forecaster(plant.compiled, template)
        sound = linearise(self.forecaster, [Case()])[0]
        self.means, jacobian = sound.means, sound.by_tolerance
        scatter = self._scatter(sequence)
        self.root = np.linalg.inv(np.linalg.cholesky(jacobian @ jacobian.T + np.diag(scatter**2)))
        self.faults: dict[str, Fault] = {n: f for n, f in plant.network.faults.items() if f.weighed}
        for sensor in engine.sensors:
            self.faults |= {f"{sensor}.{m}": SENSOR_FAULTS[m] for m in SENSOR_FAULTS}

    def _scatter(self, sequence: TestSequence) -> FloatArray:
        """Standard deviation of each window mean by the plant's noise alone, shape (d,)."""
        forecaster = self.forecaster
        means = self.means.reshape(forecaster.observation.means.shape)
        samples = sequence.rate * float(np.diff(forecaster.observation.edges)[0])
        spans = np.array([s.span for s in forecaster.observation.sensors])
        scatter = np.tile(SAMPLE_NOISE * spans / np.sqrt(samples), (means.shape[0], 1))
        rough = next(
            i for i, s in enumerate(forecaster.observation.sensors) if s.measures.endswith(".roughness")
        )
        independent = samples / (2.0 * ROUGHNESS_TIME * sequence.rate)
        for i, sensor in enumerate(forecaster.observation.sensors):
            if sensor.measures.endswith(".thrust") or sensor.name == "chamber_pressure":
                shaken = means[1:, rough] * means[1:, i] / np.sqrt(independent)
                scatter[1:, i] = np.hypot(scatter[1:, i], shaken)
        scatter[:, rough] = means[:, rough] / np.sqrt(2.0 * independent) + 1e-4
        return scatter.ravel()

    def largest(self, mode: str) -> float:
        """Largest admissible size."""
        return self.faults[mode].upper

    def draw_size(self, mode: str, onset: float | None, random: np.random.Generator) -> float | None:
        """Draw a size log-uniform from the smallest detectable to the largest; None when none is detectable."""
        fault = self.faults[mode]
        if mode.split(".", maxsplit=1)[0] in self.engine.sensors and mode.split(".")[1] not in _ANALYTIC:
            low = max(fault.lower, 4.0) if mode.endswith("noise") else fault.lower
            return float(np.exp(random.uniform(np.log(low), np.log(fault.upper))))
        sizes = (
            np.geomspace(fault.lower, fault.upper, 14)
            if fault.upper > fault.lower
            else np.array([fault.upper])
        )
        far = np.linalg.norm((self._features(mode, sizes, onset) - self.means) @ self.root.T, axis=1)
        seen = np.flatnonzero(far >= _SEEN)
        if not seen.size:
            return None
        solved = sizes[np.isfinite(far)]
        for _ in range(20):
            size = float(np.exp(random.uniform(np.log(sizes[seen[0]]), np.log(solved[-1]))))
            if (
                np.linalg.norm(self.root @ (self._features(mode, np.array([size]), onset)[0] - self.means))
                >= _SEEN
            ):
                return size
        return None

    def group(self, mode: str, size: float, onset: float | None) -> tuple[str, ...]:
        """Names of the hypotheses that the sensors cannot tell from this one, itself included."""
        if mode.split(".", maxsplit=1)[0] in self.engine.sensors and mode.split(".")[1] not in _ANALYTIC:
            return (mode,)
        truth = self._features(mode, np.array([size]), onset)[0]
        members = [mode]
        for name, fault in self.faults.items():
            if name == mode or (
                name.split(".")[0] in self.engine.sensors and name.split(".")[1] not in _ANALYTIC
            ):
                continue
            onsets = (None,) if fault.initial else dict.fromkeys((onset, None))
            if min(self._distance(truth, name, fault, at) for at in onsets) <= _ALIKE:
                members.append(name)
        return tuple(members)

    def _distance(self, truth: FloatArray, name: str, fault: Fault, onset: float | None) -> float:
        """Least distance over sizes, the path between neighbouring sizes taken as straight."""
        sizes = (
            np.geomspace(fault.lower, fault.upper, _SIZES)
            if fault.upper > fault.lower
            else np.array([fault.upper])
        )
        signs = (1.0, -1.0) if name.split(".", maxsplit=1)[0] in self.engine.sensors else (1.0,)
        least = np.inf
        for sign in signs:
            white = (self._features(name, sign * sizes, onset) - truth) @ self.root.T
            white = white[np.isfinite(white).all(axis=1)]
            for a, b in itertools.pairwise(white):
                step = b - a
                share = np.clip(-(a @ step) / max(step @ step, 1e-12), 0.0, 1.0)
                least = min(least, float(np.linalg.norm(a + share * step)))
            if len(white) == 1:
                least = min(least, float(np.linalg.norm(white[0])))
        return least

    def _features(self, mode: str, sizes: FloatArray, onset: float | None) -> FloatArray:
        """Features on the plant, shape (sizes, d); NaN where the plant has no solution."""
        component, kind = mode.split(".")
        if component in self.engine.sensors:
            return self.means + sizes[:, None] * self._sensor_effect(component, kind, onset)
        means, good = self.forecaster.features([Case(None, {mode: float(s)}, onset) for s in sizes])
        means[~good] = np.nan
        return means

    def _sensor_effect(self, sensor: str, kind: str, onset: float | None) -> FloatArray:
        observation = self.forecaster.observation
        column = [s.name for s in observation.sensors].index(sensor)
        edges, span = observation.edges, observation.sensors[column].span
        effect = np.zeros(observation.means.shape)
        if kind == "drift":
            centres = 0.5 * (edges[1:] + edges[:-1])
            start = onset or 0.0
            effect[1:, column] = span * np.clip((centres - start) / (edges[-1] + 0.1 - start), 0.0, None)
            return effect.ravel()
        after = np.ones(_WINDOWS + 1)
        if onset is not None:
            after = np.concatenate([[0.0], np.clip((edges[1:] - onset) / np.diff(edges), 0.0, 1.0)])
        if kind == "bias":
            effect[:, column] = span * after
        else:
            rest = (
                self.engine.network.ambient_pressure
                if observation.sensors[column].kind == "pressure"
                else 0.0
            )
            effect[:, column] = (self.means.reshape(effect.shape)[:, column] - rest) * after
        return effect.ravel()
