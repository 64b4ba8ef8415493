"""The network as compiled functions: residuals with Jacobian, and rates with outputs, for whole batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.network import Network
from hotfire.physics.tracing import trace
from hotfire.physics.vectorised import Vectorised

__all__ = ["Batch", "CompiledNetwork", "Equations", "Held", "Slopes", "between"]

_MANY = 96
"""Cases from which numpy calls over all of them beat CasADi's instructions for one after the other."""
_WORTH_MAKING = 4000
"""Evaluations in such batches after which that function is made, which takes as long as some thousands."""
_CHUNKS = (64, 8, 1)
"""Columns that one mapped call takes: a few sizes serve every batch."""


@dataclass(frozen=True)
class Batch:
    """What a batch of n cases is solved for. All in SI.

    Attributes:
        states: Shape (n, states).
        parameters: Shape (n, parameters).
        faults: Sizes, shape (n, faults).
        inputs: Commands and positions, shape (n, inputs).
    """

    states: FloatArray
    parameters: FloatArray
    faults: FloatArray
    inputs: FloatArray

    def rows(self, chosen: Any) -> Batch:
        """Return the chosen cases."""
        return Batch(self.states[chosen], self.parameters[chosen], self.faults[chosen], self.inputs[chosen])

    def columns(self) -> list[FloatArray]:
        """Return the arrays in the order of the compiled arguments."""
        return [self.states, self.parameters, self.faults, self.inputs]


def between(design: Batch, batch: Batch, way: FloatArray) -> Batch:
    """Return cases a share `way` (n,) of the way from the design point."""
    share = way[:, None]
    pairs = zip(design.columns(), batch.columns(), strict=True)
    return Batch(*(a + share * (b - a) for a, b in pairs))


@dataclass(frozen=True, eq=False)
class Slopes:
    """Derivatives of what n solved cases do, all balances kept.

    Attributes:
        rates_by_state, outputs_by_state: Shapes (n, states, states) and (n, outputs, states).
        rates_by_parameter, outputs_by_parameter: By the parameters asked for, (n, states, p) and (n, outputs, p).
        rates_by_fault, outputs_by_fault: As the faults grow in the direction asked for, (n, states), (n, outputs).
    """

    rates_by_state: FloatArray
    outputs_by_state: FloatArray
    rates_by_parameter: FloatArray
    outputs_by_parameter: FloatArray
    rates_by_fault: FloatArray
    outputs_by_fault: FloatArray


class _Mapped:
    """A CasADi function called on (n, m) arrays in chunks, without copies inside a chunk."""

    def __init__(self, function: Any) -> None:
        self._widths = [function.size1_in(i) for i in range(function.n_in())]
        self._results = [function.size1_out(i) * function.size2_out(i) for i in range(function.n_out())]
        self._calls: dict[int, Any] = {}
        self._function = function

    def _prepared(self, size: int) -> tuple[list[FloatArray], list[FloatArray], Any, Any]:
        if size not in self._calls:
            function = self._function if size == 1 else self._function.map(size)
            buffer, evaluate = function.buffer()
            arguments = [np.zeros((size, max(w, 1))) for w in self._widths]
            results = [np.zeros((size, w)) for w in self._results]
            for i, (array, width) in enumerate(zip(arguments, self._widths, strict=True)):
                if width:
                    buffer.set_arg(i, memoryview(array))  # type: ignore[arg-type]
            for i, array in enumerate(results):
                if array.size:
                    buffer.set_res(i, memoryview(array))  # type: ignore[arg-type]
            self._calls[size] = (arguments, results, evaluate, buffer)
        prepared: tuple[list[FloatArray], list[FloatArray], Any, Any] = self._calls[size]
        return prepared

    def __call__(self, arrays: list[FloatArray]) -> list[FloatArray]:
        n = arrays[0].shape[0]
        parts, at = [], 0
        while at < n:
            size = next(c for c in _CHUNKS if c <= max(n - at, 1) or (c == 8 and n - at > 4))
            size = _CHUNKS[0] if n - at > 40 else size
            parts.append(self._chunk(arrays, at, min(at + size, n), size))
            at += size
        return (
            parts[0] if len(parts) == 1 else [np.concatenate(columns) for columns in zip(*parts, strict=True)]
        )

    def held(self, arrays: list[FloatArray]) -> Callable[[FloatArray], list[FloatArray]]:
        """Hand over all arguments of one case but the first; return the function of the first.

        It serves until this object is called again, which overwrites what was handed over.
        """
        arguments, results, evaluate, _ = self._prepared(1)
        for argument, array, width in zip(arguments[1:], arrays, self._widths[1:], strict=True):
            if width:
                argument[0] = array[0]
        first = arguments[0][0]

        def call(value: FloatArray) -> list[FloatArray]:
            first[:] = value
            evaluate()
            return [r[0].copy() for r in results]

        return call

    def _chunk(self, arrays: list[FloatArray], start: int, stop: int, size: int) -> list[FloatArray]:
        arguments, results, evaluate, _ = self._prepared(size)
        for argument, array, width in zip(arguments, arrays, self._widths, strict=True):
            if width:
                argument[: stop - start] = array[start:stop]
                argument[stop - start :] = array[stop - 1]
        evaluate()
        return [r[: stop - start].copy() for r in results]


class Equations:
    """Compiled functions of residuals, with their Jacobian where it is asked for, called on batches."""

    def __init__(
        self, functions: tuple[Any, Any], vectorised: Callable[[], Vectorised] | None = None
    ) -> None:
        """Take CasADi functions of (z, states, parameters, faults, inputs).

        Args:
            functions: Residuals alone, and with their Jacobian.
            vectorised: Makes the second for many cases at a time.
        """
        self._values, self._both = map(_Mapped, functions)
        self._vectorise, self._asked = vectorised, 0

    def residuals(self, z: FloatArray, batch: Batch) -> tuple[FloatArray, FloatArray]:
        """Return scaled residuals (n, k) and their Jacobian (n, k, k) at scaled unknowns `z` (n, k)."""
        k = z.shape[1]
        evaluate = self._vectorised if self._many(z) else self._both
        residual, jacobian = evaluate([z, *batch.columns()])
        return residual, jacobian.reshape(-1, k, k).transpose(0, 2, 1)

    def values(self, z: FloatArray, batch: Batch) -> FloatArray:
        """Return the residuals alone, at a third of the price."""
        arguments = [z, *batch.columns()]
        return self._vectorised.first(arguments) if self._many(z) else self._values(arguments)[0]

    def _many(self, z: FloatArray) -> bool:
        """Whether to evaluate all cases at a time; what that takes is made once it has been worth it."""
        many = z.shape[0] >= _MANY and self._vectorise is not None
        self._asked += z.shape[0] if many else 0
        return many and self._asked > _WORTH_MAKING

    @cached_property
    def _vectorised(self) -> Vectorised:
        assert self._vectorise is not None
        return self._vectorise()

    def held(self, batch: Batch) -> Held:
        """Return the equations of a batch of one case, which serve until they are asked of another."""
        return Held(*(function.held(batch.columns()) for function in (self._values, self._both)))


class Held:
    """The equations of one case, whose figures are handed over once."""

    def __init__(
        self,
        values: Callable[[FloatArray], list[FloatArray]],
        both: Callable[[FloatArray], list[FloatArray]],
    ) -> None:
        self._values, self._both = values, both

    def values(self, z: FloatArray) -> FloatArray:
        """Return residuals (k,) at scaled unknowns `z` (k,)."""
        return self._values(z)[0]

    def residuals(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return residuals (k,) and their Jacobian (k, k)."""
        residual, jacobian = self._both(z)
        return residual, jacobian.reshape(z.size, z.size).T


class CompiledNetwork:
    """Compiled reading of a network.

    Attributes:
        network: What it was compiled from.
        parameter_names, fault_names, input_names, state_names: Columns of the arrays.
        output_names: Columns of the outputs.
        torn: Names of the unknowns that Newton iterates on.
        torn_columns: Their places among all unknowns.
        residual_names: `component: balance` of each remaining residual.
        design_solution: Scaled unknowns of the engine as its file describes it, once somebody has solved it; an
            empty array where it does not run.
        kept: What others worked out of it once, by what it is: how that solution moves, how the engine settles.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.parameter_names = tuple(network.parameter_values)
        self.fault_names = tuple(network.faults)
        self.input_names = tuple(network.input_defaults)
        self.state_names = network.states
        traced = trace(network)
        self.torn = traced.torn
        self.residual_names = traced.residual_names
        self.output_names = traced.output_names
        self.residual_functions = traced.residual
        self.rate_function = traced.rates
        self.torn_columns = [network.unknowns.index(name) for name in traced.torn]
        self._slopes_function, self._whole_function = traced.slopes, traced.whole
        self._vectorise = traced.vectorised
        self.design_solution: list[FloatArray] = []
        self.kept: dict[str, object] = {}
        self._slopes: dict[tuple[tuple[str, ...], tuple[str, ...]], _Mapped] = {}

    @property
    def machines(self) -> bool:
        """Whether anything but matter moves in the network: shafts, heat, current."""
        return any(not stream.fluid for stream in self.network.streams)

    def scale(self, unknown: str) -> float:
        """Return the value of an unknown that counts as one."""
        return self.network.scales[self.network.unknown_kinds[unknown]]

    @cached_property
    def equations(self) -> Equations:
        """The equations of the torn unknowns."""
        return Equations(self.residual_functions, self._vectorise)

    @cached_property
    def whole(self) -> Equations:
        """The equations of all unknowns, nothing torn: for rough guesses. Compiled at first use."""
        return Equations(self._whole_function())

    @cached_property
    def _rates(self) -> _Mapped:
        return _Mapped(self.rate_function)

    def residuals(self, z: FloatArray, batch: Batch) -> tuple[FloatArray, FloatArray]:
        """Return scaled residuals (n, k) and their Jacobian (n, k, k) at scaled unknowns `z` (n, k)."""
        return self.equations.residuals(z, batch)

    def values(self, z: FloatArray, batch: Batch) -> FloatArray:
        """Return the residuals alone, at a third of the price."""
        return self.equations.values(z, batch)

    def held(self, batch: Batch) -> Held:
        """Return the equations of a batch of one case, which serve until they are asked of another."""
        return self.equations.held(batch)

    def rates(self, z: FloatArray, batch: Batch) -> tuple[FloatArray, FloatArray]:
        """Return state derivatives (n, states) and outputs (n, outputs), SI."""
        rates, outputs, _ = self._rates([z, *batch.columns()])
        return rates, outputs

    def unknowns(self, z: FloatArray, batch: Batch) -> FloatArray:
        """Return every unknown of the network, shape (n, unknowns), SI."""
        return self._rates([z, *batch.columns()])[2]

    def slopes(
        self,
        z: FloatArray,
        batch: Batch,
        *,
        outputs: Sequence[str] = (),
        parameters: Sequence[str] = (),
        towards: FloatArray | None = None,
    ) -> Slopes:
        """Differentiate solved cases by states, parameters and faults (implicit function theorem).

        Args:
            z: Scaled unknowns that solve the cases, shape (n, k).
            batch: The n cases.
            outputs: Outputs to differentiate, beside the rates of the states.
            parameters: Parameters to differentiate by.
            towards: Direction in which the faults grow, shape (n, faults); none for no growth.
        """
        key = (tuple(outputs), tuple(parameters))
        if key not in self._slopes:
            rows = [self.output_names.index(n) for n in outputs]
            columns = [self.parameter_names.index(n) for n in parameters]
            self._slopes[key] = _Mapped(self._slopes_function(rows, columns))
        growth = np.zeros(batch.faults.shape) if towards is None else towards
        (flat,) = self._slopes[key]([z, *batch.columns(), growth, np.zeros((z.shape[0], 1))])
        k, states = z.shape[1], len(self.state_names)
        whole = flat.reshape(flat.shape[0], -1, k + states + len(outputs)).transpose(0, 2, 1)
        follow = np.linalg.solve(whole[:, :k, :k] + 1e-12 * np.eye(k), whole[:, :k, k:])
        total = whole[:, k:, k:] - whole[:, k:, :k] @ follow
        by_state, by_parameter, by_fault = np.split(total, [states, states + len(parameters)], axis=2)
        halves = [np.split(part, [states], axis=1) for part in (by_state, by_parameter, by_fault[..., 0])]
        return Slopes(*(half for pair in halves for half in pair))
