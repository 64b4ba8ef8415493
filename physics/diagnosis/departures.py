"""How far readings depart from the sound engine: level, and a step or a ramp from an onset on, each with its sigma.

A sensor's window means are held against the forecast of the nominal engine. Tolerances of hardware and sensors are
shared by all windows of a run, so the level of a reading is told far less surely than its change within the run. The
change is the amplitude of a template, a step at each window's edge or a ramp from it, by the contrast that leaves the
level out. The run's template is the one whose amplitudes in all sensors together are least likely by tolerances and
noise; a sensor that follows another one far better has that for its own.

Each departure is judged twice: by itself, and given what all other sensors read (the measurement test of data
reconciliation: Mah and Tamhane, AIChE Journal 28 (1982) 828). A sensor that is off while its neighbours are not stands
out by the second only, since the tolerance of a tank or a line would excuse it if it stood alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.linearised import linearise

__all__ = ["Departures", "Expectation", "Template", "expectation_of"]

_OWN = 16.0
"""Gain in squared standard deviations from which a sensor has an onset of its own."""
_SILENT = 1e30
"""Variance of a sensor without readings: it says nothing."""
_CHANGED = 5.0
"""Standard deviations of a sum of squares from which a run holds a change."""


@dataclass(frozen=True)
class Template:
    """A course of a change: `step` or `ramp`, from the edge before window `window` (counted from 0) on."""

    course: str
    window: int


@dataclass(frozen=True, eq=False)
class Judged:
    """Amplitudes, all of one shape with the sensors last.

    Attributes:
        size: Departure in SI; NaN for a sensor without readings.
        sigma: In standard deviations by itself.
        given_others: In standard deviations, given what the other sensors read.
    """

    size: FloatArray
    sigma: FloatArray
    given_others: FloatArray

    def at(self, *indices: np.ndarray) -> Judged:
        """Pick from all three alike."""
        return Judged(self.size[indices], self.sigma[indices], self.given_others[indices])


@dataclass(frozen=True, eq=False)
class Departures:
    """Departures of n runs and S sensors.

    Attributes:
        level: Of the level before any change.
        change: Of the change.
        template: Which of the templates each change follows, shape (n, S).
    """

    level: Judged
    change: Judged
    template: np.ndarray


class Expectation:
    """What the sound engine would read in the windows of a run, and how far tolerances let it stray.

    Attributes:
        means: Forecast of the window means in SI, shape (K, S).
        templates: Courses of change that are tried.
    """

    def __init__(self, means: FloatArray, by_tolerance: FloatArray) -> None:
        """Take the forecast, shape (K, S), and its derivatives by standard normal tolerances, shape (K, S, m)."""
        self.means = means
        windows = means.shape[0]
        self.templates = _templates(windows)
        self._contrasts = np.stack([_contrast(t, windows) for t in self.templates])
        self._levels = np.stack([_before(t, windows) for t in self.templates] + [np.ones(windows) / windows])
        self._change_covariance = _covariances(self._contrasts, by_tolerance)
        self._level_covariance = _covariances(self._levels, by_tolerance)

    def departures(self, means: FloatArray, scatter: FloatArray) -> Departures:
        """Hold runs against the forecast.

        Args:
            means: Window means in SI, shape (n, K, S); NaN where there is none.
            scatter: Standard deviation of each by scatter alone, same shape.
        """
        residual = _filled(means - self.means)
        own: np.ndarray = np.asarray(np.isfinite(residual).all(axis=1))
        tried, fit = self._judge(residual, scatter, self._contrasts, self._change_covariance, own)
        runs, sensors = (np.asarray(i) for i in np.indices(own.shape))
        common = np.argmax(fit, axis=1)
        best = np.argmax(np.nan_to_num(tried.given_others**2), axis=1)
        gain = (
            tried.given_others[runs, best, sensors] ** 2
            - tried.given_others[runs, common[:, None], sensors] ** 2
        )
        template = np.where(np.nan_to_num(gain) > _OWN, best, common[:, None])
        freedom = own.sum(axis=1)
        changed = fit.max(axis=1) > freedom + _CHANGED * np.sqrt(2.0 * freedom)
        levels, _ = self._judge(residual, scatter, self._levels, self._level_covariance, own)
        level = levels.at(runs, np.where(changed, common, len(self.templates))[:, None], sensors)
        return Departures(level, tried.at(runs, template, sensors), template)

    def _judge(
        self,
        residual: FloatArray,
        scatter: FloatArray,
        weights: FloatArray,
        covariances: FloatArray,
        own: np.ndarray,
    ) -> tuple[Judged, FloatArray]:
        """Judge weighted window means: amplitudes, all (n, w, S), and the sum of squares of all sensors, (n, w)."""
        size = np.einsum("wk,nks->nws", weights, residual)
        noise = np.einsum("wk,nks->nws", weights**2, scatter**2)
        silent = ~own[:, None, :]
        covariance = covariances + np.where(silent, _SILENT, noise)[..., None] * np.eye(own.shape[1])
        scale = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
        precision = np.linalg.inv(covariance / (scale[..., :, None] * scale[..., None, :]))
        sigma = np.where(silent, 0.0, size) / scale
        weighed = np.einsum("nwst,nwt->nws", precision, sigma)
        given = weighed / np.sqrt(np.diagonal(precision, axis1=-2, axis2=-1))
        return Judged(size, sigma, given), (sigma * weighed).sum(axis=-1)


def expectation_of(forecaster: Forecaster) -> Expectation:
    """Return what a model expects of the sound engine in the windows of its observation."""
    sound = linearise(forecaster, [Case()])[0]
    shape = forecaster.observation.means.shape
    return Expectation(sound.means.reshape(shape)[1:], sound.by_tolerance.reshape(*shape, -1)[1:])


def _templates(windows: int) -> tuple[Template, ...]:
    """Steps at every edge between windows, and ramps from every edge but the last two."""
    steps = tuple(Template("step", k) for k in range(1, windows))
    return steps + tuple(Template("ramp", k) for k in range(max(windows - 1, 1)))


def _contrast(template: Template, windows: int) -> FloatArray:
    """Weights of the windows that give the amplitude of a course whatever the level is, shape (K,)."""
    centres = np.arange(windows) + 0.5
    if template.course == "step":
        shape = np.asarray(centres > template.window, dtype=float)
    else:
        shape = np.clip((centres - template.window) / (windows - template.window), 0.0, None)
    centred = shape - shape.mean()
    return np.asarray(centred / (centred @ shape))


def _before(template: Template, windows: int) -> FloatArray:
    """Weights of the windows before a change, shape (K,); the first where none lies before it."""
    before = np.asarray(np.arange(windows) < max(template.window, 1), dtype=float)
    return np.asarray(before / before.sum())


def _covariances(weights: FloatArray, by_tolerance: FloatArray) -> FloatArray:
    """Covariance of weighted window means by tolerances, shape (len(weights), S, S)."""
    effects = np.einsum("wk,ksm->wsm", weights, by_tolerance)
    return np.asarray(effects @ effects.swapaxes(1, 2))


def _filled(residual: FloatArray) -> FloatArray:
    """Put the mean of a sensor's other windows where it has no reading, so that the gap says nothing."""
    missing = ~np.isfinite(residual)
    if not missing.any():
        return residual
    count = np.maximum((~missing).sum(axis=1, keepdims=True), 1)
    mean = np.where(missing, 0.0, residual).sum(axis=1, keepdims=True) / count
    silent = missing.all(axis=1, keepdims=True)
    return np.where(silent, np.nan, np.where(missing, mean, residual))
