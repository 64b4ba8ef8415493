"""Entry of the command line: arguments in, exit code out, and never a traceback."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from hotfire.cli import COMMANDS, Exit
from hotfire.physics.errors import HotfireError

__all__ = ["main"]

_DESCRIPTION = "Diagnose a rocket engine from a test log: what is wrong, since when, and how sure that is."
_EPILOG = """\
start here:
  hotfire demo                                     a diagnosis without any file of yours
  hotfire inspect run.csv                          what is in your log
  hotfire diagnose run.csv --engine engine.yaml    what is wrong with your engine

exit codes: 0 done, 1 fault found with --fail-on, 2 bad input, 70 internal error (a report file is written)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments without the program's name; those of the process when None.

    Returns:
        Exit code, see `hotfire.cli.Exit`.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _replace_what_cannot_be_encoded()
    try:
        code = _run(words)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        _say("hotfire: interrupted")
        code = Exit.INTERRUPTED
    except Exception as error:
        code = _explain(error, words)
    return code


def _explain(error: Exception, words: Sequence[str]) -> int:
    """Say what went wrong and return the exit code."""
    if isinstance(error, BrokenPipeError):
        return _broken_pipe()
    if isinstance(error, HotfireError):
        return _bad_input(str(error))
    if isinstance(error, OSError) and error.filename is not None and str(error.filename) in words:
        return _bad_input(f"{error.filename}: {error.strerror or error}")
    return _internal_error(error, words)


def _run(words: list[str]) -> int:
    parser = _parser(words)
    try:
        arguments = parser.parse_args(words)
        if arguments.command is None:
            parser.print_help(sys.stderr)
            return Exit.BAD_INPUT
        code: int = import_module(f"hotfire.cli.{arguments.command}").run(arguments)
    except SystemExit as stop:  # argparse, after it has said why
        return stop.code if isinstance(stop.code, int) else Exit.DONE
    return code


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Build the parser; of the commands, only the one that was asked for is imported."""
    parser = _Parser("hotfire", description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    wanted = next((w for w in words if not w.startswith("-")), None)
    for name, summary in COMMANDS.items():
        module = import_module(f"hotfire.cli.{name}") if name == wanted else None
        epilog = f"examples:\n{module.EXAMPLES}" if module else ""
        command = commands.add_parser(
            name, help=summary, description=module.DESCRIPTION if module else summary, epilog=epilog
        )
        if module:
            module.configure(command)
    return parser


class _Parser(argparse.ArgumentParser):
    """Keeps the layout of texts, takes no abbreviations, and proposes the nearest command."""

    def __init__(self, prog: str, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(prog=prog, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Print what is wrong with the arguments and how to mend it, and exit with 2."""
        if "invalid choice" in message and "COMMAND" in message:
            from difflib import get_close_matches

            wrong = message.split("'")[1]
            near = get_close_matches(wrong, COMMANDS, n=1) or [", ".join(COMMANDS)]
            message = f"there is no command {wrong!r}\n  mend: use {near[0]}"
        _say(f"hotfire: {message}\n  help: {self.prog} --help")
        self.exit(Exit.BAD_INPUT)


class _Version(argparse.Action):
    """Prints the version, which is looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print and exit."""
        print(f"hotfire {_version()}")
        parser.exit()


def _version() -> str:
    """Read the version off the name of the metadata folder; importing importlib.metadata takes 0.04 s."""
    for folder in filter(os.path.isdir, sys.path):
        for name in os.listdir(folder):  # noqa: PTH208 (pathlib is slow to import)
            if name.startswith("hotfire-") and name.endswith(".dist-info"):
                return name.removeprefix("hotfire-").removesuffix(".dist-info")
    import hotfire

    return hotfire.__version__


def _say(text: str) -> None:
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)


def _bad_input(text: str) -> int:
    _say(f"hotfire: {text}")
    return Exit.BAD_INPUT


def _internal_error(error: Exception, words: Sequence[str]) -> int:
    from hotfire.cli._error_report import write_error_report

    place = write_error_report(error, words)
    _say(
        f"hotfire: internal error: {type(error).__name__}: {error}\n"
        f"  report: {place or 'could not be written'}\n"
        "  mend: this is a fault of hotfire, not of your data; please send the report, and the log if you may"
    )
    return Exit.INTERNAL


def _broken_pipe() -> int:
    """Point stdout elsewhere, or the interpreter complains when it flushes at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = None
    return Exit.BROKEN_PIPE


def _replace_what_cannot_be_encoded() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
