"""Remake the figures of README and docs/: one command that runs those which each page states.

    python benchmarks/remake.py --list                       # pages, commands and what they take
    python benchmarks/remake.py -o figures                   # all of them: many hours of processor
    python benchmarks/remake.py -o figures --only validation fault-trees

What a command prints goes to a file in the folder. A command that has ended well is not run again unless the folder is
emptied; one that fails is told at the end and stops no other. Figures are not written into pages: they are read first.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
_DONE = "ended well"


@dataclass(frozen=True)
class Figures:
    """What the figures of one page come from.

    Attributes:
        page: From the root of the project.
        commands: In their order, with places in braces.
        about: Processor time in minutes.
    """

    page: str
    commands: tuple[str, ...]
    about: float

    @property
    def name(self) -> str:
        """As in `fault-trees`."""
        return Path(self.page).stem


def figures() -> tuple[Figures, ...]:
    """Return what stands in figures.yaml."""
    entries = yaml.safe_load((ROOT / "benchmarks" / "figures.yaml").read_text(encoding="utf-8"))
    return tuple(Figures(e["page"], tuple(e["commands"]), float(e["about"])) for e in entries)


def words_of(command: str, places: Mapping[str, str]) -> list[str]:
    """Return a command's words as they are run: by this interpreter, places filled in."""
    program, *rest = [word.format(**places) for word in shlex.split(command)]
    first = {"python": [], "pytest": ["-m", "pytest"], "hotfire": ["-m", "hotfire"]}
    return [sys.executable, *first[program], *rest]


def remade(chosen: Sequence[Figures], folder: Path, shared: Path) -> Iterator[tuple[str, bool]]:
    """Run what has not ended well yet; yield each command with whether it did."""
    places = {"out": str(folder), "cases": str(folder / "cases"), "shared": str(shared)}
    for own in chosen:
        for i, command in enumerate(own.commands, 1):
            path = folder / f"{own.name}-{i}.txt"
            if path.exists() and path.read_text(encoding="utf-8").rstrip().endswith(_DONE):
                continue
            with path.open("w", encoding="utf-8") as file:
                file.write(f"{command}\n\n")
                file.flush()
                before, start = os.times(), time.strftime("%Y-%m-%d %H:%M")
                code = subprocess.run(
                    words_of(command, places), check=False, stdout=file, stderr=file, cwd=ROOT
                ).returncode
                after = os.times()
                spent = (after.children_user + after.children_system) - (
                    before.children_user + before.children_system
                )
                ended = _DONE if code == 0 else f"ended with {code}"
                file.write(f"\n{start}, {spent:.0f} s of processor: {ended}\n")
            yield command, code == 0


def main() -> int:
    """List or run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, help="where results go")
    parser.add_argument("--only", nargs="+", metavar="PAGE", help="as in fault-trees")
    parser.add_argument("--list", action="store_true", help="say what would be run")
    arguments = parser.parse_args()
    known = figures()
    unknown = set(arguments.only or ()) - {f.name for f in known}
    if unknown:
        parser.error(
            f"no page {', '.join(sorted(unknown))}; there are {', '.join(sorted(f.name for f in known))}"
        )
    chosen = [f for f in known if not arguments.only or f.name in arguments.only]
    if arguments.list or arguments.output is None:
        for own in chosen:
            print(f"{own.page}: about {own.about:g} min of processor")
            print("".join(f"    {command}\n" for command in own.commands))
        return 0
    folder = arguments.output.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    shared = Path(os.environ.get("HOTFIRE_SHARED", ROOT.parent / "shared"))
    failed = []
    for command, well in remade(chosen, folder, shared):
        print(f"{'done' if well else 'FAILED'}: {command}", flush=True)
        failed += [] if well else [command]
    print(f"{len(failed)} failed; what they print is in {folder}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
