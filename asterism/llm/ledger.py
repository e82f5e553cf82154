"""What a build pays for: a line for each reply and for each run, and their sums.

``calls.jsonl`` and ``runs.jsonl`` only grow. Every reply that was paid for is booked once, also one that arrived in a
process that was killed before it could book it: its request is in the cache then, and is booked when it is asked again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from asterism.core.lines import LineLog, read_lines
from asterism.llm.client import Client
from asterism.llm.reply import Reply, Usage
from asterism.llm.request import ChatRequest

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Entry = TypeVar("Entry", bound=DataclassInstance)
else:
    Entry = TypeVar("Entry")


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
    """What one run of a build counted, one line of ``runs.jsonl``; a run that was killed leaves none.

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


def entries(log: LineLog[Entry], kind: type[Entry]) -> Iterator[Entry]:
    """What stands in a file so far.

    Raises:
        AsterismError: a whole line is not what this file holds.
    """
    return (entry for _, entry in read_lines(log.path, kind, remedy="Drop the line; it is made again."))


class Ledger:
    """Asks a client and books what was paid."""

    def __init__(self, client: Client, calls: LineLog[Call], *, own_cache: bool) -> None:
        """``own_cache``: every reply of the cache was paid for by this build, though it may not be booked yet.

        ``paid`` is what the replies of this process used.
        """
        self.client = client
        self.paid = Usage()
        self._calls = calls
        self._booked = {call.key for call in entries(calls, Call)}
        self._own_cache = own_cache

    async def ask(self, step: str, record: str, request: ChatRequest) -> Reply:
        """The reply to a request made on behalf of a record.

        Raises:
            LlmError: there is none.
        """
        reply = await self.client.ask_async(request)
        self._book(step, record, request, reply)
        return reply

    def totals(self, seconds: float, *, whole: bool) -> RunTotals:
        """The line of a run that took so long; ``whole``: nothing was in flight when it ended."""
        totals = self.client.totals
        return RunTotals(
            paid=totals.paid,
            cached=totals.cached,
            failures=totals.failures,
            retries=totals.retries,
            lost=totals.lost,
            unusable_tokens=totals.tokens - self.paid.tokens if whole else 0,
            unusable_cost=totals.cost - self.client.config.cost(self.paid) if whole else 0.0,
            seconds=round(seconds, 3),
        )

    def _book(self, step: str, record: str, request: ChatRequest, reply: Reply) -> None:
        key = request.key
        if not reply.cached:
            self.paid += reply.usage
        if key in self._booked or (reply.cached and not self._own_cache):
            return
        self._booked.add(key)
        usage = reply.usage
        cost = self.client.config.cost(usage)
        self._calls.append(Call(key, step, record, request.model, usage.prompt_tokens, usage.completion_tokens, cost))


def paid_report(steps: Sequence[str], calls: Iterable[Call], runs: Sequence[RunTotals]) -> dict[str, Any]:
    """The parts ``paid`` and ``tries`` of a report: replies, tokens and cost by step, and what the runs counted."""
    by_step: dict[str, dict[str, float]] = {
        step: {"replies": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost": 0.0} for step in steps
    }
    for call in calls:
        step = by_step[call.step]
        step["replies"] += 1
        step["prompt_tokens"] += call.prompt_tokens
        step["completion_tokens"] += call.completion_tokens
        step["cost"] += call.cost
    unusable = {"tokens": sum(run.unusable_tokens for run in runs), "cost": sum(run.unusable_cost for run in runs)}
    total = {name: sum(step[name] for step in by_step.values()) for name in next(iter(by_step.values()))}
    total["cost"] += unusable["cost"]
    tried = {name: sum(getattr(run, name) for run in runs) for name in ("cached", "failures", "retries", "lost")}
    return {
        "paid": {**by_step, "answers_that_were_no_replies": unusable, "total": total},
        "tries": {**tried, "runs_ended": len(runs)},
    }
