"""What is commanded and recorded in a simulated test, and the faults that are put in."""

from __future__ import annotations

from dataclasses import dataclass

from hotfire.engine import Engine

__all__ = ["SimulatedFault", "TestSequence"]


@dataclass(frozen=True)
class SimulatedFault:
    """A fault to simulate.

    Attributes:
        name: As in `fuel_injector.blockage` or `thrust.bias`.
        size: As the mode means it.
        onset: Seconds after the valves opened; None when present before.
        grows: Grow in proportion to time from the onset until burn end.
    """

    name: str
    size: float
    onset: float | None = None
    grows: bool = False


@dataclass(frozen=True)
class TestSequence:
    """What is commanded and recorded. Times in s after the valves open.

    Attributes:
        start: Begin of the record.
        opening: Time that the valves take to open.
        burn: Time at which they are commanded shut.
        end: End of the record.
        rate: Sampling rate in Hz.
        hum: Amplitude that the mains induce in every channel, as a share of its span.
        hum_frequency: Of the mains, Hz.
    """

    __test__ = False

    start: float = -2.0
    opening: float = 0.08
    burn: float = 4.5
    end: float = 6.5
    rate: float = 400.0
    hum: float = 0.0
    hum_frequency: float = 50.0

    @classmethod
    def of(cls, engine: Engine) -> TestSequence:
        """Return the test that an engine's file describes, or else a usual one."""
        own = engine.sequence
        return cls() if own is None else cls(burn=own.burn, end=own.burn + own.after)
