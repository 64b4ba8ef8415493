"""A certificate as JSON, and back.

Reading is strict: what is missing, unknown or of another type is refused with its place.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hotfire.physics.certificate.values import SCHEMA, Certificate
from hotfire.physics.errors import CertificateError

__all__ = ["as_document", "digest", "from_text", "to_text"]


def as_document(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate as plain dicts, lists, strings and numbers, with its schema and its digest."""
    document = {"schema": SCHEMA, **dataclasses.asdict(certificate)}
    return document | {"sha256": digest(document)}


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a document, its own digest left out."""
    body = {key: value for key, value in document.items() if key != "sha256"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def to_text(certificate: Certificate) -> str:
    """Write a certificate as JSON in ASCII, one key a line at the top."""
    document = as_document(certificate)
    lines = (f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in document.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def from_text(text: str) -> Certificate:
    """Read a certificate.

    Raises:
        CertificateError: It is no JSON, has another schema, lacks something, or its digest is not that of its content.
    """
    document = _parsed(text)
    if document.get("schema") != SCHEMA:
        raise CertificateError(
            f"the schema is {str(document.get('schema'))[:60]!r}",
            why=f"this version reads {SCHEMA}",
            remedy="give the file that `hotfire diagnose --certificate` wrote",
        )
    stated = document.get("sha256")
    body = {key: value for key, value in document.items() if key not in ("schema", "sha256")}
    built: Certificate = _build(Certificate, body, "")
    if stated != digest(document):
        raise CertificateError(
            "the digest does not belong to the content",
            where="sha256",
            why="the file was changed after it was written",
            remedy="issue the certificate again",
        )
    return built


def _parsed(text: str) -> dict[str, Any]:
    def refuse(word: str) -> Any:
        raise CertificateError(f"{word} is no figure", remedy="write numbers only")

    try:
        document = json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise CertificateError(
            f"this is no JSON: {error.msg}",
            where=f"line {error.lineno}, column {error.colno}",
            why="the file is cut short, or is something else",
            remedy="issue the certificate again",
        ) from None
    except (RecursionError, ValueError) as error:
        raise CertificateError(
            "this JSON cannot be read",
            why=str(error)[:200] or "it is nested too deeply",
            remedy="issue the certificate again",
        ) from None
    if not isinstance(document, dict):
        raise CertificateError("a certificate is a JSON object", remedy="issue the certificate again")
    return document


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _build(kind: Any, value: Any, where: str) -> Any:
    """Read a value as a type: a dataclass, a tuple, a mapping, an optional, a number, a word."""
    if dataclasses.is_dataclass(kind):
        return _record(kind, value, where)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return (
            None if value is None else _build(next(a for a in arguments if a is not NoneType), value, where)
        )
    if origin is tuple:
        _expect(isinstance(value, list), "a list", value, where)
        return tuple(_build(arguments[0], v, f"{where}[{i}]") for i, v in enumerate(value))
    if origin is Mapping:
        _expect(isinstance(value, dict), "an object", value, where)
        return {k: _build(arguments[1], v, f"{where}.{k}") for k, v in value.items()}
    if kind is float:
        _expect(isinstance(value, (int, float)) and not isinstance(value, bool), "a number", value, where)
        _expect(abs(value) < 1e300 and math.isfinite(value), "a finite number", value, where)
        return float(value)
    _expect(
        type(value) is kind, {int: "a whole number", bool: "true or false"}.get(kind, "a word"), value, where
    )
    return value


def _record(kind: Any, value: Any, where: str) -> Any:
    _expect(isinstance(value, dict), "an object", value, where)
    hints = _hints(kind)
    for key in hints:
        _expect(key in value, f"an object with {key!r}", value, where)
    for key in value:
        _expect(key in hints, f"an object without {key[:40]!r}", value, where)
    dot = f"{where}." if where else ""
    return kind(**{key: _build(hint, value[key], f"{dot}{key}") for key, hint in hints.items()})


def _expect(held: bool, wanted: str, value: Any, where: str) -> None:
    if not held:
        shown = json.dumps(value)[:60] if not isinstance(value, dict) else f"an object of {len(value)} keys"
        raise CertificateError(
            f"{wanted} belongs here, not {shown}",
            where=where,
            why="the certificate is damaged, or was not written by hotfire",
            remedy="issue the certificate again",
        )
