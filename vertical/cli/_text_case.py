"""`hotfire diagnose --text`: what an operator says of a test, instead of a log."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotfire.cli import Exit, _asking, _told_cases
from hotfire.cli._output import emit, width_of, write_whole
from hotfire.physics.errors import HotfireError

if TYPE_CHECKING:
    from hotfire.experts.texts import TextAnswer
    from hotfire.failures import FailureAnswer
    from hotfire.physics.description import Description
    from hotfire.wording import Understood

__all__ = ["SCHEMA", "configure", "is_text", "run"]

SCHEMA = "hotfire.text/1"

_PHASES = ("chill", "start", "mainstage", "throttle", "shutdown", "post")
_NO_CERTIFICATE = "Nothing was measured: what is said is weighed, and there is no certificate."
_ALL_WELL = "all is said to be well, and what is measured is known of an engine only (--engine)"
_REST = 0.005
"""Probability of what is not listed from which it is mentioned."""
_KINDS = 3
_STANDS_OUT = 0.3
"""Probability of the likeliest kind of failure from which people are told of kinds."""
_OF_TEXTS = ("cycle", "propellants", "phase")
_OF_LOGS = ("channels", "rate", "sheet", "certificate", "fail_on", "budget", "html")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of texts."""
    parser.add_argument(
        "--text",
        metavar="WORDS",
        help="what an operator says of a test, in English or Italian; instead of LOG",
    )
    parser.add_argument("--cycle", metavar="WORDS", help="of a text without --engine: `gas generator` ...")
    parser.add_argument("--propellants", metavar="OX/FUEL", help="of a text without --engine: `LOX/RP-1`")
    parser.add_argument(
        "--phase", choices=_PHASES, metavar="PHASE", help=f"that a text is about: {', '.join(_PHASES)}"
    )


def is_text(arguments: argparse.Namespace) -> bool:
    """Say whether the case is a text.

    Raises:
        HotfireError: If it is neither a log nor a text, or both, or has options of the other.
    """
    if arguments.text is None:
        _check_log(arguments)
        return False
    _check_text(arguments)
    return True


def run(arguments: argparse.Namespace) -> int:
    """Read one text."""
    import hotfire
    from hotfire.experts.texts import answer_description
    from hotfire.wording import cycle_named, describe_text, understand

    asked = _asking.asked(arguments)
    engine = hotfire.load_engine(arguments.engine) if arguments.engine else None
    phase = arguments.phase or "mainstage"
    description = describe_text(
        arguments.text,
        engine,
        cycle=cycle_named(arguments.cycle or ""),
        propellants=_pair(arguments.propellants or ""),
        phase=phase,
    )
    understood = understand(arguments.text, engine=engine, phase=phase)
    answer = answer_description(description, engine, asked)
    if understood.all_well and not understood.symptoms:
        answer = _ALL_WELL
    if not isinstance(answer, str):
        answer = replace(answer, cost=_asking.priced(answer.cost, arguments))
    kinds = None if engine else _kinds(arguments, phase)
    document = _document(description, understood, answer, kinds)
    if arguments.output:
        _write(document, arguments.output)
    width = width_of(sys.stderr if arguments.json else sys.stdout)
    emit(
        lambda _: "\n".join(
            [*_lines(understood, width), *_answer_lines(answer, width), *_kind_lines(kinds, width)]
        ),
        lambda: document,
        as_json=arguments.json,
    )
    return Exit.DONE


def _check_log(arguments: argparse.Namespace) -> None:
    stray = [f"--{o}" for o in _OF_TEXTS if getattr(arguments, o) is not None]
    if arguments.log is None:
        raise HotfireError(
            "there is nothing to diagnose",
            why="neither a log nor a text nor a file of cases is given",
            remedy='name a log, or give --text "what an operator says" or --cases FILE',
        )
    if stray:
        raise HotfireError(
            f"{', '.join(stray)} without --text",
            why="the engine file of a log says these",
            remedy="leave it out, or give a text instead of the log",
        )
    if arguments.engine is None:
        raise HotfireError(
            "--engine is missing",
            where=arguments.log,
            why="a log is held against an engine",
            remedy="give --engine NAME_OR_FILE (`hotfire engines list` names the shipped ones)",
        )


def _check_text(arguments: argparse.Namespace) -> None:
    if arguments.log is not None:
        raise HotfireError(
            "a log and a text are given",
            where=f"{arguments.log} and --text",
            why="they are two cases",
            remedy="diagnose one of them at a time",
        )
    if not arguments.text.strip():
        raise HotfireError("the text is empty", where="--text", remedy="write what was seen")
    stray = [f"--{o.replace('_', '-')}" for o in _OF_LOGS if getattr(arguments, o) is not None]
    if stray:
        raise HotfireError(
            f"{', '.join(stray)} with --text",
            why="it is an option of logs",
            remedy="leave it out, or give a log instead of the text",
        )
    doubled = [f"--{o}" for o in ("cycle", "propellants") if getattr(arguments, o) is not None]
    if doubled and arguments.engine is not None:
        raise HotfireError(
            f"{', '.join(doubled)} with --engine",
            why="the engine file says it",
            remedy="leave one of them out",
        )


def _pair(words: str) -> tuple[str, str]:
    """Oxidizer and fuel; a monopropellant is the fuel."""
    names = [w.strip() for w in words.split("/")]
    if len(names) > 2 or (words and not all(names)):
        raise HotfireError(
            f"{words!r} are no propellants",
            where="--propellants",
            remedy="write oxidizer and fuel as in `LOX/RP-1`, or one monopropellant",
        )
    return ("", names[0]) if len(names) == 1 else (names[0], names[1])


def _kinds(arguments: argparse.Namespace, phase: str) -> FailureAnswer:
    """What kind of failure the text tells, where no engine could be held against it."""
    from hotfire.failures import FailureCase, diagnose_case

    return diagnose_case(
        FailureCase(
            "",
            (arguments.cycle or "").lower(),
            arguments.propellants or "",
            phase,
            narrative=arguments.text,
        )
    )


def _document(
    description: Description, understood: Understood, answer: TextAnswer | str, kinds: FailureAnswer | None
) -> dict[str, Any]:
    from hotfire.report.json_report import plain

    return {
        "schema": SCHEMA,
        "description": plain(description.as_dict()),
        "understood": plain(understood.understood),
        "ignored": list(understood.ignored),
        "all_well": understood.all_well,
        "absent": list(understood.absent),
        "diagnosis": None if isinstance(answer, str) else _answer_document(answer),
        "no_diagnosis": answer if isinstance(answer, str) else "",
        "kinds": None if kinds is None else _told_cases.kinds(kinds),
    }


def _answer_document(answer: TextAnswer) -> dict[str, Any]:
    from hotfire.categories import category_of
    from hotfire.report.json_report import plain

    ranked = [
        {"label": label, "probability": p, "category": category_of(label)}
        for label, p in answer.hypotheses.items()
    ]
    return {**plain(answer), "hypotheses": ranked}


def _write(document: dict[str, Any], path: Path) -> None:
    from hotfire.report.json_report import dumps

    text = dumps(document) + "\n"
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def _lines(understood: Understood, width: int) -> Iterator[str]:
    """What was understood, and what was not, for people."""
    from hotfire.wording import ALL_ELSE

    read = bool(understood.understood) or understood.all_well
    yield "UNDERSTOOD" if read else "NOTHING WAS UNDERSTOOD"
    if understood.all_well:
        rest = sum(heard.words == ALL_ELSE for heard in understood.understood)
        yield f"  all is well{f' ({rest} sensors that are not spoken of are as expected)' if rest else ''}"
    for heard in understood.understood:
        if heard.words == ALL_ELSE:
            continue
        yield from textwrap.wrap(
            f"{heard.words}  (“{' '.join(heard.text.split())}”)",
            width,
            initial_indent="  ",
            subsequent_indent="      ",
        )
    if understood.ignored:
        yield "NOT UNDERSTOOD"
        for piece in understood.ignored:
            yield from textwrap.wrap(piece, width, initial_indent="  ", subsequent_indent="      ")
    if understood.absent:
        yield from textwrap.wrap(f"The engine has no {' and no '.join(understood.absent)}.", width)
    if not read and not understood.absent:
        yield "A text names quantities, places and directions: `fuel manifold pressure up 3 bar at T+2`."


def _answer_lines(answer: TextAnswer | str, width: int) -> Iterator[str]:
    """What an expert says, or why none was asked, for people."""
    from hotfire.figures import number, share

    if isinstance(answer, str):
        yield from textwrap.wrap(f"No expert was asked: {answer}.", width)
        return
    yield "WHAT WOULD EXPLAIN IT"
    for label, probability in answer.hypotheses.items():
        yield f"  {share(probability):>6}   {label}"
    rest = 1.0 - sum(answer.hypotheses.values())
    if rest >= _REST:
        yield f"  {share(rest):>6}   others together"
    route = f" ({answer.route.replace('_', ' ')}: {answer.route_reason})" if answer.route else ""
    time = f"{number(answer.cost['total'].wall, 2)} s"
    who = "both experts" if answer.expert == "both" else f"{answer.expert} expert"
    yield from textwrap.wrap(f"{who}{route}: {time}. {_NO_CERTIFICATE}", width)


def _kind_lines(kinds: FailureAnswer | None, width: int) -> Iterator[str]:
    """The likeliest kinds of failure by what is told, for people; none where no kind stands out."""
    if kinds is None or kinds.hypotheses[0].probability < _STANDS_OUT:
        return
    yield "KIND OF FAILURE, BY SIGNS THAT ARE TOLD"
    yield from _told_cases.lines_of(kinds.hypotheses[:_KINDS], width)
