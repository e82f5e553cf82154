"""Working off many records that a server is asked about, so that a run can stop anywhere and the next one goes on."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.llm.errors import LlmError

GIVE_UP = 5
"""Records in a row for which the server gave no reply, after which a run ends."""
CLAIM = "build.json"

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
    end the run once all that is under way has ended.

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


def claim_folder(folder: Path, config: Mapping[str, Any], more: Mapping[str, Any]) -> None:
    """Write down what a build is made with, or hold it to what an earlier run wrote.

    Raises:
        AsterismError: the folder holds a build made otherwise, or takes no file.
    """
    file = folder / CLAIM
    if not file.is_file():
        with whole_file(file) as beside:
            values = {"config": config, **more}
            beside.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    try:
        earlier = json.loads(file.read_text(encoding="utf-8"))
        old = {**earlier["config"], **{name: earlier[name] for name in more}}
    except (ValueError, KeyError, TypeError) as error:
        raise AsterismError("is no build.json", where=str(file), remedy="Give another --out.") from error
    new = json.loads(json.dumps({**config, **more}))
    changed = [name for name in new if old.get(name) != new[name]]
    if changed:
        first = changed[0]
        raise AsterismError(
            f"was begun with other settings: {first} was {old.get(first)}, is {new[first]}",
            where=str(folder),
            remedy="Give the same settings to go on, or another --out to begin anew.",
        )
