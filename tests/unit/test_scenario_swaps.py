"""Swaps: one law of the hardware for another, told or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotfire.engine_file import load_engine
from hotfire.physics.errors import HotfireError
from hotfire.physics.network import Network
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import Setting, rig_of
from hotfire.scenarios.swaps import swap_targets, swapped
from hotfire.stand_sensors import mainstage


def _with_larger_injector(network: Network, injector: str) -> Network:
    placed = network.components[injector]
    area = 1.1 * placed.parameters["effective_area"]
    wider = replace(placed, parameters={**placed.parameters, "effective_area": area})
    return replace(network, components={**network.components, injector: wider})


@pytest.mark.parametrize(
    ("engine", "swap", "line", "injector"),
    [
        ("imperial-dmt", "oxidizer_choked", "oxidizer_line", "oxidizer_injector"),
        ("stanford-helios", "fuel_choked", "fuel_line", "fuel_injector"),
        ("hydrazine-thruster", "fuel_choked", "line", "injector"),
    ],
)
def test_a_choked_passage_has_the_same_flow_whatever_stands_behind_it(
    engine: str, swap: str, line: str, injector: str
) -> None:
    described = load_engine(engine).network
    choked = swapped(load_engine(engine), [swap]).network
    flow = f"{line}.inlet.flow"
    before, after = mainstage(described), mainstage(choked)
    assert choked.components[line].kind.type_name == "venturi"
    assert after[flow] == pytest.approx(before[flow], rel=0.005)
    assert after[f"{choked.burner}.pressure"] == pytest.approx(before[f"{choked.burner}.pressure"], rel=0.005)
    assert mainstage(_with_larger_injector(described, injector))[flow] > 1.01 * before[flow]
    assert mainstage(_with_larger_injector(choked, injector))[flow] == pytest.approx(after[flow], rel=0.001)


def test_what_cannot_be_choked_is_left_alone() -> None:
    """A liquid that boils as its pressure falls, and a line that a pump feeds."""
    assert not swap_targets(load_engine("stanford-helios").network, ["oxidizer_choked"])
    assert not swap_targets(load_engine("v-2").network, ["fuel_choked"])


def test_a_swap_that_there_is_not_is_refused() -> None:
    with pytest.raises(HotfireError, match="there is no swap 'fuel_colour'"):
        swap_targets(load_engine("imperial-dmt").network, ["fuel_colour"])


def test_every_swap_of_the_protocol_is_known() -> None:
    network = load_engine("imperial-dmt").network
    for axis in ("swap_declared", "swap_undeclared"):
        assert all(swap_targets(network, own) for own in load_protocol().shifts[axis]["swaps"])


def test_an_undeclared_swap_is_not_told() -> None:
    told, hidden = (rig_of(Setting(axis, 1, "tum-hopper")) for axis in ("swap_declared", "swap_undeclared"))
    assert "fuel blowdown tank" in told.hardware
    assert "fuel blowdown tank" not in hidden.hardware
    assert hidden.actual.network.components["fuel_tank"].kind.type_name == "blowdown_tank"
    drift = hidden.sound[1:] - hidden.expectation.means
    column = [s.measures for s in hidden.sensors].index("fuel_tank.pressure")
    assert abs(drift[-1, column]) > 0.05 * hidden.sound[-1, column]
