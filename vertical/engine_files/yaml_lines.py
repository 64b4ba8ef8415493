"""Safe YAML whose mappings remember their lines, so that an error can name the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from hotfire.physics.errors import HotfireError

__all__ = ["LineDict", "load_yaml"]

_LARGEST = 2_000_000
"""Bytes that a file written by hand will not exceed."""


class LineDict(dict[str, Any]):
    """A mapping read from YAML that knows the line of each key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines: dict[str, int] = {}

    def line(self, key: str) -> int:
        """Return the line (from 1) where `key` stands; 0 when it was not read from a file."""
        return self.lines.get(key, 0)


class _Loader(yaml.SafeLoader):
    """Safe loader that builds `LineDict` and refuses keys given twice and aliases (which can explode)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(None, None, "aliases are not accepted", event.start_mark)
        return super().compose_node(parent, index)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> LineDict:
    result = LineDict()
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in result:
            raise yaml.constructor.ConstructorError(
                None, None, f"`{key}` is given twice", key_node.start_mark
            )
        result[key] = loader.construct_object(value_node, deep=True)
        result.lines[key] = key_node.start_mark.line + 1
    return result


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_yaml(path: Path, error: type[HotfireError]) -> Any:
    """Load a YAML file, raising `error` with file and line when it cannot be."""
    try:
        if path.stat().st_size > _LARGEST:
            raise error(
                "the file is too large for a file written by hand",
                where=str(path),
                why=f"{path.stat().st_size} bytes, at most {_LARGEST} are read",
            )
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise error(
            "the file is not UTF-8 text", where=str(path), why=str(problem), remedy="save it as UTF-8"
        ) from problem
    except OSError as problem:
        raise error("the file cannot be read", where=str(path), why=str(problem.strerror)) from problem
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise error(
            f"the YAML is wrong: {problem.problem}",
            where=place,
            why=problem.context or "",
            remedy="check indentation, colons and quotes there",
        ) from problem
