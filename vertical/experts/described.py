"""The answer where there is a description alone: its symptoms against the departures that each fault would show.

Every fault is run on the model at several sizes and onsets, and what it reads is judged as the readings of a test are.
Where the description tells how far a symptom stands out, in standard deviations by itself and given what the other
sensors read, these are compared, taken to be known to 30 %; symptoms share tolerances, so together they count for less
than apart. Where somebody tells of a test, it counts how likely he would tell that (`hotfire.experts._told`), and a
sound engine is less likely from the start: of tests in which nothing was seen, no departures are told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hotfire.engine import ById, Engine
from hotfire.experts._told import log_told
from hotfire.experts.hypotheses import NOMINAL, joined, labels_of, parts
from hotfire.observing.symptoms import MODES, Symptoms
from hotfire.physics.arrays import FloatArray
from hotfire.physics.description import Description, FaultLabel, Location, Symptom
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.departures import Departures
from hotfire.physics.diagnosis.hypotheses import hardware_faults, sensor_faults
from hotfire.physics.diagnosis.linearised import linearise
from hotfire.physics.diagnosis.priors import FURTHER
from hotfire.physics.diagnosis.screening import Signature, hardware_signatures, sensor_signatures
from hotfire.physics.diagnosis.search import Search
from hotfire.scenarios.rig import Rig
from hotfire.stand_sensors import with_stand_sensors

__all__ = ["Departing", "by_symptoms", "departing"]

_UNSURE = 0.3
"""Relative standard deviation of a size or of a strength that a description gives, and of one that is forecast."""
_ASTRAY = 1e-3
"""Probability that a symptom has to do with nothing."""
_SHARED = 0.5
"""Power of the likelihood of all symptoms together: they share tolerances."""
_SOUND = 0.1
"""Factor of the odds of a sound engine where somebody tells of a departure: most tests are not told of."""
_SENSOR_SIZES = 4
_AT_ONCE = 400


@dataclass(frozen=True, eq=False)
class Departing:
    """What n courses of faults would show on S sensors.

    Attributes:
        labels: Label of each, `nominal` first.
        priors: Log of the prior of each.
        shares: Level and change over what is expected above rest, shape (n, 2, S).
        sigmas, given: The same in standard deviations, by itself and given the others.
        places: Quantity and place of each sensor.
        solves: Operating points that were solved for it.
    """

    labels: tuple[str, ...]
    priors: FloatArray
    shares: FloatArray
    sigmas: FloatArray
    given: FloatArray
    places: tuple[tuple[str, Location], ...]
    solves: int


def by_symptoms(description: Description, table: Departing, hypotheses: Sequence[str]) -> dict[str, float]:
    """Return the probability of each label, likeliest first.

    Args:
        description: Of the case; all or some of the symptoms.
        table: Of the engine.
        hypotheses: Admissible labels.
    """
    admissible = set(hypotheses)
    shown = {_label(s) for s in description.symptoms if s.course in MODES} & admissible
    logs = table.priors + _log_likelihood([s for s in description.symptoms if s.course not in MODES], table)
    if shown:
        logs[1:] += np.log(FURTHER)  # the signal is one fault already
    weights = np.exp(logs - logs.max())
    found: dict[str, float] = {}
    for label, weight in zip(table.labels, weights.tolist(), strict=True):
        hypothesis = joined(shown | set(parts(label)))
        if admissible.issuperset(parts(hypothesis)):
            found[hypothesis] = found.get(hypothesis, 0.0) + weight
    total = sum(found.values())
    if not total > 0.0:
        return {joined(shown): 1.0}
    return {h: p / total for h, p in sorted(found.items(), key=lambda item: -item[1])}


def _label(symptom: Symptom) -> str:
    return FaultLabel(symptom.location, MODES[symptom.course], symptom.quantity).words


def _log_likelihood(symptoms: Sequence[Symptom], table: Departing) -> FloatArray:
    """Log likelihood of symptoms under each course, shape (n,); a symptom of which no sensor is meant says nothing."""
    columns = [[i for i, place in enumerate(table.places) if _meant(s, *place)] for s in symptoms]
    if any(s.given_others for s in symptoms):
        measured = [_log_measured(s, table, own) for s, own in zip(symptoms, columns, strict=True) if own]
        return np.asarray(_SHARED * np.sum(measured, axis=0))
    logs = log_told(symptoms, table, columns)
    if any(s.size for s in symptoms):
        logs[0] += np.log(_SOUND)
    return logs


def _log_measured(symptom: Symptom, table: Departing, columns: Sequence[int]) -> FloatArray:
    """Log likelihood of a symptom of a log under each course, shape (n,)."""
    row = 0 if symptom.course == "level" else 1
    fits = [
        0.5
        * (
            _agreement(symptom.sigma, table.sigmas[:, row, i], 1.0)
            + _agreement(symptom.given_others, table.given[:, row, i], 1.0)
        )
        for i in columns
    ]
    return np.asarray(np.max(fits, axis=0))


def _meant(symptom: Symptom, quantity: str, place: Location) -> bool:
    """Whether a symptom may be of a sensor: what it leaves open is not compared."""
    said = symptom.location
    same = all(
        a in ("", 0, b)
        for a, b in (
            (said.kind, place.kind),
            (said.side, place.side),
            (said.burner, place.burner),
            (said.number, place.number),
            (said.end, place.end),
        )
    )
    return symptom.quantity == quantity and same


def _agreement(told: float, forecast: FloatArray, least: float) -> FloatArray:
    """Log likelihood of a figure that is known to 30 %, given others that are."""
    spread = np.hypot(least, _UNSURE * forecast)
    density = np.exp(-0.5 * ((told - forecast) / spread) ** 2) * least / spread
    return np.asarray(np.log((1.0 - _ASTRAY) * density + _ASTRAY * least / (least + abs(told))))


def departing(engine: Engine) -> tuple[Departing, int]:
    """Return what the faults of an engine would show, worked out once, and the operating points solved for it now."""
    known = _departing.cache_info().misses
    table = _departing(ById(engine))
    return table, table.solves if _departing.cache_info().misses > known else 0


@lru_cache(maxsize=16)
def _departing(key: ById) -> Departing:
    rig = Rig(with_stand_sensors(key.engine))
    search = Search(rig.model, linearise(rig.model, [Case()])[0])
    signatures = list(_signatures(search))
    ambient = rig.engine.network.ambient_pressure
    symptoms = Symptoms(rig.sensors, rig.places, rig.expectation, rig.edges, ambient)
    means = np.concatenate([search.means[None], *(m for _, _, m in signatures)])
    found = _judged(rig, means.reshape(-1, *rig.blank.means.shape))
    labels = labels_of(rig.engine)
    names, priors = [NOMINAL], [search.log_share(None)]
    for course, sizes, _ in signatures:
        names += [course.name] * sizes.size
        priors += [search.log_share(course) - float(np.log(sizes.size))] * sizes.size
    level = symptoms.reference
    return Departing(
        tuple(joined(labels.of(name)) for name in names),
        np.array(priors),
        np.nan_to_num(_both(found, "size") / level),
        _both(found, "sigma"),
        np.nan_to_num(_both(found, "given_others")),
        symptoms.places,
        rig.model.solves,
    )


def _signatures(search: Search) -> Iterator[Signature]:
    """Signatures of all faults; of those of sensors a few sizes."""
    yield from hardware_signatures(search, hardware_faults(search.forecaster))
    for name in sensor_faults(search.forecaster.observation.sensors):
        for course, sizes, means in sensor_signatures(search, name):
            rows = np.linspace(0, sizes.size - 1, _SENSOR_SIZES).astype(int)
            yield course, sizes[rows], means[rows]


def _judged(rig: Rig, means: FloatArray) -> list[Departures]:
    """Departures of means, shape (n, K + 1, S), a batch at a time."""
    noise = np.repeat(rig.usual_noise[None], _AT_ONCE, axis=0)
    found = []
    for start in range(0, len(means), _AT_ONCE):
        own = means[start : start + _AT_ONCE]
        scatter = rig.scatter(own, noise[: len(own)])
        found.append(rig.expectation.departures(own[:, 1:], scatter[:, 1:]))
    return found


def _both(found: Sequence[Departures], figure: str) -> FloatArray:
    """A figure of level and change of all batches, shape (n, 2, S)."""
    return np.concatenate(
        [np.stack([getattr(d.level, figure), getattr(d.change, figure)], axis=1) for d in found]
    )
