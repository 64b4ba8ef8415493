"""What checks of one engine in the same windows have in common: the nominal engine, and what each fault does to it."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

import numpy as np

from hotfire.compiled_engines import compiled_engine
from hotfire.engine import ById, Engine
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.diagnosis.forecast import Forecaster
from hotfire.physics.diagnosis.hypotheses import hardware_faults, sensor_faults
from hotfire.physics.diagnosis.linearised import Linearised, linearise
from hotfire.physics.diagnosis.observation import Observation
from hotfire.physics.diagnosis.screening import Signature, hardware_signatures, sensor_signatures
from hotfire.physics.diagnosis.search import Search

__all__ = ["Signatures", "signatures_for"]

_KEPT = 16


class Signatures:
    """Signatures of the faults of one engine in given windows, each worked out when it is first asked for.

    Attributes:
        nominal: The nominal engine with its derivatives by tolerances.
    """

    def __init__(self, engine: Engine, observation: Observation) -> None:
        """Take an engine, and an observation for its windows, sensors and recorded inputs."""
        forecaster = Forecaster(compiled_engine(engine), observation)
        self.nominal: Linearised = linearise(forecaster, [Case()])[0]
        self._hardware = hardware_faults(forecaster)
        self._sensors = sensor_faults(observation.sensors)
        self._kept: dict[str, list[Signature]] = {}

    def shows(self, name: str) -> bool:
        """Whether window means can show a fault."""
        return name in self._hardware or name in self._sensors

    def of(self, search: Search, name: str) -> list[Signature]:
        """Signatures of a fault that window means can show, about the nominal engine.

        Args:
            search: About the nominal engine, in these windows.
            name: Of the fault in the engine.
        """
        if name in self._sensors:
            return sensor_signatures(search, name)
        if name not in self._kept:
            self._kept[name] = hardware_signatures(search, {name: self._hardware[name]})
        return self._kept[name]


def signatures_for(engine: Engine, observation: Observation) -> Signatures:
    """Return the signatures of an engine in the windows of an observation, shared by all cases in the same ones."""
    return _shared(ById(engine), _Windows(observation))


class _Windows:
    """An observation as a key: by its sensors, edges and recorded inputs."""

    def __init__(self, observation: Observation) -> None:
        self.observation = observation
        inputs = tuple((n, np.asarray(v).tobytes()) for n, v in sorted(observation.inputs.items()))
        names = tuple(s.name for s in observation.sensors)
        self._key: Hashable = (names, np.asarray(observation.edges).tobytes(), inputs)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Windows) and other._key == self._key


@lru_cache(maxsize=_KEPT)
def _shared(engine: ById, windows: _Windows) -> Signatures:
    return Signatures(engine.engine, windows.observation)
