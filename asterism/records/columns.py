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


@dataclass(slots=True)
class RowReader:
    """Makes tasks of the rows of one table.

    ``kind`` is that of every row, where it is given; ``answer_index`` is the number of the first option where answers
    are numbers of options; ``cells`` reads images.
    """

    columns: Columns
    cells: ImageCells
    kind: Kind | None = None
    answer_index: int | None = None

    def task(self, row: Mapping[str, Any], name: str, where: str) -> Task:
        """The task of a row; ``name`` is its id where no column gives one.

        ``meta`` holds every column that is no image, under its own name, and so whatever a reward may need.

        Raises:
            AsterismError: a column is missing (the nearest is named) or holds something else than its field.
        """
        found = self._columns_of(row, where)
        empty = [field for field, column in found.items() if row[column] is None and field != "question"]
        found = {field: column for field, column in found.items() if field not in empty}  # null counts as absent
        question = _text(row[found["question"]], f"{where}: {found['question']}")
        options = _options(row[found["options"]], f"{where}: {found['options']}") if "options" in found else ()
        answer = self._answer(row, found, options, where)
        meta = {key: _plain(value) for key, value in row.items() if key != FOLDER and not holds_images(value)}
        if isinstance(meta.get("meta"), dict):
            meta |= meta.pop("meta")
        if "trace" in found:
            meta["trace"] = _text(row[found["trace"]], f"{where}: {found['trace']}")
        return Task(
            id=_text(row[found["id"]], f"{where}: {found['id']}") if "id" in found else name,
            images=self.cells.images(row[found["images"]], row[FOLDER], where) if "images" in found else (),
            question=question,
            answer=answer,
            kind=self._kind(row, found, options, answer, where),
            options=options,
            family=_text(row[found["family"]], f"{where}: {found['family']}") if "family" in found else "",
            meta=meta,
        )

    def _columns_of(self, row: Mapping[str, Any], where: str) -> dict[str, str]:
        """The column of each field that this row has."""
        present = [column for column in row if column != FOLDER]
        named = self.columns.named
        for field, column in named.items():
            if column not in present:
                raise _missing(f"there is no column {column!r} for {field}", column, present, where)
        found = {field: field for field in Columns.model_fields if field in present and field not in named} | named
        if "images" not in found and "image" in present:
            found["images"] = "image"
        if "question" not in found:
            raise _missing("there is no column 'question'", "question", present, where, field="question")
        unread = [name for name in present if name not in found.values() and self.cells.may_be(row[name], row[FOLDER])]
        if "images" not in found and unread:
            raise AsterismError(
                f"column {unread[0]!r} holds images, and no column is read as images",
                where=where,
                remedy=f"Write columns: {{images: {unread[0]}}}. {DOCS}",
            )
        return found

    def _answer(
        self, row: Mapping[str, Any], found: Mapping[str, str], options: Sequence[str], where: str
    ) -> str | None:
        value = row[found["answer"]] if "answer" in found else None
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if self.answer_index is None:
            return _text(value, f"{where}: {found['answer']}")
        try:
            number = int(value) - self.answer_index
        except (TypeError, ValueError) as error:
            raise AsterismError(
                f"answer {value!r} is no number of an option", where=where, remedy="Leave answer_index out."
            ) from error
        if not 0 <= number < len(options):
            raise AsterismError(
                f"answer {value!r} is none of {len(options)} options, the first of which is number {self.answer_index}",
                where=where,
                remedy="answer_index is the number of the first option: 0 or 1.",
            )
        return LETTERS[number]

    def _kind(
        self,
        row: Mapping[str, Any],
        found: Mapping[str, str],
        options: Sequence[str],
        answer: str | None,
        where: str,
    ) -> Kind:
        """The given kind, else the row's, else mcq or short; without an answer a reward alone can tell: verified."""
        given = self.kind or (row[found["kind"]] if "kind" in found else None)
        if given is None:
            given = "mcq" if options else "short"
        if given not in KINDS:
            raise AsterismError(
                f"kind {given!r} is none of {', '.join(KINDS)}",
                where=where,
                remedy=f"Set kind for all records beside path, as in kind: short. {DOCS}",
            )
        if given == "mcq" and len(options) < 2:
            raise AsterismError("a mcq record needs two options or more", where=where, remedy="Set kind: short.")
        return "verified" if answer is None else given


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
