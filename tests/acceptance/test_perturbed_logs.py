"""Real logs with other names, other units or another rate: the same verdict, and the same kind of first hypothesis.

The copies are made in a temporary folder.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.shared, pytest.mark.slow]

Diagnose = Callable[..., dict]
PA_PER_PSI = 6894.757293168
N_PER_LBF = 4.4482216152605
OTHER_UNITS = {
    "Pa": (1e-5, "bara"),
    "psig": (PA_PER_PSI / 1e5, "barg"),
    "bara": (1e5 / PA_PER_PSI, "psia"),
    "N": (1.0 / N_PER_LBF, "lbf"),
}
"""By unit: factor to the other unit, and that unit."""


@dataclass(frozen=True)
class Table:
    """A log as a table, with what a channel map may say of it."""

    engine: str
    time: str
    columns: dict[str, np.ndarray]
    roles: dict[str, tuple[str, str]]
    """Role and unit by column."""
    before_header: str = ""
    with_map: bool = False


def _helios(folder: Path) -> Table:
    scipy_io = pytest.importorskip("scipy.io")
    data = scipy_io.loadmat(folder / "stanford-helios" / "5_13_18_data.mat")
    names = ("test_time", "pft", "pot", "pom", "pcc", "ft")
    roles = {
        "pft": ("fuel_tank_pressure", "Pa"),
        "pot": ("oxidizer_tank_pressure", "Pa"),
        "pom": ("oxidizer_manifold_pressure", "Pa"),
        "pcc": ("chamber_pressure", "Pa"),
        "ft": ("thrust", "N"),
    }
    columns = {("seconds" if n == "test_time" else n): data[n].ravel().astype(float) for n in names}
    return Table("stanford-helios", "seconds", columns, roles)


def _mule(folder: Path) -> Table:
    with (folder / "uvic-mule1" / "data0.csv").open(newline="", encoding="utf-8") as file:
        units, header, *rows = list(csv.reader(file))
    columns = {name: np.array([row[i] for row in rows]) for i, name in enumerate(header)}
    columns = {n: c if n == "timestamp" else c.astype(float) for n, c in columns.items()}
    roles = {
        "P_RUN_TANK": ("oxidizer_tank_pressure", "psig"),
        "P_INJECTOR": ("oxidizer_manifold_pressure", "psig"),
        "P_COMB_CHMBR": ("chamber_pressure", "psig"),
        "L_THRUST": ("thrust", "N"),
    }
    return Table("uvic-mule1", "seconds", columns, roles, before_header=",".join(units) + "\n")


def _dmt(folder: Path) -> Table:
    polars = pytest.importorskip("polars")
    sheet = polars.read_excel(folder / "imperial-dmt" / "test2_raw.xlsx")
    columns = {n: sheet[n].to_numpy().astype(float) for n in sheet.columns if not n.startswith("Unnamed")}
    roles = {
        "P_Fuel_Tank(bar)": ("fuel_tank_pressure", "bara"),
        "P_Ox_Tank(bar)": ("oxidizer_tank_pressure", "bara"),
        "P_Fuel_Valve_Inlet(bar)": ("fuel_valve_inlet_pressure", "bara"),
        "P_Chamber(bar)": ("chamber_pressure", "bara"),
        "Thrust(N)": ("thrust", "N"),
        "Ox_Main_Angle(deg)": ("oxidizer_valve_angle", "deg"),
        "Fuel_Main_Angle(deg)": ("fuel_valve_angle", "deg"),
    }
    return Table("imperial-dmt", "Time(s)", columns, roles)


LOGS: dict[str, tuple[str, str, Callable[[Path], Table]]] = {
    "helios": ("stanford-helios/5_13_18_data.mat", "stanford-helios", _helios),
    "mule": ("uvic-mule1/data0.csv", "uvic-mule1", _mule),
    "dmt": ("imperial-dmt/test2_raw.xlsx", "imperial-dmt", _dmt),
}


def _renamed(table: Table) -> Table:
    """Give the channels names that say nothing; a channel map says what they are."""
    names = {name: f"AI{i:02d}" for i, name in enumerate(table.roles)}
    columns = {names.get(n, n): c for n, c in table.columns.items()}
    roles = {names[n]: r for n, r in table.roles.items()}
    return replace(table, columns=columns, roles=roles, before_header="", with_map=True)


def _other_units(table: Table) -> Table:
    """Write pressures and thrust in other units; a channel map says which."""
    columns, roles = {}, {}
    for name, values in table.columns.items():
        if name not in table.roles:
            columns[name] = values
            continue
        role, unit = table.roles[name]
        factor, other = OTHER_UNITS.get(unit, (1.0, unit))
        bare = name.partition("(")[0]
        columns[bare], roles[bare] = values * factor, (role, other)
    return replace(table, columns=columns, roles=roles, before_header="", with_map=True)


def _at_rate(table: Table, factor: float) -> Table:
    """Sample again at `factor` times the mean rate; words are taken from the nearest row."""
    time = table.columns[table.time]
    new = np.linspace(time[0], time[-1], round(time.size * factor))
    nearest = np.clip(np.searchsorted(time, new), 0, time.size - 1)
    columns = {
        n: np.interp(new, time, c) if c.dtype.kind == "f" else c[nearest] for n, c in table.columns.items()
    }
    return replace(table, columns=columns | {table.time: new})


CHANGES: dict[str, Callable[[Table], Table]] = {
    "as it is": lambda table: table,
    "renamed": _renamed,
    "other units": _other_units,
    "0.8 x rate": lambda table: _at_rate(table, 0.8),
    "1.2 x rate": lambda table: _at_rate(table, 1.2),
    "renamed, 0.8 x rate": lambda table: _renamed(_at_rate(table, 0.8)),
    "other units, 1.2 x rate": lambda table: _other_units(_at_rate(table, 1.2)),
}
ALONE = ("as it is", "renamed", "other units", "0.8 x rate", "1.2 x rate")
TOGETHER = ("as it is", "renamed, 0.8 x rate", "other units, 1.2 x rate")
"""Two changes in one copy, of logs whose diagnosis takes long: pairs of faults are searched."""
COPIES = [
    *(("helios", change) for change in ALONE),
    *((name, change) for name in ("mule", "dmt") for change in TOGETHER),
]


def _write(table: Table, folder: Path) -> tuple[str, ...]:
    """Write log and, where wanted, channel map; return the log, the engine, and what the command is told beside."""
    log, channel_map = folder / "run.csv", folder / "map.yaml"
    with log.open("w", newline="", encoding="utf-8") as file:
        file.write(table.before_header)
        writer = csv.writer(file)
        writer.writerow(table.columns)
        shown = [
            [f"{v:.9g}" if np.isfinite(v) else "" for v in c] if c.dtype.kind == "f" else c
            for c in table.columns.values()
        ]
        writer.writerows(zip(*shown, strict=True))
    if not table.with_map:
        return str(log), table.engine
    lines = [f"time: {{channel: {json.dumps(table.time)}, unit: s}}", "channels:"]
    lines += [f"  {json.dumps(n)}: {{role: {r}, unit: {u}}}" for n, (r, u) in table.roles.items()]
    channel_map.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(log), table.engine, "--channels", str(channel_map)


def _first_kind(answer: dict) -> list[str]:
    """Hardware or sensor, for each fault of the first hypothesis; empty for a sound engine."""
    return sorted(fault["kind"] for fault in answer["hypotheses"][0]["faults"])


@pytest.mark.parametrize(("name", "change"), COPIES)
def test_a_perturbed_copy_gets_the_same_answer(
    shared: Path, diagnose: Diagnose, diagnosed: Diagnose, tmp_path: Path, name: str, change: str
) -> None:
    file, engine, table = LOGS[name]
    folder = shared / "data" / "hotfire"
    before = diagnosed(folder / file, engine)
    after = diagnose(*_write(CHANGES[change](table(folder)), tmp_path))
    told = [(h["name"], round(h["probability"], 3)) for h in after["hypotheses"][:3]]
    assert after["verdict"] == before["verdict"], told
    assert _first_kind(after) == _first_kind(before), told
