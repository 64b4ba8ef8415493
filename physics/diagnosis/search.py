"""Weighing single faults, hardware and sensor alike, against the features of one log.

Tolerances are integrated out in closed form (they act linearly about the best sound fit), sizes by quadrature
over their logarithm, onsets by a sum over window edges. See docs/explanation/diagnosis.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.forecast import Case, Forecaster
from hotfire.physics.diagnosis.hypotheses import (
    Course,
    hardware_faults,
    sensor_effect,
    sensor_faults,
    size_grid,
)
from hotfire.physics.diagnosis.pairs import weigh_pairs

__all__ = ["NOMINAL", "Explanation", "Search", "Weighed"]

NOMINAL = "nominal"
_COARSE, _FINE = 5, 6
_SIGNATURE_ERROR = 0.02
"""Relative error of a hardware fault's computed effect on each sensor, the same in all windows: the model of a
damaged part is rougher than that of a sound one."""
_WITHIN_WINDOW = 0.3
"""Standard deviation of the share of a window that lies after an onset somewhere in it (uniform: 1/sqrt(12))."""
_ROUNDS = 3
_BAD_FIT = 1.5
"""Chi-square per feature of the best explanation from which the model's scatter is widened."""
_WIDENINGS = 6
_MOVED = 0.7
"""Standard deviations by which a tolerance must move to make a new linearisation worth its cost."""
_MOST_COURSES = 3
"""Courses of one fault that are run on the model; the others keep their approximate weight."""
_QUADRATURE = 33
_KEEP_NATS = 14.0
_BROAD, _NONE_RATE = 5.0, 1e-3
_SINGLES_FAIL = 0.5
"""Probability of none of the single faults from which pairs are weighed."""
_FROM_START = 0.4
"""Prior probability that a fault was there before the valves opened."""


@dataclass(frozen=True)
class Explanation:
    """One course of one hypothesis, weighed.

    Attributes:
        course: Fault and time course; None for the sound engine.
        log_evidence: Log of the evidence, sizes integrated, onset and rate priors included.
        sizes: Quadrature sizes, shape (q,).
        weights: Posterior weights of the sizes, shape (q,).
        best_means: Features at the best size, shape (d,), SI.
        chi_square: Misfit at the best size.
        partner_size: Size of the second fault at the best point; NaN for a single fault.
    """

    course: Course | None
    log_evidence: float
    sizes: FloatArray
    weights: FloatArray
    best_means: FloatArray
    chi_square: float
    partner_size: float = float("nan")


@dataclass(frozen=True)
class Weighed:
    """A hypothesis with all its courses.

    Attributes:
        name: Fault name, or `nominal`.
        probability: Posterior.
        explanations: Courses, best first.
    """

    name: str
    probability: float
    explanations: tuple[Explanation, ...]

    @property
    def best(self) -> Explanation:
        """The course with the most evidence."""
        return self.explanations[0]


class Search:
    """Posterior over the sound engine and all single faults for one observation."""

    def __init__(self, forecaster: Forecaster) -> None:
        self.forecaster = forecaster
        self.used = forecaster.observation.used
        self.measured = forecaster.observation.means.ravel()[self.used]
        self.widening = np.ones(len(forecaster.observation.sensors))
        self.none_of_these = 0.0
        self.first_misfit = float("nan")
        self._from_start: list[tuple[FloatArray, FloatArray]] = []
        self._fit_sound_engine()

    def _fit_sound_engine(self) -> None:
        """Find the tolerances that best explain the log without a fault, and linearise there."""
        at = np.zeros(self.forecaster.physical)
        self._linearise(at)
        for _ in range(2):
            step = self._best_tolerances(self.means)[: at.size]
            if np.abs(step - at).max() < 0.5:
                break
            at = np.clip(step, -6.0, 6.0)
            self._linearise(at)

    def _linearise(self, at: FloatArray) -> None:
        self.means, self.jacobian = self.forecaster.sensitivities(at)
        self.at = at
        self.prior_shift = self.jacobian[:, : at.size] @ at
        self._factorise()

    def _factorise(self) -> None:
        """Build the covariance of the used features: tolerances, and scatter times `widening`."""
        scatter = self.forecaster.scatter(self.means)[self.used]
        used = self.jacobian[self.used]
        rows = self.forecaster.observation.means.shape[0]
        self.covariance = used @ used.T + np.diag(np.tile(self.widening, rows)[self.used] * scatter**2)
        root = np.linalg.cholesky(self.covariance)
        self._whitener = np.linalg.inv(root)
        self._log_volume = float(np.log(np.diag(root)).sum())

    def _best_tolerances(self, means: FloatArray) -> FloatArray:
        """Posterior mean of all tolerance variables, given features forecast at the present point."""
        residual = self.measured - (means - self.prior_shift)[self.used]
        best: FloatArray = self.jacobian[self.used].T @ np.linalg.solve(self.covariance, residual)
        return best

    def whiten(self, features: FloatArray) -> FloatArray:
        """Scale differences of features, shape (..., d), to independent unit deviations."""
        white: FloatArray = features[..., self.used] @ self._whitener.T
        return white

    def _residual(self, means: FloatArray) -> FloatArray:
        """Whitened misfit of forecast features, shape (..., used)."""
        return self.whiten(self._padded() - (means - self.prior_shift))

    # -- hypotheses -------------------------------------------------------------------------------------------

    def run(self) -> tuple[Weighed, ...]:
        """Weigh everything and return the hypotheses, most probable first.

        The tolerances are linearised about the best sound fit. Where a fault wins, that fit was bent to explain
        the fault; then all is weighed again about the fit that goes with the winner. Where nothing fits, the
        model's own scatter is widened first.
        """
        explanations = self._weigh_singles()
        self.none_of_these = self._none_of_these(explanations)
        self.first_misfit = min(e.chi_square for e in explanations)
        for _ in range(_ROUNDS):
            best = max(explanations, key=lambda e: e.log_evidence)
            widened = self._widen(best)
            moved = self._fit_with(best)
            if best.course is not None and np.abs(moved - self.at).max() > _MOVED:
                self._linearise(moved)
            elif not widened:
                break
            explanations = self._weigh_singles()
        return self._posterior(self._with_pairs(explanations))

    def _with_pairs(self, explanations: list[Explanation]) -> list[Explanation]:
        """Add pairs where no single fault explains the log."""
        if self.none_of_these < _SINGLES_FAIL or any(e.course and e.course.partner for e in explanations):
            return explanations
        return explanations + weigh_pairs(self, explanations)

    def _widen(self, best: Explanation) -> bool:
        """Widen the scatter of each sensor to what the best explanation leaves of it; tolerances keep their width.

        What no hypothesis explains must not decide between hypotheses.
        """
        if not best.chi_square > _BAD_FIT * self.freedom:
            return False
        forecast = best.best_means - self.prior_shift
        scatter = self.forecaster.scatter(self.means)
        for _ in range(_WIDENINGS):
            residual = (self._padded() - forecast)[self.used]
            pull = self.jacobian @ (self.jacobian[self.used].T @ np.linalg.solve(self.covariance, residual))
            left = np.where(self.used, (self._padded() - forecast - pull) / scatter, np.nan)
            with np.errstate(invalid="ignore"):
                squares = left.reshape(self.forecaster.observation.means.shape) ** 2
                by_sensor = np.nanmean(squares[1:], axis=0)
            self.widening = np.maximum(self.widening, np.nan_to_num(by_sensor, nan=1.0))
            self._factorise()
        return True

    def _fit_with(self, explanation: Explanation) -> FloatArray:
        """Tolerances that go best with an explanation, shape (physical,)."""
        best = self._best_tolerances(explanation.best_means)[: self.at.size]
        return np.clip(best, -4.0, 4.0)

    def _weigh_singles(self) -> list[Explanation]:
        explanations = [self._sound()]
        explanations += self._sensor_explanations()
        explanations += self._hardware_explanations(max(e.log_evidence for e in explanations))
        return explanations

    @property
    def freedom(self) -> int:
        """Number of features."""
        return int(self.used.sum())

    def _none_of_these(self, explanations: Sequence[Explanation]) -> float:
        """Posterior probability of an engine that departs in ways no hypothesis describes.

        Its features scatter about the sound forecast five times as far as tolerances and noise allow.
        """
        sound = next(e for e in explanations if e.course is None)
        broad = _BROAD**2
        evidence = -0.5 * sound.chi_square / broad - self.freedom * np.log(_BROAD) + np.log(_NONE_RATE)
        peak = max(evidence, *(e.log_evidence for e in explanations))
        named = sum(np.exp(e.log_evidence - peak) for e in explanations)
        return float(np.exp(evidence - peak) / (named + np.exp(evidence - peak)))

    def _sound(self) -> Explanation:
        rates = sum(f.rate for f in hardware_faults(self.forecaster).values())
        rates += sum(f.rate for _, f in sensor_faults(self.forecaster.observation.sensors).values())
        misfit = float((self._residual(self.means) ** 2).sum())
        return Explanation(
            None,
            -0.5 * misfit + float(np.log1p(-min(rates, 0.9))),
            np.ones(1),
            np.ones(1),
            self.means,
            misfit,
        )

    def onsets(self) -> list[float | None]:
        """Candidate onsets: before the valves opened, and the middle of each window."""
        edges = self.forecaster.observation.edges
        return [None, *map(float, 0.5 * (edges[1:-1] + edges[:-2])), float(0.5 * (edges[-1] + edges[-2]))]

    def _share_after(self, onset: float | None) -> FloatArray:
        """Share of each window that lies after an onset, with the row before the test first, shape (K + 1,)."""
        edges = self.forecaster.observation.edges
        if onset is None:
            return np.ones(edges.size)
        share = np.clip((edges[1:] - onset) / np.diff(edges), 0.0, 1.0)
        return np.concatenate([[0.0], share])

    def log_prior(self, course: Course) -> float:
        """Log of the prior of a fault with its onset and course, its size not included."""
        count = len(self.onsets()) - 1
        share = _FROM_START if course.onset is None else (1.0 - _FROM_START) / count
        if course.fault.grows or course.name.endswith(".drift"):
            share *= 0.5
        return float(np.log(course.fault.rate * share))

    def _sensor_explanations(self) -> list[Explanation]:
        found = []
        for name, (column, fault) in sensor_faults(self.forecaster.observation.sensors).items():
            for onset in self.onsets():
                for sign in (1.0, -1.0):
                    course = Course(name, fault, onset, fault.name == "drift", sign)
                    effect = sensor_effect(self.forecaster, course, column, self.means)
                    sizes = size_grid(fault, _QUADRATURE)
                    found.append(
                        self._weigh(course, sizes, self.means + sizes[:, None] * effect, np.log(0.5))
                    )
        return found

    def _hardware_explanations(self, best: float) -> list[Explanation]:
        """Screen every course with masked signatures, then run the model for those that may matter."""
        screened = self._screen()
        best = max(best, max((e.log_evidence for e in screened), default=best))
        by_fault: dict[str, list[Explanation]] = {}
        for e in sorted(screened, key=lambda e: -e.log_evidence):
            by_fault.setdefault(e.course.name if e.course else NOMINAL, []).append(e)
        chosen = [
            e.course
            for explanations in by_fault.values()
            for rank, e in enumerate(explanations[:_MOST_COURSES])
            if e.course and e.log_evidence > best - (2.0 if rank == 0 else 1.0) * _KEEP_NATS
        ]
        run = self._run_courses([*chosen, *self.clearing_courses()], _FINE)
        done = {e.course for e in run}
        return run + [e for e in screened if e.course not in done]

    def clearing_courses(self) -> list[Course]:
        """Faults of the start that are gone before the first window."""
        first = float(self.forecaster.observation.edges[0])
        faults = hardware_faults(self.forecaster)
        return [Course(n, f, None, clears_at=first) for n, f in faults.items() if f.clears]

    def _screen(self) -> list[Explanation]:
        """Approximate each onset by the signature of a fault from the start, cut off before the onset."""
        full = [Course(n, f) for n, f in hardware_faults(self.forecaster).items()]
        signatures = self._from_start = self._signatures(full, _COARSE)
        rows = self.forecaster.observation.means.shape
        centres = 0.5 * (self.forecaster.observation.edges[1:] + self.forecaster.observation.edges[:-1])
        end = self.forecaster.observation.edges[-1]
        found = []
        for course, (sizes, means) in zip(full, signatures, strict=True):
            if not sizes.size:
                continue
            change = (means - self.means).reshape(-1, *rows)
            for onset in self.onsets():
                shapes = [self._share_after(onset)]
                if course.fault.grows:
                    ramp = np.clip((centres - (onset or 0.0)) / max(end - (onset or 0.0), 1e-6), 0.0, 1.0)
                    shapes.append(np.concatenate([[0.0], ramp]))
                for grows, shape in enumerate(shapes):
                    approximate = self.means + (change * shape[:, None]).reshape(change.shape[0], -1)
                    found.append(
                        self._weigh(Course(course.name, course.fault, onset, bool(grows)), sizes, approximate)
                    )
        return found

    def _signatures(self, courses: Sequence[Course], count: int) -> list[tuple[FloatArray, FloatArray]]:
        """Run the model for each course at several sizes; sizes without a solution are left out."""
        grids = [size_grid(c.fault, count) for c in courses]
        cases = [
            Case(
                self.at,
                {c.name: float(s)},
                c.onset,
                c.grows,
                {} if c.clears_at is None else {c.name: c.clears_at},
            )
            for c, grid in zip(courses, grids, strict=True)
            for s in grid
        ]
        if not cases:
            return []
        outputs, good = self.forecaster.outputs(cases)
        means = self.forecaster.means(outputs)
        good &= np.isfinite(means).all(axis=1)
        results, start = [], 0
        for grid in grids:
            rows = slice(start, start + grid.size)
            results.append((grid[good[rows]], means[rows][good[rows]]))
            start += grid.size
        return results

    def _run_courses(self, courses: Sequence[Course], count: int) -> list[Explanation]:
        signatures = self._signatures(courses, count)
        return [self._weigh(c, s, m) for c, (s, m) in zip(courses, signatures, strict=True) if s.size]

    def _weigh(
        self, course: Course, sizes: FloatArray, means: FloatArray, log_share: float = 0.0
    ) -> Explanation:
        """Integrate the size out. Residuals are interpolated between sizes in log size."""
        whitener, log_volume = self._doubt(course, means)
        residuals = (self._padded() - (means - self.prior_shift))[:, self.used] @ whitener.T
        logs = np.log(sizes)
        if sizes.size > 1:
            fine = np.linspace(logs[0], logs[-1], _QUADRATURE)
            at = np.clip(np.searchsorted(logs, fine) - 1, 0, sizes.size - 2)
            share = ((fine - logs[at]) / (logs[at + 1] - logs[at]))[:, None]
            white = residuals[at] * (1.0 - share) + residuals[at + 1] * share
        else:
            fine, white = logs, residuals
        chi = (white**2).sum(axis=1)
        half = -0.5 * chi - log_volume
        peak = float(half.max())
        weights = np.exp(half - peak)
        evidence = peak + float(np.log(weights.mean())) + self.log_prior(course) + log_share
        best = int(np.argmin(chi))
        nearest = int(np.argmin(np.abs(logs - fine[best])))
        return Explanation(
            course, evidence, np.exp(fine), weights / weights.sum(), means[nearest], float(chi[best])
        )

    def misfits(self, course: Course, means: FloatArray) -> tuple[FloatArray, float, FloatArray]:
        """Log likelihoods of forecasts, shape (n,), the log volume of their covariance, and chi-squares (n,)."""
        whitener, log_volume = self._doubt(course, means)
        residuals = (self._padded() - (means - self.prior_shift))[:, self.used] @ whitener.T
        chi = (residuals**2).sum(axis=1)
        return -0.5 * chi, log_volume, chi

    def _padded(self) -> FloatArray:
        padded = np.zeros(self.used.size)
        padded[self.used] = self.measured
        return padded

    def _doubt(self, course: Course, means: FloatArray) -> tuple[FloatArray, float]:
        """Widen the covariance by what is doubtful about a fault's effect at its best size.

        Returns:
            Whitener of the widened covariance, and the log of its volume over that of the sound engine's.
        """
        best = int(np.argmin((self._residual(means) ** 2).sum(axis=1)))
        change = (means[best] - self.means).reshape(self.forecaster.observation.means.shape)
        rows, count = change.shape
        within = np.zeros((rows, count))
        if course.onset is not None and not course.grows:
            edges = self.forecaster.observation.edges
            window = int(np.clip(np.searchsorted(edges, course.onset) - 1, 0, edges.size - 2))
            within[window + 1] = _WITHIN_WINDOW * change[window + 1]
        covariance = self.covariance + np.diag(within.ravel()[self.used] ** 2)
        if course.name in hardware_faults(self.forecaster):
            by_sensor = np.zeros((rows, count, count))
            by_sensor[:, np.arange(count), np.arange(count)] = _SIGNATURE_ERROR * change
            columns = by_sensor.reshape(rows * count, count)[self.used]
            covariance = covariance + columns @ columns.T
        root = np.linalg.cholesky(covariance)
        return np.linalg.inv(root), float(np.log(np.diag(root)).sum() - self._log_volume)

    def signatures_from_start(self) -> list[tuple[FloatArray, FloatArray]]:
        """Sizes and features of each hardware fault present from the start, in the order of the faults."""
        return self._from_start

    def distance(self, a: Explanation, b: Explanation) -> float:
        """Distance of two explanations' forecasts in standard deviations, tolerances included."""
        return float(np.linalg.norm(self.whiten(a.best_means - b.best_means)))

    def _posterior(self, explanations: Sequence[Explanation]) -> tuple[Weighed, ...]:
        by_name: dict[str, list[Explanation]] = {}
        for e in explanations:
            by_name.setdefault(e.course.key if e.course else NOMINAL, []).append(e)
        peak = max(e.log_evidence for es in by_name.values() for e in es)
        masses = {n: float(np.exp([e.log_evidence - peak for e in es]).sum()) for n, es in by_name.items()}
        total = sum(masses.values())
        ranked = sorted(masses, key=lambda n: -masses[n])
        return tuple(
            Weighed(n, masses[n] / total, tuple(sorted(by_name[n], key=lambda e: -e.log_evidence)))
            for n in ranked
        )
