"""Sensors that read one another's quantity: tried where the sound engine does not explain a log, beside the search.

Two sensors of one kind may be exchanged (cables, columns, lines of a channel map), or one be connected in place of
another. Screening exchanges columns of the readings, with tolerances linear as the search has them; the few exchanges
that explain much are fitted by themselves, as the sound engine with sensors that measure what the others do.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.explanations import NOMINAL, Weighed
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.hypotheses import prior_scale
from hotfire.physics.diagnosis.none_of_these import chi_square_tail, share_of_misfit
from hotfire.physics.diagnosis.observation import Observation
from hotfire.physics.diagnosis.search import Search
from hotfire.physics.sensors import SENSOR_FAULTS, Sensor

__all__ = ["Exchange", "find_exchange"]

_ALARM = 0.02
"""Probability of the sound engine from which nothing is exchanged: it explains the log, unless nothing does."""
_ALL_FAIL = 0.5
"""Probability of none of the hypotheses from which nothing explains the log."""
_GAINED = 25.0
"""Chi-square that an exchange must gain on the sound engine, as screened and as fitted."""
_LEFT = 0.5
"""Share of the sound engine's misfit that it may leave."""
_TRIED = 3
"""Exchanges that are fitted."""
_MUCH = 0.1
"""Share of the sound engine's misfit up to which an exchange is worth a word where nothing explains the log."""


@dataclass(frozen=True)
class Exchange:
    """Sensors that look exchanged, or one that looks connected in place of another.

    Attributes:
        sensors: Those that read what they should not: two that are exchanged, or one.
        instead: What is read instead by each, as the name of the sensor that should.
        probability: Against all that the search weighed.
        misfit: Chi-square of the sound engine with them so.
        misfit_before: The same as they are labelled.
        freedom: Number of features.
    """

    sensors: tuple[str, ...]
    instead: tuple[str, ...]
    probability: float
    misfit: float
    misfit_before: float
    freedom: int

    @property
    def p_value(self) -> float:
        """Probability of a misfit at least so large, were it true."""
        return chi_square_tail(self.misfit, self.freedom)

    @property
    def doubt(self) -> float:
        """Probability of another engine than the file's, by what is left."""
        return share_of_misfit(self.misfit, self.misfit_before, self.freedom)

    @property
    def explains(self) -> bool:
        """Whether the sound engine explains the log with them so; else much is explained and something is left."""
        return self.doubt < _ALL_FAIL


def find_exchange(search: Search, ranked: Sequence[Weighed], offsets: Mapping[str, float]) -> Exchange | None:
    """Return the exchange that explains a log best, where the sound engine does not and an exchange does, or nearly.

    Args:
        search: After it has run.
        ranked: Its hypotheses.
        offsets: Zero offsets that were taken off the readings before, in SI, by sensor; they may be no offsets.
    """
    sound = next((w.probability for w in ranked if w.name == NOMINAL), 0.0)
    explained = sound >= _ALARM and search.none_of_these < _ALL_FAIL
    if search.ran_out or search.only is not None or not ranked or explained:
        return None
    first = Search(_forecaster(search, search.forecaster.observation), None, only=frozenset())
    before = first.sound().chi_square
    raw = _with_offsets(search.forecaster.observation, offsets)
    fitted = [_fitted(search, ranked, raw, before, reading) for reading in _screened(first, raw, before)]
    nothing = search.none_of_these >= _ALL_FAIL
    gaining = [f for f in fitted if f.misfit < _limit(before)]
    worth = [f for f in gaining if f.explains or (nothing and f.misfit < _MUCH * before)]
    return max(worth, key=lambda f: (f.explains, f.probability, -f.misfit), default=None)


def _forecaster(search: Search, observation: Observation) -> Forecaster:
    """The model as it was before the search found it too fine for this log."""
    forecaster = Forecaster(search.forecaster.compiled, observation)
    forecaster.spare_load = dict(search.forecaster.spare_load)
    return forecaster


def _with_offsets(observation: Observation, offsets: Mapping[str, float]) -> Observation:
    """The readings as they were."""
    shift = np.array([offsets.get(s.name, 0.0) for s in observation.sensors])
    means = observation.means + np.concatenate(
        [[np.zeros_like(shift)], np.tile(shift, (observation.windows, 1))]
    )
    return replace(observation, means=means)


_ALIKE = 3.0
"""Deviations within which a sensor in place of another reads what that one does."""
_Reading = tuple[tuple[int, int], ...]
"""Columns, each with the one whose quantity it reads."""


def _exchanges(sensors: Sequence[Sensor]) -> list[_Reading]:
    """All exchanges of two sensors of one kind."""
    found: list[_Reading] = []
    for i, j in itertools.combinations(range(len(sensors)), 2):
        one, other = sensors[i], sensors[j]
        if one.kind and one.kind == other.kind and one.measures != other.measures:
            found.append(((i, j), (j, i)))
    return found


def _screened(sound: Search, raw: Observation, before: float) -> list[_Reading]:
    """Return the few that gain most on the sound engine, and pairs of which one may read what the other does."""
    forecast = (sound.means - sound.prior_shift).reshape(raw.means.shape)
    own = sound.forecaster.observation.means
    scatter = sound.scatter_variance(sound.means).reshape(raw.means.shape)
    tolerances, found = sound.jacobian @ sound.jacobian.T, []
    for reading in _exchanges(raw.sensors):
        (i, j), _ = reading
        read, variance = own.copy(), scatter.copy()
        # By quantity: forecasts and tolerances stay; readings, as they were, and scatter are the other sensor's.
        read[:, [i, j]], variance[:, [i, j]] = raw.means[:, [j, i]], scatter[:, [j, i]]
        left = _misfit(read - forecast, tolerances, variance)
        if left < _limit(before):
            found.append((left, reading))
    return [reading for _, reading in sorted(found)[:_TRIED]] + _in_place(raw)[: 2 * _TRIED]


def _limit(before: float) -> float:
    """Misfit that an exchange may leave."""
    return min(before - _GAINED, _LEFT * before)


def _misfit(residual: FloatArray, tolerances: FloatArray, variance: FloatArray) -> float:
    """Chi-square of the features that there are."""
    used = np.isfinite(residual).ravel()
    covariance = tolerances[np.ix_(used, used)] + np.diag(variance.ravel()[used])
    there = residual.ravel()[used]
    return float(there @ np.linalg.solve(covariance, there))


def _in_place(raw: Observation) -> list[_Reading]:
    """Sensors that read in all windows what another of their kind does: either may be in place of the other."""
    found: list[_Reading] = []
    for (i, j), _ in _exchanges(raw.sensors):
        one, other = raw.sensors[i], raw.sensors[j]
        read = raw.means[1:, [i, j]]
        level = np.nanmean(np.abs(read)) if np.isfinite(read).any() else np.nan
        zeros = math.hypot(one.zero_tolerance, other.zero_tolerance)
        width = math.hypot(zeros, math.hypot(one.scale_tolerance, other.scale_tolerance) * level)
        if np.nanmax(np.append(np.abs(read[:, 0] - read[:, 1]), -np.inf)) < _ALIKE * width:
            found += [((i, j),), ((j, i),)]
    return found


def _fitted(
    search: Search, ranked: Sequence[Weighed], raw: Observation, before: float, reading: _Reading
) -> Exchange:
    """Fit the sound engine with sensors that measure what the others do."""
    sensors, old = list(raw.sensors), raw.sensors
    means = search.forecaster.observation.means.copy()
    for column, instead in reading:
        sensors[column] = replace(old[column], measures=old[instead].measures)
        means[:, column] = raw.means[:, column]
    observation = replace(raw, sensors=tuple(sensors), means=means)
    other = Search(_forecaster(search, observation), None, only=frozenset())
    found = other.sound()
    evidence = (
        found.log_evidence
        - other.log_volume
        - other.log_share(None)
        + _log_prior(search, raw.sensors, reading)
    )
    return Exchange(
        tuple(old[column].name for column, _ in reading),
        tuple(old[instead].name for _, instead in reading),
        _share(evidence, search, ranked),
        found.chi_square,
        before,
        other.freedom,
    )


def _log_prior(search: Search, sensors: Sequence[Sensor], reading: _Reading) -> float:
    """Log of the prior of one reading among those of its kind; it is there before the run."""
    alike = sum(s.kind == sensors[reading[0][0]].kind for s in sensors)
    rate = SENSOR_FAULTS["swapped"].rate * prior_scale(search.forecaster)
    return math.log(rate / max(alike - 1, 1))


def _share(evidence: float, search: Search, ranked: Sequence[Weighed]) -> float:
    """Posterior probability of an exchange beside all that was weighed."""
    weighed: FloatArray = (
        np.array([e.log_evidence for w in ranked for e in w.explanations]) - search.log_volume
    )
    return float(1.0 / (1.0 + np.exp(np.minimum(weighed - evidence, 500.0)).sum()))
