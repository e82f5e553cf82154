"""Entries as one Parquet file, in the form that Hugging Face ``datasets`` reads, images included.

Columns: ``id``, ``task``, ``category``, ``level``, ``question``, ``images`` (a list of ``{bytes, path}``), ``answer``
and ``metadata`` (JSON, with the state by which an answer is verified).
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.image import Image
from asterism.core.task import Task
from asterism.helix.entry import Entry
from asterism.helix.records import FAMILY, entry_of_task

ROWS = 256
"""Entries that are held in memory at once, with their images: a row group of the file."""

_TEXTS = ("id", "task", "category", "question", "answer", "metadata")
_FEATURES = {
    **{name: {"dtype": "string", "_type": "Value"} for name in _TEXTS},
    "level": {"dtype": "int64", "_type": "Value"},
    "images": {"feature": {"_type": "Image"}, "_type": "Sequence"},
}
"""The columns as ``datasets`` names their kinds; it reads them from the file's own metadata."""


def write_parquet(file: Path, entries: Iterable[Entry]) -> Path:
    """Write entries as a Parquet file, atomically, a few at a time.

    Raises:
        AsterismError: pyarrow is not installed, there are no entries, an instance comes twice, or the disk does not
            take the file.
    """
    arrow, parquet = _arrow()
    schema, seen, rest = _schema(arrow), set[str](), iter(entries)
    with whole_file(file) as beside:
        with parquet.ParquetWriter(beside, schema) as writer:
            while rows := [_row(entry, seen, file) for entry in islice(rest, ROWS)]:
                writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
        if not seen:
            raise AsterismError("no entries to write", where=str(file), remedy="Give a size of 1 or more.")
    return file


def read_parquet(file: Path) -> dict[str, Entry]:
    """The entries of a Parquet file by id, sorted.

    Raises:
        AsterismError: pyarrow is not installed, or the file is missing or of another form.
    """
    arrow, parquet = _arrow()
    try:
        found = {task.id: entry_of_task(task) for task in _tasks(parquet.ParquetFile(file))}
    except (OSError, KeyError, ValueError, arrow.ArrowException) as error:
        raise AsterismError(
            f"no Parquet file of helix entries ({type(error).__name__}: {error})",
            where=str(file),
            remedy="Give a file that `asterism helix generate --format parquet` wrote.",
        ) from error
    return {id: found[id] for id in sorted(found)}


def _tasks(table: Any) -> Iterator[Task]:
    for batch in table.iter_batches(ROWS):
        for row in batch.to_pylist():
            yield Task(
                id=row["id"],
                images=tuple(Image.from_bytes(each["bytes"], name=row["id"]) for each in row["images"]),
                question=row["question"],
                answer=row["answer"],
                kind="verified",
                family=f"{FAMILY}{row['task']}",
                meta=json.loads(row["metadata"]),
            )


def _row(entry: Entry, seen: set[str], file: Path) -> dict[str, Any]:
    if entry.id in seen:
        raise AsterismError(f"id {entry.id!r} comes twice", where=str(file), remedy="Give every entry its own id.")
    seen.add(entry.id)
    return {
        "id": entry.id,
        "task": entry.task,
        "category": entry.metadata["category"],
        "level": entry.metadata["level"],
        "question": entry.question,
        "images": [{"bytes": image.png(), "path": f"{image.digest[:16]}.png"} for image in entry.images],
        "answer": entry.answer,
        "metadata": json.dumps(entry.metadata, ensure_ascii=False),
    }


def _schema(arrow: ModuleType) -> Any:
    image = arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
    kinds = {"level": arrow.int64(), "images": arrow.list_(image)}
    names = ("id", "task", "category", "level", "question", "images", "answer", "metadata")
    fields = [(name, kinds.get(name, arrow.string())) for name in names]
    described = json.dumps({"info": {"features": {name: _FEATURES[name] for name in names}}})
    return arrow.schema(fields, metadata={"huggingface": described})


def _arrow() -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as missing:
        raise AsterismError("pyarrow is not installed", remedy="pip install 'asterism[data]'") from missing
    return pyarrow, pyarrow.parquet
