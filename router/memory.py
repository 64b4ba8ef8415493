"""Cases that the sure expert has solved, kept for the next training (SQLite)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

__all__ = ["CaseMemory"]

_TABLE = """
create table if not exists cases (
    key text primary key,
    at text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    route text not null,
    expert text not null,
    "case" text not null,
    posterior text not null
)
"""


class CaseMemory:
    """A file of solved cases; one that is solved again takes the place of its earlier answer.

    Thresholds must not be calibrated on these alone: they are the strange ones.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or make it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with closing(self._open()) as database, database:
            database.execute(_TABLE)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30.0)

    def keep(
        self, key: str, case: Mapping[str, Any], posterior: Mapping[str, float], *, expert: str, route: str
    ) -> None:
        """Keep a solved case.

        Args:
            key: Identifies the case; the same case has the same key.
            case: Plain values of JSON.
            posterior: Probability by hypothesis.
            expert: Who solved it.
            route: Why it went there.
        """
        values = (key, route, expert, json.dumps(case), json.dumps(dict(posterior)))
        with closing(self._open()) as database, database:
            database.execute(
                'insert or replace into cases (key, route, expert, "case", posterior) values (?, ?, ?, ?, ?)',
                values,
            )

    def __len__(self) -> int:
        """Number of cases."""
        with closing(self._open()) as database:
            return int(database.execute("select count(*) from cases").fetchone()[0])

    def __iter__(self) -> Iterator[tuple[dict[str, Any], dict[str, float]]]:
        """Yield case and posterior, oldest first."""
        with closing(self._open()) as database:
            rows = database.execute('select "case", posterior from cases order by at, key').fetchall()
        for case, posterior in rows:
            yield json.loads(case), json.loads(posterior)
