"""One run as a solver gets it: a `hotfire` log, to be judged on the same runs as the network."""

from __future__ import annotations

import numpy as np

from hotfire.engine import Engine
from hotfire.log import Channel, Log
from tum_hopper.classes import CLASSES
from tum_hopper.definition import CHANNELS
from tum_hopper.engine import hopper_engine
from tum_hopper.plans import RunPlan
from tum_hopper.plant import Recorded
from tum_hopper.readings import read, run_class

__all__ = ["run_log"]


def run_log(
    run: RunPlan, recorded: Recorded, *, noise: float = 0.0, engine: Engine | None = None
) -> tuple[Log, str, float | None]:
    """Return the log of a run, its class, and when its fault began in s of the log's clock (None for none).

    Channels that the engine knows as sensors, or as recorded positions, have their roles; drops of pressure and
    commands have none.

    Args:
        run: What was to happen.
        recorded: What the channels truly were.
        noise: As in `read`.
        engine: Whose sensors are meant; `hopper_engine()` if None.
    """
    readings, engine = read(run, recorded, noise=noise), engine or hopper_engine()
    roles = {*engine.sensors, *engine.recorded_inputs.values()}
    clock = readings.time - readings.time[0]
    channels = {
        channel.name: Channel(
            channel.name,
            clock,
            readings.values[:, i],
            _kind(channel.name),
            _UNITS[_kind(channel.name)],
            "engine file",
            channel.name if channel.name in roles else None,
            None,
        )
        for i, channel in enumerate(CHANNELS)
    }
    faulty = np.flatnonzero(readings.labels)
    began = float(clock[faulty[0]]) if faulty.size else None
    name = f"rebuild from the description, {run.split} run {run.index}"
    return Log(None, name, channels), CLASSES[run_class(readings.labels)], began


_UNITS = {
    "force": "N",
    "pressure": "Pa",
    "temperature": "K",
    "mass_flow": "kg/s",
    "command": "",
    "position": "",
}


def _kind(channel: str) -> str:
    """Return the dimension word of a channel by the last word of its name."""
    words = {"thrust": "force", "flow": "mass_flow", "drop": "pressure"}
    last = channel.rsplit("_", 1)[-1]
    return words.get(last, last)
