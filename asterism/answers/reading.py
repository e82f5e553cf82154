"""What was read from an answer, and why."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """Where a value was found, or why there is none."""

    TAGGED = "tagged"
    BOXED = "boxed"
    CUE = "cue"
    BARE = "bare"
    PROSE = "prose"

    MISSING = "missing"
    EMPTY = "empty"
    UNCLOSED = "unclosed"
    AMBIGUOUS = "ambiguous"
    UNREADABLE = "unreadable"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"
    HEDGED = "hedged"
    NEGATED = "negated"
    BOUND = "bound"
    TIMEOUT = "timeout"

    @property
    def valid(self) -> bool:
        """Whether a reading with this reason has a value."""
        return self in _VALID


_VALID = frozenset({Reason.TAGGED, Reason.BOXED, Reason.CUE, Reason.BARE, Reason.PROSE})


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer that a text gives: a canonical value, or None with the reason why there is none.

    Examples: ``Reading("T", TAGGED)`` for ``<answer>True.</answer>``; ``Reading(None, AMBIGUOUS)`` for "T or F".
    """

    value: str | None
    reason: Reason

    def __post_init__(self) -> None:
        if (self.value is not None) != self.reason.valid:
            raise ValueError(f"a reading has a value exactly when it is valid ({self.value!r}, {self.reason})")

    @classmethod
    def invalid(cls, reason: Reason) -> Self:
        """No value, for this reason."""
        return cls(None, reason)

    @property
    def valid(self) -> bool:
        """Whether there is a value."""
        return self.value is not None
