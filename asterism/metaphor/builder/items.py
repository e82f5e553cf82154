"""What became of each record, and what the append-only file says of it."""

from dataclasses import dataclass

from asterism.metaphor.builder.statement import Statement


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
