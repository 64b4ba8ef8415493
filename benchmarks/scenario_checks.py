"""Whether cases in bulk are what the plant would make: cuts at onsets, the table of effects, and what stands out.

    python benchmarks/scenario_checks.py [ENGINE ...]

For each familiar engine, in standard deviations of noise and tolerances on the plant:
- what cutting a window at an onset changes of a sound engine, before it is taken off and after;
- how far effects read off the table lie from those that are run, as a share of the effect (median, 90 %);
- how often a sensor that is off by an offset stands out by itself, and given what all other sensors read.
"""

from __future__ import annotations

import argparse

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.diagnosis.case import Case
from hotfire.scenarios.cases import Maker
from hotfire.scenarios.draw import Dice
from hotfire.scenarios.effects import Effects
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.rig import Rig
from hotfire.scenarios.settings import FAMILIAR, Setting, bench

_DRAWS, _SEED = 120, 3
_NOTABLE = 3.0
"""Standard deviations from which a departure is named."""


def main() -> None:
    """Print a row for each engine."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engines", nargs="*", default=list(load_protocol().engines))
    print(
        "| engine | cut, most, before | after | table, median | 90 % | offsets named by themselves | given the others |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in parser.parse_args().engines:
        setting = Setting(FAMILIAR, 0, name)
        rig, effects = bench(setting)
        before, after = _cuts(rig)
        errors = _errors(setting, rig, effects)
        alone, given = _offsets(setting, rig, effects)
        print(
            f"| {name} | {before:.1f} | {after:.1f} | {np.median(errors):.1%} | {np.quantile(errors, 0.9):.1%} | "
            f"{alone:.0%} | {given:.0%} |",
            flush=True,
        )


def _cuts(rig: Rig) -> tuple[float, float]:
    """Largest distance of a sound engine with an onset from one without, before the cut is taken off and after."""
    edges = rig.edges
    onsets = edges[0] + np.linspace(0.13, 0.77, 9) * (edges[-1] - edges[0])
    cases = [Case(None, {}, float(t)) for t in onsets]
    raw, _ = rig.plant.features(cases)
    runs, _ = rig.run(cases)
    return _far(rig, raw.reshape(runs.shape) - rig.sound), _far(rig, runs - rig.sound)


def _far(rig: Rig, change: FloatArray) -> float:
    return float(np.linalg.norm(change.reshape(len(change), -1) @ rig.whitening.T, axis=1).max())


def _errors(setting: Setting, rig: Rig, effects: Effects) -> FloatArray:
    """Distance of effects by the table from those that are run, over the effect, for drawn detectable faults."""
    dice, random = Dice(setting, rig, effects, load_protocol()), np.random.default_rng(_SEED)
    faults = [d.hardware[0] for d in (dice.draw(random) for _ in range(_DRAWS)) if d.hardware]
    faults = [f for f in faults if f.detectable]
    means, good = rig.run(
        [Case(None, {f.name: f.size}, f.course.onset, grows=f.course.grows) for f in faults]
    )
    errors = []
    for fault, run in zip(np.array(faults, dtype=object)[good], means[good], strict=True):
        table = effects.effect(fault.name, np.array([fault.size]), fault.course)
        off, whole = (
            effects.distance((run - rig.sound)[None] - table),
            effects.distance((run - rig.sound)[None]),
        )
        errors.append(float(off[0] / whole[0]))
    return np.array(errors)


def _offsets(setting: Setting, rig: Rig, effects: Effects) -> tuple[float, float]:
    """Share of sensors off by an offset whose symptom is named by its own sigma, and by that given the others."""
    made = Maker(setting, rig, effects, load_protocol()).make(6 * _DRAWS, np.random.default_rng(_SEED))
    alone, given = [], []
    for case in made:
        for fault in case.draw.sensors:
            if not fault.name.endswith(".bias") or not fault.detectable:
                continue
            place = rig.labels[fault.name]
            own = [
                s
                for s in case.description.symptoms
                if (s.location, s.quantity) == (place.location, place.quantity)
            ]
            alone.append(max(abs(s.sigma) for s in own) >= _NOTABLE)
            given.append(max(abs(s.given_others) for s in own) >= _NOTABLE)
    return float(np.mean(alone)), float(np.mean(given))


if __name__ == "__main__":
    main()
