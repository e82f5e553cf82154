"""The finished set: records of statements, and the three-column layout of the published hub sets."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from asterism.core.records import write_records
from asterism.core.task import Task
from asterism.metaphor.builder.config import BuildConfig
from asterism.metaphor.builder.filters.balance import level_out
from asterism.metaphor.builder.items import Item
from asterism.metaphor.builder.source import Source
from asterism.metaphor.builder.statement import Statement

FAMILY = "metaphor/built"


def statements_of(items: Sequence[Item], config: BuildConfig) -> dict[str, tuple[Statement, ...]]:
    """The statements of each kept record, after those are left out that balance the whole set."""
    kept = {item.id: item.statements for item in items if item.kept}
    labels = {name: [each.label for each in statements] for name, statements in kept.items()}
    out = level_out(labels, config.label_share, config.fewest, config.overall_share, config.seed)
    return {
        name: tuple(each for place, each in enumerate(statements) if (name, place) not in out)
        for name, statements in kept.items()
    }


def tasks_of(
    items: Sequence[Item], in_set: Mapping[str, Sequence[Statement]], sources: Mapping[str, Source], generator: str
) -> Iterator[Task]:
    """One task a statement, in the order of ids; ``generator`` names the model that wrote them."""
    for item in sorted(items, key=lambda item: item.id):
        if not item.kept:
            continue
        source = sources[item.id]
        assert source.image is not None  # or the record would not have been kept
        about = {
            "record": item.id,
            "image_id": source.image.digest,
            "language": item.language,
            "generator": generator,
            "explanation": source.explanation,
            "source": dict(source.meta),
        }
        for number, statement in enumerate(in_set[item.id]):
            meta = {**about, "level": statement.level, "evidence": statement.evidence}
            name = f"{item.id}/{number}"
            yield Task(name, (source.image,), statement.text, statement.label, "tfq", family=FAMILY, meta=meta)
        source.image.forget()


def check_hub() -> None:
    """Nothing, where the layout of the hub can be written.

    Raises:
        AsterismError: the extra ``data`` is not installed.
    """
    from asterism.core.rows import arrow

    arrow()


def write_dataset(folder: Path, tasks: Sequence[Task], *, hub: bool) -> Path:
    """Write the set as ``dataset/records.jsonl`` and, where ``hub`` is true, under ``hub`` in the layout of the hub.

    Raises:
        AsterismError: the disk does not take a file.
    """
    file = write_records(folder / "dataset", tasks)
    if hub:
        from asterism.metaphor.hub import write_hub

        write_hub(folder / "hub", tasks)
    return file
