"""Files of JSON lines: the one reader and the one append-only writer of them.

Every file that grows while something runs is one of these: the logs of a training run, the completions and results of a
measurement, the ledger of what was paid. A line is on its way to the disk before ``append`` returns, and a last line
without its line end (its writer was killed) counts as not written.
"""

import io
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.lock import try_lock
from asterism.core.validation import first_error

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Entry = TypeVar("Entry", bound="DataclassInstance | Mapping[str, Any]")
else:
    Entry = TypeVar("Entry")

Kind = TypeVar("Kind")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LineLog(Generic[Entry]):
    """Appends entries (dataclasses or mappings) to a file, one JSON object a line.

    One process writes at a time. Use as a context manager::

        with LineLog[Result](folder / "results.jsonl") as log:
            measure(..., on_result=log.append)
    """

    def __init__(self, path: Path, *, offset: int | None = None) -> None:
        """Open the file to append to.

        Args:
            offset: bytes to keep, where a checkpoint says how long the file was: what was written after is cut off, so
                that a step that is taken again is not logged twice. 0 begins an empty file. None keeps every whole line
                and refuses a file that another process is writing.

        Raises:
            AsterismError: the folder takes no file, another process is writing this one, or ``offset`` is no line end
                of the file.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if offset is None:
                self._file = io.FileIO(path, "ab")
                _lock(self._file, path)
                offset = _end_of_last_line(path)
            else:
                _check_offset(path, offset)
                self._file = io.FileIO(path, "r+b" if offset else "wb")
            self._file.truncate(offset)
            self._file.seek(offset)
        except OSError as error:
            raise _unwritable(path, error) from error
        self.offset = offset
        """Bytes in the file, all of them whole lines."""

    def append(self, entry: Entry) -> None:
        """Write one line through to the operating system.

        Raises:
            AsterismError: the disk refuses the line; the file then ends with the line before it.
        """
        rest = memoryview(encode_line(entry))
        length = len(rest)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._file.truncate(self.offset)
            self._file.seek(self.offset)
            raise _unwritable(self.path, error) from error
        self.offset += length

    def sync(self) -> None:
        """Have the disk hold every line (before a checkpoint names the offset).

        Raises:
            AsterismError: the disk refuses.
        """
        try:
            os.fsync(self._file.fileno())
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


def encode_line(entry: "DataclassInstance | Mapping[str, Any]") -> bytes:
    """An entry as one line of UTF-8 JSON.

    Numbers that are not finite become null, for JSON has no word for them; half surrogates become JSON escapes.
    """
    text = json.dumps(plain(entry), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def write_lines(path: Path, entries: "Iterable[DataclassInstance | Mapping[str, Any]]") -> Path:
    """Write entries as a new file; one that was there before is replaced only once the new one is complete."""
    with whole_file(path) as beside, beside.open("wb") as out:
        out.writelines(map(encode_line, entries))
    return path


def read_lines(
    path: Path, kind: type[Kind], *, torn: bool = True, strict: bool | None = None, remedy: str
) -> Iterator[tuple[int, Kind]]:
    """The lines of a file, each with its number: pydantic models or dataclasses of a kind.

    Args:
        torn: leave out a last line without its line end.
        strict: refuse values of another type even where they could be converted; None leaves it to ``kind``.

    Raises:
        AsterismError: there is no such file, or a line is not of this form; ``remedy`` says what to do then.
    """
    form = TypeAdapter(kind)
    for number, text in read_texts(path, torn=torn):
        try:
            yield number, form.validate_json(text, strict=strict)
        except ValidationError as error:
            raise AsterismError(first_error(error), where=f"{path}:{number}", remedy=remedy) from error


def read_objects(path: Path, *, torn: bool = True, remedy: str = "Fix or remove the line.") -> Iterator[dict[str, Any]]:
    """The JSON objects of a file in order, as plain values.

    Raises:
        AsterismError: there is no such file, or a line is not a JSON object.
    """
    for number, text in read_texts(path, torn=torn):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            value = error
        if not isinstance(value, dict):
            raise AsterismError("not a JSON object", where=f"{path}:{number}", remedy=remedy)
        yield value


def read_texts(path: Path, *, torn: bool = True) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that hold anything, each with its number from 1; one at a time, so any size will do.

    Raises:
        AsterismError: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if torn and not line.endswith(b"\n"):
                    return
                text = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
                if text.strip():
                    yield number, text
    except FileNotFoundError as error:
        raise AsterismError("no such file", where=str(path), remedy="Check the path.") from error
    except OSError as error:
        raise AsterismError(
            f"cannot be read ({error.strerror or error})", where=str(path), remedy="Give a file that may be read."
        ) from error


def plain(value: Any) -> Any:
    """A value in JSON's own types: dataclasses as objects, tuples as lists, numbers that are not finite as None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    return value


def _unwritable(path: Path, error: OSError) -> AsterismError:
    return AsterismError(
        f"cannot be written ({error.strerror or error})",
        where=str(path),
        remedy="Free some space or give another folder; what was written before is untouched, and can be resumed.",
    )


def _lock(file: io.FileIO, path: Path) -> None:
    """Keep other processes from writing until this file is closed, on systems that have such locks."""
    if not try_lock(file):
        file.close()
        raise AsterismError(
            "another process is writing it",
            where=str(path),
            remedy="Wait until that one has ended, or give another folder.",
        )


def _end_of_last_line(path: Path) -> int:
    """The length of the file without a half-written last line, in bytes; read from the end, however long it is."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - 65536)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _check_offset(path: Path, offset: int) -> None:
    remedy = "Resume from an earlier checkpoint, or start a new run."
    size = path.stat().st_size if path.is_file() else 0
    if size < offset:
        raise AsterismError(
            f"has {size} bytes, but the checkpoint was taken after {offset}", where=str(path), remedy=remedy
        )
    if not offset:
        return
    with path.open("rb") as file:
        file.seek(offset - 1)
        if file.read(1) != b"\n":
            raise AsterismError(
                f"no line ends at byte {offset}, where the checkpoint was", where=str(path), remedy=remedy
            )
