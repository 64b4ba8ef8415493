"""Evaluating what a certificate states of one hypothesis: every declaration at every instant, with plain floats.

Written from docs/explanation/certificate.md, apart from the code that issues: what is imposed on the engine at each
instant, the window means of what it does, and what stands before the valves open.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.certificate.direct import DirectCombustion, without_tables
from hotfire.physics.certificate.values import Certificate, Solution, StatedFault
from hotfire.physics.network import Evaluation, Network
from hotfire.physics.sensors import Sensor

__all__ = ["Evaluated", "Frame", "course", "evaluate", "grid"]

_KNOTS, _WANDER_TIME = 8, 1.5
"""Least number of knots of a slowly wandering parameter, and its correlation time in s."""
_THRUST_BETWEEN = 6e-4
"""Relative error of the thrust by interpolating the exponent between area ratios, see thermochemistry.md."""


def grid(edges: Sequence[float]) -> list[float]:
    """Instants of the solutions: the edges of the windows, and three instants before the first."""
    first = edges[0]
    return ([0.0, first / 3.0, 2.0 * first / 3.0] if first > 1e-6 else []) + list(edges)


@dataclass(frozen=True, eq=False)
class Frame:
    """What all hypotheses of a certificate share.

    Attributes:
        network: Of the engine file, with tables.
        sensors: In the order of the columns; the computed roughness among them.
        edges: Of the windows.
        instants: Of the solutions.
        inputs: Recorded positions by name, at the edges of the windows.
        spare_load: As stated.
    """

    network: Network
    sensors: tuple[Sensor, ...]
    edges: tuple[float, ...]
    instants: tuple[float, ...]
    inputs: Mapping[str, tuple[float, ...]]
    spare_load: Mapping[str, float]

    @classmethod
    def of(cls, certificate: Certificate, network: Network, sensors: Sequence[Sensor]) -> Frame:
        """Take what a certificate states, once its windows have been checked."""
        windows, model = certificate.windows, certificate.model
        return cls(
            network,
            tuple(sensors),
            windows.edges,
            tuple(grid(windows.edges)),
            windows.inputs,
            model.spare_load,
        )

    @property
    def run_in(self) -> int:
        """Instants before the first window."""
        return len(self.instants) - len(self.edges)

    @cached_property
    def direct(self) -> tuple[Network, list[DirectCombustion]]:
        """The network without tables."""
        return without_tables(self.network)

    @cached_property
    def constant(self) -> list[str]:
        """Parameters that are uncertain."""
        nominal = self.network.parameter_values
        return [n for n, t in self.network.tolerances.items() if t > 0.0 and nominal[n] != 0.0]

    @cached_property
    def wandering(self) -> dict[str, float]:
        """Parameters that wander, with the relative amplitude."""
        return self.network.wandering

    @cached_property
    def tolerance_names(self) -> list[str]:
        """Names of the tolerance variables."""
        return [*self.constant, *(f"{n} ~{k + 1}" for n in self.wandering for k in range(self.knots.size))]

    @cached_property
    def knots(self) -> FloatArray:
        """Instants between which wander is straight: as far apart as it is correlated, as many as edges, or eight.

        One for every two windows where that is more.
        """
        span = self.edges[-1] - self.edges[0]
        wanted = min(math.ceil(span / _WANDER_TIME) + 1, len(self.edges))
        return np.linspace(self.edges[0], self.edges[-1], max(_KNOTS, wanted, len(self.edges) // 2))

    @cached_property
    def wander(self) -> FloatArray:
        """Wander at each instant per standard normal variable, (T, knots): straight between correlated knots."""
        knots, each = self.knots, np.eye(self.knots.size)
        apart = np.abs(np.subtract.outer(knots, knots)) / _WANDER_TIME
        root = np.linalg.cholesky((1.0 + apart) * np.exp(-apart) + 1e-9 * each)
        hats = np.array([[np.interp(t, knots, unit) for unit in each] for t in self.instants])
        return np.asarray(hats @ root)

    def parameters(self, tolerances: Mapping[str, float]) -> dict[str, list[float]]:
        """Parameters at every instant, SI, by name."""
        found = {}
        for name, nominal in self.network.parameter_values.items():
            constant = self.network.tolerances[name] * tolerances.get(name, 0.0)
            logs = [constant] * len(self.instants)
            if name in self.wandering:
                own = [tolerances[f"{name} ~{k + 1}"] for k in range(self.knots.size)]
                shift = self.wandering[name] * self.wander @ np.array(own)
                logs = [a + float(b) for a, b in zip(logs, shift, strict=True)]
            found[name] = [nominal * math.exp(x) for x in logs]
        return found

    def hardware(self, faults: Sequence[StatedFault]) -> list[StatedFault]:
        """Those of components."""
        return [f for f in faults if f.name in self.network.faults]

    def steps_in(self, faults: Sequence[StatedFault]) -> float | None:
        """Onset of the faults of components that step in; all of them step in together."""
        return next((f.onset for f in self.hardware(faults) if f.onset is not None and not f.grows), None)

    def imposed(
        self, tolerances: Mapping[str, float], faults: Sequence[StatedFault]
    ) -> list[dict[str, float]]:
        """Everything but unknowns and states at every instant, by name."""
        parameters = self.parameters(tolerances)
        found = []
        for k, instant in enumerate(self.instants):
            values = {name: series[k] for name, series in parameters.items()}
            values |= (
                dict.fromkeys(self.network.faults, 0.0) | self.network.input_defaults | dict(self.spare_load)
            )
            for name, recorded in self.inputs.items():
                values[name] = float(np.interp(instant, self.edges, recorded))
            for fault in self.hardware(faults):
                values[fault.name] = fault.size * course(fault, instant, self.instants[-1])
            values["ambient_pressure"] = self.network.ambient_pressure
            found.append(values)
        return found


def course(fault: StatedFault, instant: float, last: float) -> float:
    """Share of its size that a fault has at an instant."""
    if fault.clears_at is not None and instant >= fault.clears_at - 1e-9:
        return 0.0
    if fault.grows:
        start = fault.onset or 0.0
        return min(max((instant - start) / max(last - start, 1e-6), 0.0), 1.0)
    return 1.0 if fault.onset is None or instant >= fault.onset else 0.0


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What the declarations say of one stated solution.

    Attributes:
        at: Evaluation at each instant.
        balance_errors: Share of the scale by which the tables of the issuing side may be off, (T, balances).
        output_errors: The same for outputs, SI, by name.
        rates: Derivatives of the states at each instant, by state.
    """

    at: tuple[Evaluation, ...]
    balance_errors: FloatArray
    output_errors: Mapping[str, FloatArray]
    rates: Mapping[str, FloatArray]

    def output(self, name: str) -> FloatArray:
        """An output at every instant."""
        return np.array([float(e.outputs[name]) for e in self.at])


def evaluate(
    frame: Frame,
    solution: Solution,
    tolerances: Mapping[str, float],
    faults: Sequence[StatedFault],
    outputs: Sequence[str],
) -> Evaluated:
    """Evaluate the declarations at every instant of a solution, and how far the tables' stated error moves them."""
    network, burning = frame.direct
    evaluations, balance_errors = [], []
    output_errors: dict[str, list[float]] = {name: [] for name in outputs}
    for k, imposed in enumerate(frame.imposed(tolerances, faults)):
        values: dict[str, Any] = {**imposed, **{n: v[k] for n, v in solution.unknowns.items()}}
        values |= {n: v[k] for n, v in solution.states.items()}
        here = network.evaluate(values)
        moved = _moved(network, values, here, burning, outputs)
        evaluations.append(here)
        balance_errors.append(moved[0])
        for name in outputs:
            between = _THRUST_BETWEEN if name.endswith(".thrust") else 0.0
            output_errors[name].append(moved[1][name] + between * abs(float(here.outputs[name])))
    rates = {s: np.array([float(e.derivatives[s]) for e in evaluations]) for s in network.states}
    errors = {name: np.array(values) for name, values in output_errors.items()}
    return Evaluated(tuple(evaluations), np.array(balance_errors), errors, rates)


def _moved(
    network: Network,
    values: Mapping[str, Any],
    here: Evaluation,
    burning: Sequence[DirectCombustion],
    outputs: Sequence[str],
) -> tuple[list[float], dict[str, float]]:
    """By how much balances (over their scale) and outputs move when the tables are off by their stated errors."""
    by_balance, by_output = [0.0] * len(here.balances), dict.fromkeys(outputs, 0.0)
    for table in burning:
        for quantity in sorted(table.asked):
            table.nudged = quantity
            try:
                there = network.evaluate(values)
            finally:
                table.nudged = ""
            for i, ((_, a), (_, b)) in enumerate(zip(here.balances, there.balances, strict=True)):
                moved = abs((b.left - b.right) - (a.left - a.right))
                by_balance[i] += float(moved) / network.scales[a.scale]
            for name in outputs:
                by_output[name] += abs(float(there.outputs[name]) - float(here.outputs[name]))
    return by_balance, by_output
