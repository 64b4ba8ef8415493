"""A test log as values: channels with their own clocks, units, roles, and what was found wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Channel", "FloatArray", "Log", "Note"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Note:
    """One finding about the data, with its evidence.

    Attributes:
        code: Stable name of the finding, for programs (`frozen`, `open_thermocouple`, `backward_time` ...).
        severity: `info`, `warning` (read on, but mind it) or `error` (this channel or row is not used).
        message: One sentence for people, with numbers and units.
        channel: The channel it is about; None when it is about the file.
        start: First time concerned, in s of the log's clock; None when the whole record.
        end: Last time concerned, in s of the log's clock; None when to the end.
        evidence: The figures it rests on.
        remedy: What settles it (often a line for the channel map).
    """

    code: str
    severity: str
    message: str
    channel: str | None = None
    start: float | None = None
    end: float | None = None
    evidence: Mapping[str, float | str] = field(default_factory=dict)
    remedy: str = ""


@dataclass(frozen=True, eq=False)
class Channel:
    """One measured quantity on its own clock.

    Attributes:
        name: As written in the file.
        time: Sample times in s, shape (n,), never decreasing. Channels of one group share the array.
        values: Samples, shape (n,), NaN where missing. In SI (Pa absolute, K, N, kg, kg/s, m, rad) when
            `unit` is known, as recorded otherwise.
        kind: `pressure`, `temperature`, `force`, `mass`, `mass_flow`, `volume_flow`, `position`, `angle`,
            `speed`, `voltage`, `current`, `acceleration`, `command`, `text` ..., or None when not known.
        unit: As written by whoever settled it (`psig`, `bar`), None when not known.
        unit_source: `header`, `units row`, `channel map`, `engine file`, or `` when not known.
        role: Name of the sensor it stands for in the engine file, None when not assigned.
        sensor: `pressure transducer`, `thermocouple`, `load cell` ..., None when not known.
        reference: `gauge`, `absolute` or `differential`: how a pressure was read; None for other kinds.
        reference_source: `unit`, `channel map`, `inferred` (from the data) or `assumed`; "" when none.
        labels: Of a text channel, the words that the values 0, 1, 2 ... stand for.
        role_source: File and line of the channel map that gives the role; "" when none does.
    """

    name: str
    time: FloatArray
    values: FloatArray
    kind: str | None = None
    unit: str | None = None
    unit_source: str = ""
    role: str | None = None
    sensor: str | None = None
    reference: str | None = None
    reference_source: str = ""
    labels: tuple[str, ...] = ()
    role_source: str = ""

    @property
    def rate(self) -> float:
        """Sampling rate in Hz by the median step, the mean one where samples come in bursts."""
        steps = np.diff(self.time[:200_000])
        steps = steps[steps > 0]
        if not steps.size:
            return float("nan")
        middle = float(np.median(steps))
        usual = float(np.mean(steps[steps <= np.quantile(steps, 0.99)]))  # the rest are gaps
        return 1.0 / (usual if usual > 2.0 * middle else middle)


@dataclass(frozen=True, eq=False)
class Log:
    """A test log.

    Attributes:
        source: The file it was read from, None when built in memory.
        dialect: How the file is written (`csv, comma, header in line 2, units in line 1` ...).
        channels: By name as written in the file, in the file's order.
        notes: What was found on reading and checking.
    """

    source: Path | None
    dialect: str
    channels: Mapping[str, Channel]
    notes: tuple[Note, ...] = ()

    def role(self, name: str) -> Channel | None:
        """Return the channel that plays the role `name`, or None."""
        return next((c for c in self.channels.values() if c.role == name), None)
