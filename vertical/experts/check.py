"""One claim held against the physics of a case: far cheaper than to search for what else it could be.

The signature of the claimed fault, with tolerances linear about the nominal engine, is fitted to the windows in size,
onset and course. Where that does not do, the model is run a few times, size, onset and tolerances moved together. A
claim explains a case when it is likelier than the sound engine and leaves no more, in all and of each sensor, than
tolerances and noise do. Of several claimed faults each is fitted to what the others leave.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotfire.compiled_engines import compiled_engine
from hotfire.experts._signatures import Signatures, signatures_for
from hotfire.experts.case import ExpertCase
from hotfire.experts.hypotheses import labels_of, parts
from hotfire.physics.diagnosis.explanations import Explanation
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.leftover import Leftover, left_by_fit, left_by_screening
from hotfire.physics.diagnosis.observation import Observation
from hotfire.physics.diagnosis.refit import advance, begin
from hotfire.physics.diagnosis.search import Search
from hotfire.router.experts import Checked
from hotfire.router.ledger import metered

__all__ = ["Held", "PhysicsChecker"]

_ALL = 1.5
"""Chi-square over its degrees of freedom up to which a claim explains all features together."""
_ONE = 20.0
"""Squared standard deviations of a departure that a claim may leave of one sensor; validation cases of the protocol."""
_GAIN = 6.0
"""Nats by which a fault must be likelier than the sound engine, its size and onset integrated out, priors aside."""
_SURE = 25.0
"""The same from which the sound engine, as good as its own fit might make it, is no rival any more."""
_FITTED, _STEPS = 2, 3
"""Courses of a claim that are fitted on the model, and for how many steps at a time."""
_HOPEFUL = 3.0
"""Misfit up to which a fit that has not arrived goes on."""
_SWEEPS = 3
_REFUSED = 2.0
"""Misfit of a claim that the case contradicts without a figure."""


@dataclass(frozen=True, eq=False)
class Held:
    """A claim held against the windows of a case.

    Attributes:
        explanations: Each claimed fault at its best size and onset; none of the sound engine.
        left: What they leave.
        gain: Log of the likelihood over that of the sound engine; infinite for the sound engine itself.
    """

    explanations: tuple[Explanation, ...]
    left: Leftover
    gain: float

    @property
    def misfit(self) -> float:
        """Largest of three misfits over their limits: of all features, of one sensor, and for want of gain."""
        return max(
            self.left.chi_square / (_ALL * self.left.freedom),
            float(self.left.by_sensor.max(initial=0.0)) / _ONE,
            2.0 - self.gain / _GAIN,
        )


class PhysicsChecker:
    """Holds claims against the physics; what cases in the same windows share is worked out once."""

    def check(self, case: ExpertCase, claim: str) -> Checked:
        """Say whether a hypothesis explains a case.

        Args:
            case: The case.
            claim: `nominal`, words of a label, or of several as `label + label`.
        """
        with metered() as meter:
            misfit, words, held, solves = _checked(case, claim)
            meter.count(solves=solves)
        return Checked(misfit <= 1.0, misfit, words, held, meter.cost)


def _checked(case: ExpertCase, claim: str) -> tuple[float, str, Held | None, int]:
    """Misfit, words, evidence, and operating points solved."""
    labels = labels_of(case.engine)
    shown = {labels.by_name[f"{s.sensor}.{s.mode}"] for s in case.signals} & set(case.hypotheses)
    claimed = set(parts(claim))
    if shown - claimed:
        return _REFUSED, f"the signal shows {_listed(shown - claimed)}, which {claim} leaves out", None, 0
    if case.observation is None:
        return _REFUSED, "there are no measurements to hold the claim against", None, 0
    shared = signatures_for(case.engine, case.observation)
    search = _about_nominal(case, case.observation, shared)
    names = [[n for n in labels.names(word) if shared.shows(n)] for word in sorted(claimed - shown)]
    if not all(names):
        return _REFUSED, f"neither signals nor window means show {claim}", None, 0
    held = _hold(search, shared, names)
    return held.misfit, _words(search, claim, held), held, search.forecaster.solves


def _about_nominal(case: ExpertCase, observation: Observation, shared: Signatures) -> Search:
    return Search(Forecaster(compiled_engine(case.engine), observation), shared.nominal)


def _hold(search: Search, shared: Signatures, names: Sequence[Sequence[str]]) -> Held:
    """Fit the claimed faults, each of which goes by one or more names in the engine; none of the sound engine."""
    if len(names) > 1:
        return _together(search, shared, names)
    sound = search.sound()
    claimed = _weighed(search, shared, names[0])[:_FITTED] if names else [sound]
    left = left_by_screening(search, claimed[0].course, claimed[0].best_means)
    screened = Held(_faults(claimed[0]), left, _gain(search, claimed[0], sound))
    if screened.misfit <= 1.0 and screened.gain > _SURE:
        return screened
    fits = [begin(search, e) for e in ([sound, *claimed] if names else [sound])]
    held = []
    for _ in range(2):
        fits = advance(search, fits, _STEPS)
        fit = max(fits[-len(claimed) :], key=lambda f: f.outcome.log_evidence)
        own = left_by_fit(search, fit)
        if own is not None:
            held.append(Held(_faults(fit.outcome), own, _gain(search, fit.outcome, fits[0].outcome)))
        if own is None or fit.still or not 1.0 < held[-1].misfit < _HOPEFUL:
            break
    return min(held or [screened], key=lambda h: h.misfit)


def _faults(explanation: Explanation) -> tuple[Explanation, ...]:
    return () if explanation.course is None else (explanation,)


def _weighed(search: Search, shared: Signatures, names: Sequence[str]) -> list[Explanation]:
    """Every course of a fault as screened, likeliest first."""
    found = [search.weigh(*s) for n in names for s in shared.of(search, n)]
    return sorted(found, key=lambda e: -e.log_evidence)


def _gain(search: Search, explanation: Explanation, sound: Explanation) -> float:
    """Log likelihood over that of the sound engine, priors aside; infinite for the sound engine itself."""
    if explanation.course is None:
        return float("inf")
    log_likelihood = explanation.log_evidence - search.log_share(explanation.course)
    return log_likelihood - sound.log_evidence + search.log_share(None)


def _together(search: Search, shared: Signatures, names: Sequence[Sequence[str]]) -> Held:
    """Fit several faults in turns, their effects added."""
    changes = np.zeros((len(names), search.means.size))
    best: dict[int, Explanation] = {}
    for _ in range(_SWEEPS):
        for i, own in enumerate(names):
            rest = copy.copy(search)
            rest.measured = search.measured - (changes.sum(axis=0) - changes[i])[search.used]
            best[i] = _weighed(rest, shared, own)[0]
            changes[i] = best[i].best_means - search.means
    left = left_by_screening(search, best[0].course, search.means + changes.sum(axis=0))
    gain = 0.5 * (search.sound().chi_square - left.chi_square) / len(names)
    return Held(tuple(best.values()), left, gain)


def _words(search: Search, claim: str, held: Held) -> str:
    """One sentence of what was compared."""
    sensors = search.forecaster.observation.sensors
    most = int(held.left.by_sensor.argmax())
    sizes = " and ".join(_size(e) for e in held.explanations)
    text = (
        f"{claim}{f' ({sizes})' if sizes else ''} leaves a misfit of {held.left.chi_square / held.left.freedom:.2g} "
        f"for each feature and {np.sqrt(held.left.by_sensor[most]):.2g} standard deviations of "
        f"{sensors[most].name.replace('_', ' ')}, where {_ALL:g} and {np.sqrt(_ONE):.2g} are the limits"
    )
    if not held.explanations:
        return text
    return f"{text}; it gains {held.gain:.3g} nats on the sound engine, where {_GAIN:g} are asked for"


def _size(explanation: Explanation) -> str:
    """Size and onset of a fault."""
    course = explanation.course
    assert course is not None
    since = (
        "from the start" if course.onset is None else f"since {course.onset:.2g} s after the valves opened"
    )
    return f"{course.sign * explanation.best_size:.2g} {'growing ' if course.grows else ''}{since}"


def _listed(labels: set[str]) -> str:
    return " and ".join(sorted(labels))
