"""Rows of tables as the hub and the repositories of corpora store them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.lines import read_objects

FOLDER = "_folder"
"""The column that :func:`table_rows` adds: the folder of the row's file, from which its paths count."""

_SPLITS = ("train", "dev", "val", "validation", "test")
_ROWS_AT_A_TIME = 256


def table_rows(path: Path, *, split: str = "") -> Iterator[dict[str, Any]]:
    """The rows of a parquet, arrow, JSON or JSON-lines file, or of those in a folder, in the order of their names.

    A folder gives the files of the first of these forms that it holds, and of JSON files those named after a split if
    there are any. A folder that the library ``datasets`` has saved (``save_to_disk``) gives the files that it lists.
    ``split`` chooses among several splits of a folder: by the names of its files, or of its subfolders where
    ``datasets`` has saved several. Each row has one column more, ``FOLDER``.

    Raises:
        AsterismError: nothing is there, a file is broken, there is no such split, or the extra ``data`` is not
            installed.
    """
    files = _files(path, split)
    if not files:
        raise AsterismError(
            "no table found", where=str(path), remedy="Give a .parquet, .arrow, .json or .jsonl file, or their folder."
        )
    for file in files:
        rows = _json_rows(file) if file.suffix in (".json", ".jsonl") else _arrow_rows(file)
        for row in rows:
            yield {**row, FOLDER: file.parent}


def split_names(path: Path) -> list[str]:
    """The splits after which the files of a folder are named (``train.parquet``, ``test-00000-of-00001.parquet``)."""
    if not path.is_dir() or (path / "state.json").is_file() or (path / "dataset_dict.json").is_file():
        return []
    return sorted({file.stem.partition("-")[0] for file in _files(path, "")} & set(_SPLITS))


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


def _files(path: Path, split: str) -> list[Path]:
    if path.is_file():
        return [path]
    if (path / "dataset_dict.json").is_file():
        return _saved_files(_chosen(path, split))
    if (path / "state.json").is_file():
        return _saved_files(path)
    for suffix in ("parquet", "arrow", "jsonl", "json"):  # a folder of ours holds the same rows twice
        found = sorted(path.rglob(f"*.{suffix}"))
        if found:
            named = [file for file in found if suffix == "json" and file.stem in _SPLITS] or found
            return _of_split(named, split, path) if split else named
    return []


def _of_split(files: list[Path], split: str, path: Path) -> list[Path]:
    """The files of a split, as the hub names them: ``train.parquet``, ``train-00000-of-00002.parquet``."""
    found = [file for file in files if file.stem.partition("-")[0] == split or file.parent.name == split]
    if not found:
        names = sorted({file.stem.partition("-")[0] for file in files})
        raise AsterismError(f"there is no split {split!r}", where=str(path), remedy=f"Splits: {', '.join(names)}.")
    return found


def _chosen(path: Path, split: str) -> Path:
    """The folder of a split, in one of several splits that the library ``datasets`` has saved."""
    splits = _json_object(path / "dataset_dict.json").get("splits")
    if not isinstance(splits, list) or split not in splits:
        shown = ", ".join(map(str, splits)) if isinstance(splits, list) else "none"
        what = f"there is no split {split!r}" if split else "holds several splits"
        raise AsterismError(what, where=str(path), remedy=f"Set split to one of: {shown}.")
    return path / split


def _saved_files(folder: Path) -> list[Path]:
    """The files of a set that the library ``datasets`` has saved, in the order in which it lists them."""
    listed = _json_object(folder / "state.json").get("_data_files")
    names = [entry.get("filename") for entry in listed or [] if isinstance(entry, dict)]
    files = [folder / str(name) for name in names]
    missing = [file for file in files if not file.is_file()]
    if missing or not files:
        raise AsterismError(
            f"{missing[0].name if missing else 'every file'} is missing",
            where=str(folder),
            remedy="Save the set again with save_to_disk.",
        )
    return files


def _json_object(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise AsterismError(
            f"not JSON ({' '.join(str(error).split())})", where=str(file), remedy="Save the set again."
        ) from error
    return found if isinstance(found, dict) else {}


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
