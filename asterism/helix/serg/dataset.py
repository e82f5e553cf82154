"""The finished set: one record for each kept instance, with both traces in ``meta``."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from asterism.core.errors import AsterismError
from asterism.core.records import take_meta, write_records
from asterism.core.task import Task
from asterism.helix.records import task_of
from asterism.helix.serg.filters import reflections
from asterism.helix.serg.items import Item
from asterism.helix.serg.source import Source
from asterism.helix.traces import STATE


def tasks_of(sources: Sequence[Source], items: Mapping[str, Item], *, pictured: bool) -> Iterator[Task]:
    """The kept instances in the order of ``sources``, each with its traces and what was found about them.

    Raises:
        AsterismError: an instance is not the one that its trace was made for.
    """
    for source in sources:
        item = items.get(source.id)
        if item is None or not item.kept:
            continue
        entry = source.entry(pictured=pictured)
        if entry.fingerprint != item.fingerprint:
            raise AsterismError(
                f"{item.id}: its trace was made for another state",
                remedy="The task or the record has changed since; give another --out.",
            )
        yield take_meta(
            task_of(entry, item.id),
            rule_trace=item.rule_trace,
            trace=item.trace,
            expert_response=item.trace,
            teacher=item.teacher,
            verdict=item.verdict,
            **{STATE: item.fingerprint},
            states=item.states,
            states_found=item.found,
            reflections=reflections(item.trace),
        )


def write_set(
    folder: Path,
    sources: Sequence[Source],
    items: Mapping[str, Item],
    *,
    pictured: bool,
    on_record: Callable[[], object] | None = None,
) -> Path:
    """Write the set as ``folder/records.jsonl``; returns the file.

    Raises:
        AsterismError: the disk does not take it, or an instance is not the one that its trace was made for.
    """

    def told() -> Iterator[Task]:
        for task in tasks_of(sources, items, pictured=pictured):
            yield task
            if on_record is not None:
                on_record()

    return write_records(folder, told())
