"""The report file of an internal error: enough to reproduce it, nothing of the environment's secrets."""

from __future__ import annotations

import platform
import tempfile
import traceback
from collections.abc import Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path

__all__ = ["write_error_report"]

_LIBRARIES = ("hotfire", "numpy", "scipy", "polars", "pint", "cantera", "casadi")


def write_error_report(error: BaseException, words: Sequence[str]) -> Path | None:
    """Write the report into the current folder, or the temporary one; None when neither takes it.

    Args:
        error: What was raised.
        words: Arguments of the command line.
    """
    text = "\n".join(
        [
            "hotfire: report of an internal error",
            f"time: {datetime.now().astimezone().isoformat(timespec='seconds')}",
            f"command: hotfire {' '.join(words)}",
            f"system: {platform.platform()}, Python {platform.python_version()}",
            *(f"{name}: {_version(name)}" for name in _LIBRARIES),
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
    name = f"hotfire-error-{datetime.now():%Y%m%d-%H%M%S-%f}.txt"
    for folder in (Path.cwd, lambda: Path(tempfile.gettempdir())):
        try:
            path = folder() / name
            path.write_text(text, encoding="utf-8")
        except OSError:
            continue
        return path
    return None


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
