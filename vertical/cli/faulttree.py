"""`hotfire faulttree`: what can bring a quantity of an engine off, or an Open-PSA fault tree computed."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotfire.cli import Exit
from hotfire.cli._output import add_json, emit, write_whole

if TYPE_CHECKING:
    from hotfire.physics.fault_tree import FaultTree
    from hotfire.physics.fault_tree.effects import Statement

__all__ = ["DESCRIPTION", "EXAMPLES", "configure", "run"]

DESCRIPTION = """\
Make the fault tree of an engine for a quantity that is off, pruned by what physics excludes, or
read one in the Open-PSA format, and compute it exactly: probability, minimal cut sets, importance."""
EXAMPLES = """\
  hotfire faulttree engine.yaml --top "chamber.pressure low 10 %"
  hotfire faulttree engine.yaml --top "nozzle.thrust low 5 %" --mission 60s --svg tree.svg
  hotfire faulttree engine.yaml --top "chamber.pressure low" --given "lox_pump.outlet.pressure low"
  hotfire faulttree plant.xml --given "not pump_stopped" --json"""

_TOP, _GIVEN = 0.10, 0.03
_STATEMENT = re.compile(
    r"\s*(?P<not>not\s+)?(?P<quantity>[\w.]+)\s+(?P<direction>low|high)\s*((?P<share>[\d.]+(e-?\d+)?)\s*%)?\s*"
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "engine", metavar="ENGINE_OR_FILE", help="an engine, or an Open-PSA file (.xml, .mef)"
    )
    parser.add_argument(
        "--top",
        metavar="STATEMENT",
        help="top event: QUANTITY low|high and a share of the design value (10 %% by default); of a file, its gate",
    )
    parser.add_argument(
        "--mission", type=_seconds, metavar="S", help="exposure in seconds; of an engine 10 s by default"
    )
    parser.add_argument(
        "--given",
        action="append",
        default=[],
        metavar="STATEMENT",
        help="what was seen, written as for --top (3 %% by default), `not` before what was seen not to be; "
        "may be given several times",
    )
    parser.add_argument(
        "--cut-sets", type=_count, default=10, metavar="N", help="how many cut sets and events to show (10)"
    )
    parser.add_argument("--mef", type=Path, metavar="FILE", help="write the tree in the Open-PSA format")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the tree")
    parser.set_defaults(parser=parser)
    add_json(parser)


def _seconds(text: str) -> float:
    value = float(re.sub(r"\s*s\s*$", "", text))
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a time in seconds")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 10000")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked."""
    of_file = arguments.engine.lower().endswith((".xml", ".mef"))
    if not of_file and not arguments.top:
        arguments.parser.error('an engine needs a top event, such as --top "chamber.pressure low 10 %"')
    tree, evidence, extra = _from_file(arguments) if of_file else _from_engine(arguments)
    document = _document(tree, evidence, arguments.cut_sets) | extra
    if arguments.mef:
        from hotfire.physics.fault_tree import write_open_psa

        write_whole(arguments.mef, lambda part: part.write_text(write_open_psa(tree), encoding="utf-8"))
    if arguments.svg:
        from hotfire.fault_tree_drawing import draw_fault_tree

        drawing = draw_fault_tree(tree)
        write_whole(arguments.svg, lambda part: part.write_text(drawing, encoding="utf-8"))
    emit(lambda _: _text(document), lambda: document, as_json=arguments.json)
    return Exit.DONE


def _from_file(arguments: argparse.Namespace) -> tuple[FaultTree, dict[str, bool], dict[str, Any]]:
    from hotfire.physics.fault_tree import read_open_psa

    tree = read_open_psa(Path(arguments.engine), top=arguments.top or "", mission=arguments.mission)
    evidence = {}
    for text in arguments.given:
        denied = text.strip().startswith("not ")
        evidence[text.strip().removeprefix("not ").strip()] = not denied
    return tree, evidence, {"pruned": {}, "notes": []}


def _from_engine(arguments: argparse.Namespace) -> tuple[FaultTree, dict[str, bool], dict[str, Any]]:
    import hotfire
    from hotfire.physics.fault_tree.effects import Effects
    from hotfire.physics.fault_tree.engine_tree import RUN, engine_tree

    top, _ = _statement(arguments.top, "--top", _TOP)
    given = [_statement(text, "--given", _GIVEN) for text in arguments.given]
    engine = hotfire.load_engine(arguments.engine)
    made = engine_tree(
        Effects(engine.network),
        [top, *(s for s, _ in given)],
        name=engine.name,
        mission=arguments.mission or RUN,
    )
    return made.tree, {s.text: seen for s, seen in given}, {"pruned": made.pruned, "notes": list(made.notes)}


def _statement(text: str, option: str, default: float) -> tuple[Statement, bool]:
    """Read a statement, and whether it was seen to be so."""
    from hotfire.physics.fault_tree import FaultTreeError
    from hotfire.physics.fault_tree.effects import Statement

    match = _STATEMENT.fullmatch(text)
    try:
        share = float(match["share"]) / 100.0 if match and match["share"] else default
    except ValueError:
        share = 0.0
    if match is None or share <= 0.0:
        raise FaultTreeError(
            "a statement is not written like this",
            where=f"{option} {text}",
            remedy='write QUANTITY low or high and a percentage, such as "chamber.pressure low 10 %"',
        )
    return Statement(match["quantity"], -1 if match["direction"] == "low" else 1, share), not match["not"]


def _document(tree: FaultTree, evidence: dict[str, bool], count: int) -> dict[str, Any]:
    from hotfire.physics.fault_tree import posterior, quantify

    asked = quantify(tree)
    document: dict[str, Any] = {
        "schema": "hotfire.fault-tree/1",
        "name": tree.name,
        "top": tree.top,
        "gates": len(tree.gates),
        "basic_events": len(tree.basic_events),
        "coherent": tree.coherent,
        "probability": asked.probability,
        "cut_set_count": asked.cut_set_count,
        "cut_sets": list(asked.cut_sets(count)),
        "importance": list(asked.importance[:count]),
        "given": evidence,
    }
    if evidence:
        chance, beliefs = posterior(tree, evidence)
        ranked = sorted(beliefs.items(), key=lambda item: (-item[1], item[0]))[:count]
        top = _top_given(tree, evidence, chance)
        document |= {"given_probability": chance, "top_given": top, "beliefs": dict(ranked)}
    return document


def _top_given(tree: FaultTree, evidence: dict[str, bool], chance: float) -> float:
    """Probability of the top event given the evidence."""
    from hotfire.physics.fault_tree import FaultTreeError, posterior

    if tree.top in evidence:
        return float(evidence[tree.top])
    try:
        return min(1.0, posterior(tree, {**evidence, tree.top: True})[0] / chance)
    except FaultTreeError:  # the top event cannot be, given what was seen
        return 0.0


def _text(document: dict[str, Any]) -> str:
    from hotfire.figures import number

    shown = len(document["cut_sets"])
    lines = [
        f"{document['name']}: {document['top']}",
        f"  probability {document['probability']:.4g}; {document['gates']} gates, "
        f"{document['basic_events']} basic events, {document['cut_set_count']:,} minimal cut sets",
        "",
        f"Most probable minimal cut sets ({shown} of {document['cut_set_count']:,})",
        *(f"  {c.probability:9.3g}  {', '.join(c.events) or '(by itself)'}" for c in document["cut_sets"]),
    ]
    if document["importance"]:
        wide = max(len(i.event) for i in document["importance"])
        lines += ["", "Importance", f"  {'':{wide}}  Birnbaum  F-Vesely      RAW      RRW  P given top"]
        lines += [
            f"  {i.event:{wide}}  {i.birnbaum:8.3g}  {i.fussell_vesely:8.3g}  {number(i.risk_achievement_worth):>7}  "
            f"{_ratio(i.risk_reduction_worth):>7}  {i.given_top:11.3g}"
            for i in document["importance"]
        ]
    if document["given"]:
        said = "; ".join(f"{'' if seen else 'not '}{name}" for name, seen in document["given"].items())
        lines += ["", f"Given: {said}", f"  probability of that {document['given_probability']:.3g}"]
        lines += [f"  {document['top']}: {document['top_given']:.3g}"]
        lines += [f"  {p:9.3g}  {name}" for name, p in document["beliefs"].items()]
    if document["pruned"]:
        lines += ["", "Excluded by physics, alone"]
        lines += [f"  {name}: {reason}" for name, reason in document["pruned"].items()]
    if document["notes"]:
        lines += ["", "Not looked at", *(f"  {note}" for note in document["notes"])]
    return "\n".join(lines)


def _ratio(value: float) -> str:
    """Write a ratio; without the event the top event may be impossible."""
    from hotfire.figures import number

    return "inf" if value == float("inf") else number(value)
