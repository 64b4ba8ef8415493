"""Examples for the small model from labelled cases on disk: as logs are described, and as operators tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from typing import Any

import numpy as np

from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.experts.hypotheses import NOMINAL, labels_of
from hotfire.models.encoding import encode
from hotfire.models.examples import Example
from hotfire.physics.description import Description
from hotfire.scenarios.texts import Place, levels_of, tell
from hotfire.stand_sensors import with_stand_sensors
from hotfire.wording import describe_text

__all__ = ["examples", "text_examples", "told", "told_examples"]

_BESIDE, _UNREAD = 0.2, 0.2
"""Shares of texts that stand beside the log's description, and of which no symptom was read."""


_PART = 500
"""Cases that one process tells of at a time."""


@dataclass(frozen=True, eq=False)
class _Stand:
    """An engine with the sensors of its stand.

    Attributes:
        engine: With them.
        hypotheses: What may be wrong with it.
        levels: What its sensors read above rest, SI, for amounts that are told in units.
    """

    engine: Engine
    hypotheses: tuple[str, ...]
    levels: Mapping[Place, float]


@lru_cache(maxsize=64)
def _stand(name: str) -> _Stand:
    engine = with_stand_sensors(load_engine(name))
    return _Stand(engine, labels_of(engine).words, levels_of(engine))


def examples(records: Iterable[Mapping[str, Any]]) -> Iterator[Example]:
    """Yield the examples of records of `hotfire scenarios`; cases with several faults are left out.

    Args:
        records: As `hotfire.scenarios.generation.read_cases` yields them.
    """
    for record, label, stand in _single(records):
        description = Description.from_dict(record["description"])
        yield Example(encode(description, stand.hypotheses), label)


def text_examples(records: Iterable[Mapping[str, Any]], random: np.random.Generator) -> Iterator[Example]:
    """Yield what operators tell of the same cases: most as text alone, some beside the log, some with nothing read."""
    for record, label, stand in _single(records):
        description = Description.from_dict(record["description"])
        text = tell(description, random, levels=stand.levels)
        chance = random.random()
        if chance < _BESIDE:
            description = replace(description, text=text)
        else:
            description = describe_text(text, stand.engine)
            if chance < _BESIDE + _UNREAD:
                description = replace(description, symptoms=())
        yield Example(encode(description, stand.hypotheses), label)


def told_examples(records: Sequence[Mapping[str, Any]], seed: int, *, workers: int = 1) -> list[Example]:
    """Return the same as `text_examples`, made by several processes; their number changes nothing.

    Args:
        records: As `hotfire.scenarios.generation.read_cases` yields them.
        seed: Of the telling.
        workers: Processes.
    """
    parts = [(records[i : i + _PART], (seed, i)) for i in range(0, len(records), _PART)]
    if workers == 1:
        made = map(_told_part, parts)
        return [e for part in made for e in part]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return [e for part in pool.map(_told_part, parts) for e in part]


def _told_part(part: tuple[Sequence[Mapping[str, Any]], tuple[int, int]]) -> list[Example]:
    records, seed = part
    return list(text_examples(records, np.random.default_rng(seed)))


def told(record: Mapping[str, Any], random: np.random.Generator, *, level: int = 0) -> Description:
    """Return a case of `hotfire scenarios` as an operator's text alone tells it.

    Args:
        record: The case.
        random: Source of chance.
        level: Of the shift axis `wording`; 0 for familiar words.
    """
    stand = _stand(record["engine"])
    description = Description.from_dict(record["description"])
    return describe_text(tell(description, random, level=level, levels=stand.levels), stand.engine)


def _single(records: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], str, _Stand]]:
    """Records with at most one fault, with its label and the stand."""
    for record in records:
        faults, stand = record["faults"], _stand(record["engine"])
        label = faults[0]["label"] if faults else NOMINAL
        if len(faults) <= 1 and label in stand.hypotheses:
            yield record, label, stand
