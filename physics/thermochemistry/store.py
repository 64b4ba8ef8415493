"""Where combustion tables come from: the package, the user's cache, or Cantera at first use.

A file is a plain `.npz` (never a pickle) named after the pair and a key, the hash of everything that shapes
the table: formulas, enthalpies, product species, grid and the version of the format. A file that cannot be
read, or that holds another key, is computed again. Writing is atomic, so an interrupted run leaves the old
file or none.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import zipfile
from pathlib import Path

import numpy as np

from hotfire.physics.thermochemistry.making import GRID, STORED, Made, Progress, make, surfaces
from hotfire.physics.thermochemistry.products import SPECIES
from hotfire.physics.thermochemistry.reactants import Propellant, PropellantLike, propellant
from hotfire.physics.thermochemistry.surface import Axis
from hotfire.physics.thermochemistry.tables import CombustionTable
from hotfire.physics.whole_file import write_arrays

__all__ = ["SHIPPED", "cache_directory", "combustion_table"]

FORMAT = 2
"""Raised when the meaning of a file changes; older files are then computed again."""

SHIPPED = (
    ("N2O(L)", "ethanol"),
    ("N2O(L)", "ethanol:0.95+water:0.05"),
    ("N2O(L)", "isopropanol"),
    ("N2O(L)", "RP-1"),
    ("N2O(L)", "paraffin"),
    ("N2O(L)", "HTPB"),
    ("LOX", "LH2"),
    ("LOX", "RP-1"),
    ("LOX", "LCH4"),
    ("LOX", "ethanol"),
    ("LOX", "ethanol:0.75+water:0.25"),
    ("N2O4", "MMH"),
    ("H2O2:0.8+water:0.2", "water:0.95+ethanol:0.05"),
)
"""The pairs whose tables come with the package."""

_HERE = Path(__file__).parent / "data"


def combustion_table(
    oxidizer: PropellantLike,
    fuel: PropellantLike,
    *,
    area_ratio: float = 10.0,
    progress: Progress | None = None,
) -> CombustionTable:
    """Return the combustion table of a pair of propellants.

    Args:
        oxidizer: Name, mixture text or mapping, `Reactant` or `Propellant`.
        fuel: The same.
        area_ratio: A_exit/A_throat of the nozzle to which `CombustionTable.gamma` shall belong.
        progress: Called with the fraction done when the table must be computed first (15 to 30 seconds).

    Raises:
        ThermochemistryError: A propellant is not known, or the two do not burn.
    """
    ox, fu = propellant(oxidizer), propellant(fuel)
    return _table(_key(ox, fu), ox, fu, progress).at_area_ratio(area_ratio)


def cache_directory() -> Path:
    """Return where computed tables are kept: `$XDG_CACHE_HOME/hotfire`, by default `~/.cache/hotfire`."""
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(root).expanduser() / "hotfire" / "combustion"


_loaded: dict[str, CombustionTable] = {}


def _table(key: str, ox: Propellant, fuel: Propellant, progress: Progress | None) -> CombustionTable:
    if key not in _loaded:
        name = file_name(ox, fuel)
        made = _read(_HERE / name, key) or _read(cache_directory() / name, key)
        if made is None:
            made = make(ox, fuel, progress=progress)
            _try_to_write(cache_directory() / name, key, made)
        _loaded[key] = _as_table(ox, fuel, made)
    return _loaded[key]


def _as_table(ox: Propellant, fuel: Propellant, made: Made) -> CombustionTable:
    x, y = made.axes
    return CombustionTable(
        oxidizer=ox.name,
        fuel=fuel.name,
        area_ratio=10.0,
        stoichiometric=made.stoichiometric,
        mixture_ratios=(made.mixture_ratio(x.low), made.mixture_ratio(x.high)),
        pressures=(float(np.exp(y.low)), float(np.exp(y.high))),
        soot_limit=made.soot_limit,
        error=dict(zip(STORED, made.error[0].tolist(), strict=True)),
        error_rms=dict(zip(STORED, made.error[1].tolist(), strict=True)),
        error_sooty=dict(zip(STORED, made.error[2].tolist(), strict=True)),
        _surfaces=surfaces(made.axes, made.coefficients),
    )


@functools.lru_cache(maxsize=64)
def _key(ox: Propellant, fuel: Propellant) -> str:
    what = (FORMAT, ox.signature, fuel.signature, SPECIES, tuple(GRID), STORED)
    return hashlib.sha256(repr(what).encode()).hexdigest()


def file_name(ox: Propellant, fuel: Propellant) -> str:
    """Return the file name of a pair's table: readable, and different for each key."""
    pair = re.sub(r"[^A-Za-z0-9.]+", "-", f"{ox.name}_{fuel.name}").strip("-")[:80]
    return f"{pair}.{_key(ox, fuel)[:12]}.npz"


def write(path: Path, key: str, made: Made) -> None:
    """Write a table; the file appears whole or not at all."""
    write_arrays(
        path,
        key=np.array(key),
        axes=np.array([(a.first, a.step, a.count, a.low, a.high) for a in made.axes]),
        coefficients=made.coefficients,
        numbers=np.array([made.stoichiometric, made.soot_limit]),
        error=made.error,
    )


def ship(directory: Path = _HERE) -> None:
    """Compute the shipped tables again and print their sizes and errors.

    Run as `python -c "from hotfire.physics.thermochemistry.store import ship; ship()"` after any change to
    reactants, species, grid or format; a test compares the files with the keys.
    """
    directory.mkdir(parents=True, exist_ok=True)
    wanted = {file_name(propellant(a), propellant(b)): (propellant(a), propellant(b)) for a, b in SHIPPED}
    for stale in set(directory.glob("*.npz")) - {directory / name for name in wanted}:
        stale.unlink()
    for name, (ox, fuel) in wanted.items():
        made = make(ox, fuel)
        write(directory / name, _key(ox, fuel), made)
        worst = ", ".join(
            f"{q} {100.0 * e[0]:.4f} % (sooty {100.0 * e[2]:.2f} %)"
            for q, e in zip(STORED, made.error.T, strict=True)
        )
        size = (directory / name).stat().st_size
        print(f"{name}  {size} bytes  soot below O/F {made.soot_limit:.3g}  {worst}", flush=True)


def _try_to_write(path: Path, key: str, made: Made) -> None:
    try:
        write(path, key, made)
    except OSError:  # a read-only home costs time at the next start, nothing else
        return


def _read(path: Path, key: str) -> Made | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["key"]) != key:
                return None
            x, y = (Axis(a[0], a[1], int(a[2]), a[3], a[4]) for a in file["axes"].tolist())
            coefficients, error = file["coefficients"], file["error"]
            if coefficients.shape != (len(STORED), x.count + 2, y.count + 2) or error.shape != (
                3,
                len(STORED),
            ):
                return None
            if not np.isfinite(coefficients).all():
                return None
            stoichiometric, soot_limit = file["numbers"].tolist()
            return Made(stoichiometric, (x, y), coefficients, soot_limit, error)
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile):
        return None  # absent, cut short or not ours: compute it again
