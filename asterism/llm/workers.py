"""Workers that finish many records about which a server is asked, and what became of those it did not answer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from asterism.llm.errors import LlmError

GIVE_UP = 5
"""Records in a row for which the server gave no reply, after which a run ends."""

Record = TypeVar("Record")


@dataclass(slots=True)
class Work:
    """What became of the records that could not be finished: by name the kind of fault; ``last`` ended the run."""

    open_records: dict[str, str] = field(default_factory=dict)
    last: LlmError | None = None
    _in_a_row: int = 0

    def leave_open(self, name: str, error: LlmError) -> None:
        """Note that a record got no reply."""
        self.open_records[name] = type(error).__name__
        self._in_a_row += 1
        if error.ends_run or self._in_a_row >= GIVE_UP:
            self.last = self.last or error

    def answered(self) -> None:
        """Note that a record was finished with replies."""
        self._in_a_row = 0


async def work_off(
    waiting: Iterator[Record],
    finish: Callable[[Record], Awaitable[bool]],
    name: Callable[[Record], str],
    *,
    workers: int,
) -> Work:
    """Finish the records as workers become free; each is one worker's, and what one draws no other does.

    A fault of the server leaves a record open; one that would meet every other record too, or :data:`GIVE_UP` in a row,
    end the run once everything in flight has ended.

    Args:
        finish: finishes a record; false where there was nothing to ask about it.
        name: of a record, by which it is left open.
    """
    work = Work()

    async def worker() -> None:
        for record in waiting:
            if work.last is not None:
                return
            try:
                asked = await finish(record)
            except LlmError as error:
                work.leave_open(name(record), error)
                continue
            if asked:
                work.answered()

    tasks = [asyncio.ensure_future(worker()) for _ in range(workers)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for each in tasks:
            each.cancel()
    return work
