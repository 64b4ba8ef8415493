"""Which unknowns are torn, and how the others follow."""

from __future__ import annotations

from typing import Any

import casadi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.declaration import Balance
from hotfire.physics.ops import pressure_loss, signed_sqrt
from hotfire.physics.tearing import Torn, tear_flows


def torn(balances: list[Balance], symbols: dict[str, Any], vanishing: set[str] = frozenset()) -> Torn:
    kinds = {name: name.rpartition(".")[2] for name in symbols}
    named = [("part", balance) for balance in balances]
    return tear_flows(named, symbols, kinds, lambda _: set(), set(vanishing))


def symbols(*names: str) -> dict[str, Any]:
    return {name: casadi.SX.sym(name) for name in names}


def test_a_chain_of_restrictions_leaves_one_flow() -> None:
    names = ("a.pressure", "a.flow", "b.pressure", "b.flow", "c.pressure")
    q = symbols(*names)
    laws = [
        Balance("held", q["a.pressure"], casadi.SX(5e6), "pressure"),
        Balance("ambient", q["c.pressure"], casadi.SX(1e5), "pressure"),
        Balance("same", q["b.flow"], q["a.flow"], "flow"),
    ]
    for ahead, behind in (("a", "b"), ("b", "c")):
        fall, flow = q[f"{ahead}.pressure"] - q[f"{behind}.pressure"], q[f"{ahead}.flow"]
        loss = (fall, pressure_loss(flow, 1e-4, 1000.0))
        laws.append(Balance("law", flow, 1e-4 * signed_sqrt(fall, 1000.0), "flow", None, loss))
    found = torn(laws, q)
    assert len(found.unknowns) == 1
    assert found.unknowns[0].endswith(".flow")
    assert [balance.scale for _, balance in found.remaining] == ["pressure"]
    assert set(found.assigned) == set(names) - set(found.unknowns)


def test_nothing_is_divided_by_what_may_vanish() -> None:
    q, size = symbols("a.flow", "a.speed"), casadi.SX.sym("size")
    laws = [
        Balance("leak", q["a.flow"], 1.0 - size * q["a.speed"], "flow"),
        Balance("head", q["a.speed"] ** 2, q["a.flow"] + 1.0, "pressure"),
    ]
    assert torn(laws, q, {"size"}).unknowns == ("a.speed",)


@given(st.floats(-1e7, 1e7), st.floats(1e-7, 1e-2), st.floats(0.5, 2000.0))
def test_the_loss_is_the_law_of_the_flow_turned_round(fall: float, area: float, density: float) -> None:
    flow = area * signed_sqrt(fall, density)
    assert pressure_loss(flow, area, density) == pytest.approx(fall, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", engine_names())
def test_every_unknown_of_an_engine_is_torn_or_follows(name: str) -> None:
    compiled = CompiledNetwork(load_engine(name).network)
    assert len(compiled.torn) == len(compiled.residual_names)
    assert len(compiled.torn) < 0.4 * len(compiled.network.unknowns)
