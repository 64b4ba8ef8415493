"""Which format a file has: by its first bytes before its name."""

from __future__ import annotations

import stat
from pathlib import Path

from hotfire.physics.errors import LogError

__all__ = ["format_of"]

_NOT_YET = {
    "mf4": ("ASAM MDF", "export as CSV, for example with asammdf"),
    "npy": ("NumPy", "write CSV with numpy.savetxt; pickled arrays are refused in any case"),
    "pickle": ("a Python pickle", "write CSV; pickles run code when they are opened and are always refused"),
    "pdf": ("PDF", "find the log that the report was made from"),
    "gzip": ("a gzip archive", "unpack it first: gunzip FILE"),
    "zip": ("a ZIP archive", "unpack it first and read the log inside"),
    "image": ("an image", "find the log that the plot was made from"),
    "sqlite": ("an SQLite database", "export the table of samples as CSV"),
}
_READ = {"h5": "hdf5", "tdms": "tdms", "parquet": "parquet"}
_MAGIC = (
    (b"\x89HDF\r\n\x1a\n", "h5"),
    (b"TDSm", "tdms"),
    (b"MDF     ", "mf4"),
    (b"PAR1", "parquet"),
    (b"\x93NUMPY", "npy"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"SQLite format 3", "sqlite"),
)


def format_of(path: Path) -> str:
    """Tell the format of a file.

    Args:
        path: The file.

    Returns:
        `text`, `spreadsheet`, `matlab`, `parquet`, `hdf5` or `tdms`.

    Raises:
        LogError: If there is no such file, it is no plain file, or its format is not read.
    """
    try:
        kind = path.stat()
        if not stat.S_ISREG(kind.st_mode):
            what = "a folder" if stat.S_ISDIR(kind.st_mode) else "no plain file"
            raise LogError(f"this is {what}, not a log file", where=str(path), remedy="name the file inside")
        with path.open("rb") as handle:
            head = handle.read(512)
    except OSError as error:
        raise LogError(
            "the file cannot be opened", where=str(path), why=error.strerror or str(error)
        ) from None
    if not head:
        raise LogError(
            "the file is empty",
            where=str(path),
            why="0 bytes",
            remedy="check that the logger wrote to it, or copy it again",
        )
    suffix = path.suffix.lower().lstrip(".")
    return _by_content(path, head, suffix)


def _by_content(path: Path, head: bytes, suffix: str) -> str:
    if head.startswith(b"MATLAB ") or (suffix == "mat" and not _is_printable(head)):
        return "matlab"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if suffix in ("xlsx", "xlsm", "xlsb", "ods") or _looks_like_workbook(path):
            return "spreadsheet"
        if suffix == "npz":
            raise _refusal(path, "npy")
        raise _refusal(path, "zip")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "spreadsheet"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            if name in _READ:
                return _READ[name]
            raise _refusal(path, name)
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        raise _refusal(path, "pickle")
    if suffix in ("xlsx", "xlsm", "xlsb", "ods") and not _is_printable(head):
        raise LogError(
            "the file is no spreadsheet, in spite of its name",
            where=str(path),
            why="it does not start as a ZIP archive does",
            remedy="copy or save it again",
        )
    return "text"


def _looks_like_workbook(path: Path) -> bool:
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False
    return any(n.startswith("xl/") for n in names) or "content.xml" in names


def _is_printable(head: bytes) -> bool:
    """Say whether bytes look like text, UTF-16 included."""
    return head[:2] in (b"\xff\xfe", b"\xfe\xff") or head.count(0) == 0


def _refusal(path: Path, name: str) -> LogError:
    words, remedy = _NOT_YET[name]
    article = "" if words.startswith(("a ", "an ")) else "in the format "
    return LogError(
        f"the file is {article}{words}, which is not read yet" if article else f"the file is {words}",
        where=str(path),
        why="read are delimited text (CSV, TSV, TXT), spreadsheets (.xlsx, .xls, .ods), MATLAB (.mat), "
        "Parquet, HDF5 and TDMS files",
        remedy=remedy,
    )
