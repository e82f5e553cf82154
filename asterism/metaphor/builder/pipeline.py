"""The TFQ builder: every record is asked about, checked and written down once, whatever happens in between."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from asterism.core.errors import AsterismError
from asterism.llm.builder import Build, Built, Progress, open_build, short_digest
from asterism.llm.config import ServerConfig
from asterism.metaphor.builder.annotation import STEPS, AnnotationClient
from asterism.metaphor.builder.config import BuildConfig
from asterism.metaphor.builder.dataset import check_hub, statements_of, tasks_of, write_dataset
from asterism.metaphor.builder.filters.language import prepare_detector
from asterism.metaphor.builder.items import Item
from asterism.metaphor.builder.prompts import Language, blind_prompt, caption_prompt, statements_prompt
from asterism.metaphor.builder.record import make_item
from asterism.metaphor.builder.report import build_report
from asterism.metaphor.builder.source import Source

_LANGUAGES: tuple[Language, ...] = ("en", "zh")


def build(
    sources: Sequence[Source],
    folder: Path,
    config: BuildConfig,
    server: ServerConfig,
    *,
    hub: bool = True,
    on_item: Progress[Item] | None = None,
) -> Built:
    """Make statements about every source and write the set; resumes where an earlier run in ``folder`` stopped.

    A spent budget or a server that cannot be reached ends the run early; what is finished is written as a set all the
    same, and the records left open are named in the report.

    Args:
        hub: write the set also in the layout of the hub, which needs the extra ``data``.
        on_item: called with each record that is finished, also with those that an earlier run finished.

    Raises:
        AsterismError: ``folder`` holds a build with other settings, the disk does not take a file, the server refuses
            every request (a wrong key, an unknown model).
    """
    if hub:
        check_hub()  # before anything is paid
    more = {"model": server.model, "prompts": _prompts_digest()}
    with open_build(folder, sources, Item, server, config.model_dump(), more) as run:
        prepare_detector()
        assert run.ledger is not None  # there is a server
        client = AnnotationClient(run.ledger, config)
        run.finish(lambda source: make_item(source, client, config), is_current=_is_current, on_item=on_item)
        return _write(run, config, config.statement_model or server.model, hub=hub)


async def _is_current(source: Source, item: Item) -> bool:
    """Whether image and explanation are those that the item was made from."""
    return item.source == await asyncio.to_thread(_fingerprint, source)


def _fingerprint(source: Source) -> str:
    try:
        return source.fingerprint()
    except AsterismError:
        return ""


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
    return short_digest("\n".join(texts))


def _write(run: Build[Source, Item], config: BuildConfig, generator: str, *, hub: bool) -> Built:
    """Write the set and the report from what is finished; ``generator`` is the model that wrote the statements."""
    in_set = statements_of(run.finished, config)
    report = build_report(run.finished, in_set, run.open_sources, run.paid(STEPS))
    by_id = {source.id: source for source in run.sources}
    file = write_dataset(run.folder, list(tasks_of(run.finished, in_set, by_id, generator)), hub=hub)
    return run.close(report, file)
