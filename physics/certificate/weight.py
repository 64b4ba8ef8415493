"""Weighing what a certificate states, from its definition: misfit, prior and evidence.

Written from docs/explanation/certificate.md and diagnosis.md, apart from the code that issues.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.places import SENSOR_MODES, declared_fault, place_of, range_of, size_by_place
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.sizes import over_sizes
from hotfire.physics.certificate.values import Certificate, StatedFault, StatedHypothesis
from hotfire.physics.sensors import SENSOR_FAULTS

__all__ = ["Scales", "Weights", "as_array", "tables_of"]

_FAULTY_TESTS, _FURTHER, _FROM_START, _TOGETHER = 0.25, 0.3, 0.4, 0.5
_RESOLUTION, _OPENING_DIP = 1e-4, 0.03
_CREEP, _SHOCK, _SETTLING_TIME = 0.5, 3.0, 1.0
_EFFECT_DOUBT, _WITHIN_WINDOW, _UNEVEN, _SPILL = 0.02, 0.3, 0.2, 0.03
_ARRIVED = 2.0


@dataclass(frozen=True, eq=False)
class Scales:
    """Settings of the scatter: the stated ones, or the narrowest that a search begins with."""

    discrepancy: float
    widening: FloatArray


class Weights:
    """Misfit and evidence of hypotheses against the windows of one certificate."""

    def __init__(self, certificate: Certificate, frame: Frame) -> None:
        windows = certificate.windows
        self.certificate, self.frame = certificate, frame
        self.means = np.array(
            [[np.nan if v is None else v for v in row] for row in windows.means], dtype=float
        )
        scatter = [[0.0 if v is None else v for v in row] for row in windows.scatter]
        self.noise = np.array(scatter, dtype=float)
        self.used = np.isfinite(self.means).ravel()
        self.measured = self.means.ravel()[self.used]
        widening = np.array([certificate.model.widening[s.name] for s in frame.sensors])
        self.scales = Scales(certificate.model.discrepancy, widening)
        ambient = frame.network.ambient_pressure
        self.rest = np.array([ambient if s.kind == "pressure" else 0.0 for s in frame.sensors])

    @property
    def windows(self) -> int:
        """Number of windows."""
        return len(self.frame.edges) - 1

    @cached_property
    def centres(self) -> FloatArray:
        """Middles of the windows."""
        edges = np.array(self.frame.edges)
        return np.asarray(0.5 * (edges[1:] + edges[:-1]))

    def scatter(self, features: FloatArray, scales: Scales) -> FloatArray:
        """Independent variance of each used feature."""
        relative = np.full(self.means.shape, scales.discrepancy)
        at_tank = [s.measures in self.frame.network.at_tank_pressure for s in self.frame.sensors]
        relative[0] = np.where(at_tank, max(_OPENING_DIP, scales.discrepancy), scales.discrepancy)
        floor = _RESOLUTION * np.array([s.span for s in self.frame.sensors])
        level = features - self.rest
        variance = scales.widening * (self.noise**2 + (relative * level) ** 2 + floor**2)
        return np.asarray(variance.ravel()[self.used])

    def sensor_columns(self, readings: FloatArray) -> FloatArray:
        """Effects of zero, gain, creep and settling of the sensors on the used features."""
        rows, blocks = self.windows + 1, []
        settling = np.concatenate([[0.0], np.exp(-self.centres / _SETTLING_TIME)])
        for i, sensor in enumerate(self.frame.sensors):
            own = np.zeros((rows, len(self.frame.sensors), 4))
            own[:, i, 0] = sensor.zero_tolerance
            own[:, i, 1] = sensor.scale_tolerance * (readings[:, i] - self.rest[i])
            own[:, i, 2] = _CREEP * sensor.zero_tolerance * np.arange(rows) / (rows - 1)
            own[:, i, 3] = _SHOCK * sensor.zero_tolerance * settling * (sensor.kind == "pressure")
            blocks.append(own.reshape(-1, 4)[self.used])
        return np.concatenate(blocks, axis=1)

    def sensor_effect(self, fault: StatedFault, readings: FloatArray) -> FloatArray:
        """Effect of a sensor fault of size one on the features, (K + 1, S)."""
        name, _, mode = fault.name.rpartition(".")
        i = next(k for k, s in enumerate(self.frame.sensors) if s.name == name)
        edges, effect = np.array(self.frame.edges), np.zeros(self.means.shape)
        after = np.ones(self.windows + 1)
        if fault.onset is not None:
            after = np.concatenate([[0.0], np.clip((edges[1:] - fault.onset) / np.diff(edges), 0.0, 1.0)])
        if mode == "bias":
            effect[:, i] = self.frame.sensors[i].span * after
        elif mode == "scale":
            effect[:, i] = (readings[:, i] - self.rest[i]) * after
        else:
            start = fault.onset or 0.0
            ramp = np.clip((self.centres - start) / max(edges[-1] - start, 1e-6), 0.0, 1.0)
            effect[:, i] = self.frame.sensors[i].span * np.concatenate([[0.0], ramp])
        return fault.sign * effect

    def doubts(self, fault: StatedFault, change: FloatArray, *, hardware: bool) -> FloatArray:
        """What is doubtful about a fault's computed effect, as columns over the used features."""
        rows, count = change.shape
        columns: list[FloatArray] = []

        def add(block: FloatArray) -> None:
            columns.append(block.ravel())

        each = range(count)
        if hardware:
            for i in each:
                add(_only(change * _EFFECT_DOUBT, slice(None), i))
        if fault.onset is not None and not fault.grows:
            k = 1 + int(np.clip(np.searchsorted(self.frame.edges, fault.onset) - 1, 0, self.windows - 1))
            for i in each:
                own = _only(change * _UNEVEN, k, i)
                add(own + _only(change * _SPILL, min(k + 1, rows - 1), i))
            whole = np.zeros_like(change)
            whole[k] = _WITHIN_WINDOW * change[k]
            add(whole)
        if not columns:
            return np.zeros((int(self.used.sum()), 0))
        return np.asarray(np.stack(columns, axis=1)[self.used])

    def around(
        self, faults: Sequence[StatedFault], tables: Sequence[FloatArray], scales: Scales
    ) -> FloatArray:
        """Covariance of the used features at fixed physical tolerances.

        Args:
            faults: Those of components first.
            tables: Features before each fault, with those before it, and with all of them, (K + 1, S) each.
            scales: Of the scatter.
        """
        parts = self.frame.hardware(faults)
        columns = [self.sensor_columns(tables[len(parts)])]
        for fault, before, after in zip(faults, tables[:-1], tables[1:], strict=True):
            columns.append(self.doubts(fault, after - before, hardware=fault in parts))
        aside = np.concatenate(columns, axis=1)
        return np.asarray(aside @ aside.T + np.diag(self.scatter(tables[-1], scales)))

    def misfit(
        self,
        faults: Sequence[StatedFault],
        tables: Sequence[FloatArray],
        tolerances: FloatArray,
        scales: Scales | None = None,
    ) -> float:
        """Chi-square at a point: of the residuals, sensors at their best, and of the tolerances."""
        around = self.around(faults, tables, scales or self.scales)
        off = self.measured - tables[-1].ravel()[self.used]
        return float(off @ np.linalg.solve(around, off) + tolerances @ tolerances)

    def evidence(
        self,
        faults: Sequence[StatedFault],
        tables: Sequence[FloatArray],
        tolerances: FloatArray,
        jacobian: FloatArray,
        by_sizes: FloatArray,
        scales: Scales | None = None,
    ) -> tuple[float, float]:
        """Least misfit of the linear model about a point, and the log of the evidence by Laplace's method there.

        Args:
            faults: None, one or two, those of components first.
            tables: Features forecast at the point before each fault, and with all, (K + 1, S) each.
            tolerances: At the point, (m,).
            jacobian: Derivatives of the features by the tolerances, (d, m).
            by_sizes: Derivatives of the features by the sizes of the faults, (d, n).
            scales: Of the scatter; as stated for None.
        """
        around = self.around(faults, tables, scales or self.scales)
        physical = jacobian[self.used]
        root = np.linalg.cholesky(around + physical @ physical.T)
        off = self.measured - tables[-1].ravel()[self.used] + physical @ tolerances
        residual = np.linalg.solve(root, off)
        slopes, ends = self.along_places(faults, np.linalg.solve(root, by_sizes[self.used]))
        promised, log_mean = over_sizes(residual, slopes, ends)
        shown = self.misfit(faults, tables, tolerances, scales)
        log_volume = float(np.log(np.diag(root)).sum())
        late = 0.5 * max(shown - promised - _ARRIVED, 0.0)
        return promised, log_mean - log_volume + self.log_prior(faults) - late

    def by_all_sizes(
        self, faults: Sequence[StatedFault], by_hardware: FloatArray, engine: FloatArray
    ) -> FloatArray:
        """Derivatives of the features by all sizes, (d, n), from those by sizes of components' faults, (d, h)."""
        rest = faults[by_hardware.shape[1] :]
        return np.column_stack([by_hardware, *(self.sensor_effect(f, engine).ravel() for f in rest)])

    def along_places(
        self, faults: Sequence[StatedFault], by_sizes: FloatArray
    ) -> tuple[FloatArray, list[tuple[float, float]]]:
        """From derivatives by sizes to those by their coordinates, and how far these may move; free sizes only."""
        columns, ends = [], []
        for fault, own in zip(faults, by_sizes.T, strict=True):
            declared = declared_fault(self.frame, fault.name)
            assert declared is not None
            if declared.upper > declared.lower:
                at = place_of(declared, fault.size)
                low, high = range_of(declared)
                columns.append(own * size_by_place(declared, fault.size))
                ends.append((low - at, high - at))
        return np.stack(columns, axis=1) if columns else np.zeros((by_sizes.shape[0], 0)), ends

    def log_prior(self, faults: Sequence[StatedFault]) -> float:
        """Log of the prior of a hypothesis with its courses, sizes not included.

        Two faults are independent, or set in together, as half of those of components do, whichever is likelier; a
        second one is rarer beside one than faults are by themselves.
        """
        if not faults:
            return math.log1p(-_FAULTY_TESTS)
        further = (len(faults) - 1) * math.log(_FURTHER)
        apart = sum(map(self._log_prior_of_one, faults)) + further
        if len(faults) == 1 or len(self.frame.hardware(faults)) < 2:
            return apart
        first, second = faults
        if (first.onset, first.grows) != (second.onset, second.grows):
            return apart
        rates = [*map(self._log_rate, faults)]
        course = min(self._log_prior_of_one(f) - rate for f, rate in zip(faults, rates, strict=True))
        return max(apart, course + sum(rates) + math.log(_TOGETHER) + further)

    def _log_rate(self, fault: StatedFault) -> float:
        """Log of the prior probability of a fault, whatever its course."""
        declared = declared_fault(self.frame, fault.name)
        assert declared is not None
        rates = sum(f.rate for f in self.frame.network.faults.values() if f.weighed)
        rates += sum(SENSOR_FAULTS[m].rate for s in self.frame.sensors if s.kind for m in SENSOR_MODES)
        return math.log(_FAULTY_TESTS / rates * declared.rate)

    def _log_prior_of_one(self, fault: StatedFault) -> float:
        declared = declared_fault(self.frame, fault.name)
        assert declared is not None
        share = _FROM_START if fault.onset is None else (1.0 - _FROM_START) / self.windows
        share = 1.0 if declared.initial else share
        if fault.name in self.frame.network.faults:
            share *= declared.growth if fault.grows else 1.0 - declared.growth
        else:
            share *= 0.25 if fault.name.endswith(".drift") else 0.5
        return self._log_rate(fault) + math.log(share)


def _only(values: FloatArray, row: int | slice, column: int) -> FloatArray:
    kept = np.zeros_like(values)
    kept[row, column] = values[row, column]
    return kept


def as_array(table: Sequence[Sequence[float | None]]) -> FloatArray:
    """A stated table as an array; what is not stated is nought, it is not used."""
    return np.array([[0.0 if v is None else v for v in row] for row in table], dtype=float)


def tables_of(hypothesis: StatedHypothesis) -> list[FloatArray]:
    """Features of a hypothesis before each of its faults, and with all of them."""
    return [as_array(t) for t in (*hypothesis.features_without, hypothesis.features)]
