"""The option `--fault COMPONENT.MODE=SIZE@TIMEs`, `--fault COMPONENT.INPUT.MODE=SIZE` for a command."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from hotfire.physics.errors import HotfireError

if TYPE_CHECKING:
    from hotfire.engine import Engine
    from hotfire.simulate import SimulatedFault

__all__ = ["parse_fault"]

_PATTERN = re.compile(
    r"\s*(?P<component>\w+(\.\w+)?)\.(?P<mode>\w+)\s*(=\s*(?P<size>[-+.\deE]+)\s*(?P<percent>%)?)?\s*"
    r"(@\s*(?P<onset>[-+.\deE]+)\s*s)?\s*"
)
_FORM = "write COMPONENT.MODE=SIZE@TIMEs, such as fuel_injector.blockage=0.18@2.3s"


def parse_fault(text: str, engine: Engine) -> SimulatedFault:
    """Read one `--fault` and hold it against what the engine can suffer.

    Raises:
        HotfireError: With what is wrong and what would be right.
    """
    from hotfire.command_faults import command_faults
    from hotfire.physics.sensors import SENSOR_FAULTS
    from hotfire.simulate import SimulatedFault

    where = f"--fault {text}"
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise HotfireError("a fault is not written like this", where=where, remedy=_FORM)
    name = f"{match['component']}.{match['mode']}"
    of_sensors = {f"{s}.{m}": f for s in engine.sensors for m, f in SENSOR_FAULTS.items()}
    known = engine.network.faults | of_sensors | command_faults(engine.network.input_defaults)
    fault = known.get(name)
    if fault is None:
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=4, cutoff=0.5) or sorted(engine.network.faults)
        raise HotfireError(
            f"this engine has no fault {name!r}", where=where, remedy=f"use one of {', '.join(near)}"
        )
    if match["size"] is None and fault.lower < fault.upper:
        raise HotfireError(
            "the size is missing",
            where=where,
            why=f"the size of {name} is the {fault.size_text}",
            remedy=f"write {name}=SIZE with {fault.lower:g} to {fault.upper:g}",
        )
    size = _figure(match["size"], where) if match["size"] else fault.upper
    size /= 100.0 if match["percent"] else 1.0
    signed = match["component"] in engine.sensors or match["mode"] == "wrong_value"
    if not 0 < (abs(size) if signed else size) <= fault.upper:
        raise HotfireError(
            f"size {size:g} is out of range",
            where=where,
            why=f"the size is the {fault.size_text}",
            remedy=f"use {fault.lower:g} to {fault.upper:g}",
        )
    if fault.initial and match["onset"]:
        raise HotfireError(
            f"{name} does not set in during a run",
            where=where,
            why="it is a state of the load: there before the valves open or not at all",
            remedy=f"leave out @{match['onset']}s",
        )
    return SimulatedFault(name, size, _figure(match["onset"], where) if match["onset"] else None)


def _figure(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise HotfireError(f"{text!r} is no figure", where=where, remedy=_FORM)
    return value
