"""`asterism metaphor load` and `asterism metaphor split`: published corpora as records, and records in splits."""

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asterism.core.errors import AsterismError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from asterism.core.task import Task
    from asterism.metaphor.corpora.load import Loaded
    from asterism.runs.progress import Advance

LOAD_EXAMPLE = "Example: asterism metaphor load --corpus ii_bench --from II-Bench/data --as mcq --out data/ii_mcq"
SPLIT_EXAMPLE = (
    "Example: asterism metaphor split --records data/ii_mcq --sizes train=1384,bench=50 --lite 100 --out data/splits"
)
NAMES_SHOWN = 5
PRESETS = ("high_level",)


class CorpusName(StrEnum):
    """Corpora that are known."""

    II_BENCH = "ii_bench"
    CII_BENCH = "cii_bench"
    TFQ = "tfq"


class KindName(StrEnum):
    """What a corpus is turned into."""

    MCQ = "mcq"
    OSQ = "osq"
    TFQ = "tfq"


Seed = Annotated[int, typer.Option(help="Names every random choice.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def register(group: typer.Typer) -> None:
    """Add the commands to the ``metaphor`` group."""
    group.command("load", epilog=LOAD_EXAMPLE)(load)
    group.command("split", epilog=SPLIT_EXAMPLE)(split)


def load(
    corpus: Annotated[CorpusName, typer.Option(help="Which corpus lies there.")],
    source: Annotated[Path, typer.Option("--from", help="JSON, parquet, arrow or records file, or its folder.")],
    kind: Annotated[KindName, typer.Option("--as", help="mcq (options), osq (open), tfq (statements; TFQ sets).")],
    out: Annotated[Path, typer.Option(help="Folder for records.jsonl, images/ and load.json.")],
    link: Annotated[bool, typer.Option("--link", help="Point to images that lie in files; write no PNG.")] = False,
    as_json: AsJson = False,
) -> None:
    """Turn a published corpus into records; says the licence, and what was left out or kept with a flaw."""
    from asterism.core.records import link_records, write_records
    from asterism.metaphor.corpora.load import load_corpus
    from asterism.runs.progress import stage

    with stage("Reading the corpus", None, quiet=as_json):
        loaded = load_corpus(corpus.value, source, kind.value)
    with stage("Writing records", len(loaded.tasks), quiet=as_json) as advance:
        tasks = _let_go(loaded.tasks, advance)
        file = link_records(out, tasks) if link else write_records(out, tasks)
    report = _load_report(loaded)
    _write_json(out / "load.json", report)
    if as_json:
        typer.echo(json.dumps({"file": str(file), **report}))
        return
    typer.echo(f"Licence: {loaded.licence.name}")
    for note in loaded.licence.notes:
        typer.echo(f"  Note: {note}")
    for fault, ids in sorted(loaded.faults.ids.items()):
        more = ", …" if len(ids) > NAMES_SHOWN else ""
        typer.echo(f"{len(ids):6d}  {fault}: {', '.join(ids[:NAMES_SHOWN])}{more}")
    typer.echo(
        f"Results: {file} ({len(loaded.tasks)} records, {report['answered']} with an answer), {out / 'load.json'}"
    )


def split(
    records: Annotated[Path, typer.Option(help="records.jsonl, or the folder that holds it.")],
    out: Annotated[Path, typer.Option(help="Folder for one folder a split, and leakage.json.")],
    sizes: Annotated[str, typer.Option(help="Named sizes, such as train=1384,bench=50; one may be =rest.")] = "",
    ids: Annotated[
        list[str] | None, typer.Option(help="A split by ids: bench=FILE (one id a line) or bench=high_level.")
    ] = None,
    lite: Annotated[int | None, typer.Option(min=1, help="Size of a subset of the split train.")] = None,
    small: Annotated[int | None, typer.Option(min=1, help="Size of a subset of lite.")] = None,
    count: Annotated[str, typer.Option(help="What sizes count: records, images, or a meta field.")] = "records",
    stratify: Annotated[str, typer.Option(help="Meta fields whose shares are kept, such as domain,difficulty.")] = "",
    together: Annotated[str, typer.Option(help="Meta fields whose equal values stay together.")] = "",
    copy: Annotated[bool, typer.Option("--copy", help="Copy the images instead of pointing to them.")] = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Split records so that no image, nor one like it, stands in two splits; reports what sharing there is."""
    from asterism.core.records import link_records, read_records
    from asterism.metaphor.leakage import groups_of_tasks, leakage
    from asterism.metaphor.near_duplicates.grouping import group_images
    from asterism.metaphor.splits import SplitWish, split_tasks
    from asterism.runs.progress import stage

    fields = _words(stratify)
    wish = SplitWish(_sizes(sizes), _ids(ids or []), lite, small, seed, count, tuple(fields))
    if not wish.sizes and not wish.ids:
        raise AsterismError("no split is asked for", remedy="Give --sizes train=1384,bench=50 or --ids bench=FILE.")
    tasks = read_records(records, unanswered=True)
    images = [image for task in tasks for image in task.images]
    with stage("Reading images", len(images), quiet=as_json) as advance:
        near_duplicates = group_images(images, advance=advance)
    groups = groups_of_tasks(tasks, near_duplicates.groups, _words(together))
    splits = split_tasks(tasks, groups, wish)
    report = leakage(tasks, near_duplicates, groups, splits, fields=fields)
    files = {
        part.name: str(link_records(out / part.name, [tasks[place] for place in part.places], copy=copy))
        for part in (*splits.parts, *splits.subsets)
    }
    _write_json(out / "leakage.json", {"seed": seed, "count": count, **report})
    if as_json:
        typer.echo(json.dumps({"files": files, **report}))
        return
    _print_report(report, count)
    typer.echo(f"Results: {out} ({', '.join(files)}), {out / 'leakage.json'}")


def _let_go(tasks: "Sequence[Task]", advance: "Advance") -> "Iterator[Task]":
    """The tasks one after another; the pixels of each are dropped once it is written."""
    for task in tasks:
        yield task
        for image in task.images:
            image.forget()
        advance()


def _load_report(loaded: "Loaded") -> dict[str, Any]:
    return {
        "records": len(loaded.tasks),
        "answered": sum(task.answer is not None for task in loaded.tasks),
        "licence": loaded.licence.name,
        "licence_notes": list(loaded.licence.notes),
        "faults": loaded.faults.ids,
    }


def _write_json(file: Path, values: "Mapping[str, Any]") -> None:
    from asterism.core.files import whole_file

    with whole_file(file) as beside:
        beside.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _sizes(text: str) -> dict[str, int | None]:
    """The sizes in ``train=1384,bench=50``; None where the size is ``rest``.

    Raises:
        AsterismError: an entry has another form, a name stands twice or is no plain folder name, or two take the rest.
    """
    sizes: dict[str, int | None] = {}
    for entry in _words(text):
        name, size = _named(entry, "--sizes", "Example: --sizes train=1384,bench=50")
        if name in sizes:
            raise AsterismError(f"--sizes: split {name!r} is given twice", remedy="Give every split its own name.")
        if size != "rest" and not (size.isascii() and size.isdigit() and int(size)):
            raise AsterismError(f"--sizes: {entry!r} has no size", remedy="Give a number from 1, or rest.")
        sizes[name] = None if size == "rest" else int(size)
    if list(sizes.values()).count(None) > 1:
        raise AsterismError("--sizes: two splits take the rest", remedy="Give a number to all but one.")
    return sizes


def _ids(entries: "Sequence[str]") -> dict[str, frozenset[str]]:
    """The ids that ``bench=FILE`` and ``bench=high_level`` name.

    Raises:
        AsterismError: an entry has another form, or the file is missing or empty.
    """
    from asterism.metaphor.splits import HIGH_LEVEL

    found: dict[str, frozenset[str]] = {}
    for entry in entries:
        name, source = _named(entry, "--ids", "Example: --ids bench=high_level")
        if name in found:
            raise AsterismError(f"--ids: split {name!r} is given twice", remedy="Put its ids into one file.")
        if source in PRESETS:
            found[name] = HIGH_LEVEL
            continue
        try:
            lines = Path(source).read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise AsterismError(
                f"--ids: cannot be read ({error})", where=source, remedy=f"Give a text file, or {', '.join(PRESETS)}."
            ) from error
        found[name] = frozenset(line.strip() for line in lines if line.strip())
        if not found[name]:
            raise AsterismError("--ids: holds no ids", where=source, remedy="Give one id a line.")
    return found


def _named(entry: str, option: str, remedy: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in entry.partition("="))
    if not (name and equals and value) or name in (".", "..") or os.sep in name:
        raise AsterismError(f"{option}: {entry!r} is not of the form name=value", remedy=remedy)
    return name, value


def _print_report(report: "Mapping[str, Any]", count: str) -> None:
    for line in _report_lines(report, count):
        typer.echo(line)


def _report_lines(report: "Mapping[str, Any]", count: str) -> "Iterator[str]":
    yield f"{report['records']} records in {report['groups']} groups that stay together"
    yield f"{'same image by':18s}{'images':>10s}{'records that share one':>25s}{'pairs':>8s}"
    for name, row in report["images"].items():
        yield f"{name:18s}{row['distinct']:10d}{row['records_sharing']:25d}{row['pairs']:8d}"
    yield f"{'split':18s}{'asked':>10s}{'reached (' + count + ')':>25s}{'records':>8s}{'groups':>8s}"
    for name, row in (*report["splits"].items(), *report["subsets"].items()):
        asked = "rest" if row["asked"] is None else str(row["asked"])
        yield f"{name:18s}{asked:>10s}{row['size']:25d}{row['records']:8d}{row['groups']:8d}"
        if row["asked"] not in (None, row["size"]):
            yield f"  {name}: {row['asked']} cannot be met, as groups are indivisible; {row['size']} is the nearest"
    if report["left_out"]:
        twins = len(report["twins_of_fixed"])
        yield f"{report['left_out']} records are in no split, {twins} of them for an image of a split fixed by ids"
    singly = report["by_record"]
    torn = ", ".join(f"{name} {value:.1f}" for name, value in singly["expected_records_with_a_twin_elsewhere"].items())
    yield (
        f"Dealt record by record, {singly['expected_pairs_across']:.1f} of {singly['pairs']} pairs would be torn apart "
        f"(expected); records with a twin in another split: {torn}"
    )
    if report["faint_matches_cut"]:
        yield f"{len(report['faint_matches_cut'])} faint matches were dropped from chains; see faint_matches_cut"
    yield "No image is in two splits" if report["disjoint"] else "SPLITS SHARE IMAGES; see crossing"
