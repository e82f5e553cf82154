"""Where the tasks of a user's own data come from."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.records import read_records
from asterism.core.rows import split_names, table_rows
from asterism.core.task import Kind, Task
from asterism.records.cells import ImageCells
from asterism.records.columns import Columns, RowReader

RECORDS = "records.jsonl"


class DataSource(Config):
    """A table of questions. A string is short for its ``path``."""

    path: Path = Field(
        description="records.jsonl, any .jsonl, .json, .parquet or .arrow file, or a folder of them (also one that the "
        "library datasets has saved)"
    )
    columns: Columns = Field(Columns(), description="which column holds what, where names differ from ours")
    images: Path | None = Field(None, description="folder from which paths of images count; none: that of the table")
    kind: Kind | None = Field(None, description="how all answers are read, where no column tells")
    answer_index: int | None = Field(
        None, description="answers are numbers of options, of which this is the first: 0 or 1"
    )
    split: str = Field("", description="the split of a folder that holds several")
    limit: int | None = Field(None, ge=1, description="at most so many records, the first")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str | Path) else value


def load_records(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    images: str | Path | None = None,
    kind: Kind | None = None,
    answer_index: int | None = None,
    split: str = "",
    limit: int | None = None,
) -> list[Task]:
    """The tasks of a table: of records.jsonl, any JSON lines, parquet or arrow file, or a folder of them.

    Args:
        path: the file or folder.
        columns: which column holds what, ``{"question": "problem", "answer": "solution"}``, where names differ.
        images: folder from which paths of images count; by default that of the table.
        kind: how all answers are read, where no column tells.
        answer_index: answers are numbers of options, of which this is the first.
        split: the split of a folder that holds several.
        limit: at most so many, the first.

    Raises:
        AsterismError: the file is missing or broken, a column or an image is missing, or two records have one id.
    """
    values = {
        "path": path,
        "columns": dict(columns or {}),
        "images": images,
        "kind": kind,
        "answer_index": answer_index,
        "split": split,
        "limit": limit,
    }
    return load_tasks(DataSource.parse(values, where="load_records"))


def load_tasks(source: DataSource, images: Path | None = None) -> list[Task]:
    """The tasks of a source in the order of its file; ``images`` is the folder of images where it names none.

    Raises:
        AsterismError: the file is missing or broken, a column or an image is missing, or two records have one id.
    """
    if _is_ours(source):
        return read_records(source.path)[: source.limit]
    tasks: dict[str, Task] = {}
    for task, where in _tasks(source, ImageCells(source.images or images)):
        if task.id in tasks:
            raise AsterismError(
                f"id {task.id!r} occurs twice", where=where, remedy="Give every record its own, or map no id."
            )
        tasks[task.id] = task
        if len(tasks) == source.limit:
            break
    if not tasks:
        raise AsterismError("holds no records", where=str(source.path), remedy="Give one object a row.")
    return list(tasks.values())


def _is_ours(source: DataSource) -> bool:
    """Whether the file is in our own form, which is read strictly."""
    own = source.path.name == RECORDS or (source.path / RECORDS).is_file()
    changed = source.columns.named or source.images or source.kind or source.answer_index is not None
    return own and not changed


def _tasks(source: DataSource, cells: ImageCells) -> Iterator[tuple[Task, str]]:
    reader = RowReader(source.columns, cells, source.kind, source.answer_index)
    stem = source.split or source.path.stem
    path = source.path / RECORDS if (source.path / RECORDS).is_file() else source.path
    splits = split_names(path)
    if len(splits) > 1 and not source.split:
        raise AsterismError(
            "holds several splits", where=str(path), remedy=f"Set split to one of: {', '.join(splits)}."
        )
    for number, row in enumerate(table_rows(path, split=source.split), start=1):
        where = f"{source.path}: row {number}"
        yield reader.task(row, f"{stem}-{number:06d}", where), where
