"""Examples for the small model from labelled cases on disk: as logs are described, and as operators tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from hotfire.engine import Engine
from hotfire.engine_file import load_engine
from hotfire.experts.hypotheses import NOMINAL, labels_of
from hotfire.models.encoding import encode
from hotfire.models.examples import Example
from hotfire.physics.description import Description
from hotfire.scenarios.texts import Place, levels_of, tell
from hotfire.stand_sensors import with_stand_sensors
from hotfire.wording import describe_text

__all__ = ["examples", "text_examples", "told"]

_BESIDE, _UNREAD = 0.2, 0.2
"""Shares of texts that stand beside the log's description, and of which no symptom was read."""


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
