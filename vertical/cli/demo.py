"""`hotfire demo`: a diagnosis without any file of the user's."""

from __future__ import annotations

import argparse

from hotfire.cli import Exit
from hotfire.cli._output import add_json
from hotfire.cli.diagnose import add_html, check_html, show, write_html

__all__ = ["DEMO_ENGINE", "DEMO_LOG", "DESCRIPTION", "EXAMPLES", "configure", "run"]

DEMO_LOG = "demo.csv"
"""Log of the demonstration, in the folder `data` of the package."""

DEMO_ENGINE = "demo-engine"
"""Engine of the demonstration, among the shipped ones."""

DESCRIPTION = """\
Diagnose the log that ships with the package, of an illustrative engine that was never built: the
log comes from a simulator whose equations differ from those of the diagnosis."""
EXAMPLES = """\
  hotfire demo
  hotfire demo --html demo.html
  hotfire demo --json > demo.json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_html(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Diagnose the packaged log."""
    from importlib import resources

    import hotfire

    check_html(arguments)
    engine = hotfire.load_engine(DEMO_ENGINE)
    with resources.as_file(resources.files("hotfire") / "data" / DEMO_LOG) as path:
        log = hotfire.read_log(path)
    diagnosis = hotfire.diagnose(log, engine)
    if arguments.html:
        write_html(diagnosis, log, engine, arguments.html)
    show(diagnosis, as_json=arguments.json)
    return Exit.DONE
