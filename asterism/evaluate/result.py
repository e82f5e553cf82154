"""One measured completion, and the append-only file of them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from asterism.core.errors import AsterismError

FAILED = "failed"
"""The reason code of a record for which no completion could be had; a colon and the cause follow it."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of ``results.jsonl``: what a model said to one task, and how it was read.

    ``answer`` is the answer as read (``T``, ``F``, an option letter, ...), None where nothing could be read.
    ``reason`` says why it was read so. ``score`` is 1 right, 0 wrong or unreadable, None where there was no
    completion or nothing that can grade it. ``seconds`` is the time of the batch divided by its completions.
    """

    id: str
    sample: int
    completion: str
    answer: str | None
    reason: str
    score: float | None
    parts: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    tokens: int = 0
    truncated: bool = False

    @property
    def failed(self) -> bool:
        """Whether there was no completion at all."""
        return self.reason == FAILED or self.reason.startswith(f"{FAILED}:")


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(min_length=1)
    sample: int = Field(0, ge=0)
    completion: str
    answer: str | None
    reason: str
    score: float | None
    parts: dict[str, float] = Field(default_factory=dict)
    seconds: float = 0.0
    tokens: int = 0
    truncated: bool = False


class ResultLog:
    """Appends results to a file, each on disk before the next is asked for.

    A last line that an earlier process left half written is cut off on opening. Use as a context manager::

        with ResultLog(folder / "results.jsonl") as log:
            measure(..., on_result=log.append)
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop_torn_line(path)
        self._file: TextIO = path.open("a", encoding="utf-8", newline="\n")

    def append(self, result: Result) -> None:
        """Write one line and flush it."""
        self._file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def write_results(path: Path, results: Iterable[Result]) -> Path:
    """Write results as a new file (an old one is replaced only once the new one is whole)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    with beside.open("w", encoding="utf-8", newline="\n") as out:
        for result in results:
            out.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
    beside.replace(path)
    return path


def read_results(path: Path) -> list[Result]:
    """The results in a file, in its order. A half-written last line is left out.

    Raises:
        AsterismError: the file is missing, or a whole line is no result.
    """
    if not path.is_file():
        raise AsterismError("no results found", where=str(path), remedy="Give a results.jsonl file.")
    whole, _, _torn = path.read_bytes().rpartition(b"\n")
    return [_parse(line, f"{path}:{number}") for number, line in enumerate(whole.split(b"\n"), start=1) if line.strip()]


def _parse(line: bytes, where: str) -> Result:
    try:
        return Result(**_Line.model_validate_json(line).model_dump())
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise AsterismError(
            f"{name}: {first['msg']}" if name else str(first["msg"]),
            where=where,
            remedy="Drop the line and measure that record again.",
        ) from error


def _drop_torn_line(path: Path) -> None:
    if not path.is_file():
        return
    with path.open("r+b") as file:
        content = file.read()
        if content and not content.endswith(b"\n"):
            file.truncate(content.rfind(b"\n") + 1)
