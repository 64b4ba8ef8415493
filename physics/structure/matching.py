"""Maximum matchings of equations and unknowns, and the part of the equations that is then left over.

The first matching is by J. Hopcroft and R. Karp (SIAM J. Comput. 2 (1973) 225) as scipy has it. When an equation is
taken away, one search for an augmenting path from the unknown that it leaves mends the matching, so that leaving out
each of n equations in turn takes n searches and not n matchings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

__all__ = ["Matching"]

Rows = Sequence[frozenset[int]]


class Matching:
    """A maximum matching of some of the rows of an incidence.

    Attributes:
        rows: Unknowns of every equation.
        active: Equations that are looked at.
        unknown_of: Unknown that each matched equation is matched with.
        equation_of: The reverse.
    """

    def __init__(self, rows: Rows, active: Iterable[int] | None = None) -> None:
        self.rows = rows
        self.active = set(range(len(rows)) if active is None else active)
        self._columns: dict[int, list[int]] = {}
        for e in sorted(self.active):
            for u in rows[e]:
                self._columns.setdefault(u, []).append(e)
        self.unknown_of = _maximum(rows, sorted(self.active))
        self.equation_of = {u: e for e, u in self.unknown_of.items()}

    def without(self, equations: Iterable[int]) -> Matching:
        """Return a maximum matching of what remains when equations are taken away."""
        left = object.__new__(Matching)
        left.rows, left._columns = self.rows, self._columns
        gone = set(equations) & self.active
        left.active = self.active - gone
        left.unknown_of = {e: u for e, u in self.unknown_of.items() if e not in gone}
        left.equation_of = {u: e for e, u in left.unknown_of.items()}
        for e in gone:
            if e in self.unknown_of:
                left._augment(self.unknown_of[e])
        return left

    def _augment(self, unknown: int) -> None:
        """Look for an equation that is free, along alternating paths from an unknown that is free."""
        came_from: dict[int, int] = {}
        seen, waiting = {unknown}, [unknown]
        while waiting:
            u = waiting.pop()
            for e in self._columns.get(u, ()):
                if e not in self.active or e in came_from:
                    continue
                came_from[e] = u
                if e not in self.unknown_of:
                    self._turn(e, came_from)
                    return
                after = self.unknown_of[e]
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)

    def _turn(self, e: int, came_from: dict[int, int]) -> None:
        """Swap matched and free edges along the path that ends at a free equation."""
        while True:
            u = came_from[e]
            before = self.equation_of.get(u)
            self.unknown_of[e], self.equation_of[u] = u, e
            if before is None:
                return
            del self.unknown_of[before]
            e = before

    def touching(self, unknown: int) -> list[int]:
        """Equations that an unknown appears in."""
        return [e for e in self._columns.get(unknown, ()) if e in self.active]

    def over_determined(self) -> set[int]:
        """Equations of the over-determined part: those that alternating paths from free equations reach."""
        found = self.active - self.unknown_of.keys()
        waiting, seen = list(found), set[int]()
        while waiting:
            for u in self.rows[waiting.pop()]:
                if u not in seen:
                    seen.add(u)
                    # A maximum matching leaves no unknown free that a free equation reaches.
                    e = self.equation_of[u]
                    if e not in found:
                        found.add(e)
                        waiting.append(e)
        return found

    def under_determined(self, unknowns: Iterable[int]) -> set[int]:
        """Unknowns of the under-determined part: those that alternating paths from free unknowns reach."""
        found = {u for u in unknowns if u not in self.equation_of}
        waiting, seen = list(found), set[int]()
        while waiting:
            for e in self._columns.get(waiting.pop(), ()):
                if e in self.active and e not in seen:
                    seen.add(e)
                    u = self.unknown_of[e]
                    if u not in found:
                        found.add(u)
                        waiting.append(u)
        return found


def _maximum(rows: Rows, active: list[int]) -> dict[int, int]:
    """Match as many equations as can be, each with an unknown of its own."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_bipartite_matching

    columns = [sorted(rows[e]) for e in active]
    flat = [u for row in columns for u in row]
    if not flat:
        return {}
    starts = np.concatenate([[0], np.cumsum([len(row) for row in columns])])
    graph = csr_matrix((np.ones(len(flat), dtype=np.int8), flat, starts), shape=(len(active), max(flat) + 1))
    matched = maximum_bipartite_matching(graph, perm_type="column")
    return {e: int(u) for e, u in zip(active, matched, strict=True) if u >= 0}
