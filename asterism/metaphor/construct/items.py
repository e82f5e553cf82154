"""What became of each record, and the append-only files that say so."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TextIO, TypeVar

from pydantic import TypeAdapter, ValidationError

from asterism.core.errors import AsterismError
from asterism.metaphor.construct.statement import Statement

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A statement that was written and not kept: which filter dropped it, and why."""

    text: str
    label: str
    filter: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A reply, or a part of one, that could not be used: in which step, why, and how it begins."""

    step: str
    reason: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A finished record, one line of ``items.jsonl``. ``reason`` is empty where it was kept."""

    id: str
    source: str
    reason: str = ""
    language: str = ""
    caption: str | None = None
    statements: tuple[Statement, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    blind: tuple[tuple[str, int], ...] = ()

    @property
    def kept(self) -> bool:
        """Whether its statements are part of the set."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Call:
    """A reply that was paid for, one line of ``calls.jsonl``."""

    key: str
    step: str
    record: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost: float


@dataclass(frozen=True, slots=True)
class RunTotals:
    """What one run of the builder counted, one line of ``runs.jsonl``; a run that was killed leaves none.

    ``unusable_tokens`` and ``unusable_cost`` are of answers that were no replies, for which the server counted tokens.
    """

    paid: int
    cached: int
    failures: int
    retries: int
    lost: int
    unusable_tokens: int
    unusable_cost: float
    seconds: float


class Log(Generic[T]):
    """Appends lines to a file, each handed to the operating system before the next; a torn last line is cut off."""

    def __init__(self, path: Path, kind: type[T]) -> None:
        """Open the file to append to.

        Raises:
            AsterismError: the folder takes no file.
        """
        self.path = path
        self._kind: TypeAdapter[T] = TypeAdapter(kind)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _drop_torn_line(path)
            self._file: TextIO = path.open("a", encoding="utf-8", newline="\n")
        except OSError as error:
            raise _unwritable(path, error) from error

    def read(self) -> Iterator[T]:
        """The lines so far.

        Raises:
            AsterismError: a whole line is not what this file holds.
        """
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield self._kind.validate_json(line)
                except ValidationError as error:
                    what = str(error.errors()[0]["msg"])
                    where = f"{self.path}:{number}"
                    raise AsterismError(what, where=where, remedy="Drop the line; it is made again.") from error

    def append(self, entry: T) -> None:
        """Write one line and flush it.

        Raises:
            AsterismError: the disk does not take it.
        """
        values: dict[str, Any] = asdict(entry)  # type: ignore[call-overload]
        try:
            self._file.write(json.dumps(values, ensure_ascii=False) + "\n")
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


def _unwritable(path: Path, error: OSError) -> AsterismError:
    return AsterismError(
        f"cannot be written ({error.strerror or error})",
        where=str(path),
        remedy="Free some space or give another folder; what was written before is untouched.",
    )


def _drop_torn_line(path: Path) -> None:
    if not path.is_file():
        return
    with path.open("r+b") as file:
        content = file.read()
        if content and not content.endswith(b"\n"):
            file.truncate(content.rfind(b"\n") + 1)
