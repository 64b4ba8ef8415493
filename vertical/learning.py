"""Examples for the small model from labelled cases on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from hotfire.engine import Engine
from hotfire.engine_file import load_engine
from hotfire.locations import fault_labels
from hotfire.models.encoding import NOMINAL, encode
from hotfire.models.examples import Example
from hotfire.physics.description import Description
from hotfire.stand_sensors import with_stand_sensors

__all__ = ["admissible", "examples"]


def admissible(engine: Engine) -> tuple[str, ...]:
    """Return what may be wrong with an engine, in words: `nominal`, then every fault that a diagnosis weighs.

    Args:
        engine: With the sensors that are recorded.
    """
    known = engine.network.faults
    labels = fault_labels(engine)
    weighed = (n for n in labels if n not in known or known[n].weighed)
    return tuple(dict.fromkeys([NOMINAL, *(labels[n].words for n in weighed)]))


@lru_cache(maxsize=64)
def _of_stand(name: str) -> tuple[str, ...]:
    return admissible(with_stand_sensors(load_engine(name)))


def examples(records: Iterable[Mapping[str, Any]]) -> Iterator[Example]:
    """Yield the examples of records of `hotfire scenarios`; cases with several faults are left out.

    Args:
        records: As `hotfire.scenarios.generation.read_cases` yields them.
    """
    for record in records:
        faults = record["faults"]
        if len(faults) > 1:
            continue
        label = faults[0]["label"] if faults else NOMINAL
        hypotheses = _of_stand(record["engine"])
        if label in hypotheses:
            yield Example(encode(Description.from_dict(record["description"]), hypotheses), label)
