"""When the small model is trusted: the risk and the threshold of `hotfire calibrate`, and the router with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.experts.check import PhysicsChecker
from hotfire.experts.neural import NeuralExpert
from hotfire.experts.scores import FAMILIAR, OF_TRAINING, Familiar, Scores
from hotfire.experts.symbolic import SymbolicExpert
from hotfire.models.card import SHIPPED
from hotfire.physics.errors import HotfireError
from hotfire.router.combination import Combination
from hotfire.router.controller import Controller
from hotfire.router.experts import SureExpert
from hotfire.router.thresholds import Promise, learn_then_test

__all__ = ["ROUTING", "Judged", "Routing", "router", "settle"]

ROUTING = "routing.json"
_SCHEMA = "hotfire.routing/1"


@dataclass(frozen=True)
class Judged:
    """One calibration case: its scores with the check of the model's claim, and whether trusting it would be an error.

    Attributes:
        scores: By name.
        agrees: Whether the check of the claim agrees.
        wrong: Whether the claim is not what was put in.
    """

    scores: dict[str, float]
    agrees: bool
    wrong: bool


@dataclass(frozen=True)
class Routing:
    """How cases are routed.

    Attributes:
        combination: One risk from all scores.
        promise: The threshold with what it promises.
    """

    combination: Combination
    promise: Promise

    def write(self, path: Path) -> None:
        """Write to a file."""
        values = {"schema": _SCHEMA, "combination": asdict(self.combination), "promise": asdict(self.promise)}
        path.write_text(json.dumps(values) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Routing:
        """Read from a file.

        Raises:
            HotfireError: If there is none, or it is of another version.
        """
        if not path.exists():
            raise HotfireError(
                "the router is not calibrated for this model",
                where=str(path.parent),
                remedy="run `hotfire calibrate`, or ask one expert with --expert",
            )
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.get("schema") != _SCHEMA:
            raise HotfireError("this is not a routing that this version reads", where=str(path))
        own = values["combination"]
        quantiles = {name: tuple(found) for name, found in own["quantiles"].items()}
        combination = Combination(tuple(own["names"]), quantiles, tuple(own["weights"]))
        return cls(combination, Promise(**values["promise"]))


def settle(fitted: Sequence[Judged], held: Sequence[Judged], *, alpha: float, delta: float) -> Routing:
    """Fit the risk on some cases and settle the threshold on others.

    A claim whose check fails is never trusted: it says nothing on the risk of those that hold, which alone are fitted
    on, and on the cases of the threshold it counts as beyond all thresholds.

    Args:
        fitted: For the risk.
        held: For the threshold; drawn like the cases of use.
        alpha: Share of all cases that may be trusted and wrong.
        delta: Chance that the promise does not hold.

    Raises:
        HotfireError: If the model errs in all or in none of the claims that the risk is fitted on.
    """
    fitted = [j for j in fitted if j.agrees]
    if len({j.wrong for j in fitted}) < 2:
        raise HotfireError(
            "nothing can be calibrated: of the claims that hold, the model errs in all, or in none",
            where="hotfire calibrate",
            remedy="use more cases (--cases), or shifted ones beside the familiar",
        )
    combination = Combination.fit(_columns(fitted), [j.wrong for j in fitted])
    risk = combination.risk(_columns(held))
    risk = np.where([j.agrees for j in held], risk, np.inf)
    wrong = [j.wrong for j in held]
    return Routing(combination, learn_then_test(risk.tolist(), wrong, alpha=alpha, delta=delta))


def _columns(judged: Sequence[Judged]) -> dict[str, list[float]]:
    return {name: [j.scores[name] for j in judged] for name in judged[0].scores}


def router(
    folder: Path = SHIPPED,
    *,
    sure: SureExpert[Any] | None = None,
    usual: float = 0.0,
    provider: str = "auto",
    seed: int = 0,
) -> Controller[Any]:
    """Return the router of a model.

    Args:
        folder: Of the model.
        sure: The sure expert; None for the search over the windows of a case.
        usual: Processor time in s that it usually takes.
        provider: What the model runs on.
        seed: Of the audit.
    """
    from hotfire.models.runtime import SmallModel

    routing = Routing.read(folder / ROUTING)
    names = routing.combination.names
    return Controller(
        NeuralExpert(SmallModel(folder, provider=provider)),
        sure or SymbolicExpert(),
        PhysicsChecker(),
        Scores(Familiar.read(folder / FAMILIAR) if OF_TRAINING & set(names) else None, names),
        routing.combination,
        routing.promise,
        usual=usual,
        seed=seed,
    )
