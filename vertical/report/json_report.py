"""A diagnosis as JSON by the contract `hotfire.diagnosis/1`, see docs/reference/diagnosis-json.md.

Keys are the field names of the dataclasses in `hotfire.diagnosis`. Figures that are not finite become null.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from enum import Enum
from os import PathLike, fspath
from typing import Any

from hotfire.diagnosis import SCHEMA, Diagnosis

__all__ = ["as_dict", "dumps", "plain"]


def as_dict(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as plain dicts, lists, strings and numbers."""
    document = {"schema": SCHEMA, **plain(diagnosis)}
    for hypothesis, source in zip(document["hypotheses"], diagnosis.hypotheses, strict=True):
        hypothesis["name"] = " + ".join(f.name for f in source.faults) or "nominal"
    document["router"] = None
    return document


def plain(value: Any) -> Any:
    """Turn dataclasses, mappings, sequences, arrays and numpy figures into what JSON knows."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, PathLike):
        return fspath(value)
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    return str(value)


def dumps(document: Any) -> str:
    """Write a document as indented JSON in ASCII, so that no terminal's encoding can damage it."""
    return json.dumps(plain(document), indent=2, allow_nan=False)
