"""Forged certificates: one figure changed, or a wrong hypothesis claimed at its own best fit."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from itertools import chain, zip_longest
from typing import Any

from hotfire.certificate import issue
from hotfire.engine import Engine
from hotfire.log import Log
from hotfire.observe import Observed
from hotfire.physics.certificate.document import as_document, digest, from_text
from hotfire.physics.certificate.plain import Frame
from hotfire.physics.certificate.values import Certificate
from hotfire.physics.diagnosis.explanations import Weighed
from hotfire.physics.diagnosis.search import Search

__all__ = ["BEHIND", "claimed_wrongly", "mutant", "remember_evaluations", "wrong_claims"]

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
    ("", 1e-6, 1e-5),
)
"""Least change of a figure by its place: absolute, and relative; twice what a verifier lets pass, or more."""


def leaves(document: Any, place: str = "") -> list[tuple[str, Any, Any]]:
    """List every figure of a document: its place, what holds it, and under which key."""
    found = []
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in items:
        here = f"{place}.{key}" if isinstance(document, dict) else f"{place}[{key}]"
        if isinstance(value, (dict, list)):
            found += leaves(value, here)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found.append((here, document, key))
    return found


def mutant(certificate: Certificate, random_: random.Random) -> tuple[str, Certificate]:
    """Change one figure and make the digest right again; parts of the document are drawn alike."""
    document = json.loads(json.dumps(as_document(certificate)))
    by_part: dict[str, list[tuple[str, Any, Any]]] = {}
    for leaf in leaves(document):
        by_part.setdefault(_part(leaf[0]), []).append(leaf)
    place, holder, key = random_.choice(by_part[random_.choice(sorted(by_part))])
    absolute, relative = next((a, r) for word, a, r in LEAST if word in place)
    value = holder[key]
    change = (
        max(absolute, relative * abs(value))
        * math.exp(random_.uniform(0.0, 5.0))
        * random_.choice((-1.0, 1.0))
    )
    holder[key] = value + (round(change) or 1) if isinstance(value, int) else value + change
    document["sha256"] = digest(document)
    return place, from_text(json.dumps(document))


def _part(place: str) -> str:
    """Part of a document that a figure is of: its place without numbers, unknowns and states each as a whole."""
    words = [w for w in place.replace("[", ".").replace("]", "").split(".") if w and not w.isdigit()]
    ends = next((i + 1 for i, w in enumerate(words) if w in ("unknowns", "states")), len(words))
    return ".".join(words[:ends])[:40]


def wrong_claims(ranked: tuple[Weighed, ...], most: int) -> list[tuple[str, tuple[Weighed, ...]]]:
    """Hypotheses far behind the best one, of one fault and of two, each with the list of those that are not better."""
    peak = max(w.best.log_evidence for w in ranked)
    behind = [w for w in ranked if w.best.point is not None and w.best.log_evidence < peak - BEHIND]
    ones, twos = ([w for w in behind if (" + " in w.name) == pair] for pair in (False, True))
    alternating = [w for w in chain.from_iterable(zip_longest(ones, twos)) if w is not None]
    return [(wrong.name, _not_better(ranked, wrong)) for wrong in alternating[:most]]


def _not_better(ranked: tuple[Weighed, ...], wrong: Weighed) -> tuple[Weighed, ...]:
    most = wrong.best.log_evidence
    return tuple(w for w in ranked if w.best.log_evidence <= most or w.name == "nominal")


def claimed_wrongly(
    log: Log, engine: Engine, observed: Observed, search: Search, rest: tuple[Weighed, ...], claim: str
) -> Certificate | None:
    """Certify a wrong hypothesis with figures that hold, what is better left out; None where none can be stated."""
    forged = issue(log, engine, observed, search, rest, claim=claim, evident=False)
    if isinstance(forged, str):
        return None
    most = forged.claimed.log_evidence
    kept = tuple(h for h in forged.hypotheses if h.log_evidence <= most or h.name == "nominal")
    return replace(forged, hypotheses=kept)


def remember_evaluations(put: Any = setattr) -> None:
    """Evaluate what many forgeries of one certificate have in common only once: both functions are pure.

    `put` sets an attribute of a module.
    """
    from hotfire.physics.certificate import check

    for name in ("evaluate", "slopes"):
        function = getattr(check, name)
        known: dict[str, Any] = {}

        def remembered(
            frame: Frame, *stated: Any, function: Any = function, known: dict[str, Any] = known
        ) -> Any:
            key = repr((frame.edges, frame.spare_load, frame.inputs, *stated))
            if key not in known:
                if len(known) > 200:
                    known.clear()
                known[key] = function(frame, *stated)
            return known[key]

        put(check, name, remembered)
