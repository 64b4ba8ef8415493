"""Units of every equation of every shipped engine, model and plant."""

from dataclasses import replace
from pathlib import Path

import pytest

import hotfire
from hotfire.engine_files.reading import engine_names, load_engine
from hotfire.physics.components import COMPONENTS
from hotfire.physics.components.restrictions import Valve
from hotfire.physics.declaration import flow_balance
from hotfire.physics.errors import EngineError
from hotfire.physics.unit_check import check_units
from hotfire.plant import PLANT_EQUATIONS


@pytest.mark.parametrize("name", engine_names())
def test_units_agree_in_model_and_plant(name: str) -> None:
    network = load_engine(name).network
    check_units(network)
    check_units(network.with_equations(PLANT_EQUATIONS))


class Wrong(Valve):
    def equations(self, q):
        yield flow_balance("flow through the valve", q.inlet.flow, q.effective_area * q.inlet.pressure)
        yield flow_balance("continuity", q.outlet.flow, q.inlet.flow)


def test_a_wrong_equation_is_refused_by_name() -> None:
    network = load_engine("demo-engine").network
    placed = network.components["fuel_valve"]
    wrong = replace(network, components={**network.components, "fuel_valve": replace(placed, kind=Wrong())})
    with pytest.raises(EngineError, match=r"(?s)fuel_valve.*flow through the valve"):
        check_units(wrong)


def test_an_engine_file_is_refused_on_loading_where_an_equation_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "engine.yaml"
    path.write_text((Path(hotfire.__file__).parent / "engines/demo-engine.yaml").read_text(encoding="utf-8"))
    assert load_engine(path).name
    monkeypatch.setitem(COMPONENTS, "valve", Wrong)
    with pytest.raises(EngineError, match=r"(?s)_valve.*flow through the valve"):
        load_engine(path)
