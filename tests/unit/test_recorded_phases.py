"""Phases of recorded tests against their documented times, however the record is perturbed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hotfire.log import Channel, FloatArray, Log
from hotfire.phases.finding import find_phases

sys.path.insert(0, str(Path(__file__).parents[1]))
from phase_logs import AMBIENT, PSI, changed, check_order, codes, log_of


def helios(shared: Path, file: str) -> Log:
    scipy_io = pytest.importorskip("scipy.io")
    raw = scipy_io.loadmat(shared / "data/hotfire/stanford-helios" / file)
    roles = {
        "pft": "fuel_tank_pressure",
        "pot": "oxidizer_tank_pressure",
        "pom": "oxidizer_manifold_pressure",
        "pcc": "chamber_pressure",
        "ft": "thrust",
    }
    return log_of(raw["test_time"].ravel(), **{role: raw[k].ravel() for k, role in roles.items() if k in raw})


def columns(path: Path, wanted: dict[str, tuple[str, float, float]], clock_name: str, header: int = 0) -> Log:
    """A log of some columns, each with its gain and offset, found by name in a header row."""
    rows = [line.split(",") for line in path.read_text().splitlines()]
    head = rows[header]
    body = [r for r in rows[header + 1 :] if len(r) == len(head)]

    def column(name: str) -> FloatArray:
        return np.array([float(r[head.index(name)] or "nan") for r in body])

    return log_of(
        column(clock_name),
        **{role: gain * column(name) + zero for role, (name, gain, zero) in wanted.items()},
    )


def perturbations(log: Log) -> dict[str, Log]:
    rng = np.random.default_rng(3)

    def rate(factor: float) -> Log:
        def again(c: Channel) -> Channel:
            even = np.linspace(c.time[0], c.time[-1], int(c.time.size * factor))
            return replace(c, time=even, values=np.interp(even, c.time, c.values))

        return changed(log, again)

    def noisy(c: Channel) -> Channel:
        scale = 0.01 * float(np.nanpercentile(np.abs(c.values), 99))
        return replace(c, values=c.values + rng.normal(0, scale, c.time.size))

    return {
        "as it is": log,
        "later": changed(log, lambda c: replace(c, time=c.time + 4321.0)),
        "faster": rate(1.2),
        "slower": rate(0.2),
        "noisy": changed(log, noisy),
        "offset": changed(
            log, lambda c: replace(c, values=c.values + (5 * PSI if "pressure" in c.name else 20.0))
        ),
        "larger": changed(log, lambda c: replace(c, values=c.values * 1.7)),
    }


@pytest.mark.shared
class TestRecorded:
    """Documented times of recorded tests, and the same times however the record is perturbed."""

    @pytest.mark.parametrize("how", ["as it is", "later", "faster", "slower", "noisy", "offset", "larger"])
    def test_liquid_bipropellant_runs_dry(self, shared: Path, how: str) -> None:
        found = find_phases(perturbations(helios(shared, "5_13_18_data.mat"))[how])
        origin = 4321.0 if how == "later" else 0.0
        assert found.kind == "hot_fire"
        assert found.burn is not None and found.baseline is not None
        assert found.burn.start - origin == pytest.approx(0.05, abs=0.1)
        assert found.burn.end - origin == pytest.approx(4.7, abs=0.12)
        assert [d.side for d in found.depletions] == ["oxidizer"]
        assert found.depletions[0].time - origin == pytest.approx(4.5, abs=0.1)
        tail = next(p for p in found.phases if p.name == "gas_tail")
        assert 6.2 <= tail.end - origin <= 6.85
        check_order(found)

    @pytest.mark.parametrize("how", ["as it is", "later", "faster", "noisy", "offset", "larger"])
    def test_cold_flow_in_spite_of_its_name(self, shared: Path, how: str) -> None:
        found = find_phases(perturbations(helios(shared, "5_09_18_burn.mat"))[how])
        assert found.kind == "cold_flow"
        assert {"no_baseline", "starts_in_burn"} <= codes(found)
        assert [d.side for d in found.depletions] == ["oxidizer"]

    @pytest.mark.parametrize("how", ["as it is", "later", "faster", "slower", "noisy", "offset", "larger"])
    def test_failing_hybrid(self, shared: Path, how: str) -> None:
        pressure = {
            "oxidizer_manifold_pressure": ("P_INJECTOR", PSI, AMBIENT),
            "chamber_pressure": ("P_COMB_CHMBR", PSI, AMBIENT),
            "oxidizer_tank_pressure": ("P_RUN_TANK", PSI, AMBIENT),
            "thrust": ("L_THRUST", 1.0, 0.0),
        }
        log = columns(shared / "data/hotfire/uvic-mule1/data0.csv", pressure, "seconds", header=1)
        zero = float(next(iter(log.channels.values())).time[0]) + (4321.0 if how == "later" else 0.0)
        found = find_phases(perturbations(log)[how])
        assert found.kind == "hot_fire"
        assert found.burn is not None
        assert found.burn.start - zero == pytest.approx(0.6, abs=0.1)
        assert found.burn.end - zero == pytest.approx(6.33, abs=0.1)
        assert len(found.burns) == 1

    def test_file_that_starts_after_valve_opening(self, shared: Path) -> None:
        fastexcel = pytest.importorskip("fastexcel")
        book = fastexcel.read_excel(shared / "data/hotfire/imperial-dmt/test2_raw.xlsx")
        frame = book.load_sheet(0, use_columns=list(range(10))).to_polars()
        data = {name.split("(")[0]: frame[name].to_numpy() for name in frame.columns}
        log = log_of(
            data["Time"],
            chamber_pressure=data["P_Chamber"] * 1e5,
            oxidizer_tank_pressure=data["P_Ox_Tank"] * 1e5,
            fuel_tank_pressure=data["P_Fuel_Tank"] * 1e5,
            fuel_manifold_pressure=data["P_Fuel_Valve_Inlet"] * 1e5,
            thrust=data["Thrust"],
            oxidizer_valve_position=np.deg2rad(data["Ox_Main_Angle"]),
            fuel_valve_position=np.deg2rad(data["Fuel_Main_Angle"]),
        )
        found = find_phases(log)
        assert found.burn is not None
        assert found.burn.end == pytest.approx(7758.6, abs=0.1)
        assert found.baseline is None
        assert "no_baseline" in codes(found)
        assert found.depletions == ()

    def test_liquid_cold_flow_runs_out(self, shared: Path) -> None:
        wanted = {
            "oxidizer_tank_pressure": ("PT-2 Ox Tank", PSI, AMBIENT),
            "oxidizer_manifold_pressure": ("PT-4 Injector Oxidizer", PSI, AMBIENT),
        }
        found = find_phases(columns(shared / "data/hotfire/waterloo/lcf1.csv", wanted, "Timestamp"))
        assert found.kind == "cold_flow"
        assert found.burn is not None
        assert found.burn.start == pytest.approx(2283.0, abs=0.1)
        assert [d.side for d in found.depletions] == ["oxidizer"]
        assert found.depletions[0].time == pytest.approx(2312.0, abs=2.0)
