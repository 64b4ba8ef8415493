"""The diagnosing model on its stand, with the sensors that it has and all that it could have.

Every fault is run once, with all these sensors; what a choice of them can tell follows without another run. Sizes go
from the least that has a name to those at which the fault stands out so far that nothing is left to ask.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hotfire.engine import Engine
from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.case import Case
from hotfire.physics.sensors import Sensor
from hotfire.scenarios.effects import Course, Effects, Runs, size_grid
from hotfire.scenarios.rig import Rig, Stand

__all__ = ["SENSOR_MODES", "Bench", "Path"]

SENSOR_MODES = ("bias", "scale", "drift")
"""Faults of sensors that are weighed by what they do to means; the others show by their signal."""
_BOTH_WAYS = ("bias", "scale", "drift")
_RUNS = 5
"""Sizes at which a fault is run."""
_ALONG = 16
"""Sizes that a path is followed by."""
_FAR = 16.0
"""Standard deviations from the sound engine up to which a fault is followed."""


@dataclass(frozen=True, eq=False)
class Path:
    """What a fault of rising size does to the features.

    Attributes:
        fault: Name.
        sizes: With the sign in which the fault goes, shape (n,).
        effects: Shape (n, K + 1, S), SI.
    """

    fault: str
    sizes: FloatArray
    effects: FloatArray


class Bench:
    """An engine, its sensors and the candidates, and what every fault does to them.

    Attributes:
        engine: With the sensors that it has.
        candidates: Sensors that could be added, by name.
        onset: Time at which a fault sets in half-way, s after the valves opened.
        left_out: Faults that no means show, or that the model could run at no size, with the reason.
    """

    def __init__(
        self,
        engine: Engine,
        candidates: Mapping[str, Sensor],
        windows: int,
        reach: float = 1.0,
        only: Collection[str] | None = None,
    ) -> None:
        """Run every fault.

        Args:
            engine: With the sensors that it has.
            candidates: Sensors that could be added.
            windows: Number of windows K, at least 2.
            reach: Factor on the distance up to which faults are followed.
            only: Faults of the hardware that are run; None for all.
        """
        self.engine, self.candidates = engine, dict(candidates)
        every = {**engine.sensors, **self.candidates}
        self.rig = Rig(replace(engine, sensors=every), stand=Stand(windows=windows), equations={})
        self._middle = windows // 2
        self.onset = float(self.rig.edges[self._middle])
        self._reach = _FAR * reach
        known = {n: f for n, f in engine.network.faults.items() if only is None or n in only}
        weighed = [n for n, f in known.items() if f.weighed]
        onsets = self.rig.edges[[self._middle, -1]]
        runs = Runs(onsets, ramps=False, sizes=self._sizes(weighed))
        self.effects = Effects(self.rig, weighed, runs)
        self.left_out = {n: "shows in no mean of a mainstage" for n in known if n not in weighed}
        self.left_out |= {
            n: "the model has no solution with it" for n in weighed if n not in self.effects.sizes
        }

    @cached_property
    def faults(self) -> tuple[str, ...]:
        """Names of all faults that are weighed: of the hardware, and of the sensors that the engine has."""
        return (*self.effects.sizes, *(f"{s}.{m}" for s in self.engine.sensors for m in SENSOR_MODES))

    @cached_property
    def given(self) -> tuple[int, ...]:
        """Columns of the sensors that the engine has."""
        return tuple(c for s in self.engine.sensors for c in self.columns_of(s))

    @cached_property
    def distinct(self) -> tuple[str, ...]:
        """Candidates that read what no sensor of the engine and no candidate before them reads in any fault."""
        seen = self._fingerprints
        taken = {seen[c] for c in self.given}
        found = []
        names = [s.name for s in self.rig.sensors]
        for name in self.candidates:
            own = seen[names.index(name)]
            if own not in taken:
                taken.add(own)
                found.append(name)
        return tuple(found)

    @cached_property
    def _fingerprints(self) -> list[bytes]:
        """What each column reads in the sound engine and in all faults, rounded to a ten-millionth of its level."""
        tables = [self.effects.effect(n, s[-1:], Course())[0] for n, s in self.effects.sizes.items()]
        tables += [self.effects.effect(n, s[:1], Course())[0] for n, s in self.effects.sizes.items()]
        readings = np.stack([self.rig.sound, *(self.rig.sound + t for t in tables)])
        level = np.maximum(np.abs(self.rig.sound).max(axis=0), 1e-300)
        shares = np.round(readings / level, 6) + 0.0
        kinds = [s.kind for s in self.rig.sensors]
        return [
            kinds[c].encode() + level[c : c + 1].round(3).tobytes() + shares[..., c].tobytes()
            for c in range(len(kinds))
        ]

    def columns_of(self, sensor: str) -> tuple[int, ...]:
        """Columns that a sensor gives: its own, and with the chamber's pressure the roughness that it shows."""
        own = [s.name for s in self.rig.sensors].index(sensor)
        rough = self.rig.rough
        burner = self.engine.network.burner
        if rough is not None and self.rig.sensors[own].measures == f"{burner}.pressure":
            return own, rough
        return (own,)

    @cached_property
    def covariance(self) -> FloatArray:
        """Covariance of the features by tolerances of hardware and sensors and by noise, shape (d, d)."""
        means, jacobian = self.rig.linearised
        scatter = self.rig.scatter(means[None], self.rig.usual_noise[None])[0].ravel()
        return np.asarray(jacobian @ jacobian.T + np.diag(scatter**2))

    def features(self, columns: tuple[int, ...]) -> np.ndarray:
        """Rows of the covariance that belong to columns of sensors."""
        rows, count = self.rig.sound.shape
        return np.asarray([r * count + c for r in range(rows) for c in columns])

    def course(self, *, sets_in: bool) -> Course:
        """Course of a fault that sets in half-way, or is there from the start."""
        return Course(self.onset) if sets_in else Course()

    def paths(self, fault: str, *, sets_in: bool) -> list[Path]:
        """Return what a fault does over its sizes, in each direction that it can go."""
        mode = fault.rsplit(".", 1)[1]
        own = fault not in self.effects.sizes
        signs = (1.0, -1.0) if own and mode in _BOTH_WAYS else (1.0,)
        return [
            Path(
                fault,
                s * self._admissible(fault),
                self.effect(fault, s * self._admissible(fault), sets_in=sets_in),
            )
            for s in signs
        ]

    def effect(self, fault: str, sizes: FloatArray, *, sets_in: bool) -> FloatArray:
        """Effect of several sizes of a fault on all features, shape (n, K + 1, S), SI."""
        return self.effects.effect(fault, sizes, self.course(sets_in=sets_in))

    def _admissible(self, name: str) -> FloatArray:
        """Sizes from the least that has a name to the largest that was run."""
        fault = self.rig.faults[name]
        upper = self.effects.largest.get(name, fault.upper)
        return np.geomspace(fault.lower, upper, _ALONG) if upper > fault.lower else np.array([upper])

    def _sizes(self, names: list[str]) -> dict[str, FloatArray]:
        """Sizes at which faults are run: to where the present sensors see them from afar."""
        faults = self.rig.faults
        means, solved = self.rig.run([Case(None, {n: faults[n].lower}) for n in names])
        effects = means - self.rig.sound
        rows = self.features(self.given)
        root = np.linalg.cholesky(self.covariance[np.ix_(rows, rows)])
        later = effects.copy()
        later[:, : self._middle + 1] = 0.0
        found = {}
        for i, name in enumerate(names):
            fault = faults[name]
            far = [
                float(np.linalg.norm(np.linalg.solve(root, e[i].ravel()[rows]))) if solved[i] else self._reach
                for e in (effects, later)
            ]
            most = fault.lower * max(2.0, *(self._reach / max(d, 1e-9) for d in far))
            found[name] = size_grid(fault.lower, min(fault.upper, most), _RUNS)
        return found
