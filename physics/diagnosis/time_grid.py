"""The instants at which a run is forecast: courses of faults on them, and means over the windows between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.case import Case

__all__ = ["TimeGrid"]

_RUN_IN = 3
"""Instants before the first window."""
_TINY = 1e-6


@dataclass(frozen=True, eq=False)
class TimeGrid:
    """Instants of a run: one step a window, and a run-in before the first.

    Attributes:
        time: Instants in s after the valves opened, shape (T,).
        first: Number of the instant at which the first of the K windows begins.
    """

    time: FloatArray
    first: int

    @classmethod
    def of(cls, edges: FloatArray) -> TimeGrid:
        """Lay the grid over the edges of K windows, shape (K + 1,)."""
        early = edges[0] > _TINY
        run_in = np.linspace(0.0, edges[0], _RUN_IN, endpoint=False) if early else np.empty(0)
        return cls(np.concatenate([run_in, edges]), run_in.size)

    @property
    def edges(self) -> FloatArray:
        """Edges of the windows, shape (K + 1,)."""
        return self.time[self.first :]

    def course_of(self, case: Case, fault: str) -> FloatArray:
        """Return a fault's time course as a share of its size, shape (T,)."""
        onset, grows = case.set_in(fault)
        profile = self.profile(onset, grows=grows)
        until = case.cleared.get(fault)
        return profile if until is None else profile * (self.time < until - 1e-9)

    def profile(self, onset: float | None, *, grows: bool) -> FloatArray:
        """Return the time course of a fault of size one, shape (T,)."""
        if grows:
            start = onset or 0.0
            ramp: FloatArray = np.clip((self.time - start) / max(self.time[-1] - start, 1e-6), 0.0, 1.0)
            return ramp
        if onset is None:
            return np.ones(self.time.size)
        there: FloatArray = np.asarray(self.time >= onset, dtype=float)
        return there

    def steps_in(self, cases: Sequence[Case]) -> FloatArray:
        """Onsets of stepping faults inside the grid in s, NaN where there is none.

        Shape (n,); (n, s) where some set in at as many times.
        """
        each = [self._onsets_of(case) for case in cases]
        most = max(map(len, each), default=1)
        onsets = np.array([[*own, *[np.nan] * (most - len(own))] for own in each])
        return onsets[:, 0] if most == 1 else onsets

    def _onsets_of(self, case: Case) -> list[float]:
        """Onsets of the stepping faults of a case, NaN for none; of two in one step of the grid the first."""
        found: dict[int, float] = {}
        for onset, grows in ((case.onset, case.grows), *case.apart.values()):
            step = self.step_of(onset, grows=grows)
            if step is not None and onset is not None:
                found[step] = min(onset, found.get(step, onset))
        return list(found.values()) or [float("nan")]

    def step_of(self, onset: float | None, *, grows: bool) -> int | None:
        """Return the number of the step of the grid in which a stepping fault sets in; None where none does."""
        if onset is None or grows or not self.time[0] < onset <= self.time[-1]:
            return None
        return int(np.searchsorted(self.time, onset)) - 1

    def like_end(self, onsets: FloatArray) -> FloatArray:
        """Share of each step that lies after the onset in it; a half where none sets in, shape (T - 1, n)."""
        onsets = onsets.reshape(len(onsets), -1)
        shares = np.full((self.time.size - 1, len(onsets)), 0.5)
        runs, which = np.nonzero(np.isfinite(onsets))
        own = onsets[runs, which]
        steps = np.searchsorted(self.time, own) - 1
        shares[steps, runs] = (self.time[steps + 1] - own) / np.diff(self.time)[steps]
        return shares

    def window_means(self, results: FloatArray, onsets: FloatArray) -> FloatArray:
        """Means of the outputs over the windows, shape (K, n, outputs): the trapezoidal rule.

        In a window in which a fault sets in, what was before and what comes after count by their shares, each
        carried on from its own side.
        """
        at = results[self.first :]
        means = np.asarray(0.5 * (at[:-1] + at[1:]))
        for own in onsets.reshape(results.shape[1], -1).T:
            self._cut(means, at, own)
        return means

    def _cut(self, means: FloatArray, at: FloatArray, onsets: FloatArray) -> None:
        """Cut the windows in which faults set in at their onsets, one for each run."""
        edges = self.edges
        step = np.where(onsets > edges[0], np.searchsorted(edges, onsets) - 1, -1)
        for k in np.unique(step[step >= 0]):
            runs = step == k
            after = ((edges[k + 1] - onsets[runs]) / (edges[k + 1] - edges[k]))[:, None]
            before = 1.0 - after
            rise = at[k, runs] - at[k - 1, runs] if k > 0 else 0.0
            later = at[k + 2, runs] - at[k + 1, runs] if k + 2 < len(at) else rise
            first = at[k, runs] + 0.5 * before * rise
            last = at[k + 1, runs] - 0.5 * after * later
            means[k, runs] = before * first + after * last
