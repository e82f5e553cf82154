"""The builder: every record is asked about, checked and written down once, whatever happens in between.

``items.jsonl`` has a line for every finished record and ``calls.jsonl`` one for every reply that was paid; both only
grow. A run that is stopped or killed goes on where it was: finished records are skipped, and replies that had
arrived are in the client's cache.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.lines import LineLog
from asterism.llm.building import claim_folder, work_off
from asterism.llm.client import Client
from asterism.llm.config import ServerConfig
from asterism.llm.errors import BudgetSpent
from asterism.llm.ledger import Call, Ledger, RunTotals, entries
from asterism.metaphor.builder.asking import Asker
from asterism.metaphor.builder.config import BuildConfig
from asterism.metaphor.builder.dataset import check_hub, statements_of, tasks_of, write_dataset
from asterism.metaphor.builder.filters.language import prepare_detector
from asterism.metaphor.builder.items import Item
from asterism.metaphor.builder.prompts import Language, blind_prompt, caption_prompt, statements_prompt
from asterism.metaphor.builder.record import make_item
from asterism.metaphor.builder.report import build_report
from asterism.metaphor.builder.source import Source

CACHE = "cache"
_LANGUAGES: tuple[Language, ...] = ("en", "zh")

Progress = Callable[[Item, float], None]
"""Told of each finished record, and of the cost of this run so far."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a run leaves: the report, and the records file of the set.

    ``stopped`` is there where the budget ended the run before every record was finished.
    """

    report: dict[str, Any]
    records: Path
    stopped: BudgetSpent | None


def build(
    sources: Sequence[Source],
    folder: Path,
    config: BuildConfig,
    server: ServerConfig,
    *,
    hub: bool = True,
    on_item: Progress | None = None,
) -> Built:
    """Make statements about every source and write the set; goes on where an earlier run in ``folder`` stopped.

    A spent budget or a server that cannot be reached ends the run early; what is finished is written as a set all the
    same, and the records left open are named in the report.

    Args:
        hub: write the set also in the layout of the hub, which needs the extra ``data``.
        on_item: told of each record that is finished, also of those that an earlier run finished.

    Raises:
        AsterismError: ``folder`` holds a build with other settings, the disk does not take a file, the server refuses
            every request (a wrong key, an unknown model).
    """
    own_cache = server.cache is None
    if own_cache:
        server = server.model_copy(update={"cache": folder / CACHE})
    if hub:
        check_hub()  # before anything is paid
    claim_folder(folder, config.model_dump(), {"model": server.model, "prompts": _prompts_digest()})
    prepare_detector()
    with ExitStack() as stack:
        items = stack.enter_context(LineLog[Item](folder / "items.jsonl"))
        calls = stack.enter_context(LineLog[Call](folder / "calls.jsonl"))
        runs = stack.enter_context(LineLog[RunTotals](folder / "runs.jsonl"))
        client = stack.enter_context(Client(server))
        ledger = Ledger(client, calls, own_cache=own_cache)
        finished = _finished(items, sources)
        finish = _finisher(finished, Asker(ledger, config), config, client, items, on_item)
        started = time.monotonic()
        whole = False
        try:
            workers = client.config.concurrency
            work = client.run(work_off(iter(sources), finish, lambda source: source.id, workers=workers))
            whole = True
        finally:
            runs.append(ledger.totals(time.monotonic() - started, whole=whole))
        report = _write(folder, sources, finished, work.open_records, calls, runs, config, server, hub=hub)
    if work.last is not None and not isinstance(work.last, BudgetSpent):
        raise work.last
    return Built(report, folder / "dataset" / "records.jsonl", work.last)


def _finisher(
    items: dict[str, Item], asker: Asker, config: BuildConfig, client: Client, log: LineLog[Item], told: Progress | None
) -> Callable[[Source], Awaitable[bool]]:
    """What finishes a source: nothing where an earlier run has, and the source is still the same."""

    async def finish(source: Source) -> bool:
        item = items.pop(source.id, None)
        known = item is not None and item.source == await asyncio.to_thread(_fingerprint, source)
        if item is None or not known:
            item = await make_item(source, asker, config)
            log.append(item)
        items[source.id] = item
        if told is not None:
            told(item, client.totals.cost)
        return not known

    return finish


def _fingerprint(source: Source) -> str:
    try:
        return source.fingerprint()
    except AsterismError:
        return ""


def _finished(items: LineLog[Item], sources: Sequence[Source]) -> dict[str, Item]:
    """The last line of each record that is still among the sources."""
    wanted = {source.id for source in sources}
    return {item.id: item for item in entries(items, Item) if item.id in wanted}


def _prompts_digest() -> str:
    texts = [
        text
        for language in _LANGUAGES
        for text in (
            caption_prompt(language),
            statements_prompt("", "", language, 5, 10, structured=False),
            statements_prompt("", "", language, 5, 10, structured=True),
            blind_prompt("", language),
        )
    ]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def _write(
    folder: Path,
    sources: Sequence[Source],
    finished: Mapping[str, Item],
    open_records: Mapping[str, str],
    calls: LineLog[Call],
    runs: LineLog[RunTotals],
    config: BuildConfig,
    server: ServerConfig,
    *,
    hub: bool,
) -> dict[str, Any]:
    """Write the set and the report from what is finished; returns the report."""
    items = [finished[source.id] for source in sources if source.id in finished]
    left = {source.id: open_records.get(source.id, "not asked") for source in sources if source.id not in finished}
    in_set = statements_of(items, config)
    report = build_report(items, in_set, left, entries(calls, Call), list(entries(runs, RunTotals)))
    by_id = {source.id: source for source in sources}
    tasks = tasks_of(items, in_set, by_id, config.statement_model or server.model)
    write_dataset(folder, list(tasks), hub=hub)
    with whole_file(folder / "report.json") as beside:
        beside.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return report
