"""What became of each instance."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """A text of the teacher that was dropped: by which filter, and why."""

    filter: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A finished instance, one line of ``items.jsonl``; ``reason`` names the filter that rejected it, empty where kept.

    ``states`` is the number of states of the rule-based trace, ``found`` that of those found again in ``trace``.
    """

    id: str
    task: str
    level: int
    fingerprint: str
    teacher: str
    reason: str = ""
    rule_trace: str = ""
    trace: str = ""
    verdict: str = ""
    states: int = 0
    found: int = 0
    failures: tuple[Failure, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether it is part of the set."""
        return not self.reason
