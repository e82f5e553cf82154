"""From a row of somebody's table to a task: which column holds what, and what its cells mean."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from pydantic import Field

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.rows import FOLDER
from asterism.core.task import KINDS, Kind, Task
from asterism.records.cells import ImageCells, holds_images

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DOCS = "See docs/own_code.md."


class Columns(Config):
    """Which column holds what. A field that is left out is read from the column of its own name, if there is one."""

    id: str | None = Field(None, description="column of the record's name; none: its number in the file")
    images: str | None = Field(None, description="column of one image or a list of them (else images or image)")
    question: str | None = Field(None, description="column of what is asked")
    options: str | None = Field(None, description="column of the choices, a list")
    answer: str | None = Field(None, description="column of what is right")
    kind: str | None = Field(None, description="column of the kind of answer: tfq, mcq, short, osq or verified")
    family: str | None = Field(None, description="column of a name to group results by")
    trace: str | None = Field(None, description="column of an expert's completion, to be imitated")

    @property
    def named(self) -> dict[str, str]:
        """The fields whose column is named."""
        return {field: column for field, column in self.model_dump().items() if column is not None}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row, and the column of each field that it has a value of."""

    values: Mapping[str, Any]
    columns: Mapping[str, str]
    where: str

    def value(self, field: str) -> Any:
        """What the field's cell holds, None where there is none."""
        return self.values[self.columns[field]] if field in self.columns else None

    def text(self, field: str, default: str = "") -> str:
        """The text or number in the field's cell.

        Raises:
            AsterismError: it holds something else.
        """
        value = self.value(field)
        return default if value is None else _text(value, self.place(field))

    def place(self, field: str) -> str:
        """Where the field's cell is, for errors."""
        return f"{self.where}: {self.columns[field]}"


@dataclass(frozen=True, slots=True)
class RowReader:
    """Makes tasks of the rows of one table.

    ``kind`` is that of every row, where it is given; ``answer_index`` is the number of the first option where answers
    are numbers of options; ``cells`` reads images.
    """

    columns: Columns
    cells: ImageCells
    kind: Kind | None = None
    answer_index: int | None = None

    def task(self, values: Mapping[str, Any], name: str, where: str) -> Task:
        """The task of a row; ``name`` is its id where no column gives one. An empty cell counts as absent.

        ``meta`` holds every column that is no image, under its own name, and so whatever a reward may need.

        Raises:
            AsterismError: a column is missing (the nearest is named) or holds something else than its field.
        """
        found = self._columns_of(values, where)
        kept = {field: column for field, column in found.items() if values[column] is not None or field == "question"}
        row = _Row(values, kept, where)
        options = _options(row.value("options"), row.place("options")) if "options" in kept else ()
        answer = self._answer(row, options)
        return Task(
            id=row.text("id", name),
            images=self.cells.images(row.value("images"), values[FOLDER], where),
            question=_text(row.value("question"), row.place("question")),
            answer=answer,
            kind=self._kind(row, options, answer),
            options=options,
            family=row.text("family"),
            meta=_meta(row),
        )

    def _columns_of(self, values: Mapping[str, Any], where: str) -> dict[str, str]:
        """The column of each field that a row has."""
        present = [column for column in values if column != FOLDER]
        named = self.columns.named
        for field, column in named.items():
            if column not in present:
                raise _missing(f"there is no column {column!r} for {field}", column, present, where)
        found = {field: field for field in Columns.model_fields if field in present and field not in named} | named
        if "images" not in found and "image" in present:
            found["images"] = "image"
        if "question" not in found:
            raise _missing("there is no column 'question'", "question", present, where, field="question")
        if "images" not in found:
            self._refuse_unread(values, [name for name in present if name not in found.values()], where)
        return found

    def _refuse_unread(self, values: Mapping[str, Any], others: Sequence[str], where: str) -> None:
        """See that no column holds images which nobody would look at."""
        unread = [name for name in others if self.cells.may_be(values[name], values[FOLDER])]
        if unread:
            raise AsterismError(
                f"column {unread[0]!r} holds images, and no column is read as images",
                where=where,
                remedy=f"Write columns: {{images: {unread[0]}}}. {DOCS}",
            )

    def _answer(self, row: _Row, options: Sequence[str]) -> str | None:
        """The answer as text, the letter of an option where answers are their numbers; None where there is none."""
        text = row.text("answer")
        if not text.strip():
            return None
        if self.answer_index is None:
            return text
        if not text.lstrip("-").isdecimal():
            raise AsterismError(
                f"{text!r} is no number of an option", where=row.place("answer"), remedy="Leave answer_index out."
            )
        number = int(text) - self.answer_index
        if not 0 <= number < len(options):
            raise AsterismError(
                f"{text} is none of {len(options)} options, the first of which is number {self.answer_index}",
                where=row.place("answer"),
                remedy="answer_index is the number of the first option: 0 or 1.",
            )
        return LETTERS[number]

    def _kind(self, row: _Row, options: Sequence[str], answer: str | None) -> Kind:
        """The given kind, else the row's, else mcq or short; without an answer a reward alone can tell: verified."""
        kind = self.kind or row.value("kind") or ("mcq" if options else "short")
        if kind not in KINDS:
            raise AsterismError(
                f"kind {kind!r} is none of {', '.join(KINDS)}",
                where=row.where,
                remedy=f"Set kind for all records beside path, as in kind: short. {DOCS}",
            )
        if kind == "mcq" and len(options) < 2:
            raise AsterismError("a mcq record needs two options or more", where=row.where, remedy="Set kind: short.")
        return "verified" if answer is None else kind


def _meta(row: _Row) -> dict[str, Any]:
    """Every column that is no image, as JSON can hold it; a column ``meta`` of ours is spread out."""
    meta = {key: _plain(value) for key, value in row.values.items() if key != FOLDER and not holds_images(value)}
    if isinstance(meta.get("meta"), dict):
        meta |= meta.pop("meta")
    trace = row.text("trace")
    return {**meta, "trace": trace} if trace else meta


def _missing(what: str, name: str, present: Sequence[str], where: str, *, field: str = "") -> AsterismError:
    near = difflib.get_close_matches(name, present, n=1, cutoff=0.5)
    guess = f"Did you mean {near[0]!r}? " if near else ""
    how = f"Name it: columns: {{{field}: {near[0] if near else '...'}}}. " if field else ""
    return AsterismError(what, where=where, remedy=f"{guess}{how}Columns: {', '.join(present)}.")


def _text(value: Any, where: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float | Decimal):
        return str(value)
    raise AsterismError(
        f"holds {type(value).__name__}, not a text or a number", where=where, remedy=f"Name another column. {DOCS}"
    )


def _options(value: Any, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise AsterismError(f"is no JSON ({error})", where=where, remedy="Give a list of texts.") from error
    if isinstance(value, Mapping):
        value = [option for option in value.values() if option is not None]
    if not isinstance(value, list | tuple):
        raise AsterismError(
            f"holds {type(value).__name__}, not a list of options", where=where, remedy="Give a list of texts."
        )
    if len(value) > len(LETTERS):
        raise AsterismError(f"holds {len(value)} options", where=where, remedy=f"Give at most {len(LETTERS)}.")
    return tuple(_text(option, where) for option in value)


def _plain(value: Any) -> Any:
    """A cell as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, date | datetime | time | Decimal) else value
