"""What became of each record, and the append-only files that say so."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from asterism.core.lines import LineLog, read_lines
from asterism.metaphor.construct.statement import Statement


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


Entry = TypeVar("Entry", Call, Item, RunTotals)


def entries(log: LineLog[Entry], kind: type[Entry]) -> Iterator[Entry]:
    """What stands in a file so far.

    Raises:
        AsterismError: a whole line is not what this file holds.
    """
    return (entry for _, entry in read_lines(log.path, kind, remedy="Drop the line; it is made again."))
