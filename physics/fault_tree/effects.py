"""What faults do to an engine's quantities in the steady state: the model run for each, and for pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.compiled import Batch, CompiledNetwork
from hotfire.physics.diagnosis.hypotheses import size_grid
from hotfire.physics.fault_tree.model import FaultTreeError
from hotfire.physics.network import Network
from hotfire.physics.steady import design_batch, solve_states

__all__ = ["Effects", "Statement"]

_SIZES = 5
_TRACE = 1e-4
"""Relative change that is none."""


@dataclass(frozen=True)
class Statement:
    """A quantity that is off by at least a share of its design value (`chamber.pressure low 10 %`).

    Attributes:
        quantity: An output or an unknown of the network.
        direction: -1 low, 1 high.
        threshold: Share of the design value.
    """

    quantity: str
    direction: int
    threshold: float

    @property
    def text(self) -> str:
        """The statement in words."""
        return f"{self.quantity} {'low' if self.direction < 0 else 'high'} {100.0 * self.threshold:g} %"


class Effects:
    """Relative changes of all quantities by faults; runs are kept."""

    def __init__(self, network: Network) -> None:
        self.network, self.compiled = network, CompiledNetwork(network)
        batch = design_batch(self.compiled)
        solved = solve_states(self.compiled, batch, strict=True)
        self._design = self._quantities(solved.z, batch)[0]
        self._known: dict[tuple[tuple[str, float], ...], FloatArray | None] = {}

    @cached_property
    def quantities(self) -> tuple[str, ...]:
        """Names of the columns: outputs, then unknowns that are no output."""
        outputs = self.compiled.output_names
        return (*outputs, *(n for n in self.network.unknowns if n not in outputs))

    def column(self, statement: Statement) -> int:
        """Return the column of a statement's quantity.

        Raises:
            FaultTreeError: If the engine does not have it, or it is zero at the design point.
        """
        name = statement.quantity
        if name not in self.quantities:
            near = get_close_matches(name, self.quantities, n=4, cutoff=0.4) or self.compiled.output_names[:4]
            raise FaultTreeError(
                f"this engine has no quantity {name!r}",
                where=statement.text,
                remedy=f"use one of {', '.join(near)}",
            )
        column = self.quantities.index(name)
        if abs(self._design[column]) < 1e-12:
            raise FaultTreeError(
                f"{name} is zero at the design point",
                where=statement.text,
                why="a share of nothing is no threshold",
                remedy="state it for another quantity",
            )
        return column

    def sizes(self, fault: str) -> tuple[float, ...]:
        """Admissible sizes of a fault, from the smallest worth a name to the largest."""
        return tuple(float(s) for s in size_grid(self.network.faults[fault], _SIZES))

    def changes(self, cases: Sequence[Mapping[str, float]]) -> list[FloatArray | None]:
        """Return the relative changes of all quantities for sets of faults; None where no steady state is found."""
        keys = [tuple(sorted(case.items())) for case in cases]
        missing = [k for k in dict.fromkeys(keys) if k not in self._known]
        if missing:
            self._run(missing)
        return [self._known[k] for k in keys]

    def _run(self, keys: Sequence[tuple[tuple[str, float], ...]]) -> None:
        one, names = design_batch(self.compiled), self.compiled.fault_names
        repeated = [np.repeat(column, len(keys), axis=0) for column in one.columns()]
        for row, key in enumerate(keys):
            for fault, size in key:
                repeated[2][row, names.index(fault)] = size
        batch = Batch(*repeated)
        states = solve_states(self.compiled, batch)
        values = self._quantities(states.z, batch)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = (values - self._design) / np.abs(self._design)
        relative[~np.isfinite(relative) | (np.abs(relative) < _TRACE)] = 0.0
        for key, solved, row in zip(keys, states.solved, relative, strict=True):
            self._known[key] = row if solved else None

    def _quantities(self, z: FloatArray, batch: Batch) -> FloatArray:
        _, outputs = self.compiled.rates(z, batch)
        unknowns = self.compiled.unknowns(z, batch)
        kept = [i for i, n in enumerate(self.network.unknowns) if n not in self.compiled.output_names]
        return np.concatenate([outputs, unknowns[:, kept]], axis=1)
