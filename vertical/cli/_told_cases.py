"""`hotfire diagnose --cases`: cases that are told in rows of evidence and words, and what kind of failure each is."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotfire.cli import Exit
from hotfire.cli._output import width_of, write_whole
from hotfire.physics.errors import HotfireError

if TYPE_CHECKING:
    from hotfire.failures import FailureAnswer, Ranked, Said

__all__ = ["SCHEMA", "configure", "document", "is_cases", "kinds", "lines_of", "run"]

SCHEMA = "hotfire.case/1"

_STRAY = (
    "log",
    "text",
    "engine",
    "cycle",
    "propellants",
    "phase",
    "channels",
    "rate",
    "sheet",
    "certificate",
    "fail_on",
    "budget",
    "html",
    "model",
    "rate_cpu",
    "rate_call",
)
_TOLD = 3
"""Kinds of failure, and signs of each, that people read."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument(
        "--cases",
        type=Path,
        metavar="FILE",
        help="cases told in rows of evidence and words (YAML or JSON); instead of LOG: one line of JSON a case",
    )


def is_cases(arguments: argparse.Namespace) -> bool:
    """Say whether a file of cases is given.

    Raises:
        HotfireError: If something else is given with it.
    """
    if arguments.cases is None:
        return False
    stray = [name for name in _STRAY if getattr(arguments, name) is not None]
    if stray:
        given = ", ".join("a log" if n == "log" else f"--{n.replace('_', '-')}" for n in stray)
        raise HotfireError(
            f"{given} with --cases",
            where=str(arguments.cases),
            why="the file says of each case what is known of it",
            remedy="leave it out",
        )
    return True


def run(arguments: argparse.Namespace) -> int:
    """Answer every case of a file, in its order."""
    from hotfire.failures import diagnose_case, read_cases

    answers = [diagnose_case(case) for case in read_cases(arguments.cases)]
    lines = [json.dumps(document(answer)) for answer in answers]
    if arguments.output:
        write_whole(arguments.output, lambda part: part.write_text("\n".join(lines) + "\n", encoding="utf-8"))
    width = width_of(sys.stderr)
    for answer, line in zip(answers, lines, strict=True):
        print("\n".join(_lines(answer, width)), file=sys.stderr, flush=True)
        print(line, flush=True)
    return Exit.DONE


def document(answer: FailureAnswer) -> dict[str, Any]:
    """Return the answer for one case as plain values."""
    return {
        "schema": SCHEMA,
        "id": answer.identifier,
        "hypotheses": kinds(answer),
        "not_understood": list(answer.not_understood),
        "expert": "signs",
    }


def kinds(answer: FailureAnswer) -> list[dict[str, Any]]:
    """Return ranked kinds of failure as plain values."""
    return [
        {
            "category": told.category,
            "group": told.group,
            "meaning": told.meaning,
            "probability": round(told.probability, 6),
            "prior": round(told.prior, 6),
            "for": [_said(s) for s in told.spoke_for],
            "against": [_said(s) for s in told.spoke_against],
        }
        for told in answer.hypotheses
    ]


def _said(said: Said) -> dict[str, Any]:
    return {"sign": said.sign, "text": said.text, "weight": said.weight}


def _lines(answer: FailureAnswer, width: int) -> Iterator[str]:
    yield answer.identifier
    yield from lines_of(answer.hypotheses[:_TOLD], width)
    for text in answer.not_understood:
        yield from textwrap.wrap(
            f"not understood: {text}", width, initial_indent="  ", subsequent_indent="      "
        )


def lines_of(hypotheses: Sequence[Ranked], width: int) -> Iterator[str]:
    """Ranked kinds of failure for people: how likely, and what spoke for and against each."""
    from hotfire.figures import share

    for told in hypotheses:
        yield f"  {share(told.probability):>6}   {told.category}"
        for word, signs in (("for", told.spoke_for), ("against", told.spoke_against)):
            if signs:
                said = "; ".join(s.sign if s.text else f"{s.sign} (not said)" for s in signs[:_TOLD])
                yield from textwrap.wrap(
                    f"{word}: {said}", width, initial_indent=" " * 11, subsequent_indent=" " * 13
                )
