"""``ledger.jsonl``: which step consumed which task."""

from dataclasses import dataclass

LEDGER = "ledger.jsonl"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A task that a step took, in its epoch."""

    step: int
    epoch: int
    task: str
