"""Relations between readings that hold while an engine is sound, found from its declaration alone.

What a gauge reads is put in the place of the unknown that it measures. Unknowns without a gauge follow from equations
that determine one of them each and are linear in it, first of all from such as no fault can break. Every equation and
every gauge that is left over is a relation: readings alone decide whether it holds (analytical redundancy). As the
unknowns are eliminated locally, a fault breaks few relations: a blocked pipe its own law, a leak its own continuity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.declaration import MEDIA
from hotfire.physics.errors import EngineError
from hotfire.physics.monitoring.gauges import Gauge
from hotfire.physics.network import Network
from hotfire.physics.steady import solve_steady
from hotfire.physics.trajectory import first_states

__all__ = ["Relations"]

_NUDGE = 1e-4
"""Relative change by which slopes are taken."""
_SOME = 1e-9
"""Scaled slope below which an equation does not depend on a quantity."""
_PRESSURE = 1e5
"""Pa that count as one in a law of pressures."""
_STRAIGHT = 1e-6
"""Relative change of a slope, as everything else moves, up to which an equation is linear in an unknown."""


@dataclass(frozen=True)
class _Equation:
    """One equation, by the number of its row, that determines the unknown `fill`.

    `component` is that of an equation in which the unknown is linear with a slope that changes, and `place` its number
    among the component's own; "" for a slope that is always the same.
    """

    row: int
    fill: str
    component: str = ""
    place: int = 0


@dataclass(frozen=True, eq=False)
class Relations:
    """Relations of a network under gauges.

    Attributes:
        network: The declaration.
        gauges: What is read, in the order of the readings' columns.
    """

    network: Network
    gauges: tuple[Gauge, ...]

    @cached_property
    def _at_design(self) -> dict[str, float]:
        """All values at the engine's steady design point, by name."""
        network, compiled = self.network, CompiledNetwork(self.network)
        constants = {
            **network.parameter_values,
            **dict.fromkeys(network.faults, 0.0),
            **network.input_defaults,
        }
        parameters = np.array([list(network.parameter_values.values())])
        states = first_states(compiled, parameters)
        inputs = np.array([list(network.input_defaults.values())])
        batch = Batch(states, parameters, np.zeros((1, len(network.faults))), inputs)
        z, _ = solve_steady(compiled, batch)
        unknowns = compiled.unknowns(z, batch)[0].tolist()
        return (
            constants
            | dict(zip(network.states, states[0].tolist(), strict=True))
            | dict(zip(network.unknowns, unknowns, strict=True))
            | {"ambient_pressure": network.ambient_pressure}
        )

    @cached_property
    def _read_as(self) -> dict[str, int]:
        """Column of the gauge that stands in for an unknown or an input."""
        unknown = {
            f"{component}.{port}.{kind}": f"{stream.name}.{kind}"
            for stream in self.network.streams
            for component, port in (stream.source, stream.target)
            for kind in MEDIA[stream.medium]
        }
        found: dict[str, int] = {}
        for column, gauge in enumerate(self.gauges):
            name = gauge.stands_for or ("" if gauge.less else unknown.get(gauge.measures, ""))
            if name:
                found.setdefault(name, column)
        return found

    def _rows(
        self, values: Mapping[str, Any], readings: Sequence[Any], squared: frozenset[int]
    ) -> tuple[list[Any], list[Any]]:
        """Evaluate all equations: what is left of each, and the size of its computed side."""
        evaluation = self.network.evaluate(values)
        left, size = [], []
        for row, (_, balance) in enumerate(evaluation.balances):
            here, there = balance.loss or (balance.left, balance.right)
            if row in squared:
                here, there = here * np.abs(here), there * np.abs(there)
            left.append(here - there)
            size.append(np.abs(there))
        for gauge, reading in zip(self.gauges, readings, strict=True):
            there = evaluation.outputs[gauge.measures]
            there = there - evaluation.outputs[gauge.less] if gauge.less else there
            left.append(reading - there)
            size.append(np.abs(there))
        return left, size

    def _tables(self, squared: frozenset[int]) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
        """Slopes of all equations by every quantity, at the design point and where all unknowns have moved."""
        design = self._at_design
        names = [*self.network.unknowns, *self.network.input_defaults, *self.network.faults]
        names += [*self.network.parameter_values, *self.network.states]
        moved = {n: design[n] * (1.0 + 0.02 * np.sin(1.0 + i)) for i, n in enumerate(self.network.unknowns)}
        slopes = []
        for base in (design, design | moved):
            steps = {n: _NUDGE * (abs(base[n]) or 1.0) for n in names}
            stacked = {
                n: v + np.array([0.0, *(steps[m] if m == n else 0.0 for m in names)]) if n in steps else v
                for n, v in base.items()
            }
            left, _ = self._rows(stacked, [0.0] * len(self.gauges), squared)
            table = np.array([np.broadcast_to(row, len(names) + 1) for row in left])
            change = table[:, 1:] - table[:, :1]
            slopes.append({n: change[:, i] / steps[n] for i, n in enumerate(names)})
        return slopes[0], slopes[1]

    @cached_property
    def _squared(self) -> frozenset[int]:
        """Balances of flows that are compared as squares, since these are straighter in the pressures.

        A flow through an opening goes with the root of a pressure difference, which a wrong gauge of pressure bends.
        """
        balances = self.network.evaluate(self._at_design).balances
        flows = frozenset(i for i, (_, b) in enumerate(balances) if b.loss is None and b.scale == "flow")
        pressures = [n for n, kind in self.network.unknown_kinds.items() if kind == "pressure"]

        def bend(squared: frozenset[int]) -> FloatArray:
            near, far = self._tables(squared)
            change = np.stack([np.abs(near[n] - far[n]) for n in pressures]).sum(axis=0)
            bent: FloatArray = change / np.maximum(
                np.stack([np.abs(near[n]) for n in pressures]).sum(axis=0), 1e-300
            )
            return bent

        plain, square = bend(frozenset()), bend(flows)
        return frozenset(i for i in flows if square[i] < 0.5 * plain[i])

    @cached_property
    def _slopes(self) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
        """Slopes of all equations in the form in which they are compared."""
        return self._tables(self._squared)

    @cached_property
    def _scales(self) -> FloatArray:
        """Size that counts as one in each equation."""
        network = self.network
        kinds = [
            _PRESSURE if b.loss is not None else network.scales[b.scale] ** (2 if row in self._squared else 1)
            for row, (_, b) in enumerate(network.evaluate(self._at_design).balances)
        ]
        return np.array([*kinds, *(g.span for g in self.gauges)])

    @cached_property
    def _equations(self) -> tuple[tuple[_Equation, ...], tuple[int, ...]]:
        """Eliminations in their order, and rows of the relations."""
        near, far = self._slopes
        unknown = {n: abs(self._at_design[n]) or 1.0 for n in self.network.unknowns}
        enters = {n: np.abs(near[n]) * v / self._scales > _SOME for n, v in unknown.items()}
        breakable = np.zeros(self._scales.size, dtype=bool)
        for fault in self.network.faults:
            breakable |= np.abs(near[fault]) / self._scales > _SOME
        in_time = self._in_time
        direct = {len(self._scales) - len(self.gauges) + column for column in self._read_as.values()}
        free = [row for row in range(self._scales.size) if row not in direct and not in_time[row]]
        open_ = {n for n in unknown if n not in self._read_as}
        taken: list[_Equation] = []
        while True:
            ready = [(row, own[0]) for row in free if len(own := [n for n in open_ if enters[n][row]]) == 1]
            straight = [
                (row, n)
                for row, n in ready
                if abs(near[n][row] - far[n][row]) <= _STRAIGHT * abs(near[n][row]) or self._own(row, n)
            ]
            if not straight:
                break
            row, name = min(straight, key=lambda pair: (breakable[pair[0]], self._own(*pair), pair[0]))
            taken.append(self._elimination(row, name))
            free.remove(row)
            open_.discard(name)
        relations = [row for row in free if not any(enters[n][row] for n in open_)]
        if not relations:
            raise EngineError(
                "no relation between the readings",
                where="gauges",
                why="each equation contains what is not measured, or integrates in time (what a tank holds)",
                remedy="give more channels: two that measure the same, or both ends of a component and its flow",
            )
        return tuple(taken), tuple(relations)

    @cached_property
    def _in_time(self) -> NDArray[np.bool_]:
        """Rows that say what a component does with what it integrates itself, as a blow-down tank with its load."""
        owners = np.array([*self._components, *(g.measures.split(".", maxsplit=1)[0] for g in self.gauges)])
        found = np.zeros(self._scales.size, dtype=bool)
        for state in self.network.states:
            moved = np.abs(self._slopes[0][state]) * (abs(self._at_design[state]) or 1.0) / self._scales
            found |= (moved > _SOME) & (owners == state.split(".", maxsplit=1)[0])
        return found

    @cached_property
    def _components(self) -> list[str]:
        """Component of each balance."""
        return [component for component, _ in self.network.evaluate(self._at_design).balances]

    def _own(self, row: int, unknown: str) -> bool:
        """Whether an equation is that of a component for an unknown of its own, linear though its slope changes."""
        if row >= len(self._components):
            return False
        return unknown.split(".", maxsplit=1)[0] == self._components[row] and unknown.count(".") == 1

    def _elimination(self, row: int, unknown: str) -> _Equation:
        if not self._own(row, unknown):
            return _Equation(row, unknown)
        component = self._components[row]
        return _Equation(row, unknown, component, self._components[:row].count(component))

    @property
    def count(self) -> int:
        """Number of relations."""
        return len(self._equations[1])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each relation says, for people."""
        balances = [f"{c}: {b.name}" for c, b in self.network.evaluate(self._at_design).balances]
        rows = [*balances, *(f"{g.name}: reading" for g in self.gauges)]
        return tuple(rows[row] for row in self._equations[1])

    def evaluate(self, readings: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Evaluate the relations.

        Args:
            readings: SI, shape (n, gauges).

        Returns:
            What is left of each relation, SI, shape (n, relations), and the size of its computed side, same shape; not
            finite where the readings are such that it has no value.
        """
        n = readings.shape[0]
        values: dict[str, Any] = dict(self._at_design)
        values |= {name: readings[:, column] for name, column in self._read_as.items()}
        with np.errstate(all="ignore"):  # of a valve that reads shut, a relation has no value
            self._fill(values, readings)
            left, size = self._rows(values, list(readings.T), self._squared)
        chosen = self._equations[1]
        told = [np.stack([np.broadcast_to(part[r], n) for r in chosen], axis=1) for part in (left, size)]
        return told[0], told[1]

    def _fill(self, values: dict[str, Any], readings: FloatArray) -> None:
        """Determine the unknowns without a gauge, in place."""
        linear = [e for e in self._equations[0] if not e.component]
        weights, constants = self._filling
        filled = readings @ weights.T + constants
        values |= {e.fill: filled[:, i] for i, e in enumerate(linear)}
        for equation in self._equations[0]:
            if equation.component:
                self._solve(equation, values)

    @cached_property
    def _filling(self) -> tuple[FloatArray, FloatArray]:
        """Linear unknowns as weights of the gauges, shape (k, gauges), and constants, shape (k,)."""
        near, design = self._slopes[0], self._at_design
        base, _ = self._rows(design, [0.0] * len(self.gauges), self._squared)
        first_gauge = self._scales.size - len(self.gauges)
        known = {n: (np.eye(len(self.gauges))[c], 0.0) for n, c in self._read_as.items()}
        found = []
        for equation in self._equations[0]:
            if equation.component:
                continue
            row, own = equation.row, near[equation.fill][equation.row]
            weight, constant = np.zeros(len(self.gauges)), float(base[row])
            if row >= first_gauge:
                weight[row - first_gauge] = 1.0
            for name in [*self.network.unknowns, *self.network.input_defaults]:
                slope = float(near[name][row])
                constant -= slope * design[name]
                if name in known:
                    weight, constant = weight + slope * known[name][0], constant + slope * known[name][1]
                elif name != equation.fill:
                    constant += slope * design[name]
            known[equation.fill] = (-weight / own, -constant / own)
            found.append(known[equation.fill])
        if not found:
            return np.zeros((0, len(self.gauges))), np.zeros(0)
        return np.array([w for w, _ in found]), np.array([c for _, c in found])

    def _solve(self, equation: _Equation, values: dict[str, Any]) -> None:
        """Determine one unknown in which its component's equation is linear."""
        left = []
        for value in (0.0, 1.0):
            balances = self.network.evaluate(
                values | {equation.fill: value}, only=equation.component
            ).balances
            balance = balances[equation.place][1]
            left.append(balance.left - balance.right)
        slope = left[1] - left[0]
        values[equation.fill] = -left[0] / np.where(slope == 0.0, 1.0, slope)

    def design_reading(self, gauge: Gauge) -> float:
        """Return what a gauge reads at the design point, SI."""
        if gauge.stands_for:
            return self._at_design[gauge.stands_for]
        outputs = self.network.evaluate(self._at_design).outputs
        return float(outputs[gauge.measures] - (outputs[gauge.less] if gauge.less else 0.0))

    def by_gauge(self, readings: FloatArray) -> FloatArray:
        """Return slopes of the relations by each gauge, SI, shape (n, relations, gauges).

        Args:
            readings: SI, shape (n, gauges).
        """
        n, m = readings.shape
        spans = np.array([g.span for g in self.gauges])
        stacked = readings[:, None, :] + np.concatenate([np.zeros((1, m)), _NUDGE * np.diag(spans)])[None]
        left, _ = self.evaluate(stacked.reshape(n * (m + 1), m))
        left = left.reshape(n, m + 1, -1)
        slopes: FloatArray = ((left[:, 1:] - left[:, :1]) / (_NUDGE * spans[:, None])).transpose(0, 2, 1)
        return slopes

    @cached_property
    def reads(self) -> NDArray[np.bool_]:
        """Which gauges each relation reads, shape (relations, gauges), found about the design point."""
        design = np.array([self.design_reading(g) for g in self.gauges])
        about = design * (1.0 + 0.2 * np.sin(np.arange(1, 9)[:, None] * (1.0 + np.arange(design.size))))
        spans = np.array([g.span for g in self.gauges])
        slopes = np.abs(self.by_gauge(np.vstack([design, about]))) * spans
        slopes /= self._scales[list(self._equations[1])][:, None]
        found: NDArray[np.bool_] = (slopes > _SOME).any(axis=0)
        return found

    @cached_property
    def unused(self) -> tuple[str, ...]:
        """Names of the gauges that no relation reads: nothing can be said of them."""
        return tuple(g.name for g, read in zip(self.gauges, self.reads.T, strict=True) if not read.any())

    @cached_property
    def by_fault(self) -> dict[str, FloatArray]:
        """What a fault of unit size adds to each relation at the design point, SI, for those that add anything."""
        near, rows = self._slopes[0], list(self._equations[1])
        scales = self._scales[rows]
        found = {fault: -near[fault][rows] for fault in self.network.faults}
        return {fault: s for fault, s in found.items() if (np.abs(s) / scales > _SOME).any()}

    @cached_property
    def tolerance(self) -> FloatArray:
        """What the parameters' tolerances allow each relation to be off by, over its computed side, shape (m,)."""
        near, rows, design = self._slopes[0], list(self._equations[1]), self._at_design
        square = np.zeros(len(rows))
        for name, share in self.network.tolerances.items():
            square += (near[name][rows] * design[name] * share) ** 2
        _, size = self._rows(design, [0.0] * len(self.gauges), self._squared)
        computed = np.array([float(size[row]) for row in rows])
        allowed: FloatArray = np.sqrt(square) / np.maximum(computed, 1e-9 * self._scales[rows])
        return allowed
