"""A diagnosis as JSON by the contract `hotfire.diagnosis/1`, see docs/reference/diagnosis-json.md.

Keys are the field names of the dataclasses in `hotfire.diagnosis`. Figures that are not finite become null.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

from hotfire.diagnosis import SCHEMA, Diagnosis

__all__ = ["as_dict", "dumps", "plain"]


def as_dict(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as plain dicts, lists, strings and numbers."""
    certificate = diagnosis.certificate
    document = {"schema": SCHEMA, **plain(dataclasses.replace(diagnosis, certificate=None))}
    if certificate is not None:
        from hotfire.physics.certificate.document import as_document
        from hotfire.physics.certificate.values import SCHEMA as CERTIFICATE

        document["certificate"] = {"schema": CERTIFICATE, "sha256": as_document(certificate)["sha256"]}
    for hypothesis, source in zip(document["hypotheses"], diagnosis.hypotheses, strict=True):
        hypothesis["name"] = " + ".join(f.name for f in source.faults) or "nominal"
    document["router"] = None
    return document


def plain(value: Any) -> Any:
    """Turn dataclasses, mappings, sequences, arrays and numpy figures into what JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def dumps(document: Any) -> str:
    """Write a document as indented JSON in ASCII, so that no terminal's encoding can damage it."""
    return json.dumps(plain(document), indent=2, allow_nan=False)
