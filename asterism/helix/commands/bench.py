"""`asterism helix bench`: the frozen benchmark as records, whether it still is what was frozen, the published set."""

import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from asterism.evaluate.intervals import Estimate
    from asterism.helix.entry import Entry
    from asterism.helix.score import Score
    from asterism.runs.progress import Advance

WRITE_EXAMPLE = "Example: asterism helix bench write --out data/helix_bench --workers 2"
CHECK_EXAMPLE = "Example: asterism helix bench check --task sudoku"
PUBLISHED_EXAMPLE = "Example: asterism helix bench published --set MM-HELIX.tsv --answers answers.jsonl --official"

bench = typer.Typer(no_args_is_help=True, help="The benchmark: six instances of each task and level, frozen by hashes.")

DIFFERENT = 1
"""Exit code where something is not as frozen."""


class Language(StrEnum):
    """In which language questions are asked."""

    EN = "en"
    ZH = "zh"


Tasks = Annotated[list[str] | None, typer.Option("--task", help="Only this task (may be given again).")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that draw.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]
Frozen = Annotated[Path | None, typer.Option("--manifest", help="A manifest; else the one that comes with Asterism.")]


def register(helix: typer.Typer) -> None:
    """Add the ``bench`` group to ``asterism helix``."""
    helix.add_typer(bench, name="bench")


@bench.command("write", epilog=WRITE_EXAMPLE)
def write(
    out: Annotated[Path, typer.Option(help="Folder for records.jsonl and images/.")],
    no_images: Annotated[bool, typer.Option("--no-images", help="Questions with the instance as text.")] = False,
    language: Annotated[Language, typer.Option(help="Language of the questions.")] = Language.EN,
    both_orders: Annotated[
        bool, typer.Option("--both-orders", help="Two graphs to compare in both orders; see score --pairs.")
    ] = False,
    task: Tasks = None,
    workers: Workers = 1,
    as_json: AsJson = False,
) -> None:
    """Write the benchmark as records; `asterism helix score` then scores what was answered."""
    from asterism.helix.bench import Form, bench_entries, bench_tasks, total_of
    from asterism.helix.records import write_entries
    from asterism.runs.progress import stage

    names = bench_tasks(task)
    form = Form(pictured=not no_images, language=spoken(language), both_orders=both_orders)
    total = total_of(names, form)
    with stage("Drawing the benchmark", total, quiet=as_json) as advance:
        file = write_entries(out, counted(bench_entries(names, form, workers=workers), advance))
    if as_json:
        typer.echo(json.dumps({"file": str(file), "records": total, "tasks": len(names)}))
        return
    typer.echo(f"Results: {file} ({total:,} records of {counted_tasks(len(names))})")


@bench.command("check", epilog=CHECK_EXAMPLE)
def check(manifest: Frozen = None, task: Tasks = None, workers: Workers = 1, as_json: AsJson = False) -> None:
    """Draw the benchmark anew and compare states and pixels with the manifest; exits with 1 where they differ."""
    from asterism.helix.bench import FROZEN, bench_entries, bench_tasks, differences, only, read_manifest, total_of
    from asterism.runs.progress import stage

    names = bench_tasks(task)
    frozen = only(read_manifest(manifest or FROZEN), names)
    with stage("Drawing the benchmark", total_of(names), quiet=as_json) as advance:
        found = list(differences(frozen, counted(bench_entries(names, workers=workers), advance)))
    if as_json:
        typer.echo(json.dumps({"checked": total_of(names), "different": {each.id: each.what for each in found}}))
    else:
        for each in found:
            typer.echo(f"{each.id}: {each.what}")
        typer.echo(f"{total_of(names):,} instances checked, {len(found):,} not as frozen")
    if found:
        raise typer.Exit(DIFFERENT)


@bench.command("freeze")
def freeze(
    out: Annotated[Path, typer.Option(help="JSON file for the manifest.")],
    workers: Workers = 1,
) -> None:
    """Write the manifest of the whole benchmark: ids, hashes of states and of images."""
    from asterism.helix import bench as benchmark
    from asterism.runs.progress import stage

    names = benchmark.bench_tasks()
    benchmark.check_complete(benchmark.total_of(names), out)
    with stage("Drawing the benchmark", benchmark.total_of(names)) as advance:
        manifest = benchmark.manifest_of(counted(benchmark.bench_entries(names, workers=workers), advance))
    typer.echo(f"Results: {benchmark.freeze(manifest, out)} ({len(manifest.items):,} instances)")


@bench.command("published", epilog=PUBLISHED_EXAMPLE)
def published(
    rows: Annotated[Path, typer.Option("--set", help="The published set, TSV or JSON lines.")],
    answers: Annotated[Path, typer.Option(help="JSON lines of id and answer.")],
    official: Annotated[bool, typer.Option("--official", help="Grade as the published evaluators do.")] = False,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Of two orders of one instance both must be right, or neither is.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Grade answers to the published set, for the tasks whose rows hold what decides."""
    from asterism.helix.published_grading import NOT_GRADED, grade_published
    from asterism.helix.published_rows import read_published
    from asterism.helix.score import in_pairs, read_answers, summarise

    found = grade_published(read_published(rows), read_answers(answers), official=official, where=str(answers))
    graded = [each for each in found if each.reason != NOT_GRADED]
    notes = {"not_graded": len(found) - len(graded)}
    print_score(summarise(in_pairs(graded) if pairs else graded, notes=notes), as_json)


def print_score(score: "Score", as_json: bool) -> None:
    """A score as JSON, or as tables with 95 % intervals."""
    if as_json:
        typer.echo(json.dumps(score.as_json()))
        return
    parts = (("task", score.tasks), ("category", score.categories), ("level", score.levels))
    for heading, part in parts:
        table((heading, "right", "95 % interval", "records"), [_row(str(key), each) for key, each in part.items()])
    table(("", "right", "95 % interval", "records"), [_row("mean of tasks", score.overall)])
    table(("verdict", "answers"), [(reason, f"{count:,}") for reason, count in score.reasons.items()])
    for name, count in score.notes.items():
        if count:
            typer.echo(f"{count:,} {name.replace('_', ' ')}")


def spoken(language: Language) -> Literal["en", "zh"]:
    """The language as the wing names it."""
    return "zh" if language is Language.ZH else "en"


def table(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Plain columns."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, tuple("-" * width for width in widths), *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    typer.echo()


def counted(entries: "Iterable[Entry]", advance: "Advance") -> "Iterator[Entry]":
    """The same entries, each counted by the progress line once it has been taken."""
    for entry in entries:
        yield entry
        advance()


def counted_tasks(number: int) -> str:
    """``1 task`` or ``42 tasks``."""
    return "1 task" if number == 1 else f"{number} tasks"


def _row(name: str, estimate: "Estimate") -> tuple[str, str, str, str]:
    low, high = estimate.interval
    return name, f"{estimate.value * 100:.1f} %", f"{low * 100:.1f} to {high * 100:.1f}", f"{estimate.n:,}"
