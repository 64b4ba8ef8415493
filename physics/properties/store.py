"""Where charts of fluids come from: the package, the user's cache, or CoolProp at first use.

A file is a plain `.npz` (never a pickle) named after the fluid and a key, the hash of everything that shapes the
chart. A file that cannot be read, or that holds another key, is computed again. Writing is atomic. CoolProp is
imported only to compute.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.physics.properties import coordinates as _coordinates
from hotfire.physics.properties.catalogue import SHIPPED, canonical, plan_of, unknown
from hotfire.physics.properties.charts import ChartedFluid
from hotfire.physics.properties.coordinates import Coordinates, Dome
from hotfire.physics.properties.fluid import QUANTITIES, Fluid
from hotfire.physics.properties.liquids import liquid, liquid_names
from hotfire.physics.properties.making import Made, Plan, Progress, make
from hotfire.physics.properties.vapour_pressure import Reduced
from hotfire.physics.thermochemistry.store import cache_directory as _combustion_cache
from hotfire.physics.thermochemistry.surface import Axis, Surface
from hotfire.physics.whole_file import write_arrays

__all__ = ["cache_directory", "file_name", "fluid", "ship"]

FORMAT = 1
"""Raised when the meaning of a file changes; older files are then computed again."""

_HERE = Path(__file__).parent / "data"


def fluid(name: str, *, progress: Progress | None = None) -> Fluid:
    """Return the properties of a fluid.

    Args:
        name: A name or alias of `reactants.yaml`; a mixture of liquids by mass such as
            `ethanol:0.75+water:0.25`; or nitrogen, helium, air, argon.
        progress: Called with the fraction done when a chart must be computed first (5 seconds).

    Raises:
        FluidError: Not known; the message lists near names.
    """
    known = canonical(name)
    plan = plan_of(known)
    if plan is not None:
        return _charted(known, plan, progress)
    parts = [part.partition(":")[0] for part in known.split("+")]
    if not set(parts) <= set(liquid_names()):
        raise unknown(name, "it is a solid, or no density, heat capacity and vapour pressure are at hand")
    return liquid(known)


def cache_directory() -> Path:
    """Return where computed charts are kept: `$XDG_CACHE_HOME/hotfire/fluids`, by default in `~/.cache`."""
    return _combustion_cache().parent / "fluids"


_loaded: dict[str, ChartedFluid] = {}


def _charted(name: str, plan: Plan, progress: Progress | None) -> ChartedFluid:
    if name not in _loaded:
        key, file = _key(plan), file_name(plan)
        made = _read(_HERE / file, key) or _read(cache_directory() / file, key)
        if made is None:
            made = make(plan, progress)
            _try_to_write(cache_directory() / file, key, made)
        _loaded[name] = _as_fluid(name, plan, made)
    return _loaded[name]


def _as_fluid(name: str, plan: Plan, made: Made) -> ChartedFluid:
    critical, log_pressure, lowest, *coefficients = made.vapour_pressure
    return ChartedFluid(
        name=name,
        temperatures=plan.temperatures,
        pressures=plan.pressures,
        equation=plan.fluid,
        enthalpies=made.enthalpies,
        _coordinates=made.coordinates,
        _surfaces={
            quantity: Surface(*made.axes, layer.astype(float))
            for quantity, layer in zip(QUANTITIES, made.layers, strict=True)
        },
        _dome=made.dome,
        _reduced=Reduced(critical, log_pressure, lowest, tuple(coefficients)),
    )


@functools.lru_cache(maxsize=64)
def _key(plan: Plan) -> str:
    shape = (_coordinates.FADED, _coordinates.FULL)
    return hashlib.sha256(repr((FORMAT, plan, QUANTITIES, shape)).encode()).hexdigest()


def file_name(plan: Plan) -> str:
    """Return the file name of a chart: readable, and different for each key."""
    return f"{plan.fluid}.{_key(plan)[:12]}.npz"


def write(path: Path, key: str, made: Made) -> None:
    """Write a chart; the file appears whole or not at all."""
    write_arrays(
        path,
        key=np.array(key),
        axes=np.array([(a.first, a.step, a.count, a.low, a.high) for a in made.axes]),
        layers=made.layers,
        vapour_pressure=np.array(made.vapour_pressure),
        enthalpies=np.array(made.enthalpies),
        **_packed("coordinates", made.coordinates),
        **({} if made.dome is None else _packed("dome", made.dome)),
    )


def ship(directory: Path = _HERE) -> None:
    """Compute the shipped charts again and print their sizes.

    Run as `python -c "from hotfire.physics.properties.store import ship; ship()"` after any change to plans,
    coordinates or format; a test compares the files with the keys.
    """
    directory.mkdir(parents=True, exist_ok=True)
    plans = [plan for plan in map(plan_of, SHIPPED) if plan is not None]
    for stale in set(directory.glob("*.npz")) - {directory / file_name(plan) for plan in plans}:
        stale.unlink()
    for plan in plans:
        write(directory / file_name(plan), _key(plan), make(plan))
        print(f"{file_name(plan)}  {(directory / file_name(plan)).stat().st_size} bytes", flush=True)


def _packed(name: str, what: Coordinates | Dome) -> dict[str, Any]:
    return {f"{name}_{f.name}": np.array(getattr(what, f.name)) for f in dataclasses.fields(what)}


def _unpacked(kind: type[Any], name: str, file: Any) -> Any:
    values = (file[f"{name}_{f.name}"].tolist() for f in dataclasses.fields(kind))
    return kind(*(tuple(v) if isinstance(v, list) else v for v in values))


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
            layers = file["layers"]
            if layers.shape != (len(QUANTITIES), x.count + 2, y.count + 2) or not np.isfinite(layers).all():
                return None
            dome = _unpacked(Dome, "dome", file) if "dome_deepest" in file else None
            low, high = file["enthalpies"].tolist()
            return Made(
                _unpacked(Coordinates, "coordinates", file),
                (x, y),
                layers,
                dome,
                tuple(file["vapour_pressure"].tolist()),
                (low, high),
            )
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile):
        return None  # absent, cut short or not ours: compute it again
