"""`asterism helix`: procedural puzzles as records, one of them on the screen, all of them on a page, answers scored."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asterism.core.errors import AsterismError
from asterism.helix.commands import bench as bench_commands
from asterism.helix.commands.bench import Language

if TYPE_CHECKING:
    from asterism.helix.entry import Entry
    from asterism.helix.lazy_entries import LazyEntries
    from asterism.helix.puzzle import Puzzle
    from asterism.show.gallery import Room, Shelf

EVERY = "all"
GENERATE_EXAMPLE = "Example: asterism helix generate sudoku --level 3 --n 100 --seed 1 --out data/sudoku"
SCORE_EXAMPLE = "Example: asterism helix score --records data/sudoku --answers answers.jsonl"
SHOW_EXAMPLE = "Example: asterism helix show sudoku --level 5 --seed 1"
GALLERY_EXAMPLE = "Example: asterism helix gallery --out gallery"


class FileFormat(StrEnum):
    """How records are written."""

    JSONL = "jsonl"
    PARQUET = "parquet"


Level = Annotated[int, typer.Option("--level", help="How hard, 1 to 5.")]
Seed = Annotated[int, typer.Option(help="Names every random choice.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]
Spoken = Annotated[Language, typer.Option("--language", help="Language of the questions.")]
Reference = Annotated[bool, typer.Option("--reference", help="The published parameters, where they are possible.")]


def register(helix: typer.Typer) -> None:
    """Add the commands about single puzzles to ``asterism helix``."""
    helix.command("list")(tasks)
    helix.command("generate", epilog=GENERATE_EXAMPLE)(generate)
    helix.command("score", epilog=SCORE_EXAMPLE)(score)
    helix.command("show", epilog=SHOW_EXAMPLE)(show)
    helix.command("gallery", epilog=GALLERY_EXAMPLE)(gallery)


def tasks(as_json: AsJson = False) -> None:
    """List the tasks: category, what an answer is, and whether there is only one."""
    from asterism.helix.catalogue import catalogue
    from asterism.helix.difficulty import parameter_names

    puzzles = catalogue().values()
    if as_json:
        listed = [
            {
                "id": puzzle.name,
                "category": puzzle.category,
                "answer": puzzle.form,
                "unique": puzzle.unique,
                "levels": sorted(puzzle.levels),
                "parameters": list(parameter_names(puzzle.parameters(1))),
            }
            for puzzle in puzzles
        ]
        typer.echo(json.dumps(listed))
        return
    rows = [(puzzle.name, puzzle.title.en, puzzle.category, puzzle.form, _solutions(puzzle)) for puzzle in puzzles]
    bench_commands.table(("task", "title", "category", "answer", "solutions"), rows)


def generate(
    task: Annotated[str, typer.Argument(help=f"A task, {EVERY}, or a YAML file that describes a mixture.")],
    out: Annotated[Path, typer.Option(help="Folder for records.jsonl and images/, or for records.parquet.")],
    level: Level = 1,
    n: Annotated[int, typer.Option("--n", help="Number of instances a task; a mixture has its own.")] = 100,
    seed: Seed = 0,
    config: Annotated[
        list[str] | None, typer.Option("--set", help="name=value, a difficulty parameter in place of the level's own.")
    ] = None,
    form: Annotated[FileFormat, typer.Option("--format", help="JSON lines with image files, or one Parquet file.")] = (
        FileFormat.JSONL
    ),
    no_images: Annotated[bool, typer.Option("--no-images", help="Questions with the instance as text.")] = False,
    language: Spoken = Language.EN,
    reference: Reference = False,
    as_json: AsJson = False,
) -> None:
    """Write instances as records: questions, images, answers, and the states that verify what is answered."""
    from asterism.core.config import apply_overrides
    from asterism.helix.catalogue import catalogue
    from asterism.helix.dataset import create_dataset
    from asterism.helix.mixtures import create_mixture

    if n < 1:
        raise AsterismError(f"--n is {n}", remedy="Give 1 or more.")
    if task.endswith((".yaml", ".yml")):
        _write([create_mixture(Path(task))], out, form, as_json)
        return
    names = list(catalogue()) if task == EVERY else [task]
    datasets = [
        create_dataset(
            name,
            level,
            n,
            seed,
            config=apply_overrides({}, config or []),
            distinct=True,
            pictured=not no_images,
            language=bench_commands.spoken(language),
            reference=reference,
        )
        for name in names
    ]
    _write(datasets, out, form, as_json)


def score(
    records: Annotated[Path, typer.Option(help="records.jsonl, the folder that holds it, or records.parquet.")],
    answers: Annotated[Path, typer.Option(help="JSON lines of id and answer: a model's text or a bare answer.")],
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Of two orders of one instance both must be right, or neither is.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Verify answers to records: mean of the tasks, by category, by task and by level, and why answers are wrong."""
    from asterism.helix.parquet import read_parquet
    from asterism.helix.records import read_entries
    from asterism.helix.score import grade, in_pairs, read_answers, summarise

    entries = read_parquet(records) if records.suffix == ".parquet" else read_entries(records)
    graded = grade(entries, read_answers(answers), where=str(answers))
    bench_commands.print_score(summarise(in_pairs(graded) if pairs else graded), as_json)


def show(
    task: Annotated[str, typer.Argument(help="A task.")],
    level: Level = 1,
    seed: Seed = 0,
    index: Annotated[int, typer.Option(min=0, help="Which of that seed's instances.")] = 0,
    language: Spoken = Language.EN,
    out: Annotated[Path | None, typer.Option(help="PNG file; else a name of the instance's own.")] = None,
    answer: Annotated[bool, typer.Option("--answer", help="Print an answer too.")] = False,
    reasoning: Annotated[bool, typer.Option("--reasoning", help="Print the worked reasoning too.")] = False,
    reference: Reference = False,
) -> None:
    """Print one instance as text and write its image, which is opened where there is a display."""
    from asterism.helix.catalogue import puzzle_of
    from asterism.helix.dataset import create_dataset

    file = _png(out) if out else None
    entries = create_dataset(
        task, level, index + 1, seed, distinct=True, language=bench_commands.spoken(language), reference=reference
    )
    entry = entries[index]
    file = file or Path(f"{entry.name}.png")
    entry.images[0].save(file)
    typer.echo(entry.metadata["question_text"])
    if reasoning:
        puzzle = puzzle_of(task)
        for step in puzzle.reasoning(puzzle.load(entry.metadata["state"])):
            typer.echo(f"\n[{step.part}] {step.text}")
    if answer:
        typer.echo(f"\n{entry.answer}")
    typer.echo(f"\nPicture: {file}")
    if _watched():
        typer.launch(str(file))


def gallery(
    out: Annotated[Path, typer.Option(help="Folder for index.html.")],
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Write one page with an image of every task at every level."""
    from asterism.helix.catalogue import catalogue
    from asterism.helix.puzzle import LEVELS
    from asterism.runs.progress import stage
    from asterism.show.gallery import write_gallery

    total = len(catalogue()) * len(LEVELS)
    with stage("Drawing", total, quiet=as_json) as advance:
        page = write_gallery(out, "Helix: every task at every level", _rooms(seed, advance))
    if as_json:
        typer.echo(json.dumps({"file": str(page), "images": total}))
        return
    typer.echo(f"Results: {page} ({total} images)")


def _write(datasets: "Sequence[LazyEntries]", out: Path, form: FileFormat, as_json: bool) -> None:
    from asterism.helix.parquet import write_parquet
    from asterism.helix.records import write_entries
    from asterism.runs.progress import stage

    if any(each.endless for each in datasets):
        raise AsterismError("a mixture without end cannot be written", where="size", remedy="Give it a size.")
    total, tasks, images = sum(map(len, datasets)), set[str](), set[str]()

    def entries() -> "Iterator[Entry]":
        for entry in (entry for each in datasets for entry in each):
            tasks.add(entry.task)
            images.update(image.digest for image in entry.images)
            yield entry

    with stage("Drawing instances", total, quiet=as_json) as advance:
        counted = bench_commands.counted(entries(), advance)
        if form is FileFormat.PARQUET:
            file = write_parquet(out / "records.parquet", counted)
        else:
            file = write_entries(out, counted)
    if as_json:
        typer.echo(json.dumps({"file": str(file), "records": total, "pictured": bool(images)}))
        return
    where = "" if not images else ", with images" if form is FileFormat.PARQUET else f", images in {out / 'images'}"
    typer.echo(f"Results: {file} ({total:,} records of {bench_commands.counted_tasks(len(tasks))}{where})")


def _rooms(seed: int, advance: Any) -> "list[Room]":
    """The tasks of each category, both in alphabetical order."""
    from asterism.helix.catalogue import catalogue
    from asterism.show.gallery import Room

    by_category: dict[str, list[Puzzle[Any]]] = {}
    for puzzle in catalogue().values():
        by_category.setdefault(puzzle.category, []).append(puzzle)
    return [
        Room(category, [_shelf(puzzle, seed, advance) for puzzle in puzzles])
        for category, puzzles in sorted(by_category.items())
    ]


def _shelf(puzzle: "Puzzle[Any]", seed: int, advance: Any) -> "Shelf":
    from asterism.helix.dataset import create_dataset
    from asterism.helix.puzzle import LEVELS
    from asterism.show.gallery import Exhibit, Shelf

    exhibits = []
    state = None
    for level in LEVELS:
        (entry,) = create_dataset(puzzle.name, level, 1, seed)
        state = puzzle.load(entry.metadata["state"])
        exhibits.append(Exhibit(f"level {level}", entry.images[0], puzzle.text(state), entry.answer))
        advance()
    return Shelf(
        name=puzzle.name,
        title=puzzle.title.en,
        facts=(f"answer: {puzzle.form}", f"solutions: {_solutions(puzzle)}"),
        rules=puzzle.rules(state).en,
        exhibits=exhibits,
    )


def _solutions(puzzle: "Puzzle[Any]") -> str:
    if puzzle.unique:
        return "one"
    return "several or none" if puzzle.decision else "several"


def _png(file: Path) -> Path:
    if file.suffix.lower() != ".png":
        raise AsterismError("the image is a PNG file", where=str(file), remedy="Give a name that ends in .png.")
    return file


def _watched() -> bool:
    """Whether somebody sits before a terminal with a display."""
    display = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(display) and sys.stdout.isatty()
