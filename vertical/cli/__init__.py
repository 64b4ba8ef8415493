"""Command line: one module a command, imported only when that command is used.

A command module has `EXAMPLES`, `DESCRIPTION`, `configure(parser)` and `run(arguments) -> exit code`.
"""

from __future__ import annotations

__all__ = ["COMMANDS", "Exit"]

COMMANDS = {
    "demo": "diagnose the log that ships with the package",
    "inspect": "say what is in a log, and what is wrong with its data",
    "diagnose": "say what is wrong, since when, and how sure that is",
    "verify": "recompute the certificate of a diagnosis, and refuse what does not hold",
    "engines": "list, show and check engine files",
    "analyze": "say which faults the sensors can detect and tell apart, before any test",
    "faulttree": "show what can bring a quantity off, or quantify an Open-PSA fault tree",
    "simulate": "make a log of an engine, with faults if wanted",
    "scenarios": "make labelled cases in bulk, familiar and shifted",
    "train": "train the small model, from nothing to weights",
    "export": "write the small model from what training left",
    "calibrate": "settle when the small model is trusted and when the physics is searched",
    "bench": "examine the small model, the search, and both behind the router",
}
"""Commands in the order in which a new user meets them, with one line of help."""


class Exit:
    """Exit codes."""

    DONE = 0
    FAULT_FOUND = 1
    REFUSED = 1
    BAD_INPUT = 2
    CUT_SHORT = 3
    INTERNAL = 70
    INTERRUPTED = 130
    BROKEN_PIPE = 141
