"""The stated limit on size: a log whose columns would not fit in memory is refused before it is read."""

from __future__ import annotations

import os
from pathlib import Path

from hotfire.physics.errors import LogError

__all__ = ["available_memory", "refuse_if_too_large"]

#: Share of the free memory that the columns of a log may take.
SHARE = 0.5


def available_memory() -> float:
    """Return the free memory in bytes, 2 GiB where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024.0
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")) * 0.5
    except (OSError, ValueError, AttributeError):
        return 2.0 * 2**30


def refuse_if_too_large(
    path: Path, size: int, *, rows: float, width: int, available: float | None = None
) -> None:
    """Refuse a file whose float64 columns need more than half of the free memory.

    Args:
        path: The file.
        size: Bytes of the file.
        rows: Estimated rows.
        width: Columns.
        available: Free memory in bytes; measured when None.

    Raises:
        LogError: If it does not fit.
    """
    need = rows * width * 8.0
    free = available_memory() if available is None else available
    if need <= SHARE * free:
        return
    raise LogError(
        f"the log is too large: about {rows:.3g} rows of {width} columns need {need / 2**30:.1f} GiB",
        where=str(path),
        why=f"{size / 2**30:.1f} GiB of file, {free / 2**30:.1f} GiB of memory free, of which half "
        "may be used",
        remedy="cut the file around the test (`head -n`, `sed -n 'FROM,TOp'`), keep its header, and "
        "read the part",
    )
