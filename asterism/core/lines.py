"""Append-only files of JSON lines: each line on disk before the next is asked for, a torn last line no harm."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TextIO, TypeVar

from pydantic import TypeAdapter, ValidationError

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.lock import try_lock

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Entry = TypeVar("Entry", bound=DataclassInstance)
else:
    Entry = TypeVar("Entry")

Kind = TypeVar("Kind")


class LineLog(Generic[Entry]):
    """Appends dataclasses to a file, one line each.

    A last line that an earlier process left half written is cut off on opening. One process writes at a time. Use as a
    context manager::

        with LineLog[Result](folder / "results.jsonl") as log:
            measure(..., on_result=log.append)
    """

    def __init__(self, path: Path) -> None:
        """Open the file to append to.

        Raises:
            AsterismError: the folder takes no file, or another process is writing this one.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: TextIO = path.open("a", encoding="utf-8", newline="\n")
            if not try_lock(self._file):
                self._file.close()
                raise _locked(path)
            _drop_torn_line(path)
        except OSError as error:
            raise _unwritable(path, error) from error

    def append(self, entry: Entry) -> None:
        """Write one line and flush it.

        Raises:
            AsterismError: the disk does not take it.
        """
        try:
            self._file.write(_line(entry))
            self._file.flush()
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def write_lines(path: Path, entries: "Iterable[DataclassInstance]") -> Path:
    """Write entries as a new file (an old one is replaced only once the new one is whole)."""
    with whole_file(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(map(_line, entries))
    return path


def read_lines(path: Path, kind: type[Kind], *, torn: bool = True, remedy: str) -> Iterator[tuple[int, Kind]]:
    """The lines of a file, each with its number: pydantic models or dataclasses of a kind.

    A half-written last line is left out, unless not ``torn``.

    Raises:
        AsterismError: a line is not of this form; ``remedy`` says what to do then.
    """
    form = TypeAdapter(kind)
    content = path.read_bytes()
    if torn:
        content = content.rpartition(b"\n")[0]
    for number, text in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if text.strip():
            yield number, _parse(text, form, f"{path}:{number}", remedy)


def _line(entry: "DataclassInstance") -> str:
    values = {each.name: getattr(entry, each.name) for each in fields(entry)}
    return json.dumps(values, ensure_ascii=False, default=asdict) + "\n"


def _parse(text: bytes, form: TypeAdapter[Kind], where: str, remedy: str) -> Kind:
    try:
        return form.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise AsterismError(
            f"{name}: {first['msg']}" if name else str(first["msg"]), where=where, remedy=remedy
        ) from error


def _unwritable(path: Path, error: OSError) -> AsterismError:
    return AsterismError(
        f"cannot be written ({error.strerror or error})",
        where=str(path),
        remedy="Free some space or give another folder; the same command goes on after the last whole line.",
    )


def _locked(path: Path) -> AsterismError:
    return AsterismError(
        "another process is writing it",
        where=str(path),
        remedy="Wait until that one has ended, or give another folder.",
    )


def _drop_torn_line(path: Path) -> None:
    if not path.is_file():
        return
    with path.open("r+b") as file:
        content = file.read()
        if content and not content.endswith(b"\n"):
            file.truncate(content.rfind(b"\n") + 1)
