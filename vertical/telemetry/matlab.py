"""MATLAB files (.mat) into tables: numeric arrays only; objects and functions are refused, not loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.log import FloatArray, Note
from hotfire.physics.errors import LogError
from hotfire.telemetry.labelling import build_table
from hotfire.telemetry.memory import refuse_if_too_large
from hotfire.telemetry.names import is_time_name
from hotfire.telemetry.table import Cells, Table

__all__ = ["read_matlab"]

_NUMERIC = frozenset(
    {"double", "single", "logical", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
)


def read_matlab(path: Path) -> list[Table]:
    """Read the numeric arrays of a MATLAB file; arrays of one length form one table.

    Args:
        path: The file.

    Returns:
        Tables, the one with most values first.

    Raises:
        LogError: If the file cannot be read or holds no numeric arrays.
    """
    with path.open("rb") as handle:
        head = handle.read(512)
    if b"MATLAB 7.3" in head[:128] or b"\x89HDF" in head:
        arrays, notes, version = *_from_hdf(path), "7.3 (HDF5)"
    else:
        arrays, notes, version = *_from_mat(path), "5"
    tables = _tables(arrays, f"MATLAB {version}")
    if not tables:
        refused = "; ".join(n.message for n in notes)
        raise LogError(
            "the MATLAB file holds no numeric arrays of samples",
            where=str(path),
            why=refused or "only scalars or text",
            remedy="in MATLAB: save plain vectors, `save('log.mat', 'time', 'pc', ...)`",
        )
    tables[0] = replace(tables[0], notes=(*notes, *tables[0].notes))
    return tables


def _from_mat(path: Path) -> tuple[dict[str, FloatArray], list[Note]]:
    """Load numeric variables and numeric fields of structs; look at shapes before anything is unpacked."""
    from scipy.io import loadmat, whosmat

    try:
        listed = whosmat(str(path))
    except Exception as error:  # scipy raises many kinds for broken files
        raise _broken(path, error) from None
    wanted, notes = [], []
    for name, shape, kind in listed:
        if kind in _NUMERIC or kind == "struct":
            wanted.append((name, shape))
        else:
            notes.append(_refused(name, kind))
    rows = sum(float(np.prod(shape, dtype=float)) for _, shape in wanted)
    refuse_if_too_large(path, path.stat().st_size, rows=rows, width=1)
    if not wanted:
        return {}, notes
    try:
        content = loadmat(
            str(path),
            variable_names=[n for n, _ in wanted],
            struct_as_record=True,
            squeeze_me=False,
            mat_dtype=True,
        )
    except Exception as error:  # as above
        raise _broken(path, error) from None
    arrays: dict[str, FloatArray] = {}
    for name, _ in wanted:
        for label, value in _flatten(name, content[name]):
            arrays[label] = value
    return arrays, notes


def _flatten(name: str, value: Any) -> Iterator[tuple[str, FloatArray]]:
    """Yield the numeric arrays of a variable; a struct of one element yields its fields."""
    if value.dtype.names is not None:
        if value.size == 1:
            for field in value.dtype.names:
                yield from _flatten(f"{name}.{field}", np.asarray(value.flat[0][field]))
        return
    if value.dtype.kind in "fiub" and value.ndim == 2 and not np.iscomplexobj(value):
        yield name, np.asarray(value, dtype=np.float64)


def _from_hdf(path: Path) -> tuple[dict[str, FloatArray], list[Note]]:
    """Load numeric datasets of a version 7.3 file, where h5py is installed."""
    try:
        import h5py
    except ImportError:
        raise LogError(
            "the file is MATLAB version 7.3 (HDF5)",
            where=str(path),
            why="reading it needs h5py",
            remedy="pip install 'hotfire[formats]', or in MATLAB: save('log.mat', '-v7')",
        ) from None
    arrays: dict[str, FloatArray] = {}
    notes: list[Note] = []
    try:
        with h5py.File(path, "r") as file:
            sets = [(n, d) for n, d in _datasets(file) if not n.startswith("#")]
            total = sum(float(np.prod(d.shape, dtype=float)) for _, d in sets if d.dtype.kind in "fiub")
            refuse_if_too_large(path, path.stat().st_size, rows=total, width=1)
            for name, data in sets:
                if data.dtype.kind in "fiub" and data.ndim == 2:
                    arrays[name.replace("/", ".")] = np.asarray(data[()], dtype=np.float64).T
                else:
                    notes.append(_refused(name, str(data.dtype)))
    except OSError as error:
        raise _broken(path, error) from None
    return arrays, notes


def _datasets(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key in group:
        if group.get(key, getlink=True).__class__.__name__ != "HardLink":
            continue  # links may lead out of the file
        item = group[key]
        if hasattr(item, "shape"):
            yield prefix + key, item
        else:
            yield from _datasets(item, f"{prefix}{key}/")


def _tables(arrays: dict[str, FloatArray], dialect: str) -> list[Table]:
    """Group arrays by length."""
    groups: dict[int, list[tuple[str, FloatArray]]] = {}
    for name, value in arrays.items():
        for label, vector in _vectors(name, value):
            groups.setdefault(len(vector), []).append((label, vector))
    groups = {n: g for n, g in groups.items() if n >= 3}
    tables = []
    for n, members in sorted(groups.items(), key=lambda item: (-_timed(item[1]), -item[0] * len(item[1]))):
        data: list[Cells] = [(vector, None, 0, ()) for _, vector in members]
        names = tuple(label for label, _ in members)
        words = f"{dialect}, {len(members)} vectors of {n} samples"
        tables.append(build_table(data, names, None, dialect=words))
    return tables


def _timed(members: list[tuple[str, FloatArray]]) -> bool:
    return any(is_time_name(label.rsplit(".", 1)[-1]) for label, _ in members)


def _vectors(name: str, value: FloatArray) -> Iterator[tuple[str, FloatArray]]:
    if 1 in value.shape:
        yield name, np.ascontiguousarray(value.ravel())
    elif value.shape[0] >= value.shape[1]:
        for i in range(value.shape[1]):
            yield f"{name}({i + 1})", np.ascontiguousarray(value[:, i])
    else:
        for i in range(value.shape[0]):
            yield f"{name}({i + 1})", np.ascontiguousarray(value[i])


def _refused(name: str, kind: str) -> Note:
    return Note(
        "variable_refused",
        "warning",
        f"variable {name!r} is a {kind}, not an array of numbers: not loaded",
        evidence={"variable": name, "class": kind},
        remedy="save it as plain vectors if it holds measurements",
    )


def _broken(path: Path, error: Exception) -> LogError:
    return LogError(
        "the MATLAB file cannot be read",
        where=str(path),
        why=(str(error).splitlines() or [type(error).__name__])[0],
        remedy="copy it again, or save it as CSV",
    )
