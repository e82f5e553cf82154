"""The builder: every instance is reasoned about by rule, rewritten, checked and written down once.

Source: SERG, step-elicited response generation (arXiv 2510.08540, section 4).
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from asterism.core.errors import AsterismError
from asterism.helix.entry import fingerprint
from asterism.helix.puzzle import Step
from asterism.helix.serg.config import SergConfig
from asterism.helix.serg.dataset import write_set
from asterism.helix.serg.filters import contaminated, examine, unsound
from asterism.helix.serg.items import Failure, Item
from asterism.helix.serg.prompts import SYSTEM, rewriting
from asterism.helix.serg.report import build_report
from asterism.helix.serg.source import Instance, NoInstance, Source
from asterism.helix.serg.teacher import RULES, STEPS, Rules, Server, Teacher
from asterism.helix.serg.trace_reader import Reader
from asterism.helix.serg.wording import CONNECTIVES, OPENINGS, PHRASES, REMARKS, plain
from asterism.llm.builder import Built, Progress, open_build, short_digest
from asterism.llm.config import ServerConfig


@dataclass(slots=True)
class Builder:
    """Makes the items of instances."""

    teacher: Teacher
    config: SergConfig
    bench: frozenset[str]
    _drawing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def make_item(self, source: Source) -> Item:
        """The trace of a source, or why it has none.

        Raises:
            LlmError: the server could not be asked; the instance is not finished.
        """
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
    on_item: Progress[Item] | None = None,
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
    more = {"model": server.model if server else RULES, "wording": _wording()}
    with open_build(folder, sources, Item, server, config.model_dump(), more) as run:
        teacher = Rules(config) if run.ledger is None else Server(run.ledger, config)
        run.finish(Builder(teacher, config, bench).make_item, on_item=on_item)
        report = build_report(run.finished, run.open_sources, run.paid(STEPS))
        records = write_set(folder / "dataset", sources, run.items, pictured=pictured, on_record=on_record)
        return run.close(report, records)


def _wording() -> str:
    """A digest of all that the texts of a teacher depend on but for the instance."""
    texts = json.dumps([SYSTEM, rewriting("", "", ""), OPENINGS, CONNECTIVES, REMARKS, PHRASES])
    return short_digest(texts)
