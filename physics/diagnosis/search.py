"""Weighing single faults, hardware and sensor alike, against the features of one log.

Tolerances are integrated out in closed form (they act linearly about the best sound fit), sizes by quadrature
over their logarithm, onsets by a sum over window edges. See docs/explanation/diagnosis.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.doubt import doubt_columns
from hotfire.physics.diagnosis.explanations import NOMINAL, Explanation, Weighed
from hotfire.physics.diagnosis.forecast import Case, Forecaster
from hotfire.physics.diagnosis.hypotheses import (
    Course,
    coordinate,
    hardware_faults,
    sensor_effect,
    sensor_faults,
    size_at,
    size_grid,
)
from hotfire.physics.diagnosis.pairs import weigh_pairs
from hotfire.physics.diagnosis.refit import refit
from hotfire.physics.diagnosis.size_integral import integrate_size

__all__ = ["NOMINAL", "Explanation", "Search", "Weighed"]

_COARSE, _FINE = 6, 7
_NARROWINGS, _NARROWED = 2, (-0.6, -0.25, -0.08, 0.0, 0.08, 0.25, 0.6)
"""Rounds in which sizes are added about the best one, and where, in the distance of its neighbours."""
_NEAR = 4.0
"""Distance of neighbouring sizes' features, in standard deviations, that needs no size between them."""
_ROUNDS = 3
_BAD_FIT = 1.5
"""Chi-square per feature of the best explanation from which the model's scatter is widened."""
_WIDENINGS = 6
_MOVED = 0.7
"""Standard deviations by which a tolerance must move to make a new linearisation worth its cost."""
_RETREAT = (1.0, 0.6, 0.3, 0.1, 0.0)
"""Shares of the way to a new point of linearisation that are tried until the model has a solution."""
_BENT = 6.0
"""Standard deviations to which tolerances are bent where no single fault explains the log."""
_IMPROBABLE = 3.0
"""Standard deviations of a tolerance from which the sound engine is no place to linearise about."""
_MOST_COURSES = 3
"""Courses of one fault that are run on the model; the others keep their approximate weight."""
_REFITTED, _REFIT_ROUNDS, _MARGIN = 8, 3, 6.0
"""Explanations that are fitted by themselves at a time, how often, and how far below the best one may stay
unfitted, in nats."""
_LEADERS = 2
"""Fitted explanations whose neighbours in onset are fitted too."""
_SIZES = 33
_SHARED_ERROR = 0.7
"""Power of the weights of faults among themselves; from development seeds, see docs/explanation/diagnosis.md."""
_KEEP_NATS = 14.0
_BROAD, _NONE_RATE = 5.0, 1e-3
_SINGLES_FAIL = 0.5
"""Probability of none of the single faults from which pairs are weighed."""
_FROM_START = 0.4
"""Prior probability that a fault was there before the valves opened."""


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
        """Linearise about the tolerances that best explain the log without a fault.

        Where they would have to be improbable, the engine is hardly sound, and a fit bent that far would be a bad
        place to compute what faults do: then the nominal engine serves.
        """
        self._linearise(np.zeros(self.forecaster.physical))
        for _ in range(2):
            step = self._best_tolerances(self.means)[: self.at.size]
            if np.abs(step).max() > _IMPROBABLE:
                if self.at.any():
                    self._linearise(np.zeros(self.forecaster.physical))
                return
            if np.abs(step - self.at).max() < 0.5:
                return
            self._linearise(step)

    def _linearise(self, at: FloatArray) -> None:
        """Linearise at tolerances `at`, or as far on the way there as the model has a solution."""
        before = getattr(self, "at", np.zeros_like(at))
        for share in _RETREAT:
            point = before + share * (at - before)
            means, jacobian = self.forecaster.sensitivities(point)
            if np.isfinite(means).all():
                break
        self.at, self.means, self.jacobian = point, means, jacobian
        self.prior_shift = self.jacobian[:, : at.size] @ self.at
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

    @property
    def log_volume(self) -> float:
        """Half the log determinant of the sound engine's covariance."""
        return self._log_volume

    def scatter_variance(self, means: FloatArray) -> FloatArray:
        """Independent variance of each feature, widened where nothing fits, shape (d,)."""
        rows = self.forecaster.observation.means.shape[0]
        variance: FloatArray = np.tile(self.widening, rows) * self.forecaster.scatter(means) ** 2
        return variance

    def is_hardware(self, course: Course) -> bool:
        """Say whether a course is one of the engine's components, not of a sensor."""
        return course.name in hardware_faults(self.forecaster)

    def column(self, course: Course) -> int:
        """Column of the sensor that a sensor fault is of."""
        return sensor_faults(self.forecaster.observation.sensors)[course.name][0]

    def tolerances_with(self, explanation: Explanation) -> FloatArray:
        """Tolerances that go best with an explanation, taken linear about the search's point, shape (physical,)."""
        return self._fit_with(explanation)

    def log_share(self, course: Course | None) -> float:
        """Log of the prior of a course, its size not included; of the sound engine for None."""
        if course is None:
            rates = sum(f.rate for f in hardware_faults(self.forecaster).values())
            rates += sum(f.rate for _, f in sensor_faults(self.forecaster.observation.sensors).values())
            return float(np.log1p(-min(rates, 0.9)))
        either_way = 0.0 if self.is_hardware(course) else float(np.log(0.5))
        return self.log_prior(course) + either_way

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

        All are screened with tolerances linear about the best sound fit; those that may matter are then fitted by
        themselves. Where no single fault explains the log, the model's own scatter is widened and pairs are weighed.
        """
        explanations = self._unless_dry(self._refitted(self._weigh_singles()))
        self.none_of_these = self._none_of_these(explanations)
        self.first_misfit = min(e.chi_square for e in explanations)
        if self.none_of_these >= _SINGLES_FAIL:
            return self._posterior(self._several_at_once())
        if self._widen(max(explanations, key=lambda e: e.log_evidence)):
            explanations = self._refitted(self._weigh_singles())
        return self._posterior(explanations)

    def _unless_dry(self, explanations: list[Explanation]) -> list[Explanation]:
        """Where nothing fits, let tanks run dry inside the windows, and keep that if something then fits."""
        if not min(e.chi_square for e in explanations) > _BAD_FIT * self.freedom:
            return explanations
        self.forecaster.hold_liquid = False
        self._fit_sound_engine()
        drained = self._refitted(self._weigh_singles())
        if max(drained, key=lambda e: e.log_evidence).chi_square < _BAD_FIT * self.freedom:
            return drained
        self.forecaster.hold_liquid = True
        self._fit_sound_engine()
        return explanations

    def _refitted(self, screened: list[Explanation]) -> list[Explanation]:
        """Fit the likeliest by themselves until the best is well ahead of all that are not.

        Other courses of a refitted fault move with its best course.
        """
        names = [e.course.name if e.course else NOMINAL for e in screened]
        left = dict(enumerate(screened))
        done: list[Explanation] = []
        correction: dict[str, float] = {}
        seen: dict[str, int] = {}
        for _ in range(_REFIT_ROUNDS):
            best = max((e.log_evidence for e in done), default=-np.inf)
            order = sorted(left, key=lambda i: -(left[i].log_evidence + correction.get(names[i], 0.0)))
            chosen = self._beside(done, left)
            for i in order:
                expected = left[i].log_evidence + correction.get(names[i], 0.0)
                if i in chosen:
                    continue
                if len(chosen) >= _REFITTED or (done and expected < best - _MARGIN):
                    break
                if seen.get(names[i], 0) < _MOST_COURSES and names[i] not in [names[k] for k in chosen]:
                    chosen.append(i)
            if not chosen:
                break
            for i, fitted in zip(chosen, refit(self, [left[k] for k in chosen]), strict=True):
                gain = fitted.log_evidence - left[i].log_evidence
                if names[i] not in correction:
                    correction[names[i]] = gain
                seen[names[i]] = seen.get(names[i], 0) + 1
                done.append(fitted)
                del left[i]
        moved = [
            replace(e, log_evidence=e.log_evidence + min(correction.get(names[i], 0.0), 0.0))
            for i, e in left.items()
        ]
        return done + moved

    def _beside(self, done: list[Explanation], left: dict[int, Explanation]) -> list[int]:
        """Courses that set in one window earlier or later than the best fitted ones, not fitted yet."""
        edges = self.forecaster.observation.edges
        width = float(edges[-1] - edges[0]) / (edges.size - 1)
        leaders = sorted(done, key=lambda e: -e.log_evidence)[:_LEADERS]
        return [
            i
            for i, other in left.items()
            for leader in leaders
            if other.course
            and leader.course
            and other.course.name == leader.course.name
            and (other.course.grows, other.course.sign) == (leader.course.grows, leader.course.sign)
            and other.course.onset is not None
            and leader.course.onset is not None
            and abs(other.course.onset - leader.course.onset) < 1.2 * width
        ]

    def _several_at_once(self) -> list[Explanation]:
        """Weigh what is left when no single fault explains the log: two faults, on an engine far from its file.

        The sound engine is bent as far as it takes, scatter is widened by what the best fault leaves, and pairs are
        added.
        """
        for _ in range(2):
            step = self._best_tolerances(self.means)[: self.at.size]
            if np.abs(step - self.at).max() < _MOVED:
                break
            self._linearise(np.clip(step, -_BENT, _BENT))
        explanations = self._weigh_singles()
        for _ in range(_ROUNDS):
            best = max(explanations, key=lambda e: e.log_evidence)
            widened = self._widen(best)
            moved = self._fit_with(best)
            if best.course is not None and np.abs(moved - self.at).max() > _MOVED:
                self._linearise(moved)
            elif not widened:
                break
            explanations = self._weigh_singles()
        return self._with_pairs(explanations)

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
            squares = left.reshape(self.forecaster.observation.means.shape)[1:] ** 2
            present = np.isfinite(squares).sum(axis=0)
            by_sensor = np.where(present > 0, np.nansum(squares, axis=0) / np.maximum(present, 1), 1.0)
            self.widening = np.maximum(self.widening, by_sensor)
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
        misfit = float((self._residual(self.means) ** 2).sum())
        evidence = -0.5 * misfit + self.log_share(None)
        return Explanation(None, evidence, np.ones(1), np.ones(1), self.means, misfit)

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
                    sizes = size_grid(fault, _SIZES)
                    found.append(self._weigh(course, sizes, self.means + sizes[:, None] * effect))
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
        """Weigh every fault with every onset, roughly.

        The effect of a later onset is approximated by that of the fault from the start, cut off before the onset;
        faults whose effect builds up in time are run for each onset.
        """
        from_start = [Course(n, f) for n, f in hardware_faults(self.forecaster).items()]
        building = [
            Course(c.name, c.fault, onset)
            for c in from_start
            if c.name in self.forecaster.compiled.integrating_faults
            for onset in self.onsets()
            if onset is not None
        ]
        courses = [*from_start, *building]
        signatures = self._signatures(courses, [size_grid(c.fault, _COARSE) for c in courses])
        self._from_start = signatures[: len(from_start)]
        found = [
            self._weigh(c, sizes, means)
            for c, (sizes, means) in zip(courses, signatures, strict=True)
            if sizes.size
        ]
        for course, (sizes, means) in zip(from_start, self._from_start, strict=True):
            if sizes.size and course.name not in self.forecaster.compiled.integrating_faults:
                found += self._cut_off(course, sizes, means)
        return found

    def _cut_off(self, course: Course, sizes: FloatArray, means: FloatArray) -> list[Explanation]:
        """Weigh later onsets of a fault, and its growth, by its effect from the start."""
        edges = self.forecaster.observation.edges
        centres = 0.5 * (edges[1:] + edges[:-1])
        change = (means - self.means).reshape(-1, *self.forecaster.observation.means.shape)
        found = []
        for onset in self.onsets():
            shapes = {} if onset is None else {False: self._share_after(onset)}
            if course.fault.grows:
                start = onset or 0.0
                ramp = np.clip((centres - start) / max(float(edges[-1]) - start, 1e-6), 0.0, 1.0)
                shapes[True] = np.concatenate([[0.0], ramp])
            for grows, shape in shapes.items():
                approximate = self.means + (change * shape[:, None]).reshape(change.shape[0], -1)
                found.append(self._weigh(Course(course.name, course.fault, onset, grows), sizes, approximate))
        return found

    def _signatures(
        self, courses: Sequence[Course], grids: Sequence[FloatArray]
    ) -> list[tuple[FloatArray, FloatArray]]:
        """Run the model for each course at its sizes; sizes without a solution are left out."""
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
            return [(np.empty(0), np.empty((0, self.used.size))) for _ in courses]
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
        """Run courses at sizes over the whole range, then at more sizes about the best."""
        nodes = self._signatures(courses, [size_grid(c.fault, count) for c in courses])
        for _ in range(_NARROWINGS):
            grids = [self._between(c, s, m) for c, (s, m) in zip(courses, nodes, strict=True)]
            if not any(g.size for g in grids):
                break
            added = self._signatures(courses, grids)
            nodes = [_merged(a, b) for a, b in zip(nodes, added, strict=True)]
        return [self._weigh(c, s, m) for c, (s, m) in zip(courses, nodes, strict=True) if s.size]

    def _between(self, course: Course, sizes: FloatArray, means: FloatArray) -> FloatArray:
        """Sizes to add about the best one; none where its neighbours are close in the features."""
        if sizes.size < 2:
            return np.empty(0)
        places = coordinate(course.fault, sizes)
        white = self._residual(means)
        found = integrate_size(places, white)
        near = np.linalg.norm(white[found.stretch + 1] - white[found.stretch])
        if near < _NEAR:
            return np.empty(0)
        gap = places[found.stretch + 1] - places[found.stretch]
        added = np.clip(found.best + gap * np.array(_NARROWED), places[0], places[-1])
        added = added[np.abs(added[:, None] - places).min(axis=1) > 1e-6]
        return size_at(course.fault, np.unique(added))

    def _weigh(self, course: Course, sizes: FloatArray, means: FloatArray) -> Explanation:
        """Integrate the size out; features are taken as straight between neighbouring sizes."""
        white, log_volume = self._doubted(course, means)
        found = integrate_size(coordinate(course.fault, sizes), white)
        evidence = found.log_mean - log_volume + self.log_share(course)
        after = min(found.stretch + 1, sizes.size - 1)
        best = means[found.stretch] * (1.0 - found.share) + means[after] * found.share
        shown = size_at(course.fault, found.places)
        return Explanation(course, evidence, shown, found.weights, best, found.chi_square)

    def misfits(self, course: Course, means: FloatArray) -> tuple[FloatArray, float, FloatArray]:
        """Log likelihoods of forecasts, shape (n,), the log volume of their covariance, and chi-squares (n,)."""
        white, log_volume = self._doubted(course, means)
        chi = (white**2).sum(axis=1)
        return -0.5 * chi, log_volume, chi

    def _padded(self) -> FloatArray:
        padded = np.zeros(self.used.size)
        padded[self.used] = self.measured
        return padded

    def _doubted(self, course: Course, means: FloatArray) -> tuple[FloatArray, float]:
        """Whitened residuals when the covariance is widened by what is doubtful about a fault's effect.

        The doubt has few columns B (in whitened features). With the thin decomposition B = U S V', the inverse root
        of 1 + B B' is 1 + U ((1 + S^2)^-1/2 - 1) U'.

        Returns:
            Residuals, shape (n, used), and the log of the covariance's volume over that of the sound engine's.
        """
        white = self._residual(means)
        shape = self.forecaster.observation.means.shape
        best = int(np.argmin((white**2).sum(axis=1)))
        change = (means[best] - self.means).reshape(shape)
        columns = doubt_columns(
            self.forecaster.observation.edges, course, change, hardware=self.is_hardware(course)
        )
        columns = columns[self.used]
        columns = columns[:, np.any(columns != 0.0, axis=0)]
        if not columns.shape[1]:
            return white, 0.0
        basis, lengths, _ = np.linalg.svd(self._whitener @ columns, full_matrices=False)
        shrink = 1.0 / np.sqrt(1.0 + lengths**2) - 1.0
        return white + (white @ basis * shrink) @ basis.T, float(0.5 * np.log1p(lengths**2).sum())

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
        masses = _hedged(masses)
        total = sum(masses.values())
        ranked = sorted(masses, key=lambda n: -masses[n])
        return tuple(
            Weighed(n, masses[n] / total, tuple(sorted(by_name[n], key=lambda e: -e.log_evidence)))
            for n in ranked
        )


def _hedged(masses: dict[str, float]) -> dict[str, float]:
    """Level the weights of faults among themselves a little; their sum, against the sound engine, stays.

    All likelihoods share the errors of one model, so what separates two faults is less sure than what separates a
    fault from the sound engine, which the tolerances were set on.
    """
    faults = {n: m for n, m in masses.items() if n != NOMINAL}
    total = sum(faults.values())
    if not total > 0.0:
        return masses
    levelled = {n: (m / total) ** _SHARED_ERROR for n, m in faults.items()}
    scale = total / sum(levelled.values())
    return {n: levelled[n] * scale if n in levelled else m for n, m in masses.items()}


def _merged(
    a: tuple[FloatArray, FloatArray], b: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Join sizes and their features, sizes rising."""
    sizes = np.concatenate([a[0], b[0]])
    means = np.concatenate([a[1], b[1]])
    order = np.argsort(sizes, kind="stable")
    return sizes[order], means[order]
