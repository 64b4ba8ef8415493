"""What the sensors read in each window against what was to be expected, in the units of the log."""

from __future__ import annotations

import numpy as np

from hotfire.answering.effect_words import Wording
from hotfire.answering.with_and_without import WithAndWithout
from hotfire.diagnosis import SensorWindows
from hotfire.experts.searching import Found
from hotfire.log import FloatArray
from hotfire.observing.observe import Observed
from hotfire.physics.sensors import Sensor

__all__ = ["sensor_windows"]


def sensor_windows(
    found: Found, observed: Observed, first: WithAndWithout | None, *, nominal: bool
) -> tuple[SensorWindows, ...]:
    """Return the readings that were weighed with what was to be expected, by sensor.

    Args:
        found: By the search.
        observed: The readings.
        first: The engine with the faults of the first hypothesis and without; None where it was not run.
        nominal: Whether the first hypothesis is the sound engine.
    """
    search = found.search
    shape = observed.observation.means.shape
    variance = search.scatter_variance(search.means)
    expected: dict[str, FloatArray] = {
        "nominal": search.means - search.prior_shift,
        "scatter": np.sqrt(variance),
        "spread": np.sqrt((search.jacobian**2).sum(axis=1) + variance),
    }
    if first is not None:
        expected["without_faults"] = first.means + first.pull
        expected["with_faults"] = first.read + first.pull
    elif nominal:
        expected["without_faults"] = search.as_sound_as_can_be()
    rows = {name: values.reshape(shape)[1:] for name, values in expected.items()}
    words = Wording(found.seen.engine, observed.used)
    return tuple(
        _of_sensor(sensor, column, rows, observed, words)
        for column, sensor in enumerate(observed.observation.sensors)
    )


def _of_sensor(
    sensor: Sensor, column: int, rows: dict[str, FloatArray], observed: Observed, words: Wording
) -> SensorWindows:
    """Put one column into the unit of the log."""
    unit = words.unit_of_sensor(sensor)
    channel = observed.used.get(sensor.name)

    def levels(name: str) -> tuple[float, ...] | None:
        return tuple(words.value(float(v), unit) for v in rows[name][:, column]) if name in rows else None

    def widths(name: str) -> tuple[float, ...]:
        return tuple(words.difference(float(v), unit) for v in rows[name][:, column])

    return SensorWindows(
        sensor=sensor.name,
        channel=channel.name if channel else "computed",
        unit=unit,
        edges=tuple(float(e) + observed.origin + sensor.lag for e in observed.observation.edges),
        measured=tuple(
            words.value(float(v), unit) if np.isfinite(v) else None
            for v in observed.observation.means[1:, column]
        ),
        scatter=widths("scatter"),
        nominal=levels("nominal") or (),
        spread=widths("spread"),
        without_faults=levels("without_faults"),
        with_faults=levels("with_faults"),
        zero_offset=words.difference(observed.offsets.get(sensor.name, 0.0), unit),
    )
