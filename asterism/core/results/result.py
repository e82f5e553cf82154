"""One measured completion, and the append-only file of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asterism.core.errors import AsterismError
from asterism.core.lines import LineLog, read_lines, write_lines

FAILED = "failed"
"""The reason code of a record for which there is no completion; a colon and the cause follow it."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of ``results.jsonl``: what a model wrote for one task, and how it was read.

    ``answer`` is the answer as read (``T``, ``F``, an option letter, ...), None where nothing could be read.
    ``reason`` says why it was read so. ``score`` is 1 right, 0 wrong or unreadable, of an open question the judge's
    points from 1 to 5; None where there was no completion or nothing that can grade it. ``seconds`` is the time of the
    batch divided by its completions.
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


ResultLog = LineLog[Result]
"""Appends results to a file, each on disk before the next is asked for."""


def write_results(path: Path, results: Iterable[Result]) -> Path:
    """Write results as a new file (an old one is replaced only once the new one is complete)."""
    return write_lines(path, results)


def read_results(path: Path) -> list[Result]:
    """The results in a file, in its order. A half-written last line is left out.

    Raises:
        AsterismError: the file is missing, or a whole line is no result.
    """
    if not path.is_file():
        raise AsterismError("no results found", where=str(path), remedy="Give a results.jsonl file.")
    remedy = "Remove the line and measure that record again."
    return [result for _, result in read_lines(path, Result, strict=True, remedy=remedy)]
