"""Entries as records: ``family`` is ``helix/<task>``, ``kind`` is ``verified``, the state is in ``meta``."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from asterism.core.errors import AsterismError
from asterism.core.records import read_records, write_records
from asterism.core.task import Task
from asterism.core.validation import first_error
from asterism.helix.catalogue import puzzle_of
from asterism.helix.entry import Entry
from asterism.helix.puzzle import LEVELS, Category

FAMILY = "helix/"


class Meta(BaseModel):
    """``meta`` of a record of this wing; other keys are left out."""

    model_config = ConfigDict(extra="ignore", strict=True)

    category: Category
    level: int = Field(ge=LEVELS[0], le=LEVELS[-1])
    seed: int
    index: int = Field(ge=0)
    reference: bool = False
    state: JsonValue
    unique: bool
    question_text: str
    pair: str = ""
    config: dict[str, JsonValue] = Field(default_factory=dict)


def task_of(entry: Entry, id: str | None = None) -> Task:
    """An entry as a task; its id is that of the instance unless another is given."""
    return Task(
        id=id or entry.id,
        images=entry.images,
        question=entry.question,
        answer=entry.answer,
        kind="verified",
        family=f"{FAMILY}{entry.task}",
        meta=entry.metadata,
    )


def entry_of_task(task: Task) -> Entry:
    """The entry that a task was made of.

    Raises:
        AsterismError: it is none of this wing, of an unknown task, or its state is none of that task.
    """
    if task.kind != "verified" or not task.family.startswith(FAMILY):
        raise AsterismError(
            f"record {task.id}: {task.kind} of {task.family or 'no family'}, not a verified record of helix",
            remedy="Give records that `asterism helix generate` wrote.",
        )
    try:
        meta = Meta.model_validate(dict(task.meta))
        puzzle = puzzle_of(task.family.removeprefix(FAMILY))
        puzzle.load(meta.state)
    except ValidationError as error:
        raise AsterismError(
            f"record {task.id}: {first_error(error, 'meta')}",
            remedy="Give records as `asterism helix generate` wrote them.",
        ) from error
    except AsterismError as error:
        raise AsterismError(f"record {task.id}: {error.what}", remedy=error.remedy) from error
    return Entry(puzzle.name, task.question, task.images, task.answer or "", meta.model_dump(exclude_unset=True))


def write_entries(folder: Path, entries: Iterable[Entry]) -> Path:
    """Write entries as ``folder/records.jsonl`` with their images under ``folder/images``; returns the file.

    Raises:
        AsterismError: an instance comes twice, or the disk does not take the file.
    """
    return write_records(folder, map(task_of, entries))


def read_entries(path: Path) -> dict[str, Entry]:
    """The entries of a records file (or of a folder that holds one) by id, sorted.

    Raises:
        AsterismError: a line is no record, or none of this wing.
    """
    return {task.id: entry_of_task(task) for task in read_records(path)}
