"""Cases that the symbolic expert answered, answered by the small model as well and its claim checked: a row each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from baselines.cases import load, observed, prepare_shard
from score import NOMINAL, score

from hotfire.experts.check import PhysicsChecker
from hotfire.experts.hypotheses import MISMATCH, parts
from hotfire.experts.neural import NeuralExpert
from hotfire.experts.scores import Scores
from hotfire.router.examination import RIVAL, examine
from hotfire.router.experts import Answer
from hotfire.scenarios.generation import Shard, plan
from hotfire.scenarios.protocol import load_protocol
from hotfire.scenarios.settings import FAMILIAR

__all__ = ["earned", "is_shifted", "pairs", "right"]

_NAME = re.compile(
    r"(?P<split>[a-z]+)-(?P<axis>[a-z_]+)-(?P<level>\d)-(?P<engine>.+)-(?P<shard>\d{4})-(?P<count>\d+)-(?P<case>\d{3})"
)


def pairs(
    answers: Path,
    prepared: Path,
    neural: NeuralExpert,
    scores: Scores,
    counts: Mapping[str, int],
    done: set[str],
) -> Iterator[dict[str, Any]]:
    """Yield a row for each answer of the symbolic expert that has none yet.

    Args:
        answers: What `bench_symbolic.py` wrote.
        prepared: Folder of cases.
        neural: The small model.
        scores: Of strangeness.
        counts: Cases that were asked for, by split.
        done: Names of rows that are there.
    """
    lines = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    by_shard: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        if line["id"] not in done:
            by_shard.setdefault(line["id"].rsplit("-", 1)[0], []).append(line)
    for own in by_shard.values():
        yield from _of_shard(own, prepared, neural, scores, counts)


def _of_shard(
    lines: Sequence[dict[str, Any]],
    prepared: Path,
    neural: NeuralExpert,
    scores: Scores,
    counts: Mapping[str, int],
) -> Iterator[dict[str, Any]]:
    shard = _shard(lines[0]["id"], counts)
    path = prepare_shard(prepared, shard)
    cases = observed(shard, load([path]))
    checker = PhysicsChecker()
    for line in lines:
        case = cases[int(line["id"].rsplit("-", 1)[1])].observed
        assert case is not None
        answer = neural.answer(case)
        examined = examine(checker, case, answer)
        yield {
            **{k: line[k] for k in ("id", "engine", "axis", "level", "kind", "truth", "detectable", "group")},
            "neural": _shown(answer),
            "symbolic": line["posterior"],
            "scores": {**scores(case, answer, examined.check), RIVAL: examined.rival},
            "agrees": examined.check.agrees,
            "neural_cpu": answer.cost.cpu,
            "check_cpu": examined.cost.cpu,
            "check_solves": examined.cost.solves,
            "symbolic_cpu": line["cpu"],
            "symbolic_solves": line["solves"],
        }


def _shown(answer: Answer) -> dict[str, float]:
    return {h: round(p, 6) for h, p in answer.posterior.items() if p >= 1e-5}


def _shard(name: str, counts: Mapping[str, int]) -> Shard:
    """The shard that a case is of."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name} is not the name of a case")
    axis, level = found["axis"], int(found["level"])
    shards = plan(load_protocol(), found["split"], cases=counts[found["split"]], axis=axis, level=level)
    for shard in shards:
        if shard.setting.engine == found["engine"] and shard.number == int(found["shard"]):
            return shard
    raise ValueError(f"{name} is of no shard of the protocol")


def right(row: Mapping[str, Any], claim: str) -> bool:
    """Whether a claim is right.

    Of one fault, it or what the sensors cannot tell from it; of an undetectable one also that all is well. Of several,
    all of them. Where the hardware is not that of the file, that nothing fits.
    """
    truth = tuple(row["truth"])
    if row["axis"] == "swap_undeclared":
        return claim == MISMATCH
    if len(truth) > 1:
        return set(parts(claim)) == set(truth)
    if not truth:
        return claim == NOMINAL
    return claim in {*truth, *row["group"]} or (not row["detectable"] and claim == NOMINAL)


def earned(row: Mapping[str, Any], posterior: Mapping[str, float]) -> float:
    """Score of an answer: the protocol's for one fault; for none or several, whether the likeliest claim is right."""
    truth = row["truth"]
    if row["axis"] == "swap_undeclared" or len(truth) != 1:
        return float(right(row, max(posterior, key=lambda h: (posterior[h], h))))
    return score(posterior, truth[0], row["group"], detectable=row["detectable"]).score


def is_shifted(row: Mapping[str, Any]) -> bool:
    """Whether a row is of a shifted case."""
    return bool(row["axis"] != FAMILIAR)
