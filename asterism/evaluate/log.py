"""Append-only files of JSON lines: each line on disk before the next is asked for, a torn last line no harm."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TextIO, TypeVar

from pydantic import BaseModel, ValidationError

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Entry = TypeVar("Entry", bound=DataclassInstance)
else:
    Entry = TypeVar("Entry")

Line = TypeVar("Line", bound=BaseModel)


class LineLog(Generic[Entry]):
    """Appends dataclasses to a file, one line each.

    A last line that an earlier process left half written is cut off on opening. Use as a context manager::

        with LineLog[Result](folder / "results.jsonl") as log:
            measure(..., on_result=log.append)
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop_torn_line(path)
        self._file: TextIO = path.open("a", encoding="utf-8", newline="\n")

    def append(self, entry: Entry) -> None:
        """Write one line and flush it.

        Raises:
            AsterismError: the disk does not take it.
        """
        try:
            self._file.write(_line(entry))
            self._file.flush()
        except OSError as error:
            raise AsterismError(
                f"cannot be written ({error.strerror or error})",
                where=self._file.name,
                remedy="Free some space and run the command again; it goes on after the last whole line.",
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def write_log(path: Path, entries: "Iterable[DataclassInstance]") -> Path:
    """Write entries as a new file (an old one is replaced only once the new one is whole)."""
    with whole_file(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(map(_line, entries))
    return path


def read_log(path: Path, line: type[Line], *, torn: bool = True, remedy: str) -> Iterator[tuple[int, Line]]:
    """The lines of a file, each with its number. A half-written last line is left out, unless not ``torn``.

    Raises:
        AsterismError: a line is not of this form; ``remedy`` says what to do then.
    """
    content = path.read_bytes()
    if torn:
        content = content.rpartition(b"\n")[0]
    for number, text in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if text.strip():
            yield number, _parse(text, line, f"{path}:{number}", remedy)


def _line(entry: "DataclassInstance") -> str:
    return json.dumps({each.name: getattr(entry, each.name) for each in fields(entry)}, ensure_ascii=False) + "\n"


def _parse(text: bytes, line: type[Line], where: str, remedy: str) -> Line:
    try:
        return line.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise AsterismError(
            f"{name}: {first['msg']}" if name else str(first["msg"]), where=where, remedy=remedy
        ) from error


def _drop_torn_line(path: Path) -> None:
    if not path.is_file():
        return
    with path.open("r+b") as file:
        content = file.read()
        if content and not content.endswith(b"\n"):
            file.truncate(content.rfind(b"\n") + 1)
