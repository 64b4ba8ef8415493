"""Beliefs in faults from sensors that read low, as expected or high, by the tree.

Every single fault and every pair has a signature: the state of each sensor on the steady model. A sensor shows
the state of the signature, or with a small probability one of the two others. The tree says the same in gates, with
an event for each misreading, so its posterior is that of an enumeration of single faults and pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from hotfire.physics.fault_tree.effects import Effects, Statement
from hotfire.physics.fault_tree.model import BasicEvent, FaultTree, FaultTreeError, Gate
from hotfire.physics.fault_tree.quantification import posterior

__all__ = ["Signatures", "discrete_posterior", "evidence_tree", "signatures_of"]

_WORDS = {-1: "low", 0: "as expected", 1: "high"}


@dataclass(frozen=True)
class Signatures:
    """What each fault and pair of faults does to sensors.

    Attributes:
        prior: Probability of each fault.
        states: -1 low, 0 as expected, 1 high, by sensor, by set of none, one or two faults; a set that has no steady
            state is not there and counts as impossible.
        misread: Probability that a sensor shows another state than its own, half to each.
    """

    prior: Mapping[str, float]
    states: Mapping[frozenset[str], Mapping[str, int]]
    misread: float = 0.01


def signatures_of(
    effects: Effects,
    sensors: Mapping[str, tuple[str, float]],
    sizes: Mapping[str, float],
    prior: Mapping[str, float],
    *,
    misread: float = 0.01,
) -> Signatures:
    """Run the steady model for all single faults and pairs.

    Args:
        effects: The engine's model.
        sensors: Quantity and threshold (share of the design value) of each sensor.
        sizes: Of the faults to consider.
        prior: Probability of each of them.
        misread: As in `Signatures`.
    """
    columns = {s: (effects.column(Statement(q, -1, t)), t) for s, (q, t) in sensors.items()}
    sets = (
        [frozenset[str]()] + [frozenset({f}) for f in sizes] + [frozenset(p) for p in combinations(sizes, 2)]
    )
    changes = effects.changes([{f: sizes[f] for f in chosen} for chosen in sets])
    states = {
        chosen: {s: int(change[c] >= t) - int(change[c] <= -t) for s, (c, t) in columns.items()}
        for chosen, change in zip(sets, changes, strict=True)
        if change is not None
    }
    return Signatures(prior, states, misread)


def discrete_posterior(signatures: Signatures, seen: Mapping[str, int]) -> dict[str, float]:
    """Return the probability of each fault given the sensors' states, with at most two faults at once.

    Args:
        signatures: Of the faults.
        seen: State of each sensor that is known: -1, 0 or 1.

    Raises:
        FaultTreeError: If a sensor is unknown or its state is none of the three.
    """
    known = next(iter(signatures.states.values()))
    for sensor, state in seen.items():
        if sensor not in known or state not in _WORDS:
            raise FaultTreeError(
                f"{sensor!r} = {state!r} is no reading",
                where="evidence",
                remedy=f"give -1, 0 or 1 for one of {', '.join(known)}",
            )
    tree, evidence = evidence_tree(signatures, seen)
    _, found = posterior(tree, evidence)
    return {fault: found[fault] for fault in signatures.prior}


def evidence_tree(signatures: Signatures, seen: Mapping[str, int]) -> tuple[FaultTree, dict[str, bool]]:
    """Return the tree of sensors' states, and the evidence in its words."""
    faults = tuple(signatures.prior)
    gates = {
        "any fault": Gate("any fault", "or", faults),
        "no fault": Gate("no fault", "not", ("any fault",)),
    }
    evidence: dict[str, bool] = {}
    for name, least in (("two faults", 2), ("three faults", 3)):
        if len(faults) >= least:
            gates[name] = Gate(name, "atleast", faults, least)
    if "three faults" in gates:
        evidence["three faults"] = False
    if "two faults" in gates:
        gates["one fault"] = Gate("one fault", "not", ("two faults",))
    events = {f: BasicEvent(f, p) for f, p in signatures.prior.items()}
    _add(gates, "possible", [_set(gates, chosen) for chosen in signatures.states])
    evidence["possible"] = True
    for sensor, state in seen.items():
        own = [_set(gates, chosen) for chosen, states in signatures.states.items() if states[sensor] == state]
        wrong, this = f"{sensor} misread", f"{sensor} misread as {_WORDS[state]}"
        events |= {n: BasicEvent(n, p) for n, p in ((wrong, signatures.misread), (this, 0.5))}
        true, name = f"{sensor} is {_WORDS[state]}", f"{sensor} seen {_WORDS[state]}"
        parts = [f"{name}, mistaken"]
        gates[f"not {wrong}"] = Gate(f"not {wrong}", "not", (wrong,))
        if own:
            _add(gates, true, own)
            gates[f"not {true}"] = Gate(f"not {true}", "not", (true,))
            gates[f"{name}, rightly"] = Gate(f"{name}, rightly", "and", (true, f"not {wrong}"))
            parts.append(f"{name}, rightly")
        gates[parts[0]] = Gate(parts[0], "and", (*([f"not {true}"] if own else []), wrong, this))
        _add(gates, name, parts)
        evidence[name] = True
    return FaultTree("evidence", "any fault", gates, events), evidence


def _add(gates: dict[str, Gate], name: str, inputs: list[str]) -> None:
    gates[name] = Gate(name, "or", tuple(inputs))


def _set(gates: dict[str, Gate], chosen: frozenset[str]) -> str:
    """Gate that says that just these faults are there, where there are at most two."""
    if not chosen:
        return "no fault"
    members = tuple(sorted(chosen))
    name = " and ".join(members) if len(members) > 1 else f"only {members[0]}"
    alone = ("one fault",) if len(members) == 1 and "one fault" in gates else ()
    gates[name] = Gate(name, "and", (*members, *alone))
    return name
