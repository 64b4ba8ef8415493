"""Forged certificates: one figure changed, or a wrong hypothesis claimed at its own best fit."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import chain, zip_longest
from typing import Any

from hotfire.certificate import issue
from hotfire.engine import Engine
from hotfire.log import Log
from hotfire.observing.observe import Observed
from hotfire.physics.certificate.check import evidence_tolerance
from hotfire.physics.certificate.ledger import Ledger
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.values import Certificate, StatedHypothesis
from hotfire.physics.certificate.weight import Weights
from hotfire.physics.diagnosis.explanations import NOMINAL, Weighed
from hotfire.physics.diagnosis.search import Search

__all__ = ["BEHIND", "Mutants", "changed", "claimed_wrongly", "leaves", "remember_hypotheses", "wrong_claims"]

BEHIND = 10.0
"""Nats by which a wrong hypothesis must lie behind the best one: nearer ones the log does not tell apart."""
LEAST = (
    ("log_evidence", 0.5, 0.0),
    ("promised", 1.0, 0.0),
    (".tolerances.", 0.01, 0.0),
    (".states.", 1e-3, 2e-3),
    ("features", 1e-3, 2e-3),
    ("equations", 1e-3, 1e-3),
    (".unknowns.", 1e-3, 1e-3),
    (".size", 0.0, 3e-2),
    ("", 1e-6, 1e-5),
)
"""Least change of a figure by its place: absolute, and relative; twice what a verifier lets pass, or more."""


def leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], float]]:
    """Yield every figure of a certificate, with the names and numbers of its place."""
    for key, part in _parts(value):
        if isinstance(part, (int, float)) and not isinstance(part, bool):
            yield (*place, key), part
        else:
            yield from leaves(part, (*place, key))


def _parts(value: Any) -> list[tuple[str | int, Any]]:
    if is_dataclass(value):
        return [(f.name, getattr(value, f.name)) for f in fields(value)]
    if isinstance(value, Mapping):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, tuple) else []


def changed(value: Any, place: Sequence[str | int], figure: float) -> Any:
    """A certificate with one figure changed; all that it is not part of is the very same."""
    if not place:
        return figure
    key, *rest = place
    part = changed(dict(_parts(value))[key], rest, figure)
    if is_dataclass(value):
        return replace(value, **{str(key): part})  # type: ignore[type-var]
    if isinstance(value, Mapping):
        return {**value, key: part}
    return tuple(part if i == key else v for i, v in enumerate(value))


class Mutants:
    """One figure of a certificate changed; parts of it are drawn alike. Written, it has the digest of its content."""

    def __init__(self, certificate: Certificate, random_: random.Random) -> None:
        self.certificate, self.random = certificate, random_
        self.by_part: dict[str, list[tuple[tuple[str | int, ...], float]]] = {}
        for place, value in leaves(certificate):
            if place[0] not in ("engine", "log"):
                self.by_part.setdefault(_part(place), []).append((place, value))

    def draw(self) -> tuple[str, Certificate]:
        """Draw one: where it is, and the whole."""
        choose, random_ = self.random.choice, self.random
        place, value = choose(self.by_part[choose(sorted(self.by_part))])
        shown = "." + ".".join(map(str, place))
        absolute, relative = next((a, r) for word, a, r in LEAST if word in shown)
        least = max(absolute, relative * abs(value), self._of_evidence(place))
        change = least * math.exp(random_.uniform(0.0, 5.0)) * choose((-1.0, 1.0))
        figure = value + (round(change) or 1) if isinstance(value, int) else value + change
        return shown, changed(self.certificate, place, figure)

    def _of_evidence(self, place: Sequence[str | int]) -> float:
        """Twice what a verifier lets pass of an evidence or a promised misfit; 0 of another figure."""
        if place[0] != "hypotheses" or place[-1] not in ("log_evidence", "promised"):
            return 0.0
        own = self.certificate.hypotheses[int(place[1])]
        let_pass = evidence_tolerance(own.misfit, own.promised)
        return 2.0 * let_pass * (2.0 if place[-1] == "promised" else 1.0)


def _part(place: Sequence[str | int]) -> str:
    """Part of a certificate that a figure is of: its place without numbers, unknowns and states each as a whole."""
    words = [w for w in place if isinstance(w, str)]
    ends = next((i + 1 for i, w in enumerate(words) if w in ("unknowns", "states")), len(words))
    return ".".join(words[:ends])[:40]


def wrong_claims(ranked: tuple[Weighed, ...], most: int) -> list[Weighed]:
    """Return hypotheses far behind the best one, of one fault and of two by turns."""
    peak = max(w.best.log_evidence for w in ranked)
    behind = [w for w in ranked if w.best.point is not None and w.best.log_evidence < peak - BEHIND]
    ones, twos = ([w for w in behind if (" + " in w.name) == pair] for pair in (False, True))
    by_turns = [
        w for w in chain.from_iterable(zip_longest(ones, twos)) if w is not None and w.name != NOMINAL
    ]
    return by_turns[:most]


def claimed_wrongly(
    log: Log,
    engine: Engine,
    observed: Observed,
    search: Search,
    wrong: Weighed,
    sound: Weighed,
    honest: Certificate,
) -> Certificate | None:
    """Certify a wrong hypothesis at its own best fit, with figures that hold, beside the sound engine alone.

    None where it cannot be stated. The sound engine is that of the honest certificate of the same log.
    """
    forged = issue(log, engine, observed, search, (wrong, sound), claim=wrong.name, evident=False)
    if isinstance(forged, str):
        return None
    nominal = next(h for h in honest.hypotheses if h.name == NOMINAL)
    return replace(
        forged,
        log=honest.log,
        windows=honest.windows,
        model=honest.model,
        hypotheses=(forged.claimed, nominal),
    )


def remember_hypotheses(put: Any = setattr) -> None:
    """Check what many forgeries of one certificate have in common only once: a hypothesis that is the very same object.

    What the check says depends on nothing but the hypothesis, the windows and the settings. `put` sets an attribute of
    a module.
    """
    from hotfire.physics.certificate import check

    function = check._check_hypothesis
    known: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def remembered(ledger: Ledger, figure: str, h: StatedHypothesis, frame: Frame, weights: Weights) -> Any:
        certificate = weights.certificate
        inputs = (h, certificate.windows, certificate.model)
        key = (figure, *map(id, inputs), id(frame.network))
        if key not in known:
            if len(known) > 200:
                known.clear()
            own = Ledger()
            known[key] = (inputs, frame.network, own, function(own, figure, h, frame, weights))
        *_, own, evaluated = known[key]
        for kind, count in own.checked.items():
            ledger.checked[kind] = ledger.checked.get(kind, 0) + count
        ledger.refusals += own.refusals
        return evaluated

    put(check, "_check_hypothesis", remembered)
