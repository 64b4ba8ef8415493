"""Weighing faults, hardware and sensor alike, one to three at once, against the features of one log.

Screening (`screening.py`), fitting of the likeliest by themselves (`refit.py`), several at once (`pairs.py`,
`triples.py`), the chance that none of them is right (`none_of_these.py`), probabilities (`posterior.py`). See
docs/explanation/diagnosis.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.declaration import Fault
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.doubt import doubt_columns
from hotfire.physics.diagnosis.explanations import NOMINAL, Explanation, Weighed
from hotfire.physics.diagnosis.fitting import fit_likely
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.hypotheses import (
    Course,
    coordinate,
    hardware_faults,
    prior_scale,
    sensor_faults,
    size_at,
)
from hotfire.physics.diagnosis.linearised import Linearised, linearise
from hotfire.physics.diagnosis.none_of_these import broad_share, misfit_share
from hotfire.physics.diagnosis.pairs import weigh_pairs
from hotfire.physics.diagnosis.posterior import posterior
from hotfire.physics.diagnosis.priors import Priors
from hotfire.physics.diagnosis.run_out import RunOut, find_run_out
from hotfire.physics.diagnosis.screening import Signature, hardware_explanations, sensor_explanations
from hotfire.physics.diagnosis.size_integral import integrate_size
from hotfire.physics.diagnosis.triples import weigh_triples

__all__ = ["NOMINAL", "Explanation", "Search", "Weighed"]

_ROUNDS = 3
_BAD_FIT = 1.5
"""Chi-square per feature of the best explanation from which the model's scatter is widened."""
_WIDENINGS = 6
_RETREAT = (1.0, 0.6, 0.3, 0.1, 0.0)
"""Shares of the way to a new point of linearisation that are tried until the model has a solution."""
_ROUGHNESS = (0.1, 0.05, 0.025, 0.012, 0.006, 0.003)
"""Relative errors of the model that are tried where nothing explains the log."""
_IMPROBABLE = 3.0
"""Standard deviations of a tolerance from which the sound engine is no place to linearise about."""
_ALL_FAIL = 0.5
"""Probability of none of the hypotheses from which rougher models are tried."""
_MISTAKEN = 0.7
"""Share of a screened effect's length by which it may be wrong; from development cases, see diagnosis.md."""


class Search:
    """Posterior over the sound engine, all single faults, or some, and pairs of them, for one observation."""

    def __init__(
        self,
        forecaster: Forecaster,
        nominal: Linearised | None = None,
        *,
        only: frozenset[str] | None = None,
        most: int = 2,
    ) -> None:
        """Take the forecaster of the observation.

        Args:
            forecaster: Of the engine and the observation.
            nominal: The nominal engine linearised, where that was done before; the search then stays about it.
            only: Names of the single faults that are weighed; None for all, and for several at once.
            most: Faults at once that are weighed, one to three.
        """
        self.forecaster = forecaster
        self.only = only
        self.most = most
        self.used = forecaster.observation.used
        self.measured = forecaster.observation.means.ravel()[self.used]
        self.widening = np.ones(len(forecaster.observation.sensors))
        possible = hardware_faults(forecaster)
        self._hardware_names = frozenset(possible)
        self._priors = Priors(prior_scale(forecaster), len(self.onsets()) - 1, possible)
        self.none_of_these = 0.0
        self.first_misfit = float("nan")
        self.run_out: RunOut | None = None
        self.signatures: list[Signature] = []
        self.hardware_known: dict[tuple[bytes, tuple[tuple[str, float], ...]], list[Signature]] = {}
        if nominal is None:
            self._fit_sound_engine()
        else:
            self._take(np.zeros(forecaster.physical), nominal)

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
            found = linearise(self.forecaster, [Case(point)])[0]
            if np.isfinite(found.means).all():
                break
        self._take(point, found)

    def _take(self, at: FloatArray, found: Linearised) -> None:
        """Stand at tolerances `at`, where the model has been linearised."""
        self.at, self.means, self.jacobian = at, found.means, found.by_tolerance
        self.prior_shift = self.jacobian[:, : at.size] @ self.at
        self._factorise()

    def _factorise(self) -> None:
        """Build the covariance of the used features: tolerances, and scatter times `widening`."""
        scatter = self.forecaster.scatter(self.means)[self.used]
        used = self.jacobian[self.used]
        self.covariance = used @ used.T + np.diag(self.widened[self.used] * scatter**2)
        root = np.linalg.cholesky(self.covariance)
        self._whitener = np.linalg.inv(root)
        self._log_volume = float(np.log(np.diag(root)).sum())

    def _best_tolerances(self, means: FloatArray) -> FloatArray:
        """Posterior mean of all tolerance variables, given features forecast at the present point."""
        residual = self.measured - (means - self.prior_shift)[self.used]
        best: FloatArray = self.jacobian[self.used].T @ np.linalg.solve(self.covariance, residual)
        return best

    def as_sound_as_can_be(self) -> FloatArray:
        """Features of the sound engine, its tolerances and its sensors' as they explain the log best, shape (d,)."""
        best: FloatArray = self.means - self.prior_shift + self.jacobian @ self._best_tolerances(self.means)
        return best

    def sound_at(self, tolerances: FloatArray) -> FloatArray:
        """Features of the sound engine at tolerances, linear about the search's point, shape (d,)."""
        change: FloatArray = self.jacobian[:, : self.at.size] @ (tolerances - self.at)
        return self.means + change

    @property
    def log_volume(self) -> float:
        """Half the log determinant of the sound engine's covariance."""
        return self._log_volume

    def scatter_variance(self, means: FloatArray) -> FloatArray:
        """Independent variance of each feature, widened where nothing fits, shape (d,)."""
        variance: FloatArray = self.widened * self.forecaster.scatter(means) ** 2
        return variance

    @property
    def widened(self) -> FloatArray:
        """Factor on the independent variance of each feature, shape (d,)."""
        return np.tile(self.widening, self.forecaster.observation.means.shape[0])

    @property
    def ran_out(self) -> bool:
        """Say whether a propellant that ran out is likelier than any fault; then only what came before says much."""
        return self.run_out is not None and self.run_out.log_odds > 0.0

    @property
    def hardware(self) -> dict[str, Fault]:
        """Faults of components that are weighed, by name."""
        faults = hardware_faults(self.forecaster)
        return {n: f for n, f in faults.items() if self.only is None or n in self.only}

    @property
    def sensor_names(self) -> list[str]:
        """Names of the faults of sensors that are weighed."""
        names = sensor_faults(self.forecaster.observation.sensors)
        return [n for n in names if self.only is None or n in self.only]

    def is_hardware(self, course: Course) -> bool:
        """Say whether a course is one of the engine's components, not of a sensor."""
        return course.name in self._hardware_names

    def in_turn(self, course: Course) -> bool:
        """Say whether components fail one after the other in a course, at more than one time within the run."""
        times = {(c.onset, c.grows) for c in course.parts if self.is_hardware(c)}
        return len(times - {(None, False)}) > 1

    def column(self, course: Course) -> int:
        """Column of the sensor that a sensor fault is of."""
        return sensor_faults(self.forecaster.observation.sensors)[course.name][0]

    def log_share(self, course: Course | None) -> float:
        """Log of the prior of a course, its size not included; of the sound engine for None."""
        return self._priors.log_share(course)

    def whiten(self, features: FloatArray) -> FloatArray:
        """Scale differences of features, shape (..., d), to independent unit deviations."""
        white: FloatArray = features[..., self.used] @ self._whitener.T
        return white

    def residual(self, means: FloatArray) -> FloatArray:
        """Whitened misfit of forecast features, shape (..., used)."""
        return self.whiten(self._padded() - (means - self.prior_shift))

    def run(self) -> tuple[Weighed, ...]:
        """Weigh everything and return the hypotheses, most probable first.

        All are screened with tolerances linear about the best sound fit; those that may matter are then fitted by
        themselves, and pairs of them. Where none explains the log, the model's own scatter is widened.
        """
        explanations = self._fitted()
        self.run_out = find_run_out(self, explanations)
        if not self.ran_out:
            explanations = self._with_several(explanations)
        self.none_of_these = broad_share(self, explanations)
        self.first_misfit = min(e.chi_square for e in explanations)
        if self.ran_out:
            return posterior(explanations)
        if self.none_of_these >= _ALL_FAIL and self.only is None:
            return posterior(self._by_rougher_models())
        self.none_of_these = max(self.none_of_these, misfit_share(self, explanations))
        for _ in range(_ROUNDS):
            if not self._widen(max(explanations, key=lambda e: e.log_evidence)):
                break
            explanations = self._with_several(fit_likely(self, self._weigh_singles()))
        return posterior(explanations)

    @property
    def at_once(self) -> int:
        """Faults at once that are weighed, at most."""
        return self.most if self.only is None and not self.ran_out else 1

    def _with_several(self, singles: list[Explanation]) -> list[Explanation]:
        """Weigh two and three faults at once beside single ones."""
        if self.at_once < 2:
            return singles
        weighed = weigh_pairs(self, singles)
        return weigh_triples(self, weighed) if self.most > 2 else weighed

    def _fitted(self) -> list[Explanation]:
        """Fit single faults, no tank running dry; where that explains little, also with tanks that may.

        By the phases of the log every window is one of liquid flow, but a leak may have emptied a tank unnoticed.
        """
        explanations = fit_likely(self, self._weigh_singles())
        if not self.forecaster.spare_load or not self._fits_badly(explanations):
            return explanations
        before = dict(self.__dict__)
        lasting = self.forecaster.spare_load
        self.forecaster.let_tanks_run_dry()
        self._fit_sound_engine()
        emptied = fit_likely(self, self._weigh_singles())
        if self._evidence(emptied) > self._evidence(explanations, before["_log_volume"]):
            return emptied
        self.__dict__.update(before)
        self.forecaster.spare_load = lasting
        return explanations

    def _fits_badly(self, explanations: Sequence[Explanation]) -> bool:
        best = max(explanations, key=lambda e: e.log_evidence)
        return best.chi_square > _BAD_FIT * self.freedom

    def _evidence(self, explanations: Sequence[Explanation], log_volume: float | None = None) -> float:
        """Evidence of the best, comparable between points of linearisation."""
        volume = self.log_volume if log_volume is None else log_volume
        return max(e.log_evidence for e in explanations) - volume

    def _by_rougher_models(self) -> list[Explanation]:
        """Weigh again when neither one nor two faults explain the log: the model is rougher than thought.

        From coarse to fine: with a rough model only the gross pattern counts, and every fit finds its way; it is
        refined as long as the best explanation gains evidence. Pairs are weighed with the roughness found.
        """
        best, kept = -np.inf, dict(self.__dict__)
        for roughness in _ROUGHNESS:
            self.forecaster.discrepancy = roughness
            self._fit_sound_engine()
            explanations = fit_likely(self, self._weigh_singles())
            if self._evidence(explanations) < best:
                break
            best, kept = self._evidence(explanations), dict(self.__dict__)
            suited, singles = roughness, explanations
        self.__dict__.update(kept)
        self.forecaster.discrepancy = suited
        return self._with_several(singles)

    def _widen(self, best: Explanation) -> bool:
        """Widen the scatter of each sensor to what the best explanation leaves of it; tolerances keep their width.

        What no hypothesis explains must not decide between hypotheses.
        """
        if not best.chi_square > _BAD_FIT * self.freedom:
            return False
        before = self.widening
        if best.left is not None:
            self._widen_to(best.left)
            return not np.array_equal(before, self.widening)
        forecast = best.best_means - self.prior_shift
        scatter = self.forecaster.scatter(self.means)
        for _ in range(_WIDENINGS):
            residual = (self._padded() - forecast)[self.used]
            pull = self.jacobian @ (self.jacobian[self.used].T @ np.linalg.solve(self.covariance, residual))
            self._widen_to(((self._padded() - forecast - pull) / scatter)[self.used])
        return True

    def _widen_to(self, left: FloatArray) -> None:
        """Widen the scatter of each sensor to the mean square of what is left of it, over its scatter."""
        squares = np.full(self.used.size, np.nan)
        squares[self.used] = left**2
        squares = squares.reshape(self.forecaster.observation.means.shape)[1:]
        present = np.isfinite(squares).sum(axis=0)
        by_sensor = np.where(present > 0, np.nansum(squares, axis=0) / np.maximum(present, 1), 1.0)
        self.widening = np.maximum(self.widening, by_sensor)
        self._factorise()

    def tolerances_with(self, explanation: Explanation) -> FloatArray:
        """Tolerances that go best with an explanation, shape (physical,)."""
        best = self._best_tolerances(explanation.best_means)[: self.at.size]
        return np.clip(best, -4.0, 4.0)

    def moves_as_measured(self, explanation: Explanation, column: int) -> float:
        """Size and direction of what an explanation's faults do to a sensor, where the readings show just that.

        Held against one another are the faults' effect on its window means and what those show beyond the sound engine
        with the tolerances that go with the explanation.

        Returns:
            The effect in standard deviations of the scatter, with the sign of its mean; 0 where what is left of the
            readings is more than half of it.
        """
        effect = explanation.best_means - self.means
        pull = self.jacobian @ self._best_tolerances(explanation.best_means)
        shown = self._padded() - (self.means - self.prior_shift) - pull
        own = self.used & (np.arange(self.used.size) % len(self.widening) == column)
        scatter = np.sqrt(self.scatter_variance(self.means))[own]
        size = float(np.linalg.norm(effect[own] / scatter))
        left = float(np.linalg.norm((shown - effect)[own] / scatter))
        return float(np.sign(effect[own].sum())) * size if 2.0 * left <= size else 0.0

    @property
    def from_start(self) -> dict[str, tuple[FloatArray, FloatArray]]:
        """Sizes of faults of components that are there from the start, and the features with each."""
        return {
            c.name: (s, m)
            for c, s, m in self.signatures
            if c.onset is None and not c.grows and c.clears_at is None and self.is_hardware(c)
        }

    def _weigh_singles(self) -> list[Explanation]:
        self.signatures = []
        explanations = [self.sound()]
        explanations += sensor_explanations(self)
        explanations += hardware_explanations(self)
        return explanations

    @property
    def freedom(self) -> int:
        """Number of features."""
        return int(self.used.sum())

    def sound(self) -> Explanation:
        """Weigh the sound engine."""
        misfit = float((self.residual(self.means) ** 2).sum())
        evidence = -0.5 * misfit + self.log_share(None)
        return Explanation(None, evidence, np.ones(1), np.ones(1), self.means, misfit)

    def onsets(self) -> list[float | None]:
        """Candidate onsets: before the valves opened, and the middle of each window."""
        edges = self.forecaster.observation.edges
        return [None, *map(float, 0.5 * (edges[1:-1] + edges[:-2])), float(0.5 * (edges[-1] + edges[-2]))]

    def weigh(self, course: Course, sizes: FloatArray, means: FloatArray) -> Explanation:
        """Integrate the size out; features are taken as straight between neighbouring sizes."""
        white, log_volume = self._doubted(course, means)
        found = integrate_size(coordinate(course.fault, sizes), white)
        evidence = found.log_mean - log_volume + self.log_share(course)
        after = min(found.stretch + 1, sizes.size - 1)
        best = means[found.stretch] * (1.0 - found.share) + means[after] * found.share
        shown = size_at(course.fault, found.places)
        lengths = np.linalg.norm(self.whiten(means - self.means), axis=1)
        return Explanation(
            course,
            evidence,
            shown,
            found.weights,
            best,
            found.chi_square,
            screened_sizes=sizes,
            unreached=np.linalg.norm(white, axis=1) - _MISTAKEN * lengths,
        )

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
        white = self.residual(means)
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

    def distance(self, a: Explanation, b: Explanation) -> float:
        """Distance of two explanations' forecasts in standard deviations, tolerances included."""
        return float(np.linalg.norm(self.whiten(a.best_means - b.best_means)))
