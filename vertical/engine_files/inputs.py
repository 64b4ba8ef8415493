"""The section `inputs` of an engine file: which channels record what is commanded, and how."""

from __future__ import annotations

from hotfire.engine_files.numbers import NumberReader
from hotfire.engine_files.sections import Sections
from hotfire.engine_files.yaml_lines import LineDict

__all__ = ["recorded_range", "recorder"]


def recorder(sections: Sections, inputs: LineDict, name: str) -> str:
    """Return the role of the channel that records an input.

    Raises:
        EngineError: If the file does not say.
    """
    entry = inputs[name]
    if not isinstance(entry, LineDict) or "recorded_by" not in entry:
        raise sections.fail(
            f"input `{name}` does not say what records it",
            inputs,
            name,
            remedy="add `recorded_by: ...`, the role of its channel",
        )
    return str(entry["recorded_by"])


def recorded_range(number: NumberReader, inputs: LineDict, name: str) -> tuple[float, float]:
    """Return what is recorded of an input that is shut, and of one that is open."""
    entry = inputs[name]
    return (_reading(number, entry, "shut", 0.0), _reading(number, entry, "open", 1.0))


def _reading(number: NumberReader, entry: LineDict, key: str, default: float) -> float:
    """Read a position as recorded: a plain share, or an angle."""
    unit = "rad" if isinstance(entry.get(key), str) and "%" not in str(entry.get(key)) else ""
    return number(entry, key, unit, default)
