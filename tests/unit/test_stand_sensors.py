"""The sensors that a stand adds."""

from __future__ import annotations

import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.stand_sensors import mainstage, with_stand_sensors


@pytest.mark.parametrize("name", ["imperial-dmt", "f-1", "electric-kerosene", "hydrazine-thruster"])
def test_added_sensors_measure_what_the_network_has_and_nothing_twice(name: str) -> None:
    engine = load_engine(name)
    equipped = with_stand_sensors(engine)
    readings = mainstage(engine.network)
    measured = [s.measures for s in equipped.sensors.values()]
    assert len(set(measured)) == len(measured)
    assert set(measured) <= set(readings)
    assert len(equipped.sensors) > len(engine.sensors)
    for sensor in equipped.sensors.values():
        if sensor.name not in engine.sensors:
            assert 0.3 * sensor.span < readings[sensor.measures] < sensor.span


def test_its_own_sensors_stay_as_they_are() -> None:
    engine = load_engine("f-1")
    equipped = with_stand_sensors(engine)
    assert {n: equipped.sensors[n] for n in engine.sensors} == dict(engine.sensors)


def test_pumps_and_turbines_are_watched() -> None:
    measured = {s.measures for s in with_stand_sensors(load_engine("f-1")).sensors.values()}
    assert {"lox_pump.inlet.pressure", "shaft.speed", "turbine.outlet.temperature"} <= measured
