"""A structural model: which unknown and which fault appears in which equation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

__all__ = ["Causality", "StructuralModel"]

Causality = Literal["mixed", "integral", "derivative"]
"""How a differential constraint dx = d/dt x may be used: to integrate (x from dx), to differentiate, or either way
(E. Frisk et al., IEEE Trans. SMC-A 42 (2012) 1216)."""


@dataclass(frozen=True)
class StructuralModel:
    """A bipartite graph of equations and unknowns, with faults on equations.

    Attributes:
        equations: Names.
        unknowns: Names.
        incidence: Unknowns of each equation, by index.
        faults: Equations in which each fault appears, by index.
        differential: State and derivative of each equation that is a differential constraint, as unknowns.
    """

    equations: tuple[str, ...]
    unknowns: tuple[str, ...]
    incidence: tuple[frozenset[int], ...]
    faults: Mapping[str, frozenset[int]] = field(default_factory=dict)
    differential: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        equations: Mapping[str, Iterable[str]],
        faults: Mapping[str, Sequence[str]] | None = None,
        differential: Mapping[str, tuple[str, str]] | None = None,
    ) -> StructuralModel:
        """Make a model from names.

        Args:
            equations: Unknowns of each equation.
            faults: Equations in which each fault appears.
            differential: State and derivative of each differential constraint, by equation; the equation need not be
                among `equations`.
        """
        rows = {name: tuple(unknowns) for name, unknowns in equations.items()}
        rows |= differential or {}
        unknowns = tuple(dict.fromkeys(u for row in rows.values() for u in row))
        at, place = ({n: i for i, n in enumerate(names)} for names in (unknowns, rows))
        return cls(
            tuple(rows),
            unknowns,
            tuple(frozenset(at[u] for u in row) for row in rows.values()),
            {f: frozenset(place[e] for e in where) for f, where in (faults or {}).items()},
            {place[e]: (at[state], at[rate]) for e, (state, rate) in (differential or {}).items()},
        )

    def measuring(
        self, sensors: Mapping[str, Iterable[str]], faults: Mapping[str, Sequence[str]] | None = None
    ) -> StructuralModel:
        """Return the model with one equation more for each sensor.

        Args:
            sensors: Unknowns that each sensor's reading depends on, by the name of its equation.
            faults: Equations in which further faults appear: those of the sensors, by name.
        """
        at = {n: i for i, n in enumerate(self.unknowns)}
        equations = (*self.equations, *sensors)
        place = {n: i for i, n in enumerate(equations)}
        rows = tuple(frozenset(at[u] for u in unknowns) for unknowns in sensors.values())
        more = {f: frozenset(place[e] for e in where) for f, where in (faults or {}).items()}
        return replace(
            self, equations=equations, incidence=(*self.incidence, *rows), faults={**self.faults, **more}
        )

    def with_fault_variables(self) -> StructuralModel:
        """Return an equivalent model in which each fault appears in one equation.

        A fault of several equations becomes an unknown of theirs, and one equation more says that it is what the fault
        makes of it (M. Krysander, J. Aslund, M. Nyberg, IEEE Trans. SMC-A 38 (2008) 197). Removing that equation then
        leaves the fault free instead of throwing away all that it touches.
        """
        rows, faults = [set(row) for row in self.incidence], dict(self.faults)
        unknowns, equations = list(self.unknowns), list(self.equations)
        for fault, where in self.faults.items():
            if len(where) > 1:
                for e in where:
                    rows[e].add(len(unknowns))
                faults[fault] = frozenset([len(equations)])
                rows.append({len(unknowns)})
                unknowns.append(f"fault {fault}")
                equations.append(f"fault {fault}")
        frozen = tuple(frozenset(row) for row in rows)
        return replace(
            self, equations=tuple(equations), unknowns=tuple(unknowns), incidence=frozen, faults=faults
        )
