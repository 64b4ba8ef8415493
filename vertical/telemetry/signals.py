"""One channel as the checks see it: a few figures that are cheap on long records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.log import FloatArray

__all__ = ["Signal", "measure", "runs_of_equal"]

_BLOCKS, _BLOCK = 32, 250

#: Kinds whose values are set, not measured: constancy is no fault there.
SET_KINDS = frozenset({"command", "text", "index", "time"})


@dataclass(frozen=True, eq=False)
class Signal:
    """A channel as recorded, with its statistics.

    Attributes:
        name: Channel.
        kind: Kind of quantity, None when not known.
        time: s.
        values: As recorded.
        celsius: (scale, offset) to degrees Celsius, for temperatures with a unit; (1, 0) otherwise.
        pascal: Pa per recorded unit, NaN when it is no pressure with a unit.
        reference: gauge, absolute, differential or None.
        finite: Count of finite values.
        low: Smallest finite value.
        high: Largest finite value.
        sample: Blocks of consecutive finite values from the whole record, for robust figures.
        sigma: Noise of one sample, from differences; 0 when it never changes.
        still: Share of steps without change in the sample.
        digital: True when it takes few values (switch, mode, counter of states).
    """

    name: str
    kind: str | None
    time: FloatArray
    values: FloatArray
    celsius: tuple[float, float]
    pascal: float
    reference: str | None
    finite: int
    low: float
    high: float
    sample: FloatArray
    sigma: float
    still: float
    digital: bool

    @property
    def span(self) -> float:
        """Largest minus smallest value."""
        return self.high - self.low

    @property
    def is_set(self) -> bool:
        """True for commands, text and counters."""
        return self.kind in SET_KINDS or (self.digital and self.kind not in _MEASURED)


_MEASURED = frozenset({"pressure", "temperature", "force", "mass", "mass_flow", "volume_flow"})


def measure(
    name: str,
    kind: str | None,
    time: FloatArray,
    values: FloatArray,
    *,
    celsius: tuple[float, float] = (1.0, 0.0),
    pascal: float = float("nan"),
    reference: str | None = None,
) -> Signal:
    """Work out the figures of one channel; two passes over the data, the rest on a sample."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (np.nan, np.nan)
    finite = len(values)
    if not (np.isfinite(low) and np.isfinite(high)):
        good = np.isfinite(values)
        finite = int(good.sum())
        low = float(values[good].min()) if finite else float("nan")
        high = float(values[good].max()) if finite else float("nan")
    sample = _blocks(values)
    steps = np.diff(sample)
    sigma = float(1.4826 * np.median(np.abs(steps - np.median(steps))) / np.sqrt(2.0)) if len(steps) else 0.0
    if sigma == 0.0 and len(steps):
        sigma = float(np.sqrt(np.mean(np.clip(steps, *np.quantile(steps, (0.02, 0.98))) ** 2) / 2.0))
    still = float(np.mean(steps == 0)) if len(steps) else 1.0
    distinct = len(np.unique(sample[:: max(1, len(sample) // 4000)]))
    digital = distinct <= 6 and still > 0.9
    return Signal(
        name, kind, time, values, celsius, pascal, reference, finite, low, high, sample, sigma, still, digital
    )  # fmt: skip


def runs_of_equal(values: FloatArray, shortest: int) -> list[tuple[int, int]]:
    """Return (start, end) of runs of at least `shortest` equal values, cheaply on long records."""
    n = len(values)
    if n < shortest or shortest < 2:
        return []
    stride = max(1, shortest // 3)
    coarse = values[::stride]
    hits = np.flatnonzero(coarse[1:] == coarse[:-1])
    result: list[tuple[int, int]] = []
    done = -1
    for hit in hits:
        start, end = int(hit) * stride, min(int(hit + 1) * stride, n - 1)
        if start < done:
            continue
        value = values[start]
        # Walk out in blocks: runs may be short or the whole record.
        end = _extent(values, end, value, +1)
        start = _extent(values, start, value, -1)
        done = end
        if end - start + 1 >= shortest and (values[start : end + 1] == value).all():
            result.append((start, end))
        if len(result) > 200:
            break
    return result


def _extent(values: FloatArray, at: int, value: float, direction: int) -> int:
    block = 256
    while True:
        part = values[at : at + block] if direction > 0 else values[max(0, at - block + 1) : at + 1][::-1]
        other = np.flatnonzero(part != value)
        if len(other):
            return at + direction * (int(other[0]) - 1)
        if len(part) < block:
            return at + direction * (len(part) - 1)
        at += direction * (block - 1)
        block *= 2


def _blocks(values: FloatArray) -> FloatArray:
    """Return the finite values of evenly spread blocks of consecutive samples."""
    n = len(values)
    if n > _BLOCKS * _BLOCK:
        starts = np.linspace(0, n - _BLOCK, _BLOCKS).astype(int)
        values = np.concatenate([values[s : s + _BLOCK] for s in starts])
    return values[np.isfinite(values)]
