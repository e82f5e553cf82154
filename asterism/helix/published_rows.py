"""The rows of the published benchmark (``tianhao2k/MM-HELIX``), from a TSV or JSONL file with its columns."""

import ast
import base64
import binascii
import csv
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.lines import read_lines
from asterism.core.validation import first_error

_REMEDY = "Give the published TSV, or JSON lines with its columns."


class Row(BaseModel):
    """A row of the published set. ``images`` hold file names or base64; ``index`` stands for a missing ``id``."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1)
    question: str
    question_text: str = ""
    images: list[str] = Field(default_factory=list)
    answer: str
    category: str
    level: int = 0
    initial_state: Any = None
    score_function: str = ""

    @model_validator(mode="before")
    @classmethod
    def _columns(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        given = {key: each for key, each in value.items() if each is not None and each != ""}
        for name, other in (("id", "index"), ("images", "image"), ("level", "difficulty")):
            given.setdefault(name, given.get(other))
        metric = literal(given.pop("metric_info", None))
        if isinstance(metric, dict):
            given.setdefault("score_function", metric.get("score_function"))
        return {key: each for key, each in given.items() if each is not None}

    @field_validator("id", "answer", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    @field_validator("images", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        read = literal(value) if isinstance(value, str) and value.lstrip().startswith("[") else value
        return [read] if isinstance(read, str) else read

    @field_validator("initial_state", mode="after")
    @classmethod
    def _read(cls, value: Any) -> Any:
        return literal(value)

    def load_images(self, folder: Path) -> tuple[Image, ...]:
        """Its images; file names are relative to ``folder``."""
        return tuple(read_image(name, folder, f"{self.id}, image {number}") for number, name in enumerate(self.images))


def read_published(path: Path) -> dict[str, Row]:
    """The rows of a TSV or JSONL file by id.

    Raises:
        AsterismError: no such file, a row is of another form, or an id comes twice.
    """
    if not path.is_file():
        raise AsterismError("no file found", where=str(path), remedy=_REMEDY)
    rows: dict[str, Row] = {}
    tabbed = path.suffix.lower() in (".tsv", ".csv")
    for number, row in _tabbed(path) if tabbed else read_lines(path, Row, torn=False, remedy=_REMEDY):
        if row.id in rows:
            raise AsterismError(f"id {row.id!r} comes twice", where=f"{path}:{number}", remedy=_REMEDY)
        rows[row.id] = row
    if not rows:
        raise AsterismError("holds no rows", where=str(path), remedy=_REMEDY)
    return rows


def literal(value: Any) -> Any:
    """A value out of JSON or Python's notation; text that is neither stays text."""
    if not isinstance(value, str):
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            return read(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return value


def read_image(name: str, folder: Path, what: str) -> Image:
    """An image by the name of its file in a folder, or as base64; ``what`` it is called in errors.

    Raises:
        AsterismError: it is neither.
    """
    if len(name) < 400 and (folder / name).is_file():
        return Image.open(folder / name)
    try:
        return Image.from_bytes(base64.b64decode(name.rpartition(",")[2], validate=True), what)
    except binascii.Error as error:
        raise AsterismError(
            f"{what}: neither a file nor base64", where=str(folder), remedy="Put the image there."
        ) from error


def _tabbed(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a TSV (or CSV) file with their line numbers."""
    before = csv.field_size_limit(sys.maxsize)  # images stand in the columns
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, delimiter="," if path.suffix.lower() == ".csv" else "\t")
            for values in reader:
                yield reader.line_num, _row(values, f"{path}:{reader.line_num}")
    except (UnicodeDecodeError, csv.Error) as error:
        raise AsterismError(f"cannot be read ({error})", where=str(path), remedy=_REMEDY) from error
    finally:
        csv.field_size_limit(before)


def _row(values: Mapping[str | Any, Any], where: str) -> Row:
    try:
        return Row.model_validate(dict(values))
    except ValidationError as error:
        raise AsterismError(first_error(error), where=where, remedy=_REMEDY) from error
