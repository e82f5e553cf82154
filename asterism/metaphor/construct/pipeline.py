"""The builder: every record is asked about, checked and written down once, whatever happens in between.

``items.jsonl`` has a line for every finished record and ``calls.jsonl`` one for every reply that was paid; both only
grow. A run that is stopped or killed goes on where it was: finished records are skipped, and replies that had
arrived are in the client's cache.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.lines import LineLog
from asterism.llm.client import Client
from asterism.llm.config import ServerConfig
from asterism.llm.errors import BudgetSpent, LlmError
from asterism.metaphor.construct.asking import Asker
from asterism.metaphor.construct.config import BuildConfig
from asterism.metaphor.construct.dataset import check_hub, statements_of, tasks_of, write_dataset
from asterism.metaphor.construct.filters.language import prepare_detector
from asterism.metaphor.construct.items import Call, Item, RunTotals, entries
from asterism.metaphor.construct.prompts import Language, blind_prompt, caption_prompt, statements_prompt
from asterism.metaphor.construct.record import make_item
from asterism.metaphor.construct.report import build_report
from asterism.metaphor.construct.source import Source

CACHE = "cache"
GIVE_UP = 5
"""Records in a row for which the server gave no reply, after which the run ends."""
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


@dataclass(slots=True)
class _State:
    """Shared by the workers of a run."""

    waiting: Iterator[Source]
    items: dict[str, Item]
    open_records: dict[str, str] = field(default_factory=dict)
    in_a_row: int = 0
    last: LlmError | None = None


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
    _claim(folder, config, server)
    prepare_detector()
    with ExitStack() as stack:
        items = stack.enter_context(LineLog[Item](folder / "items.jsonl"))
        calls = stack.enter_context(LineLog[Call](folder / "calls.jsonl"))
        runs = stack.enter_context(LineLog[RunTotals](folder / "runs.jsonl"))
        client = stack.enter_context(Client(server))
        asker = Asker(client, config, calls, own_cache=own_cache)
        state = _State(iter(sources), _finished(items, sources))
        started = time.monotonic()
        whole = False
        try:
            client.run(_work_off(state, asker, config, client, items, on_item))
            whole = True
        finally:
            runs.append(_totals(client, asker, time.monotonic() - started, whole=whole))
        report = _write(folder, sources, state, calls, runs, config, server, hub=hub)
    if state.last is not None and not isinstance(state.last, BudgetSpent):
        raise state.last
    return Built(report, folder / "dataset" / "records.jsonl", state.last)


async def _work_off(
    state: _State, asker: Asker, config: BuildConfig, client: Client, log: LineLog[Item], on_item: Progress | None
) -> None:
    """Workers draw records until there is none or the run has to end; each record is one worker's."""

    async def worker() -> None:
        for source in state.waiting:
            if state.last is not None:
                return
            done = state.items.get(source.id)
            if done is not None and done.source == await asyncio.to_thread(_fingerprint, source):
                if on_item is not None:
                    on_item(done, client.totals.cost)
                continue
            try:
                item = await make_item(source, asker, config)
            except LlmError as error:
                _leave_open(state, source, error)
                continue
            state.in_a_row = 0
            log.append(item)
            state.items[source.id] = item
            if on_item is not None:
                on_item(item, client.totals.cost)

    workers = [asyncio.ensure_future(worker()) for _ in range(client.config.concurrency)]
    try:
        await asyncio.gather(*workers)
    finally:
        for each in workers:
            each.cancel()


def _leave_open(state: _State, source: Source, error: LlmError) -> None:
    state.items.pop(source.id, None)
    state.open_records[source.id] = type(error).__name__
    state.in_a_row += 1
    if error.ends_run or state.in_a_row >= GIVE_UP:
        state.last = state.last or error


def _fingerprint(source: Source) -> str:
    try:
        return source.fingerprint()
    except AsterismError:
        return ""


def _finished(items: LineLog[Item], sources: Sequence[Source]) -> dict[str, Item]:
    """The last line of each record that is still among the sources."""
    wanted = {source.id for source in sources}
    return {item.id: item for item in entries(items, Item) if item.id in wanted}


def _claim(folder: Path, config: BuildConfig, server: ServerConfig) -> None:
    """Write down what this build is made with, or hold it to what an earlier run wrote.

    Raises:
        AsterismError: the folder holds a build made otherwise, or takes no file.
    """
    values = {"config": config.model_dump(), "model": server.model, "prompts": _prompts_digest()}
    file = folder / "build.json"
    if not file.is_file():
        with whole_file(file) as beside:
            beside.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    try:
        earlier = json.loads(file.read_text(encoding="utf-8"))
        old = {**earlier["config"], "model": earlier["model"], "prompts": earlier["prompts"]}
    except (ValueError, KeyError, TypeError) as error:
        raise AsterismError("is no build.json", where=str(file), remedy="Give another --out.") from error
    new = {**values["config"], "model": server.model, "prompts": values["prompts"]}  # type: ignore[dict-item]
    changed = [name for name in new if old.get(name) != new[name]]
    if changed:
        first = changed[0]
        raise AsterismError(
            f"was begun with other settings: {first} was {old.get(first)}, is {new[first]}",
            where=str(folder),
            remedy="Give the same settings to go on, or another --out to begin anew.",
        )


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


def _totals(client: Client, asker: Asker, seconds: float, *, whole: bool) -> RunTotals:
    totals = client.totals
    return RunTotals(
        paid=totals.paid,
        cached=totals.cached,
        failures=totals.failures,
        retries=totals.retries,
        lost=totals.lost,
        unusable_tokens=totals.tokens - asker.paid.tokens if whole else 0,
        unusable_cost=totals.cost - client.config.cost(asker.paid) if whole else 0.0,
        seconds=round(seconds, 3),
    )


def _write(
    folder: Path,
    sources: Sequence[Source],
    state: _State,
    calls: LineLog[Call],
    runs: LineLog[RunTotals],
    config: BuildConfig,
    server: ServerConfig,
    *,
    hub: bool,
) -> dict[str, Any]:
    """Write the set and the report from what is finished; returns the report."""
    items = [state.items[source.id] for source in sources if source.id in state.items]
    left = {source.id: state.open_records.get(source.id, "not asked") for source in sources}
    left = {name: reason for name, reason in left.items() if name not in state.items}
    in_set = statements_of(items, config)
    report = build_report(items, in_set, left, entries(calls, Call), list(entries(runs, RunTotals)))
    by_id = {source.id: source for source in sources}
    tasks = tasks_of(items, in_set, by_id, config.statement_model or server.model)
    write_dataset(folder, list(tasks), hub=hub)
    with whole_file(folder / "report.json") as beside:
        beside.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return report
