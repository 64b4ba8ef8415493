"""How much of operators' texts is understood: recall and precision by level of wording, on texts of the plant's cases.

`python benchmarks/texts.py --cases 200` makes cases of familiar engines, lets operators tell them, and reads the texts.
A departure counts as understood when quantity, place and direction are right. What is understood of
`all else nominal` is counted apart: of how many sensors it says so, and how many of them depart in the case.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from hotfire.engine import Engine
from hotfire.physics.description import Description, Location, Symptom
from hotfire.scenarios.cases import Maker
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import FAMILIAR, Setting, bench
from hotfire.scenarios.texts import Tale, levels_of, tale
from hotfire.wording import ALL_ELSE, understand

LEVELS = ("familiar", "new phrasing", "jargon", "typing errors", "Italian words", "Italian")
SEEN = 3.0
"""Standard deviations from which a departure stands out."""
Key = tuple[str, Location, str]


def _direction(symptom: Symptom) -> str:
    if symptom.course not in ("level", "step", "ramp"):
        return symptom.course
    return "steady" if symptom.size == 0.0 else "high" if symptom.size > 0.0 else "low"


def _keys(told: Tale) -> Iterator[Key]:
    for symptom in told.told:
        yield symptom.quantity, symptom.location, _direction(symptom)
    for symptom in told.held:
        yield symptom.quantity, symptom.location, "steady"


def counts(cases: list[Description], engine: Engine, level: int, random: np.random.Generator) -> list[int]:
    """Return hits, what was told, what was understood, the other way; sensors of `all else`, and those that depart."""
    levels, total = levels_of(engine), np.zeros(6, int)
    for case in cases:
        told = tale(case, random, level=level, levels=levels)
        wanted = set(_keys(told))
        heard = understand(told.text, engine=engine)
        pairs = list(zip(heard.symptoms, heard.understood, strict=True))
        found = {(s.quantity, s.location, _direction(s)) for s, h in pairs if h.words != ALL_ELSE}
        quiet = {(s.quantity, s.location) for s, h in pairs if h.words == ALL_ELSE}
        departing = {(s.quantity, s.location) for s in case.symptoms if s.size != 0.0 and abs(s.sigma) > SEEN}
        opposite = {(q, p, {"high": "low", "low": "high"}.get(d, "")) for q, p, d in wanted}
        total += (
            *(len(wanted & found), len(wanted), len(found), len(found & opposite - wanted)),
            *(len(quiet), len(quiet & departing)),
        )
    return [int(n) for n in total]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200, help="cases of each engine")
    parser.add_argument("--engines", nargs="+", default=["imperial-dmt", "tum-hopper", "uvic-mule1"])
    parser.add_argument("--seed", type=int, default=20261129)
    arguments = parser.parse_args()
    protocol, total = load_protocol(), np.zeros((len(LEVELS), 6), int)
    for name in arguments.engines:
        setting = Setting(FAMILIAR, 0, name)
        rig, effects = bench(setting)
        maker = Maker(setting, rig, effects, protocol)
        random = np.random.default_rng(arguments.seed)
        cases = [c.description for c in maker.make(arguments.cases, random)]
        for level in range(len(LEVELS)):
            total[level] += counts(cases, rig.engine, level, random)
    print("| wording | told | recall | precision | understood the other way | of all else | departing |")
    print("|---|---|---|---|---|---|---|")
    for words, (hits, said, heard, wrong, quiet, false) in zip(LEVELS, total.tolist(), strict=True):
        rates = f"{hits / said:.3f} | {hits / max(heard, 1):.3f}"
        print(f"| {words} | {said} | {rates} | {wrong} | {quiet} | {false} |")


if __name__ == "__main__":
    main()
