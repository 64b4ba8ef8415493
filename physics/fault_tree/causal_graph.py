"""What moves what in an engine: quantities as nodes, with the sign of each influence at the design point.

Each balance determines one unknown: which, a perfect matching of balances and unknowns says, and of several, one that
leaves `unknown = expression` as it is written (causal ordering: Simon 1953; matching: Nayak 1994). The other quantities
of the balance point at it; the sign is that of -(dr/dv) / (dr/du). In a strong component
quantities determine each other, and the arrows in it are one way to read it, not a direction that is known.
"""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np

from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.joining import Joined, Step, in_order
from hotfire.physics.steady import design_batch, solve_steady
from hotfire.physics.tracing import recording, symbols_of

__all__ = ["causal_graph", "matching"]

_NOTHING = 1e-9
"""Influence, scaled, that is none."""


def causal_graph(compiled: CompiledNetwork) -> nx.DiGraph:
    """Return the causal graph of an engine at its design point.

    Nodes have `kind` (`unknown`, `state`, `fault`, `output`) and, for unknowns, `loop`: the number of the strong
    component in which they stand with others, -1 where in none. Edges have `sign` (1 or -1) and `balance`.
    """
    import casadi

    network = compiled.network
    named = symbols_of(network)
    unknowns, look_ups = named["unknowns"], list[Step]()
    values: dict[str, Any] = {"ambient_pressure": network.ambient_pressure}
    for group in named.values():
        values |= group
    evaluation = recording(network, look_ups).evaluate(values)
    vertcat = casadi.vertcat
    left = [b.left - b.right for _, b in evaluation.balances]
    arguments = [vertcat(*group.values()) for group in named.values()]
    influences = [*unknowns, *named["states"], *named["faults"]]
    by = vertcat(*[values[n] for n in influences])
    outputs = {n: e for n, e in evaluation.outputs.items() if n not in unknowns}
    slopes = Joined(arguments, in_order(look_ups)).jacobian(
        "influences", vertcat(*left, *outputs.values()), by
    )
    jacobian = _scaled(compiled, slopes, [n in unknowns for n in influences], unknowns)
    graph = nx.DiGraph()
    for kind in ("unknown", "state", "fault"):
        graph.add_nodes_from(named[f"{kind}s"], kind=kind, loop=-1)
    graph.add_nodes_from(outputs, kind="output", loop=-1)
    written = [
        casadi.SX(b.left).name() if casadi.SX(b.left).is_symbolic() else "" for _, b in evaluation.balances
    ]
    matched = matching(jacobian[: len(left), : len(unknowns)], written, list(unknowns))
    for row, column in matched.items():
        own, name = jacobian[row, column], influences[column]
        component, balance = evaluation.balances[row]
        for cause in np.flatnonzero(np.abs(jacobian[row]) > _NOTHING):
            if cause != column and own != 0.0:
                sign = 1 if -jacobian[row, cause] / own > 0.0 else -1
                graph.add_edge(influences[cause], name, sign=sign, balance=f"{component}: {balance.name}")
    for row, name in enumerate(outputs, len(left)):
        for cause in np.flatnonzero(np.abs(jacobian[row]) > _NOTHING):
            graph.add_edge(
                influences[cause], name, sign=int(np.sign(jacobian[row, cause])), balance="definition"
            )
    loops = [c for c in nx.strongly_connected_components(graph) if len(c) > 1]
    for number, members in enumerate(loops):
        for member in members:
            graph.nodes[member]["loop"] = number
    return graph


def _scaled(
    compiled: CompiledNetwork, slopes: Any, is_unknown: list[bool], unknowns: dict[str, Any]
) -> np.ndarray:
    """Jacobian at the design point, columns in units of each unknown's scale, rows at most one."""
    batch = design_batch(compiled)
    z, _ = solve_steady(compiled, batch)
    point = compiled.unknowns(z, batch)[0]
    found = np.array(slopes(point, batch.states[0], batch.parameters[0], batch.faults[0], batch.inputs[0]))
    found = np.nan_to_num(found, posinf=0.0, neginf=0.0)
    found[:, : len(unknowns)] *= [compiled.scale(n) for n in unknowns]
    assert sum(is_unknown) == len(unknowns)
    result: np.ndarray = found / np.maximum(np.abs(found).max(axis=1, keepdims=True), 1e-300)
    return result


def matching(jacobian: np.ndarray, written: list[str], unknowns: list[str]) -> dict[int, int]:
    """Return the unknown that each balance determines: as written where it can be, else by the strongest influence.

    Args:
        jacobian: Of the balances by the unknowns in units of their scales, rows at most one.
        written: Unknown that stands alone on the left of each balance, or nothing.
        unknowns: Names of the columns.
    """
    from scipy.optimize import linear_sum_assignment

    size = np.abs(jacobian)
    cost = np.where(size > _NOTHING, 10.0 - np.log10(np.maximum(size, _NOTHING)), 1e6)
    for row, name in enumerate(written):
        if name in unknowns:
            cost[row, unknowns.index(name)] = min(cost[row, unknowns.index(name)], 0.0)
    rows, columns = linear_sum_assignment(cost)
    return {int(r): int(c) for r, c in zip(rows, columns, strict=True) if cost[r, c] < 1e6}
