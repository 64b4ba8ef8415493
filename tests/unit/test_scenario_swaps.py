"""Swaps: one law of the hardware for another, told or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.locations import hardware_of
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.errors import HotfireError
from hotfire.physics.network import Network
from hotfire.physics.placing import Stream
from hotfire.physics.trajectory import Schedule, integrate
from hotfire.plant import PLANT_EQUATIONS
from hotfire.scenarios.controllers import throttle_of
from hotfire.scenarios.protocol import LEVELS, load_protocol
from hotfire.scenarios.rig import window_edges
from hotfire.scenarios.settings import Setting, rig_of, settings
from hotfire.scenarios.swaps import described_for, swap_targets, swapped
from hotfire.stand_sensors import mainstage

CHOKED = ["fuel_choked", "oxidizer_choked"]


def _with_area(network: Network, name: str, share: float) -> Network:
    placed = network.components[name]
    area = share * placed.parameters["effective_area"]
    other = replace(placed, parameters={**placed.parameters, "effective_area": area})
    return replace(network, components={**network.components, name: other})


@pytest.mark.parametrize(
    ("engine", "swap", "line", "injector"),
    [
        ("imperial-dmt", "oxidizer_choked", "oxidizer_line", "oxidizer_injector"),
        ("uvic-mule1", "oxidizer_choked", "feed_line", "injector"),
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
    assert mainstage(_with_area(described, injector, 1.1))[flow] > 1.01 * before[flow]
    assert mainstage(_with_area(choked, injector, 1.1))[flow] == pytest.approx(after[flow], rel=0.001)


@pytest.mark.parametrize("engine", [s.engine for s in settings(load_protocol(), "swap_declared", 4)])
def test_the_choked_level_is_choked_on_the_plant_until_the_end(engine: str) -> None:
    """At every window's edge the throat would lose more than there is: then it cavitates."""
    described = load_engine(engine)
    network = swapped(described, load_protocol().shifts["swap_declared"]["swaps"][3]).network
    compiled = CompiledNetwork(network.with_equations(PLANT_EQUATIONS))
    parameters = np.array(list(network.parameter_values.values()))[None, None]
    inputs = np.array(list(network.input_defaults.values()))[None, None]
    times = np.concatenate([[0.0], window_edges(described, load_protocol().windows)])
    run = integrate(compiled, Schedule(times, parameters, np.zeros((1, 1, len(network.faults))), inputs))
    read = dict(zip(compiled.output_names, run.outputs[1:, 0].T, strict=True))
    venturis = {n: c for n, c in network.components.items() if c.kind.type_name == "venturi"}
    assert venturis
    for name, placed in venturis.items():
        inlet, outlet = read[f"{name}.inlet.pressure"], read[f"{name}.outlet.pressure"]
        assert np.all(inlet - outlet > (1.0 - placed.parameters["recovery"]) * inlet), name


def test_what_cannot_be_choked_is_left_alone() -> None:
    """A liquid that boils as its pressure falls, a tank that blows down while the chamber does not, a line behind a
    pump."""
    assert not swap_targets(load_engine("stanford-helios").network, CHOKED)
    assert not swap_targets(load_engine("v-2").network, CHOKED)


@pytest.mark.parametrize("engine", [s.engine for s in settings(load_protocol(), "swap_declared", 5)])
def test_a_reversed_sign_drives_off_what_the_right_one_holds(engine: str) -> None:
    """With a narrower injector the pressure before it rises: less with the controller, more with the sign reversed."""
    described, swaps = load_engine(engine), ["oxidizer_control"]
    networks = [described, described_for(described, swaps), swapped(described, swaps)]
    bare, right, wrong = (e.network for e in networks)
    injector = next(
        n
        for n in bare.order
        if bare.side_of(n) == "oxidizer" and bare.components[n].kind.type_name == "injector"
    )
    pressure, position = f"{injector}.inlet.pressure", "oxidizer_actuator.position"
    sound = [mainstage(n) for n in (bare, right, wrong)]
    narrow = [mainstage(_with_area(n, injector, 0.9)) for n in (bare, right, wrong)]
    for reading in (pressure, f"{bare.burner}.pressure"):
        assert [s[reading] for s in sound] == pytest.approx([sound[0][reading]] * 3, rel=1e-3)
    rise = [after[pressure] / before[pressure] - 1.0 for before, after in zip(sound, narrow, strict=True)]
    assert 0.0 < rise[1] < rise[2]
    assert rise[2] > 1.5 * rise[1]
    assert narrow[1][position] < sound[1][position] - 0.005
    assert narrow[2][position] > sound[2][position] + 0.01


def test_a_controller_is_told_and_its_sign_only_where_the_swap_is_declared() -> None:
    told, hidden = (rig_of(Setting(f"swap_{how}", 5, "imperial-dmt")) for how in ("declared", "undeclared"))
    assert "oxidizer reversed proportional controller" in told.hardware
    assert "oxidizer proportional controller" in hidden.hardware
    assert "oxidizer reversed proportional controller" in hardware_of(hidden.actual.network)
    assert [s.name for s in told.sensors] == [s.name for s in hidden.sensors]
    assert "oxidizer_actuator_position" in hidden.engine.sensors


def test_only_a_valve_that_is_free_and_fed_by_a_regulated_tank_becomes_a_throttle() -> None:
    assert throttle_of(load_engine("n2o4-mmh").network, "fuel") == "fuel_valve"
    assert not throttle_of(load_engine("tum-hopper").network, "fuel")
    assert not throttle_of(load_engine("student-n2o-ethanol").network, "oxidizer")


def _with_jacket_beside_line(network: Network) -> Network:
    """The fuel line beside the jacket instead of before it: each has half of the jacket's area, the valve takes what
    the line took."""
    before = mainstage(network)
    given = network.components
    line, valve, jacket = (given[n] for n in ("fuel_line", "fuel_valve", "jacket"))
    fall = [
        before[f"{n}.inlet.pressure"] - before[f"{n}.outlet.pressure"] for n in ("fuel_valve", "fuel_line")
    ]
    half = 0.5 * jacket.parameters["effective_area"]
    narrower = valve.parameters["effective_area"] * (fall[0] / sum(fall)) ** 0.5
    areas = {"fuel_line": half, "jacket": half, "fuel_valve": narrower}
    placed = {
        n: replace(given[n], parameters={**given[n].parameters, "effective_area": a})
        for n, a in areas.items()
    }
    kind = type(load_engine("f-1").network.components["fuel_split"].kind)()
    ends = {n: replace(line, name=n, kind=kind, parameters={}, tolerances={}) for n in ("split", "merge")}
    other = [
        s for s in network.streams if not {s.source[0], s.target[0]} & {"fuel_line", "jacket", "fuel_valve"}
    ]
    new = [
        Stream(("fuel_tank", "outlet"), ("fuel_valve", "inlet")),
        Stream(("fuel_valve", "outlet"), ("split", "inlet")),
        *(Stream(("split", "outlet"), (n, "inlet"), shared=True) for n in ("fuel_line", "jacket")),
        *(Stream((n, "outlet"), ("merge", "inlet")) for n in ("fuel_line", "jacket")),
        Stream(("merge", "outlet"), ("fuel_injector", "inlet")),
    ]
    return replace(network, components={**given, **placed, **ends}, streams=(*other, *new))


def test_series_for_parallel_is_no_law_of_its_own() -> None:
    """Why it is not among the swaps: what blocks the line beside the jacket reads everywhere as what blocks half as
    much of the jacket behind the line, so no expert can tell, and the hardware need not be another."""
    series = load_engine("imperial-dmt").network
    parallel = _with_jacket_beside_line(series)
    read = [
        f"{n}.{what}"
        for n, what in (
            ("fuel_tank", "pressure"),
            ("jacket", "inlet.pressure"),
            ("fuel_injector", "inlet.pressure"),
            ("fuel_injector", "inlet.flow"),
            ("oxidizer_injector", "inlet.flow"),
            ("chamber", "pressure"),
            ("nozzle", "thrust"),
        )
    ]
    for share in (0.0, 0.3, 0.8):
        beside = mainstage(_with_area(parallel, "fuel_line", 1.0 - share))
        behind = mainstage(_with_area(series, "jacket", 1.0 - 0.5 * share))
        assert [beside[n] for n in read] == pytest.approx([behind[n] for n in read], rel=1e-5), share


def test_a_swap_that_there_is_not_is_refused() -> None:
    with pytest.raises(HotfireError, match="there is no swap 'fuel_colour'"):
        swap_targets(load_engine("imperial-dmt").network, ["fuel_colour"])


def test_every_swap_of_the_protocol_is_known() -> None:
    network = load_engine("imperial-dmt").network
    for axis in ("swap_declared", "swap_undeclared"):
        swaps = load_protocol().shifts[axis]["swaps"]
        assert len(swaps) == len(LEVELS)
        assert all(swap_targets(network, own) for own in swaps)


def test_an_undeclared_swap_is_not_told() -> None:
    told, hidden = (rig_of(Setting(axis, 1, "tum-hopper")) for axis in ("swap_declared", "swap_undeclared"))
    assert "fuel blowdown tank" in told.hardware
    assert "fuel blowdown tank" not in hidden.hardware
    assert hidden.actual.network.components["fuel_tank"].kind.type_name == "blowdown_tank"
    drift = hidden.sound[1:] - hidden.expectation.means
    column = [s.measures for s in hidden.sensors].index("fuel_tank.pressure")
    assert abs(drift[-1, column]) > 0.05 * hidden.sound[-1, column]
