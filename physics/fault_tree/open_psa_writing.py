"""Fault trees written in the Open-PSA Model Exchange Format."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from hotfire.physics.fault_tree.model import BasicEvent, FaultTree, Gate

__all__ = ["write_open_psa"]


def write_open_psa(tree: FaultTree) -> str:
    """Return a tree as an Open-PSA document; reading it again gives an equal tree.

    Gates are written from the top event down; numbers with all their digits.
    """
    ordered = list(reversed(tree.below()))
    ordered += [g for g in tree.gates if g not in set(ordered)]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<opsa-mef>",
        f"<define-fault-tree name={quoteattr(tree.name)}>",
    ]
    for name in ordered:
        lines += _gate(tree, tree.gates[name])
    lines += ["</define-fault-tree>", "<model-data>"]
    for house in tree.house_events.values():
        lines += [
            f"<define-house-event name={quoteattr(house.name)}>{_label(house.label)}"
            f'<constant value="{str(house.state).lower()}"/></define-house-event>'
        ]
    lines += [_event(e) for e in tree.basic_events.values()]
    return "\n".join([*lines, "</model-data>", "</opsa-mef>"]) + "\n"


def _gate(tree: FaultTree, gate: Gate) -> list[str]:
    least = f' min="{gate.least}"' if gate.operator == "atleast" else ""
    inputs = [f"<{_kind(tree, i)} name={quoteattr(i)}/>" for i in gate.inputs]
    return [
        f"<define-gate name={quoteattr(gate.name)}>{_label(gate.label)}",
        f"<{gate.operator}{least}>",
        *inputs,
        f"</{gate.operator}>",
        "</define-gate>",
    ]


def _kind(tree: FaultTree, name: str) -> str:
    if name in tree.gates:
        return "gate"
    return "basic-event" if name in tree.basic_events else "house-event"


def _event(event: BasicEvent) -> str:
    if event.rate is not None and event.exposure is not None:
        value = (
            f'<exponential><float value="{event.rate!r}"/><float value="{event.exposure!r}"/></exponential>'
        )
    else:
        value = f'<float value="{event.probability!r}"/>'
    return (
        f"<define-basic-event name={quoteattr(event.name)}>{_label(event.label)}{value}</define-basic-event>"
    )


def _label(label: str) -> str:
    return f"<label>{escape(label)}</label>" if label else ""
