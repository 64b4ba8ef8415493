"""Sensors of an engine: what they measure, how well, and how they fail."""

from __future__ import annotations

from dataclasses import dataclass

from hotfire.physics.declaration import Fault

__all__ = ["SENSOR_FAULTS", "Sensor"]

_CATEGORY = "sensor_fault"

SENSOR_FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(
            "bias",
            "reads with a constant offset",
            0.004,
            0.6,
            2e-3,
            _CATEGORY,
            size_text="offset over the span",
        ),
        Fault(
            "scale",
            "reads in the wrong proportion",
            0.02,
            0.6,
            1e-3,
            _CATEGORY,
            size_text="error over the true value",
        ),
        Fault(
            "drift", "drifts", 0.004, 0.6, 1.5e-3, _CATEGORY, size_text="drift until burn end over the span"
        ),
        Fault("freeze", "is frozen at one reading", 1.0, 1.0, 1e-3, _CATEGORY, size_text="frozen"),
        Fault("dropout", "is lost", 1.0, 1.0, 1e-3, _CATEGORY, size_text="lost"),
        Fault(
            "noise",
            "is far noisier than it was",
            2.0,
            100.0,
            1e-3,
            _CATEGORY,
            size_text="scatter over normal",
        ),
        Fault(
            "spikes", "throws single wrong samples", 0.001, 0.3, 1e-3, _CATEGORY, size_text="share of samples"
        ),
        Fault("saturation", "is clipped at a limit", 1.0, 1.0, 1e-3, _CATEGORY, size_text="clipped"),
        Fault("open_circuit", "is an open circuit", 1.0, 1.0, 1e-3, _CATEGORY, size_text="open"),
        Fault(
            "zero_offset",
            "is off zero before the test",
            0.004,
            1.0,
            2e-3,
            _CATEGORY,
            size_text="offset over the span",
        ),
        Fault(
            "lag",
            "follows slowly (plugged or long sense line, thermocouple off its seat)",
            0.02,
            30.0,
            1e-3,
            _CATEGORY,
            size_text="time constant in s",
        ),
        Fault(
            "delay",
            "is recorded late (clock of its card)",
            0.005,
            60.0,
            5e-4,
            _CATEGORY,
            size_text="delay in s",
        ),
        Fault(
            "wrong_multiple",
            "reads a wrong multiple (mixed-up unit, wrong pulses per turn)",
            1e-3,
            1e3,
            5e-4,
            _CATEGORY,
            size_text="reading over the true value",
        ),
        Fault(
            "reversed",
            "reads backwards from its value at rest",
            1.0,
            1.0,
            2e-4,
            _CATEGORY,
            size_text="reversed",
        ),
        Fault(
            "swapped",
            "is connected in place of the next sensor of its kind",
            1.0,
            1.0,
            2e-4,
            _CATEGORY,
            size_text="swapped",
            initial=True,
        ),
    )
}
"""Faults that every sensor can have. Sizes of `bias`, `drift` and `zero_offset` are shares of the span."""


@dataclass(frozen=True)
class Sensor:
    """One sensor of an engine.

    Attributes:
        name: Role that a log's channel plays (`chamber_pressure`).
        measures: Output of the network (`chamber.pressure`).
        kind: Dimension word: `pressure`, `force`, `mass_flow`, `mass`, `temperature`.
        span: Full scale in SI.
        zero_tolerance: Standard deviation of its zero in SI.
        scale_tolerance: Relative standard deviation of its gain.
        lag: First-order time constant in s.
        rate: Samples per second; None where it is sampled as fast as the record.
        noise: Standard deviation of a sample in SI; None for that of a usual stand.
        resolution: Step in which it is recorded, SI; None for a 14-bit converter over its span.
        unit: Unit in which people read it.
        channels: Names that channels of this engine's logs are known to have.
    """

    name: str
    measures: str
    kind: str
    span: float
    zero_tolerance: float
    scale_tolerance: float
    lag: float = 0.0
    rate: float | None = None
    noise: float | None = None
    resolution: float | None = None
    unit: str = ""
    channels: tuple[str, ...] = ()
