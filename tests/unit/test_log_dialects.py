"""Logs written in many dialects and read again: the same values, units and roles where the names say them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hotfire import HotfireError, read_log, write_log
from hotfire.__main__ import main
from hotfire.log import Channel, Log
from hotfire.physics.units import parse_unit
from hotfire.recording.dialect_text import channel_names
from hotfire.recording.dialects import DIALECTS, Dialect
from hotfire.telemetry import assign_roles

AMBIENT = 101325.0
DRAWN = 120
STAMP = {"labview": 6e-4, "day": 6e-5}
"""What stamps round time to, s; 1e-6 else."""


def course(name: str, kind: str, unit: str, rest: float, level: float, every: int = 1) -> Channel:
    """A channel that rests, rises, and falls again, with noise of its own."""
    time = (np.arange(800) * 0.0025)[::every]
    random = np.random.default_rng(len(name))
    running = 0.5 * (np.tanh((time - 0.5) / 0.03) - np.tanh((time - 1.5) / 0.03))
    values = rest + (level - rest) * running + 2e-3 * level * random.normal(size=time.size)
    return Channel(name, time, values, kind, unit, "made")


def made(slow: int) -> Log:
    channels = [
        course("chamber_pressure", "pressure", "bara", AMBIENT, 30e5),
        course("oxidizer_manifold_pressure", "pressure", "bara", AMBIENT, 38e5),
        course("fuel_tank_pressure", "pressure", "bara", 45e5, 41e5, slow),
        course("thrust", "force", "N", 0.0, 2300.0),
        course("fuel_mass_flow", "mass_flow", "kg/s", 0.0, 0.8),
        course("chamber_wall_temperature", "temperature", "K", 290.0, 700.0, slow),
        course("pump_speed", "rotation", "rad/s", 0.0, 2600.0),
    ]
    channels[3].values[100:110] = np.nan
    return Log(None, "made", {c.name: c for c in channels})


def ordered(log: Log, dialect: Dialect) -> list[Channel]:
    channels = list(log.channels.values())
    orders = {
        "engine": channels,
        "reversed": channels[::-1],
        "by name": sorted(channels, key=lambda c: c.name),
    }
    if dialect.clocks == "one":
        return orders[dialect.order]
    clocks = [c.time.size for c in orders[dialect.order]]
    return sorted(orders[dialect.order], key=lambda c: clocks.index(c.time.size))


def check(log: Log, dialect: Dialect, path: Path) -> None:
    write_log(log, path, AMBIENT, dialect=dialect)
    back = read_log(path, check=False)
    written = ordered(log, dialect)
    names = channel_names(written, dialect)
    read = [c for c in back.channels.values() if c.kind not in ("index", "time")]
    assert len(read) == len(written), list(back.channels)
    for before, after in zip(written, read, strict=True):
        if dialect.names != "tags":
            assert names[before.name] in after.name, after.name
        wanted = dict(dialect.units_of).get(before.kind, before.unit)
        assert after.unit == wanted, (before.name, after.unit, wanted)
        assert after.kind == before.kind, (before.name, after.kind)
        rows = np.isfinite(after.values) & (
            after.values > -1e4 * abs(before.values[400 // (800 // before.time.size)])
        )
        unit = parse_unit(wanted, before.kind)
        if dialect.missing == "-9999":
            rows &= after.values != -9999.0 * unit.scale + unit.offset + (
                AMBIENT if after.reference == "gauge" else 0.0
            )
        sound = np.isfinite(before.values)
        assert rows.sum() == sound.sum(), (before.name, rows.sum(), sound.sum())
        assert after.time[rows] == pytest.approx(before.time[sound], abs=STAMP.get(dialect.clock, 2e-6))
        size = np.abs(before.values[sound]) + (AMBIENT if before.kind == "pressure" else 0.0) + unit.offset
        assert (
            np.abs(after.values[rows] - before.values[sound]) <= 10.0 ** (1 - dialect.digits) * size
        ).all()
    if dialect.names != "tags":
        roles = assign_roles(back, log.channels)
        played = {c.role for c in roles.channels.values()} - {None}
        assert {"chamber_pressure", "thrust"} <= played, played
        for before, after in zip(written, read, strict=True):
            role = roles.channels[after.name].role
            assert role in (None, before.name), (before.name, role)


@pytest.mark.parametrize("seed", range(DRAWN))
def test_a_log_in_a_drawn_dialect_comes_back_as_it_was(seed: int, tmp_path: Path) -> None:
    dialect = Dialect.draw(np.random.default_rng(seed))
    check(made(1 if dialect.clock == "counter" or seed % 2 else 8), dialect, tmp_path / "run.txt")


@pytest.mark.parametrize("name", DIALECTS)
def test_a_log_in_a_named_dialect_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    check(made(8), DIALECTS[name], tmp_path / "run.csv")


def test_the_same_seed_draws_the_same_dialect() -> None:
    drawn = [Dialect.draw(np.random.default_rng(seed)) for seed in (3, 3, 4)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_what_is_drawn_covers_every_choice() -> None:
    drawn = [Dialect.draw(np.random.default_rng(seed)) for seed in range(DRAWN)]
    for field, count in (
        ("separator", 4),
        ("encoding", 4),
        ("clock", 6),
        ("names", 5),
        ("units", 4),
        ("missing", 3),
    ):
        assert len({getattr(d, field) for d in drawn}) == count, field
    assert any(d.decimal == "," for d in drawn)
    assert {unit for d in drawn for kind, unit in d.units_of if kind == "pressure"} >= {"psi", "barg", "MPa"}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"decimal": ","}, "commas for both"),
        ({"separator": " "}, "empty cells"),
        ({"clock": "counter"}, "without a rate"),
        ({"clock": "moon"}, "clock = 'moon'"),
        ({"clocks": "each", "clock": "iso"}, "several clocks"),
    ],
)
def test_what_cannot_stand_in_one_file_is_refused(wrong: dict[str, str], why: str) -> None:
    with pytest.raises(HotfireError, match=why):
        Dialect(**wrong)


def test_uneven_rows_are_not_counted_for_time(tmp_path: Path) -> None:
    log = made(1)
    thrust = log.channels["thrust"]
    uneven = replace(thrust, time=thrust.time**1.1)
    with pytest.raises(HotfireError, match="not even in time"):
        write_log(Log(None, "made", {"thrust": uneven}), tmp_path / "run.csv", dialect="counter")
    with pytest.raises(HotfireError, match="no dialect is called 'lunar'"):
        write_log(log, tmp_path / "run.csv", dialect="lunar")


@pytest.mark.parametrize("name", ["semicolon", "labview"])
def test_the_command_line_writes_a_dialect(name: str, tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    assert main(["simulate", "demo-engine", "--dialect", name, "--seed", "3", "-o", str(path)]) == 0
    log = read_log(path)
    assert len(log.channels) == 6
    assert main(["inspect", str(path)]) == 0


def test_a_name_that_stands_twice_keeps_its_unit(tmp_path: Path) -> None:
    """The number that makes it unique stands behind the unit, and must not hide it."""
    path = tmp_path / "run.csv"
    rows = [f"{0.01 * i:.2f},{20 + i % 7},{30 + i % 5}" for i in range(200)]
    path.write_text("\n".join(["Time (s),Tank (bara),Tank (bara)", *rows]), encoding="utf-8")
    channels = read_log(path, check=False).channels
    assert [c.unit for c in channels.values()] == ["bara", "bara"]
    assert channels["Tank (bara) (2)"].values[0] == pytest.approx(30e5)


def test_two_clocks_of_one_name_each_hold_for_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    rows = [
        f"{0.01 * i:.2f},{20 + i % 7}," + (f"{0.1 * i:.1f},{i % 5}" if i < 20 else ",") for i in range(200)
    ]
    path.write_text("\n".join(["Time (s),Tank (bara),Time (s),Thrust (N)", *rows]), encoding="utf-8")
    log = read_log(path, check=False)
    assert "several_clocks" in {n.code for n in log.notes}
    assert log.channels["Thrust (N)"].time == pytest.approx(0.1 * np.arange(20))
