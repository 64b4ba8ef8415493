"""The fault tree of an answer: what of the engine brings about what the log shows, with what the log makes of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hotfire.diagnosis import Diagnosis
from hotfire.engine import Engine
from hotfire.fault_tree_drawing import UNLIKELY, draw_fault_tree
from hotfire.physics.fault_tree import FaultTree, FaultTreeError
from hotfire.physics.fault_tree.effects import Effects, Statement
from hotfire.physics.fault_tree.engine_tree import engine_tree

__all__ = ["AnswerTree", "answer_tree", "given"]


@dataclass(frozen=True)
class AnswerTree:
    """A drawing of what can bring about what the log shows.

    Attributes:
        drawing: As SVG; the number of a fault is its probability given the log.
        faults: How many faults it shows.
        left: How many of them the log leaves.
    """

    drawing: str
    faults: int
    left: int


def answer_tree(diagnosis: Diagnosis, engine: Engine, statement: Statement) -> AnswerTree | None:
    """Draw the fault tree of a statement with what the log makes of its faults; None where there is none to draw.

    Args:
        diagnosis: With its hypotheses.
        engine: That it is of.
        statement: The top event.
    """
    chances: defaultdict[str, float] = defaultdict(float)
    for hypothesis in diagnosis.hypotheses:
        for fault in hypothesis.faults:
            chances[f"{fault.component}.{fault.mode}"] += hypothesis.probability
    try:
        tree = engine_tree(Effects(engine.network), [statement], name=engine.name).tree
        drawing = draw_fault_tree(given(tree, chances), posterior=True)
    except FaultTreeError:  # no fault brings so much about in the steady state, or too many do
        return None
    return AnswerTree(drawing, len(tree.basic_events), sum(chances[f] >= UNLIKELY for f in tree.basic_events))


def given(tree: FaultTree, chances: Mapping[str, float]) -> FaultTree:
    """Return a tree with other probabilities, and without the gates of one input but for the top event.

    Args:
        tree: Of gates and basic events.
        chances: Of basic events; of those that are not named it is 0.
    """
    gates = {}

    def below(name: str) -> str:
        gate = tree.gates.get(name)
        if gate is None:
            return name
        inputs = tuple(dict.fromkeys(map(below, gate.inputs)))
        if len(inputs) == 1 and name != tree.top:
            return inputs[0]
        gates[name] = replace(gate, inputs=inputs)
        return name

    below(tree.top)
    events = {
        n: replace(e, probability=min(1.0, chances.get(n, 0.0)), rate=None, exposure=None)
        for n, e in tree.basic_events.items()
    }
    return FaultTree(f"{tree.name}, given the log", tree.top, gates, events)
