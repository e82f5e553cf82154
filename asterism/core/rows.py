"""Rows of tables as the hub and the repositories of corpora store them, and the pictures that stand in them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.lines import read_objects

FOLDER = "_folder"
"""The column that :func:`table_rows` adds: the folder of the row's file, from which its paths count."""

_SPLITS = ("train", "dev", "val", "validation", "test")
_ROWS_AT_A_TIME = 256


def table_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a parquet, arrow, JSON or JSON-lines file, or of those in a folder, in the order of their names.

    A folder gives the files of the first of these forms that it holds, and of JSON files those named after a split if
    there are any. Each row has one column more, ``FOLDER``.

    Raises:
        AsterismError: nothing is there, a file is broken, or the extra ``data`` is not installed.
    """
    files = _files(path)
    if not files:
        raise AsterismError(
            "no table found", where=str(path), remedy="Give a .parquet, .arrow, .json or .jsonl file, or their folder."
        )
    for file in files:
        rows = _json_rows(file) if file.suffix in (".json", ".jsonl") else _arrow_rows(file)
        for row in rows:
            yield {**row, FOLDER: file.parent}


class Shelf:
    """Pictures met once: equal bytes give the same object, decoded once for its digest and then let go."""

    def __init__(self) -> None:
        self._by_bytes: dict[bytes | Path, Image] = {}

    def picture(self, entry: Any, where: str) -> Image:
        """The picture of a cell: ``{"bytes", "path"}``, bytes, or the path of a file.

        Raises:
            AsterismError: it is none of these, is missing or cannot be decoded.
        """
        if isinstance(entry, Mapping):
            entry = entry.get("bytes") or entry.get("path")
        key = entry if isinstance(entry, bytes) else Path(entry) if isinstance(entry, str | Path) and entry else None
        if key is None:
            raise AsterismError(
                "holds no picture",
                where=where,
                remedy="A picture is bytes, a path, or {bytes, path}.",
            )
        if key not in self._by_bytes:
            image = Image.from_bytes(key, where) if isinstance(key, bytes) else Image.open(key)
            image.forget()
            self._by_bytes[key] = image
        return self._by_bytes[key]


def arrow() -> Any:
    """The package that reads and writes parquet.

    Raises:
        AsterismError: it is not installed.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise AsterismError(
            "parquet needs the package pyarrow, which is not installed", remedy="pip install 'asterism[data]'"
        ) from error
    return pyarrow


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    for suffix in ("parquet", "arrow", "jsonl", "json"):  # a folder of ours holds the same rows twice
        found = sorted(path.rglob(f"*.{suffix}"))
        if found:
            return [file for file in found if suffix == "json" and file.stem in _SPLITS] or found
    return []


def _arrow_rows(file: Path) -> Iterator[dict[str, Any]]:
    pa = arrow()
    import pyarrow.parquet as pq

    try:
        if file.suffix == ".parquet":
            with pq.ParquetFile(file) as table:
                for batch in table.iter_batches(_ROWS_AT_A_TIME):
                    yield from batch.to_pylist()
        else:
            with pa.memory_map(str(file)) as source:
                for batch in pa.ipc.open_stream(source):
                    yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise AsterismError(
            f"cannot be read ({' '.join(str(error).split())})", where=str(file), remedy="Download the file again."
        ) from error


def _json_rows(file: Path) -> Iterator[dict[str, Any]]:
    if file.suffix == ".jsonl":
        return read_objects(file, torn=False)
    try:
        rows = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise AsterismError(
            f"not JSON ({' '.join(str(error).split())})", where=str(file), remedy="Fix the file."
        ) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise AsterismError("holds no list of objects", where=str(file), remedy="Give one object a row.")
    return iter(rows)
