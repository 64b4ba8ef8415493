"""How much an operator's text tells: an oracle that knows how texts are made, beside the experts, on the same texts.

    python benchmarks/text_oracle.py --prepared cases                  # 300 cases of the validation split
    python benchmarks/text_oracle.py --prepared cases --known 500 1000 2000 4000

The oracle knows what no expert can: how the generator chooses what is told (`hotfire.scenarios.texts`: up to four of
the eight strongest departures, each kept with probability 0.75), the frequency of faults, and thousands of cases of the
same engine and plant with their answers. A case counts by how likely the generator would have told the same of it: the
same places, ways and directions, sizes and onsets nearby. `as read` gets what the text says; `exactly` gets the told
departures with their sizes, strengths and onsets, which no text has; `all of them` gets every departure so, told or
not: what the method loses shows against experts that read whole descriptions, so it is no upper bound. The small model
is given the told departures as measured, too, as if no other sensor were there.

Score as everywhere (a set of hypotheses with probability 0.9), and that of the likeliest hypothesis answered alone,
which no other answer of one hypothesis can beat. The oracle errs low where it knows few cases: see how it grows.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.examination.cases import ExamCase, load, prepare
from hotfire.examination.score import NOMINAL, Scored, score, summary
from hotfire.experts.described import by_symptoms, departing
from hotfire.experts.hypotheses import joined
from hotfire.models.card import SHIPPED
from hotfire.models.runtime import ModelAnswer, SmallModel
from hotfire.physics.arrays import FloatArray
from hotfire.physics.description import Description, Location, Symptom
from hotfire.scenarios.cases import Maker
from hotfire.scenarios.draw import described
from hotfire.scenarios.generation import plan
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import bench
from hotfire.scenarios.texts import Tale, levels_of, tale
from hotfire.stand_sensors import with_stand_sensors
from hotfire.wording import IN_WORDS, describe_text

SEED = 20261129
_AT_ONCE = 64
KEPT, MOST, SEEN = 0.75, 4, 8
"""Of the generator: how often a departure is kept, how many are told at most, and among how many."""
QUIET = 1.0
NEAR, LEAST, STRONG, WHEN = 0.25, 0.005, 1.5, 0.05
"""Widths of the kernels: relative, least of a size and of a strength, of an onset as a share of the burn."""
LOOSE, MISSING = 0.05, 1e-3
"""Weights of a case with another course in the same direction, and without such a departure."""

EXTRA = 0.1
"""Weight of a case for each departure that it has and that is not there, where all are known."""
FORMS = ("as read", "exactly", "all of them")

Place = tuple[str, Location]
Posterior = Callable[[ExamCase, Tale, Description], Mapping[str, float]]


@dataclass(frozen=True, eq=False)
class Known:
    """What n cases of one engine show at its P places.

    Attributes:
        labels: Answer of each case.
        places: Quantity and location.
        rank: Place among the departures, strongest first, from 1; 0 where nothing stands out. Shape (n, P).
        departures: How many stand out, shape (n,).
        quiet: Whether a channel may be told to be steady, shape (n, P).
        course: 0 for a level, 1 for a step, 2 for a ramp, 3 for a signal, shape (n, P).
        size, sigma, given, onset: As described; NaN for an onset at the start. Shape (n, P).
        burn: Length of the burn in s, shape (n,).
    """

    labels: tuple[str, ...]
    places: tuple[Place, ...]
    rank: FloatArray
    departures: FloatArray
    quiet: FloatArray
    course: FloatArray
    size: FloatArray
    sigma: FloatArray
    given: FloatArray
    onset: FloatArray
    burn: FloatArray

    def first(self, count: int) -> Known:
        """Return the first cases alone."""
        arrays = (self.rank, self.departures, self.quiet, self.course, self.size, self.sigma, self.given)
        return Known(
            self.labels[:count],
            self.places,
            *(a[:count] for a in arrays),
            onset=self.onset[:count],
            burn=self.burn[:count],
        )


def main() -> None:
    """Print the table."""
    options = _options().parse_args()
    cases = load(prepare(options.prepared, options.split, options.cases))
    told = list(_told(cases))
    most = max(options.known)
    read = [replace(c, description=d) for c, (_, d) in zip(cases, told, strict=True)]
    exact = [_as_measured(c, t) for c, (t, _) in zip(cases, told, strict=True)]
    model = SmallModel(SHIPPED)
    rows: dict[str, list[Mapping[str, float]]] = {
        "the small model, whole descriptions": [a.posterior for a in answered(model, cases)],
        "the small model, texts": [a.posterior for a in answered(model, read)],
        "the small model, told departures as measured": [a.posterior for a in answered(model, exact)],
        "the physics of the symptoms": _all(_by_physics, cases, told),
    }
    for count in sorted(options.known):
        for name in FORMS:
            oracle = _oracle(count, most, name)
            rows[f"oracle, {name}, {count} cases known of each engine"] = _all(oracle, cases, told)
    print(f"{len(cases)} cases of {options.split}, seed {SEED}\n")
    print("| answer | score | top-1 | log loss | median A/G* | missed | score of the likeliest alone |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, posteriors in rows.items():
        print(_row(name, cases, posteriors))


def _row(name: str, cases: Sequence[ExamCase], posteriors: Sequence[Mapping[str, float]]) -> str:
    own = summary([_scored(c, p) for c, p in zip(cases, posteriors, strict=True)])
    alone = summary(
        [_scored(c, {max(p, key=p.__getitem__): 1.0}) for c, p in zip(cases, posteriors, strict=True)]
    )
    figures = [own[k] for k in ("score", "strict", "log_loss", "answer_over_group", "missed")]
    return f"| {name} | " + " | ".join(f"{f:.3f}" for f in (*figures, alone["score"])) + " |"


def _scored(case: ExamCase, posterior: Mapping[str, float]) -> Scored:
    return score(posterior, case.label, case.group, detectable=case.detectable)


def answered(model: SmallModel, cases: Sequence[ExamCase]) -> list[ModelAnswer]:
    """Answer cases by the small model, many together."""
    found: list[ModelAnswer] = []
    for start in range(0, len(cases), _AT_ONCE):
        own = cases[start : start + _AT_ONCE]
        found += model.answer([c.description for c in own], [c.hypotheses for c in own])
    return found


def _all(
    posterior: Posterior, cases: Sequence[ExamCase], told: Sequence[tuple[Tale, Description]]
) -> list[Mapping[str, float]]:
    return [posterior(c, tale, read) for c, (tale, read) in zip(cases, told, strict=True)]


def _told(cases: Sequence[ExamCase]) -> Iterator[tuple[Tale, Description]]:
    """What an operator says of each case, and what is read of it."""
    random = np.random.default_rng([SEED, 0])
    for case in cases:
        engine = _stand(case.engine)
        own = tale(case.description, random, levels=_levels(case.engine))
        yield own, describe_text(own.text, engine)


@lru_cache(maxsize=32)
def _stand(name: str) -> Engine:
    return with_stand_sensors(load_engine(name))


@lru_cache(maxsize=32)
def _levels(name: str) -> dict[Place, float]:
    return levels_of(_stand(name))


def _as_measured(case: ExamCase, told: Tale) -> ExamCase:
    """The case as if the sensors that are told of were the only ones."""
    return replace(case, description=replace(case.description, symptoms=(*told.told, *told.held)))


def _by_physics(case: ExamCase, _: Tale, read: Description) -> Mapping[str, float]:
    return by_symptoms(read, departing(_engine(case.engine))[0], case.hypotheses)


@lru_cache(maxsize=32)
def _engine(name: str) -> Engine:
    return load_engine(name)


def _oracle(count: int, most: int, form: str) -> Posterior:
    def posterior(case: ExamCase, told: Tale, read: Description) -> Mapping[str, float]:
        known = _known(case.engine, most).first(count)
        said = {"as read": read.symptoms, "exactly": (*told.told, *told.held)}.get(form, _strongest(case))
        weights = likelihood(
            said,
            known,
            exact=form != "as read",
            burn=case.description.burn,
            complete=form == "all of them",
        )
        found = dict.fromkeys(case.hypotheses, 0.0)
        for label, weight in zip(known.labels, weights.tolist(), strict=True):
            if label in found:
                found[label] += weight
        total = sum(found.values())
        return {h: w / total for h, w in found.items()} if total > 0.0 else {NOMINAL: 1.0}

    return posterior


def _strongest(case: ExamCase) -> tuple[Symptom, ...]:
    """Every departure, of each place the strongest."""
    first: dict[Place, Symptom] = {}
    for symptom in case.description.notable:
        first.setdefault((symptom.quantity, symptom.location), symptom)
    return tuple(first.values())


def likelihood(
    said: Sequence[Symptom], known: Known, *, exact: bool, burn: float, complete: bool = False
) -> FloatArray:
    """How likely the generator tells this of each known case, shape (n,).

    Args:
        said: Departures that are told; what was told to be quiet has size 0 or does not stand out.
        known: Cases of the same engine.
        exact: Whether sizes and onsets are those of the description.
        burn: Length of the burn in s.
        complete: Whether all departures are told, so that what is not told is not there.
    """
    weights = np.ones(len(known.labels))
    ranks = []
    for symptom in said:
        columns = [i for i, place in enumerate(known.places) if place == (symptom.quantity, symptom.location)]
        if not columns:
            continue
        i = columns[0]
        if not symptom.notable if exact else symptom.course == "level" and symptom.size == 0.0:
            weights *= np.where(known.quiet[:, i], 1.0, LOOSE)
            continue
        weights *= _fit(symptom, known, i, exact=exact, burn=burn)
        ranks.append(known.rank[:, i])
    if complete:
        return np.asarray(weights * EXTRA ** np.maximum(known.departures - len(ranks), 0.0))
    return np.asarray(weights * _choice(np.array(ranks), known.departures))


def _fit(symptom: Symptom, known: Known, i: int, *, exact: bool, burn: float) -> FloatArray:
    """Agreement of one departure with what each known case shows there."""
    course, size, onset = known.course[:, i], known.size[:, i], known.onset[:, i]
    code = _course(symptom)
    same = course == code
    if code == _SIGNAL:
        return np.where(same & (known.rank[:, i] > 0), 1.0, MISSING)
    right = (np.sign(size) == np.sign(symptom.size)) & (known.rank[:, i] > 0) & (course != _SIGNAL)
    fit = np.where(right, np.where(same, 1.0, LOOSE), MISSING)
    if exact or abs(symptom.sigma) != IN_WORDS:
        width = NEAR * np.abs(size) + LEAST
        fit = fit * np.exp(-0.5 * ((symptom.size - size) / width) ** 2) * 0.1 / width
    if exact:
        for own, theirs in ((symptom.sigma, known.sigma[:, i]), (symptom.given_others, known.given[:, i])):
            width = NEAR * np.abs(theirs) + STRONG
            fit = fit * np.exp(-0.5 * ((own - theirs) / width) ** 2) * STRONG / width
    if symptom.onset is not None:
        away = np.nan_to_num((symptom.onset / burn - onset / known.burn) / WHEN, nan=5.0)
        fit = fit * np.exp(-0.5 * away**2)
    return np.asarray(np.maximum(fit, MISSING**2))


def _choice(ranks: FloatArray, departures: FloatArray) -> FloatArray:
    """Probability that just the departures of some ranks are told of those of each case.

    Args:
        ranks: Of each told departure in each case, shape (told, n); 0 where it does not stand out there.
        departures: How many stand out in each case, shape (n,).
    """
    among = np.minimum(departures, SEEN)
    count = len(ranks)
    if count == 0:
        return np.where(departures == 0, 1.0, 1e-3)
    last = np.maximum(ranks.max(axis=0), count)
    rest = np.maximum(among - last, 0.0)
    more = (MOST - count) / MOST * (1.0 - KEPT) ** rest if count < MOST else 0.0
    return np.asarray(KEPT**count * (1.0 - KEPT) ** (last - count) * (1.0 / MOST + more))


_SIGNAL = 3
_COURSES = {"level": 0, "step": 1, "ramp": 2}


def _course(symptom: Symptom) -> int:
    return _COURSES.get(symptom.course, _SIGNAL)


@lru_cache(maxsize=16)
def _known(name: str, count: int) -> Known:
    """Cases of the training split of one engine."""
    protocol = load_protocol()
    names = protocol.engines
    shards = [s for s in plan(protocol, "train", cases=count * len(names)) if s.setting.engine == name]
    rig, effects = bench(shards[0].setting)
    maker = Maker(shards[0].setting, rig, effects, protocol)
    labels, descriptions = [], []
    for shard in shards:
        random = shard.random(protocol)
        for case in maker.read(maker.run(shard.cases, random), random):
            labels.append(joined(f["label"] for f in described(case.draw, rig)))
            descriptions.append(case.description)
    return _table(tuple(labels), descriptions)


def _table(labels: tuple[str, ...], descriptions: Sequence[Description]) -> Known:
    places = tuple(dict.fromkeys((s.quantity, s.location) for d in descriptions for s in d.symptoms))
    column = {place: i for i, place in enumerate(places)}
    shape = len(labels), len(places)
    rank, course, size, sigma, given = (np.zeros(shape) for _ in range(5))
    onset, quiet, departures = np.full(shape, np.nan), np.ones(shape), np.zeros(len(labels))
    for n, description in enumerate(descriptions):
        for symptom in description.symptoms:
            if symptom.notable or symptom.strength >= QUIET:
                quiet[n, column[symptom.quantity, symptom.location]] = 0.0
        for symptom in description.notable:
            i = column[symptom.quantity, symptom.location]
            if rank[n, i] == 0:
                departures[n] += 1
                rank[n, i], course[n, i], size[n, i] = departures[n], _course(symptom), symptom.size
                sigma[n, i], given[n, i] = symptom.sigma, symptom.given_others
                onset[n, i] = np.nan if symptom.onset is None else symptom.onset
    burn = np.array([d.burn for d in descriptions])
    return Known(labels, places, rank, departures, quiet, course, size, sigma, given, onset, burn)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prepared", type=Path, required=True, help="folder of cases, made where missing")
    parser.add_argument("--split", default="validation")
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument(
        "--known", type=int, nargs="+", default=[500, 2000], help="cases known of each engine"
    )
    return parser


if __name__ == "__main__":
    main()
