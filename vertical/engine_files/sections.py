"""The sections of an engine file, and errors that name the file and the line."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from hotfire.engine_files.yaml_lines import LineDict
from hotfire.physics.errors import EngineError

__all__ = ["Sections"]


class Sections:
    """The sections of one engine file; `where` of every error is file and line."""

    def __init__(self, path: Path, data: Any) -> None:
        """Take what was read from a file.

        Raises:
            EngineError: If that is no mapping.
        """
        self.path = path
        if not isinstance(data, LineDict):
            raise EngineError(
                "an engine file is a mapping", where=str(path), remedy="see the engine-file reference"
            )
        self.data = data

    def fail(
        self, what: str, mapping: Any = None, key: str = "", *, why: str = "", remedy: str = ""
    ) -> EngineError:
        """Make an error that names the line of a key."""
        line = mapping.line(key) if isinstance(mapping, LineDict) else 0
        where = f"{self.path}:{line}" if line else str(self.path)
        return EngineError(what, where=where, why=why, remedy=remedy)

    def section(self, name: str, *, required: bool = True) -> LineDict:
        """Return a section; an empty one where it is missing and need not be there."""
        value = self.data.get(name)
        if value is None and not required:
            return LineDict()
        if not isinstance(value, LineDict):
            raise self.fail(
                f"section `{name}` is missing or not a mapping",
                self.data,
                name,
                remedy=f"add `{name}:` with one entry a line",
            )
        return value

    def known(self, mapping: LineDict, allowed: tuple[str, ...], of: str) -> None:
        """Refuse keys that nothing reads.

        Raises:
            EngineError: With what may have been meant.
        """
        for key in mapping:
            if key not in allowed:
                near = difflib.get_close_matches(str(key), allowed, n=2, cutoff=0.4)
                raise self.fail(
                    f"`{key}` is not known in {of}",
                    mapping,
                    str(key),
                    remedy=f"did you mean {' or '.join(near)}?"
                    if near
                    else f"known are {', '.join(allowed)}",
                )
