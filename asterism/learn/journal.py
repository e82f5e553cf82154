"""An append-only JSON-lines file that a resumed run can cut back to where its checkpoint was."""

import io
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from asterism.core.errors import AsterismError


class Journal:
    """One JSON object a line, each written through to the operating system before ``append`` returns.

    ``offset`` goes into a checkpoint; on resume ``Journal.resume(path, offset)`` drops the lines written after it,
    so a step that is done again is not told twice.
    """

    def __init__(self, path: Path, file: io.FileIO, offset: int) -> None:
        self.path = path
        self.offset = offset
        """Bytes written so far."""
        self._file = file

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new, empty journal; whatever stood at ``path`` is lost."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(path, _open(path, "wb"), 0)

    @classmethod
    def resume(cls, path: Path, offset: int) -> Self:
        """The journal at ``path``, cut back to its first ``offset`` bytes.

        Raises:
            AsterismError: the file is missing, shorter than ``offset``, or has no line end there.
        """
        if not path.is_file() and offset == 0:
            return cls.create(path)
        _check_offset(path, offset)
        file = _open(path, "r+b")
        file.truncate(offset)
        file.seek(offset)
        return cls(path, file, offset)

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one line. Numbers that are not finite are written as null, since JSON has no word for them.

        Raises:
            AsterismError: the disk refuses the line; the file then ends with the line before it.
        """
        text = json.dumps(_finite(record), ensure_ascii=False, allow_nan=False)
        rest = memoryview(text.encode("utf-8", "backslashreplace") + b"\n")  # lone surrogates become JSON escapes
        length = len(rest)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._file.truncate(self.offset)
            self._file.seek(self.offset)
            raise _refused(self.path, error) from error
        self.offset += length

    def sync(self) -> None:
        """Have the disk hold every line (before a checkpoint names the offset)."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _refused(self.path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a journal in order. A last line without its line end (the writer was killed) is left out.

    Raises:
        AsterismError: the file is missing, or a line is not a JSON object.
    """
    if not path.is_file():
        raise AsterismError("no such file", where=str(path), remedy="Give the folder of a run that has started.")
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                return
            yield _record(line, path, number)


def _record(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        record = error
    if not isinstance(record, dict):
        raise AsterismError("not a JSON object", where=f"{path}:{number}", remedy="Remove the line.")
    return record


def _check_offset(path: Path, offset: int) -> None:
    remedy = "Resume from an earlier checkpoint, or start the run anew."
    size = path.stat().st_size if path.is_file() else 0
    if size < offset:
        raise AsterismError(
            f"has {size} bytes, but the checkpoint was taken after {offset}", where=str(path), remedy=remedy
        )
    with path.open("rb") as file:
        file.seek(max(0, offset - 1))
        if offset and file.read(1) != b"\n":
            raise AsterismError(
                f"no line ends at byte {offset}, where the checkpoint was", where=str(path), remedy=remedy
            )


def _open(path: Path, mode: str) -> io.FileIO:
    try:
        return io.FileIO(path, mode)
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> AsterismError:
    return AsterismError(
        f"cannot be written ({error.strerror or error})",
        where=str(path),
        remedy="Free space or choose another --out; then resume.",
    )


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return value
