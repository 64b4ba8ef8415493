"""Real test logs, through the command line: the verdict that the teams' own records support."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.shared

Diagnose = Callable[..., dict]


def phase(answer: dict, name: str) -> dict:
    return next(p for p in answer["phases"] if p["name"] == name)


def names(hypothesis: dict) -> list[str]:
    return [f"{f['component']}.{f['mode']}" for f in hypothesis["faults"]]


def test_a_good_liquid_run_is_nominal_with_run_out_and_gas_tail(shared: Path, diagnosed: Diagnose) -> None:
    answer = diagnosed(shared / "data/hotfire/stanford-helios/5_13_18_data.mat", "stanford-helios")
    assert answer["verdict"] == "nominal"
    assert not answer["hypotheses"][0]["faults"]
    assert phase(answer, "start")["start"] == pytest.approx(0.05, abs=0.1)
    assert phase(answer, "tail_off")["end"] == pytest.approx(4.7, abs=0.1)
    assert answer["depletion"]["oxidizer"] == pytest.approx(4.5, abs=0.15)
    assert phase(answer, "gas_tail")["end"] == pytest.approx(6.5, abs=0.4)


def test_a_hybrid_broken_in_a_way_that_is_not_listed_is_not_called_by_what_comes_nearest(
    shared: Path, diagnosed: Diagnose
) -> None:
    answer = diagnosed(shared / "data/hotfire/uvic-mule1/data0.csv", "uvic-mule1")
    assert answer["none_of_these"] > 0.5
    assert answer["verdict"] == "model_mismatch"
    first_three = [n for h in answer["hypotheses"][:3] for n in names(h)]
    # The team reports a broken nozzle insert and no stable combustion.
    assert any(n.startswith("nozzle.throat") or n == "chamber.unstable_combustion" for n in first_three)
    chamber = next(s for s in answer["symptoms"] if s["sensor"] == "chamber_pressure")
    assert chamber["direction"] == "low"
    assert chamber["measured"] < 0.5 * chamber["expected"]
    found = {(f["component"], f["mode"]): f for f in answer["sensor_findings"]}
    lost = found["chamber_pressure", "dropout"]["onset"]["value"]
    assert lost - 2650.5655 == pytest.approx(6.33, abs=0.1)
    assert ("T_POST_COMB", "open_circuit") in found
    assert any("not trusted" in w for w in answer["warnings"])


def test_a_log_without_a_quiet_start_is_diagnosed_and_says_so(shared: Path, diagnosed: Diagnose) -> None:
    answer = diagnosed(shared / "data/hotfire/imperial-dmt/test2_raw.xlsx", "imperial-dmt")
    assert answer["hypotheses"]
    assert any("no quiet stretch before the test" in w for w in answer["warnings"])


@pytest.mark.slow
@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_other_names_units_and_rate_give_the_same_verdict(
    shared: Path, diagnose: Diagnose, tmp_path: Path, factor: float
) -> None:
    scipy_io = pytest.importorskip("scipy.io")
    data = scipy_io.loadmat(shared / "data/hotfire/stanford-helios/5_13_18_data.mat")
    time = data["test_time"].ravel()
    new_time = np.arange(time[0], time[-1], 1.0 / (743.0 * factor))
    pa_per_psi = 6894.757293168
    columns = {
        "PT07": ("fuel_tank_pressure", data["pft"].ravel() / pa_per_psi, "psia"),
        "PT03": ("oxidizer_tank_pressure", data["pot"].ravel() / 1e5, "bara"),
        "PT11": ("oxidizer_manifold_pressure", data["pom"].ravel() / pa_per_psi, "psia"),
        "PT01": ("chamber_pressure", data["pcc"].ravel() / 1e5, "bara"),
        "LC2": ("thrust", data["ft"].ravel() / 4.4482216152605, "lbf"),
    }
    table = np.column_stack([new_time, *(np.interp(new_time, time, c[1]) for c in columns.values())])
    log, channel_map = tmp_path / "run.csv", tmp_path / "map.yaml"
    np.savetxt(log, table, delimiter=",", header="t," + ",".join(columns), comments="", fmt="%.6f")
    lines = [f"  {name}: {{role: {role}, unit: {unit}}}" for name, (role, _, unit) in columns.items()]
    channel_map.write_text("time: {channel: t, unit: s}\nchannels:\n" + "\n".join(lines) + "\n")
    answer = diagnose(log, "stanford-helios", "--channels", str(channel_map))
    assert answer["verdict"] == "nominal"
    assert "oxidizer" in answer["depletion"]


def test_a_cold_flow_is_not_taken_for_a_failed_burn(shared: Path, diagnose: Diagnose) -> None:
    answer = diagnose(shared / "data/hotfire/stanford-helios/5_09_18_burn.mat", "stanford-helios")
    assert answer["verdict"] == "insufficient_data"
    assert "cold flow" in answer["headline"]
