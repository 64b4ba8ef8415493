"""Rows of a benchmark that an interruption leaves: JSON lines, from which the same command goes on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["KeptRows"]


@dataclass(frozen=True)
class KeptRows:
    """Rows and the file that keeps them.

    Attributes:
        path: Of the file; what it holds was read.
        rows: All rows so far.
    """

    path: Path
    rows: list[dict[str, Any]]

    @classmethod
    def read(cls, path: Path) -> KeptRows:
        """Read what was kept; a last line that is cut short is made again."""
        whole = path.read_text(encoding="utf-8").rpartition("\n")[0] if path.exists() else ""
        path.write_text(whole + "\n" if whole else "", encoding="utf-8")
        return cls(path, [json.loads(line) for line in whole.splitlines()])

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Keep rows, each as soon as it is there."""
        with self.path.open("a", encoding="utf-8") as file:
            for row in rows:
                self.rows.append(row)
                file.write(json.dumps(row) + "\n")
                file.flush()
