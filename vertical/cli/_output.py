"""What commands do with output: text for people, JSON for programs, files that are whole or absent."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from hotfire.physics.errors import HotfireError

__all__ = ["add_json", "add_log_options", "emit", "wants_colour", "width_of", "write_whole"]

_WIDEST = 100


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option `--json`."""
    parser.add_argument(
        "--json", action="store_true", help="JSON on stdout; the text for people goes to stderr"
    )


def add_log_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how a log is read."""
    parser.add_argument(
        "--channels", metavar="MAP", help="channel map (YAML): units, kinds and roles of channels"
    )
    parser.add_argument(
        "--rate", type=_rate, metavar="HZ", help="sampling rate of a log without a time column"
    )
    parser.add_argument("--sheet", metavar="S", help="sheet of a spreadsheet")


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a sampling rate in Hz")
    return value


def emit(text: Callable[[bool], str], document: Callable[[], Any], *, as_json: bool) -> None:
    """Print for people, or print JSON and put the text for people on stderr.

    Args:
        text: Writes the text, given whether colours are wanted.
        document: Makes what becomes JSON; called only when it is wanted.
        as_json: Whether `--json` was given.
    """
    people = sys.stderr if as_json else sys.stdout
    print(text(wants_colour(people)).rstrip("\n"), file=people, flush=True)
    if as_json:
        from hotfire.report.json_report import dumps

        print(dumps(document()))


def wants_colour(stream: TextIO) -> bool:
    """Colour is for terminals, and not where NO_COLOR is set (no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def width_of(stream: TextIO) -> int:
    """Width to write in: the terminal's, at most 100 columns."""
    if not stream.isatty():
        return _WIDEST
    try:
        return max(60, min(_WIDEST, os.get_terminal_size(stream.fileno()).columns))
    except OSError:
        return _WIDEST


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file so that it is either whole or as it was.

    Args:
        path: Where it shall stand.
        write: Writes it to the path that it is given.

    Raises:
        HotfireError: If it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
        os.close(handle)
        part = Path(name)
        try:
            write(part)
            part.chmod(0o666 & ~_umask())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise HotfireError(
            "the file cannot be written",
            where=str(path),
            why=str(error.strerror),
            remedy="name another place",
        ) from error


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
