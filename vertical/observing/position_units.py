"""Positions that a log records without a unit: a share of full travel, or percent, as their values say.

Loggers write valve positions without a unit, and no unit is right for a share. What an engine takes as one can be told
from the highest reading: a valve that opens in a run goes to about 1, or to about 100.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hotfire.engine import Engine
from hotfire.log import Channel, Log, Note

__all__ = ["with_position_units"]

_OVER = 1.2
"""Largest share of full travel that is taken for one."""
_PERCENT, _OPENED = 0.01, 10.5
"""One percent, and the least opening in percent of a run: lower readings may be the volts of a transmitter of 10 V."""
_HIGHEST = 99.0
"""Percentile that is the highest reading, beside spikes."""


def with_position_units(log: Log, engine: Engine) -> Log:
    """Return the log with units for positions that the engine takes as a share of travel and the log leaves bare.

    Args:
        log: With roles.
        engine: The engine.
    """
    channels, notes = dict(log.channels), []
    for channel, full in _bare(log, engine):
        unit = _unit(channel, full)
        if unit is None:
            continue
        values = channel.values * _PERCENT if unit == "%" else channel.values
        channels[channel.name] = replace(channel, values=values, unit=unit, unit_source="values")
        notes.append(_taken(channel, unit))
    return replace(log, channels=channels, notes=(*log.notes, *notes)) if notes else log


def _bare(log: Log, engine: Engine) -> Iterator[tuple[Channel, float]]:
    """Channels without a unit that should read a share of travel, each with its reading when fully open."""
    components = engine.network.components
    full = {
        s.name: 1.0
        for s in engine.sensors.values()
        if not s.kind and components[s.measures.split(".")[0]].kind.ports[0].medium == "signal"
    }
    # An angle is in radians here; its ends are hardly 0 and 1.
    full |= {
        role: max(engine.input_ranges[name])
        for name, role in engine.recorded_inputs.items()
        if 1.0 in engine.input_ranges[name]
    }
    for role, opened in full.items():
        channel = log.role(role)
        if channel is not None and channel.unit is None:
            yield channel, opened


def _unit(channel: Channel, full: float) -> str | None:
    """Return the unit that the values tell; None where they are neither, such as counts or volts."""
    good = channel.values[np.isfinite(channel.values)]
    if not good.size:
        return None
    highest = float(np.percentile(good, _HIGHEST))
    if 0.0 <= highest <= _OVER * full:
        return "-"
    return "%" if _OPENED < highest <= _OVER * full / _PERCENT else None


def _taken(channel: Channel, unit: str) -> Note:
    highest = float(np.nanpercentile(channel.values, _HIGHEST))
    words = "percent" if unit == "%" else "a share of full travel"
    other = "-" if unit == "%" else "%"
    return Note(
        "unit_read_as",
        "info",
        f"{channel.name} has no unit and is read as {words}: it goes up to {highest:.3g}",
        channel=channel.name,
        evidence={"highest": highest},
        remedy=f'if that is wrong: `{channel.name}: {{unit: "{other}"}}` in the channel map',
    )
