"""A build: every source becomes an item once, however often the run is interrupted.

``items.jsonl`` has a line for every finished source, ``calls.jsonl`` one for every reply that was paid for and
``runs.jsonl`` one for every run; all only grow. A run that was stopped or killed is resumed: finished sources are
skipped, and replies that had arrived are in the client's cache.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.lines import LineLog
from asterism.llm.client import Client
from asterism.llm.config import ServerConfig
from asterism.llm.errors import BudgetSpent
from asterism.llm.ledger import Call, Ledger, RunTotals, entries, paid_report
from asterism.llm.workers import Work, work_off

CACHE, CLAIM = "cache", "build.json"


class Named(Protocol):
    """Something that is known by an id."""

    @property
    def id(self) -> str:
        """Its name, alone in a build."""


Source = TypeVar("Source", bound=Named)
if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    class BuildItem(Named, DataclassInstance, Protocol):
        """A dataclass that says what became of a source, a line of ``items.jsonl``."""

        @property
        def kept(self) -> bool:
            """Whether it is part of the set."""

    Item = TypeVar("Item", bound=BuildItem)
else:
    Item = TypeVar("Item")

Progress = Callable[[Item, float], None]
"""Called with each finished item, those of earlier runs included, and the cost of this run so far."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a run leaves: the report, and the records file of the set.

    ``stopped`` is there where the budget ended the run before every source was finished.
    """

    report: dict[str, Any]
    records: Path
    stopped: BudgetSpent | None


@dataclass(slots=True)
class Build(Generic[Source, Item]):
    """An open build folder. ``items`` holds what is finished, by id; without a ledger nobody is paid."""

    folder: Path
    sources: Sequence[Source]
    items: dict[str, Item]
    ledger: Ledger | None
    work: Work
    _log: LineLog[Item]
    _calls: LineLog[Call]
    _runs: LineLog[RunTotals]

    def finish(
        self,
        make: Callable[[Source], Awaitable[Item]],
        *,
        is_current: Callable[[Source, Item], Awaitable[bool]] | None = None,
        on_item: Progress[Item] | None = None,
    ) -> None:
        """Make the items that are missing, as many at a time as the server's ``concurrency`` allows.

        Args:
            make: the item of a source; it may raise ``LlmError``, which leaves the source open.
            is_current: whether the item of an earlier run still belongs to its source; else it is made again.
        """

        async def finish_one(source: Source) -> bool:
            item = self.items.pop(source.id, None)  # gone while it is made again: it may stay unfinished
            known = item is not None and (is_current is None or await is_current(source, item))
            if item is None or not known:
                item = await make(source)
                self._log.append(item)
            self.items[source.id] = item
            if on_item is not None:
                on_item(item, self.ledger.client.totals.cost if self.ledger is not None else 0.0)
            return not known

        if self.ledger is None:
            self.work = asyncio.run(self._work_off(finish_one, 1))
            return
        client = self.ledger.client
        started, whole = time.monotonic(), False
        try:
            self.work = client.run(self._work_off(finish_one, client.config.concurrency))
            whole = True
        finally:
            self._runs.append(self.ledger.totals(time.monotonic() - started, whole=whole))

    @property
    def finished(self) -> list[Item]:
        """The finished items in the order of the sources."""
        return [self.items[source.id] for source in self.sources if source.id in self.items]

    @property
    def open_sources(self) -> dict[str, str]:
        """The sources without an item, each with the kind of fault that left it open."""
        return {
            source.id: self.work.open_records.get(source.id, "not asked")
            for source in self.sources
            if source.id not in self.items
        }

    def paid(self, steps: Sequence[str]) -> dict[str, Any]:
        """The parts of the report about what was paid and tried, over all runs."""
        return paid_report(steps, entries(self._calls, Call), list(entries(self._runs, RunTotals)))

    def close(self, report: dict[str, Any], records: Path) -> Built:
        """Write ``report.json``.

        Raises:
            LlmError: the fault that ended the run, other than a spent budget.
        """
        with whole_file(self.folder / "report.json") as beside:
            beside.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        last = self.work.last
        if last is not None and not isinstance(last, BudgetSpent):
            raise last
        return Built(report, records, last)

    async def _work_off(self, finish_one: Callable[[Source], Awaitable[bool]], workers: int) -> Work:
        return await work_off(iter(self.sources), finish_one, lambda source: source.id, workers=workers)


@contextmanager
def open_build(
    folder: Path,
    sources: Sequence[Source],
    kind: type[Item],
    server: ServerConfig | None,
    config: Mapping[str, Any],
    more: Mapping[str, Any],
) -> Iterator[Build[Source, Item]]:
    """A build folder with its files and the client open.

    Args:
        kind: the class of the items.
        server: who is asked, None where nobody is; its replies are cached in the folder unless it names a cache.
        config, more: what the build is made with, see :func:`claim_folder`.

    Raises:
        AsterismError: ``folder`` holds a build made with other settings, or the disk does not take a file.
    """
    own_cache = server is not None and server.cache is None
    if server is not None and own_cache:
        server = server.model_copy(update={"cache": folder / CACHE})
    claim_folder(folder, config, more)
    with ExitStack() as stack:
        log = stack.enter_context(LineLog[Item](folder / "items.jsonl"))
        calls = stack.enter_context(LineLog[Call](folder / "calls.jsonl"))
        runs = stack.enter_context(LineLog[RunTotals](folder / "runs.jsonl"))
        ledger = None
        if server is not None:
            ledger = Ledger(stack.enter_context(Client(server)), calls, own_cache=own_cache)
        wanted = {source.id for source in sources}
        items = {item.id: item for item in entries(log, kind) if item.id in wanted}  # the last line of an id counts
        yield Build(folder, sources, items, ledger, Work(), log, calls, runs)


def short_digest(text: str) -> str:
    """The first 16 hex digits of a text's SHA-256: tells a build made with other prompts."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def claim_folder(folder: Path, config: Mapping[str, Any], more: Mapping[str, Any]) -> None:
    """Write what a build is made with to ``build.json``, or compare it with what an earlier run wrote.

    Raises:
        AsterismError: the folder holds a build made otherwise, or the disk does not take a file.
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
            remedy="Give the same settings to resume, or another --out for a new build.",
        )
