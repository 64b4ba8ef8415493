"""The model's forecast of the features, and how far tolerances let them stray.

The tolerances are independent standard normal variables: one for each uncertain parameter, some for the slow
wander of a few parameters, and four for each sensor (zero, gain, creep, settling). Their effect on the features is
taken linear about a point; windows therefore share tolerances instead of counting as independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.lag import Lag
from hotfire.physics.diagnosis.observation import Observation
from hotfire.physics.diagnosis.time_grid import TimeGrid
from hotfire.physics.settling import settling_of
from hotfire.physics.trajectory import Run, Schedule, integrate

__all__ = ["Forecaster"]

_KNOTS = 8
"""Least number of knots of slow wander."""
_WANDER_TIME = 1.5
"""Correlation time of slow wander in s."""
_DISCREPANCY = 0.0003
"""Relative error of the model that no tolerance explains, independent between features; from nominal runs of the
plant, see docs/explanation/diagnosis.md."""
_RESOLUTION = 1e-4
"""Least error of a mean, as a share of the sensor's span."""
_NOISE_DOUBT = 1.0
"""Factor on the noise of a mean, which is estimated from few samples about a line fitted to them."""
_CREEP = 0.5
"""Creep of a sensor during the test, as a share of its zero tolerance."""
_TOLERANCE = 1e-6
"""Scaled residual that is small against any sensor."""
_OPENING_DIP = 0.03
"""Relative step of a tank's pressure as its valve opens, which a tank law does not know."""
_SHOCK, _SETTLING_TIME = 3.0, 1.0
"""Offset of a pressure transducer after the shock of a cold or hot fluid, in zero tolerances, and the time in s
in which it settles."""
_UNWEIGHED = 1e3
"""Relative error of a feature that counts for nothing."""
_PLENTY, _LAST = 10.0, 0.05
"""Spare load that never runs out, and liquid left at the end of the last window, as shares of the load."""


class Forecaster:
    """Forecasts the features of one observation from one engine's model.

    Attributes:
        grid: Its instants.
        solves: Operating points solved so far.
        discrepancy: Relative error of the model that no tolerance explains, independent between features.
        unweighed: Rows of the features, that before the test among them, which count for nothing; see `leaving_out`.
        spare_load: By tank's input, the share of the load beyond it that is taken to be there: so much that no tank
            runs dry, or after `let_tanks_run_dry` what the sound engine needs to last through the windows.
        read, reading: Names of the outputs that the features need, and their columns among all outputs.
    """

    def __init__(
        self, compiled: CompiledNetwork, observation: Observation, knots: FloatArray | None = None
    ) -> None:
        """Take an engine and what is observed of it.

        Args:
            compiled: The engine.
            observation: Its sensors and windows.
            knots: Instants between which wander is straight, in s; None for as many as the windows ask for.
        """
        self.compiled = compiled
        self.observation = observation
        self.solves = 0
        self.discrepancy = _DISCREPANCY
        self.unweighed = slice(0, 0)
        self.grid = TimeGrid.of(observation.edges)
        self.lag = self._lag()
        self.knots = self._knots() if knots is None else knots
        self._list_tolerances()
        self.spare_load = dict.fromkeys(
            (n for n in compiled.network.input_defaults if n.endswith(".spare_load")), _PLENTY
        )
        measured = [s.measures for s in observation.sensors]
        resting = [compiled.network.at_tank_pressure.get(m, m) for m in measured]
        told = self.lag.told if self.lag else ()
        self.read = tuple(dict.fromkeys([*measured, *resting, *told]))
        self.reading = [compiled.output_names.index(n) for n in self.read]
        self._columns = [self.read.index(m) for m in measured]
        self._at_tank = np.array(
            [s.measures in compiled.network.at_tank_pressure for s in observation.sensors]
        )

    def _lag(self) -> Lag | None:
        """The lag of the engine, where the readings have one and it lasts."""
        if self.observation.still_since is None:
            return None
        settling = settling_of(self.compiled)
        if settling is None or not Lag.matters(settling, self.observation.edges):
            return None
        return Lag(settling, self.grid.time, self.grid.first)

    def _list_tolerances(self) -> None:
        network = self.compiled.network
        nominal = network.parameter_values
        self.constant = [n for n, t in network.tolerances.items() if t > 0 and nominal[n] != 0]
        self.wandering = list(network.wandering.items())
        gaps = np.abs(self.knots[:, None] - self.knots[None, :]) / _WANDER_TIME
        self._root = np.linalg.cholesky((1 + gaps) * np.exp(-gaps) + 1e-9 * np.eye(self.knots.size))

    def _knots(self) -> FloatArray:
        """Instants between which wander is straight, in s.

        They are no farther apart than it is correlated, or else it would be too stiff for what changes from one window
        to the next, which a fault would explain; but no closer than the grid, which shows no more. Many windows show
        the bends between: there is one for every two.
        """
        first, last, most = self.observation.edges[0], self.observation.edges[-1], self.observation.edges.size
        needed = int(np.ceil((last - first) / _WANDER_TIME)) + 1
        return np.linspace(first, last, max(_KNOTS, min(needed, most), most // 2))

    @property
    def physical(self) -> int:
        """Number of tolerance variables that act through the physics."""
        return len(self.constant) + self.knots.size * len(self.wandering)

    @cached_property
    def hats(self) -> FloatArray:
        """Wander at each instant per standard normal variable, shape (T, knots)."""
        hats = np.stack(
            [np.interp(self.grid.time, self.knots, row) for row in np.eye(self.knots.size)], axis=1
        )
        shaped: FloatArray = hats @ self._root
        return shaped

    def _parameters(self, cases: Sequence[Case]) -> FloatArray:
        """Parameters in SI at every instant, shape (T, n, parameters)."""
        names = list(self.compiled.parameter_names)
        nominal = np.array([self.compiled.network.parameter_values[n] for n in names])
        logs = np.zeros((self.grid.time.size, len(cases), nominal.size))
        tolerances = np.stack(
            [np.zeros(self.physical) if c.tolerances is None else c.tolerances for c in cases]
        )
        for i, name in enumerate(self.constant):
            logs[:, :, names.index(name)] += self.compiled.network.tolerances[name] * tolerances[:, i]
        for j, (name, amplitude) in enumerate(self.wandering):
            at = len(self.constant) + j * self.knots.size
            own = tolerances[:, at : at + self.knots.size]
            logs[:, :, names.index(name)] += amplitude * self.hats @ own.T
        return nominal * np.exp(logs)

    def _faults(self, cases: Sequence[Case]) -> FloatArray:
        """Fault sizes at every instant, shape (T, n, faults)."""
        names = self.compiled.fault_names
        sizes = np.zeros((self.grid.time.size, len(cases), len(names)))
        for i, case in enumerate(cases):
            for name, size in case.faults.items():
                sizes[:, i, names.index(name)] = size * self.grid.course_of(case, name)
        return sizes

    def _inputs(self, cases: Sequence[Case]) -> FloatArray:
        """Recorded positions and spare loads at every instant, shape (T, n or 1, inputs)."""
        defaults = self.compiled.network.input_defaults
        names = list(defaults)
        runs = len(cases) if any(case.runs_out for case in cases) else 1
        values = np.tile(np.array(list(defaults.values())), (self.grid.time.size, runs, 1))
        for name, spare in self.spare_load.items():
            values[:, :, names.index(name)] = spare
        for i, case in enumerate(cases):
            if case.runs_out:
                after = self.grid.profile(case.onset, grows=False) > 0.0
                values[after, i, names.index(f"{case.runs_out}.spare_load")] = -_PLENTY
        for name, recorded in self.observation.inputs.items():
            values[:, :, names.index(name)] = np.interp(self.grid.time, self.observation.edges, recorded)[
                :, None
            ]
        return values

    @contextmanager
    def leaving_out(self, rows: slice) -> Iterator[None]:
        """Let rows of the features, that before the test among them, count for nothing inside the block."""
        self.unweighed = rows
        try:
            yield
        finally:
            self.unweighed = slice(0, 0)

    def let_tanks_run_dry(self) -> None:
        """From here on, leave the sound engine just enough load; a fault that draws more runs a tank dry."""
        self.spare_load = self._enough()

    def _enough(self) -> dict[str, float]:
        """Spare load with which the sound engine just lasts through the windows."""
        names = self.compiled.output_names
        self.spare_load = dict.fromkeys(self.spare_load, _PLENTY)
        outputs, _ = self.outputs([Case()])
        needed = {}
        for name in self.spare_load:
            left = outputs[0, -1, names.index(name.replace("spare_load", "liquid"))]
            needed[name] = max(0.0, _LAST - float(left)) if np.isfinite(left) else _PLENTY
        return needed

    def outputs(self, cases: Sequence[Case]) -> tuple[FloatArray, np.ndarray]:
        """Forecast every measurable quantity, shape (n, K + 1, outputs) in SI, and which runs were solved.

        Row 0 is what stands before the valves open; for the roughness, that of the start.
        """
        _, run = self.run(cases)
        return self._rows(run.outputs, self.grid.steps_in(cases), self.compiled.output_names), run.solved

    def features(self, cases: Sequence[Case]) -> tuple[FloatArray, np.ndarray]:
        """Forecast the features of several cases, shape (n, d), and which runs were solved and are finite."""
        _, run = self.run(cases)
        means = self.features_of(run.outputs[..., self.reading], self.grid.steps_in(cases))
        return means, run.solved & np.isfinite(means).all(axis=1)

    def run(self, cases: Sequence[Case]) -> tuple[Schedule, Run]:
        """Run the engine for several cases, on the grid of the windows' edges."""
        imposed = (
            self._parameters(cases),
            self._faults(cases),
            self._inputs(cases),
            self.grid.like_end(self.grid.steps_in(cases)),
        )
        schedule = Schedule(self.grid.time, *imposed)
        self.solves += self.grid.time.size * len(cases)
        return schedule, integrate(self.compiled, schedule, strict=False, tolerance=_TOLERANCE)

    def features_of(
        self, results: FloatArray, onsets: FloatArray, *, departure: bool = False, slower: float = 1.0
    ) -> FloatArray:
        """From instants of the outputs that are read, (T, n, read), to features, (n, d).

        With `departure`, the results are small changes, so that what is at rest is zero. The engine settles in `slower`
        times the time that it should.
        """
        rows = self._rows(results, onsets, self.read, departure=departure, slower=slower)
        chosen: FloatArray = rows[:, :, self._columns].reshape(rows.shape[0], -1)
        return chosen

    def _rows(
        self,
        results: FloatArray,
        onsets: FloatArray,
        names: Sequence[str],
        *,
        departure: bool = False,
        slower: float = 1.0,
    ) -> FloatArray:
        """From instants (T, n, outputs) to what stands before the valves open and window means, (n, K + 1, outputs)."""
        windows = self.grid.window_means(results, onsets)
        if self.lag is not None:
            numbers = [self.compiled.output_names.index(name) for name in names]
            windows = windows + self.lag.departures(results, onsets, names, numbers, slower)
        before = self._before(results, names, departure=departure)
        return np.concatenate([before[:, None, :], windows.swapaxes(0, 1)], axis=1)

    def _before(self, results: FloatArray, names: Sequence[str], *, departure: bool) -> FloatArray:
        """Quantities before the valves open: tanks at their first pressure, the rest at ambient or zero."""
        network = self.compiled.network
        tanks = {c.name for c in network.components.values() if c.kind.ports[0].direction == "out"}
        before = np.zeros(results.shape[1:])
        for i, name in enumerate(names):
            if name in network.at_tank_pressure:
                before[:, i] = results[0, :, names.index(network.at_tank_pressure[name])]
            elif name.endswith(".roughness") or (name.split(".")[0] in tanks and not name.endswith("flow")):
                before[:, i] = results[0, :, i]
            elif name.endswith("pressure") and not departure:
                before[:, i] = network.ambient_pressure
        return before

    def stray_columns(self, means: FloatArray) -> FloatArray:
        """Effects of the sensors' tolerances, and of a start that is still settling, shape (d, c)."""
        sensors = self.sensor_columns(means)
        if self.lag is None or self.observation.still_since is None:
            return sensors
        numbers = [self.compiled.output_names.index(s.measures) for s in self.observation.sensors]
        start = self.lag.start(self.observation.still_since, numbers)
        before = np.zeros((1, *start.shape[1:]))
        return np.concatenate([sensors, np.concatenate([before, start]).reshape(means.size, -1)], axis=1)

    def sensor_columns(self, means: FloatArray) -> FloatArray:
        """Effects of zero, gain, creep and settling of each sensor, shape (d, 4 S)."""
        rows, count = self.observation.means.shape
        values = means.reshape(rows, count)
        ambient = self.compiled.network.ambient_pressure
        columns = np.zeros((rows, count, 4 * count))
        course = np.linspace(0.0, 1.0, rows)
        centres = 0.5 * (self.observation.edges[1:] + self.observation.edges[:-1])
        shock = np.concatenate([[0.0], np.exp(-centres / _SETTLING_TIME)])
        for i, sensor in enumerate(self.observation.sensors):
            rest = ambient if sensor.kind == "pressure" else 0.0
            columns[:, i, 4 * i] = sensor.zero_tolerance
            columns[:, i, 4 * i + 1] = sensor.scale_tolerance * (values[:, i] - rest)
            columns[:, i, 4 * i + 2] = _CREEP * sensor.zero_tolerance * course
            if sensor.kind == "pressure":
                columns[:, i, 4 * i + 3] = _SHOCK * sensor.zero_tolerance * shock
        return columns.reshape(rows * count, 4 * count)

    def scatter(self, means: FloatArray) -> FloatArray:
        """Independent standard deviation of each feature: noise of the mean and the model's discrepancy."""
        spans = np.array([s.span for s in self.observation.sensors])
        floor = np.tile(_RESOLUTION * spans, self.observation.means.shape[0])
        rest = np.array(
            [
                self.compiled.network.ambient_pressure if s.kind == "pressure" else 0.0
                for s in self.observation.sensors
            ]
        )
        level = np.abs(means - np.tile(rest, self.observation.means.shape[0]))
        noise = np.nan_to_num(self.observation.noise.ravel(), nan=0.0)
        relative = np.full(self.observation.means.shape, self.discrepancy)
        relative[0] = np.where(self._at_tank, max(_OPENING_DIP, self.discrepancy), self.discrepancy)
        relative[self.unweighed] = _UNWEIGHED
        total: FloatArray = np.sqrt((_NOISE_DOUBT * noise) ** 2 + (relative.ravel() * level) ** 2 + floor**2)
        return total
