"""The builder: every instance is reasoned about by rule, rewritten, checked and written down once.

``items.jsonl`` has a line for every finished instance and, with a server, ``calls.jsonl`` one for every reply that was
paid; both only grow. A run that is stopped or killed resumes where it was.

Source: SERG, step-elicited response generation (arXiv 2510.08540, section 4).
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.lines import LineLog
from asterism.helix.entry import fingerprint
from asterism.helix.puzzle import Step
from asterism.helix.serg.config import SergConfig
from asterism.helix.serg.dataset import write_set
from asterism.helix.serg.filters import contaminated, examine, unsound
from asterism.helix.serg.items import Failure, Item
from asterism.helix.serg.prompts import SYSTEM, rewriting
from asterism.helix.serg.report import build_report
from asterism.helix.serg.source import Instance, NoInstance, Source
from asterism.helix.serg.teacher import RULES, Rules, Server, Teacher
from asterism.helix.serg.trace_reader import Reader
from asterism.helix.serg.wording import CONNECTIVES, OPENINGS, PHRASES, REMARKS, plain
from asterism.llm.building import Work, claim_folder, work_off
from asterism.llm.client import Client
from asterism.llm.config import ServerConfig
from asterism.llm.errors import BudgetSpent
from asterism.llm.ledger import Call, Ledger, RunTotals, entries

CACHE = "cache"

Progress = Callable[[Item, float], None]
"""Told of each finished instance, and of the cost of this run so far."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a run leaves: the report, and the records file of the set.

    ``stopped`` is there where the budget ended the run before every instance was finished.
    """

    report: dict[str, Any]
    records: Path
    stopped: BudgetSpent | None


@dataclass(slots=True)
class Builder:
    """What finishes instances."""

    teacher: Teacher
    config: SergConfig
    bench: frozenset[str]
    items: dict[str, Item]
    log: LineLog[Item]
    told: Callable[[Item], None]
    _drawing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def finish(self, source: Source) -> bool:
        """The item of a source, unless an earlier run has made it.

        Raises:
            LlmError: the server could not be asked; the instance is not finished.
        """
        known = self.items.get(source.id)
        if known is not None:
            self.told(known)
            return False
        item = self.items[source.id] = await self._item(source)
        self.log.append(item)
        self.told(item)
        return True

    async def _item(self, source: Source) -> Item:
        try:
            async with self._drawing:  # instances of one level are drawn in order
                instance = await asyncio.to_thread(source.instance)
        except NoInstance as error:
            failure = Failure("instance", error.what)
            return Item(source.id, "", 0, "", self.teacher.name, reason=failure.filter, failures=(failure,))
        puzzle, state = instance.puzzle, instance.state
        item = Item(instance.id, puzzle.name, instance.level, fingerprint(puzzle, state), self.teacher.name)
        objection = contaminated(puzzle, state, self.bench)
        if objection is None:
            steps = await asyncio.to_thread(puzzle.reasoning, state)
            objection = await asyncio.to_thread(unsound, puzzle, state, steps)
        if objection is not None:
            return replace(item, reason=objection.filter, failures=(Failure(objection.filter, objection.why),))
        return await self._written(instance, steps, item)

    async def _written(self, instance: Instance, steps: Sequence[Step], item: Item) -> Item:
        puzzle, state, config = instance.puzzle, instance.state, self.config
        reader = Reader(puzzle, state, steps)
        item = replace(item, rule_trace=plain(steps))
        given = self.teacher.shown(instance, steps)
        failures: tuple[Failure, ...] = ()
        for draw in range(self.teacher.attempts):
            written = await self.teacher.write(instance, steps, draw)
            found = await asyncio.to_thread(
                examine, puzzle, state, reader, written.text, given, config, cut_off=written.cut_off
            )
            if found.reading is not None:
                item = replace(item, states=found.reading.states, found=found.reading.found)
            if found.objection is None:
                return replace(item, trace=written.text, verdict=found.verdict, failures=failures)
            failures = (*failures, Failure(found.objection.filter, found.objection.why))
        return replace(item, reason=failures[-1].filter, failures=failures)


def build(
    sources: Sequence[Source],
    folder: Path,
    config: SergConfig,
    server: ServerConfig | None = None,
    *,
    bench: frozenset[str] = frozenset(),
    pictured: bool = True,
    on_item: Progress | None = None,
    on_record: Callable[[], object] | None = None,
) -> Built:
    """Make a trace for every source and write the set; resumes where an earlier run in ``folder`` stopped.

    A spent budget or a server that cannot be reached ends the run early; what is finished is written as a set all the
    same, and the instances left open are named in the report.

    Args:
        server: who is asked; needed where the teacher is a server.
        bench: fingerprints of states that may not be in the set.
        pictured: questions with images; else with the instance as text.
        on_item: told of each instance that is finished, also of those that an earlier run finished.
        on_record: told of each record that is written after that; its image is drawn then.

    Raises:
        AsterismError: ``folder`` holds a build with other settings, the disk does not take a file, the server refuses
            every request (a wrong key, an unknown model).
    """
    if config.teacher == "server" and server is None:
        raise AsterismError("no server to ask", remedy="Give --url and --model, or --teacher rules.")
    if config.teacher == "rules":
        server = None
    own_cache = server is not None and server.cache is None
    if server is not None and own_cache:
        server = server.model_copy(update={"cache": folder / CACHE})
    claim_folder(folder, config.model_dump(), {"model": server.model if server else RULES, "wording": _wording()})
    with ExitStack() as stack:
        log = stack.enter_context(LineLog[Item](folder / "items.jsonl"))
        calls = stack.enter_context(LineLog[Call](folder / "calls.jsonl"))
        runs = stack.enter_context(LineLog[RunTotals](folder / "runs.jsonl"))
        items = _finished(log, sources)
        if server is None:
            builder = Builder(Rules(config), config, bench, items, log, _teller(on_item))
            work = asyncio.run(_work_off(sources, builder, 1))
        else:
            ledger = Ledger(stack.enter_context(Client(server)), calls, own_cache=own_cache)
            builder = Builder(Server(ledger, config), config, bench, items, log, _teller(on_item, ledger))
            work = _paid(sources, builder, ledger, runs)
        left = {each.id: work.open_records.get(each.id, "not asked") for each in sources if each.id not in items}
        finished = [items[each.id] for each in sources if each.id in items]
        report = build_report(finished, left, entries(calls, Call), list(entries(runs, RunTotals)))
    records = write_set(folder / "dataset", sources, items, pictured=pictured, on_record=on_record)
    with whole_file(folder / "report.json") as beside:
        beside.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if work.last is not None and not isinstance(work.last, BudgetSpent):
        raise work.last
    return Built(report, records, work.last)


def _work_off(sources: Sequence[Source], builder: Builder, workers: int) -> Coroutine[Any, Any, Work]:
    return work_off(iter(sources), builder.finish, lambda source: source.id, workers=workers)


def _paid(sources: Sequence[Source], builder: Builder, ledger: Ledger, runs: LineLog[RunTotals]) -> Work:
    """The same with a server; what the run came to is written down however it ends."""
    started, whole = time.monotonic(), False
    try:
        work = ledger.client.run(_work_off(sources, builder, ledger.client.config.concurrency))
        whole = True
    finally:
        runs.append(ledger.totals(time.monotonic() - started, whole=whole))
    return work


def _teller(on_item: Progress | None, ledger: Ledger | None = None) -> Callable[[Item], None]:
    def tell(item: Item) -> None:
        if on_item is not None:
            on_item(item, ledger.client.totals.cost if ledger else 0.0)

    return tell


def _finished(log: LineLog[Item], sources: Sequence[Source]) -> dict[str, Item]:
    wanted = {source.id for source in sources}
    return {item.id: item for item in entries(log, Item) if item.id in wanted}


def _wording() -> str:
    """A digest of all that the texts of a teacher depend on but for the instance."""
    texts = json.dumps([SYSTEM, rewriting("", "", ""), OPENINGS, CONNECTIVES, REMARKS, PHRASES])
    return hashlib.sha256(texts.encode()).hexdigest()[:16]
