"""Tasks on disk: one JSON object a line, images beside the file."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.image import Image
from asterism.core.lines import read_texts, write_lines
from asterism.core.task import Kind, Task
from asterism.core.validation import first_error

UNANSWERED_KINDS: tuple[Kind, ...] = ("tfq", "mcq", "osq")
"""Kinds whose key some corpora withhold."""

_UNANSWERED = "unanswered"


class Record(BaseModel):
    """One line of ``records.jsonl``. A single ``image`` is read as a list of one, null as absent, a number
    among options or as the answer as its text."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(min_length=1)
    images: list[str] = Field(default_factory=list)
    question: str
    options: list[str] = Field(default_factory=list)
    answer: str | None = None
    kind: Kind
    family: str = ""
    meta: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        given = {key: entry for key, entry in value.items() if entry is not None}
        if "image" in given and "images" not in given:
            given["images"] = [given["image"]]
        if isinstance(given.get("options"), list):
            given["options"] = [_as_text(option) for option in given["options"]]
        if "answer" in given:
            given["answer"] = _as_text(given["answer"])
        return given

    @model_validator(mode="after")
    def _complete(self, info: ValidationInfo) -> Self:
        answered = self.kind == "verified" or bool((self.answer or "").strip())
        if not (answered or (self.kind in UNANSWERED_KINDS and info.context == _UNANSWERED)):
            raise ValueError(f"answer: a {self.kind} record needs one")
        if self.kind == "mcq" and len(self.options) < 2:
            raise ValueError("options: a mcq record needs at least two")
        return self


class RecordSource(Config):
    """Tasks read from records.jsonl and its images, as a section of a recipe names them."""

    source: Literal["records"] = Field(description="tasks lie on disk")
    path: Path = Field(description="records.jsonl, or the folder that holds it")


def read_records(path: Path, *, unanswered: bool = False) -> list[Task]:
    """The tasks of a ``records.jsonl`` file (or of a folder that holds one), sorted by id.

    Sorting makes whatever follows independent of the order of lines in the file. Images are checked for
    existence here and decoded later. ``unanswered`` lets ``tfq``, ``mcq`` and ``osq`` records without an answer
    through, with answer None: their images and texts are of use, and whoever grades must leave them out.

    Raises:
        AsterismError: the file is missing or empty, a line is no record, an id occurs twice, an image is missing.
    """
    file = path / "records.jsonl" if path.is_dir() else path
    if not file.is_file():
        raise AsterismError(
            "no records found", where=str(file), remedy="Give a records.jsonl file or a folder that holds one."
        )
    tasks: dict[str, Task] = {}
    for number, line in read_texts(file, torn=False):
        task = _task(line, file, number, unanswered)
        if task.id in tasks:
            raise AsterismError(
                f"id {task.id!r} occurs twice", where=f"{file}:{number}", remedy="Give every record its own id."
            )
        tasks[task.id] = task
    if not tasks:
        raise AsterismError(
            "holds no records", where=str(file), remedy="Give one JSON object a line; see docs/records.md."
        )
    return [tasks[name] for name in sorted(tasks)]


def write_records(folder: str | Path, tasks: Iterable[Task]) -> Path:
    """Write tasks as ``folder/records.jsonl`` with their images under ``folder/images``.

    Each distinct image is written once, as PNG, named by its digest. Returns the records file, which
    is written atomically: one that was there before stays until the new one is complete.

    Raises:
        AsterismError: two tasks have one id, or the disk does not take the file.
    """
    folder = Path(folder)
    file = folder / "records.jsonl"
    seen: set[str] = set()

    def line(task: Task) -> Mapping[str, Any]:
        if task.id in seen:
            raise AsterismError(f"id {task.id!r} occurs twice", where=str(file), remedy="Give every task its own id.")
        seen.add(task.id)
        return _line(task, [_stored(image, folder) for image in task.images])

    return write_lines(file, map(line, tasks))


def link_records(folder: Path, tasks: Iterable[Task], *, copy: bool = False) -> Path:
    """Write tasks as ``folder/records.jsonl`` without decoding an image.

    Lines point to the images where they lie, by relative path; with ``copy`` each distinct file is copied, byte for
    byte, to ``folder/images``, named by the SHA-256 of its bytes. Images that lie in no file are written there too.

    Raises:
        AsterismError: the disk does not take the file, or an image cannot be read.
    """
    lines = (_line(task, [_linked(image, folder, copy) for image in task.images]) for task in tasks)
    return write_lines(folder / "records.jsonl", lines)


def take_meta(task: Task, **entries: Any) -> Task:
    """The same task with entries added to its ``meta``."""
    return replace(task, meta={**task.meta, **entries})


def _stored(image: Image, folder: Path) -> str:
    name = f"images/{image.digest[:16]}.png"
    if not (folder / name).exists():
        image.save(folder / name)
    return name


def _linked(image: Image, folder: Path, copy: bool) -> str:
    if image.path is None:
        return _stored(image, folder)
    if not copy:
        return Path(os.path.relpath(image.path.resolve(), folder.resolve())).as_posix()
    data = image.encoded()
    name = f"images/{hashlib.sha256(data).hexdigest()[:16]}{image.path.suffix.lower()}"
    if not (folder / name).exists():
        with whole_file(folder / name) as beside:
            beside.write_bytes(data)
    return name


def _line(task: Task, names: list[str]) -> Mapping[str, Any]:
    return {
        "id": task.id,
        "images": names,
        "question": task.question,
        "options": list(task.options),
        "answer": task.answer,
        "kind": task.kind,
        "family": task.family,
        "meta": dict(task.meta),
    }


def _as_text(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number else value


def _shortened(text: str) -> str:
    """A name fit for a message, where someone may have put the image itself."""
    return text if len(text) <= 300 else f"{text[:200]}… ({len(text)} characters)"


def _task(line: bytes, file: Path, number: int, unanswered: bool) -> Task:
    where = f"{file}:{number}"
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AsterismError(
            f"not UTF-8 text ({error.reason})", where=where, remedy="Save the records as UTF-8 JSON lines."
        ) from error
    try:
        record = Record.model_validate_json(text, context=_UNANSWERED if unanswered else None)
    except ValidationError as error:
        raise AsterismError(
            first_error(error), where=where, remedy="Fix or remove the record; see docs/records.md."
        ) from error
    images = tuple(Image.open(file.parent / name) for name in record.images)
    for image in images:
        if not image.exists():
            raise AsterismError(
                f"images: {_shortened(str(image.path))} is missing (record {record.id})",
                where=where,
                remedy="Put the image there or drop the record.",
            )
    return Task(
        id=record.id,
        images=images,
        question=record.question,
        answer=record.answer if record.kind == "verified" or (record.answer or "").strip() else None,
        kind=record.kind,
        options=tuple(record.options),
        family=record.family,
        meta=record.meta,
    )
