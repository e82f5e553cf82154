"""`asterism metaphor`: rendered scenes as records, scenes of one's own, and what they are made of."""

import difflib
import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asterism.core.errors import AsterismError

if TYPE_CHECKING:
    from asterism.core.task import Task
    from asterism.runs.progress import Advance

EXPORT_EXAMPLE = "Example: asterism metaphor export --n 200 --seed 1 --split held_out --twins --out data/held_out"
SCENES_EXAMPLE = "Example: asterism metaphor scenes --spec mine.json --out data/mine"
GALLERY_EXAMPLE = "Example: asterism metaphor gallery --out scenes.png"
KINDS = ("tfq", "mcq", "osq")


class SplitName(StrEnum):
    """Which triples a scene may show."""

    TRAIN = "train"
    HELD_OUT = "held_out"
    ALL = "all"


Out = Annotated[Path, typer.Option(help="Folder for records.jsonl and images/.")]
Statements = Annotated[int, typer.Option(min=6, max=10, help="True/false statements a scene.")]
Seed = Annotated[int, typer.Option(help="Names every random choice.")]
Kinds = Annotated[str, typer.Option(help="Questions, of tfq (statements), mcq (six options), osq (open).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def register(metaphor: typer.Typer) -> None:
    """Add the commands about rendered scenes to ``asterism metaphor``."""
    metaphor.command("export", epilog=EXPORT_EXAMPLE)(export)
    metaphor.command("scenes", epilog=SCENES_EXAMPLE)(scenes)
    metaphor.command("list")(words)
    metaphor.command("gallery", epilog=GALLERY_EXAMPLE)(gallery)


def export(
    n: Annotated[int, typer.Option("--n", min=1, help="Number of scenes (images).")],
    out: Out,
    seed: Seed = 0,
    split: Annotated[SplitName, typer.Option(help="Triples that are trained, held out, or both.")] = SplitName.ALL,
    statements: Statements = 8,
    twins: Annotated[
        bool, typer.Option("--twins", help="Every second scene swaps the roles of the one before.")
    ] = False,
    kinds: Kinds = "tfq",
    as_json: AsJson = False,
) -> None:
    """Write sampled scenes as records: images, questions, answers, expert traces."""
    from asterism.metaphor.data import SceneSource, tasks_by_scene

    values = {"count": n, "split": split.value, "seed": seed, "statements": statements, "twins": twins}
    source = SceneSource.parse({**values, "kinds": _kinds(kinds)}, where="metaphor export")
    _write(tasks_by_scene(source), n, out, as_json)


def scenes(
    spec: Annotated[Path, typer.Option(help="JSON that describes scenes; see docs/metaphor.md.")],
    out: Out,
    seed: Seed = 0,
    statements: Statements = 8,
    kinds: Kinds = "tfq",
    as_json: AsJson = False,
) -> None:
    """Render scenes of your own, described in JSON, with statements about them."""
    from asterism.metaphor.data import SceneSource, tasks_of_spec
    from asterism.metaphor.scenes.spec import read_scenes

    described = read_scenes(spec)
    values = {"seed": seed, "statements": statements, "kinds": _kinds(kinds)}
    source = SceneSource.parse(values, where="metaphor scenes")
    _write((tasks_of_spec(scene, source) for scene in described), len(described), out, as_json)


def words(as_json: AsJson = False) -> None:
    """List the symbols and what they stand for, the relations and what they mean, the colours."""
    from asterism.metaphor.scenes.scene import BACKGROUNDS, COLOURS, RELATIONS
    from asterism.metaphor.scenes.symbols import SYMBOLS

    if as_json:
        listed = {
            "symbols": {name: symbol.concept for name, symbol in SYMBOLS.items()},
            "relations": {
                name: {"passive": each.passive, "meaning": each.meaning, "undergoes": each.undergoes}
                for name, each in RELATIONS.items()
            },
            "colours": COLOURS,
            "backgrounds": BACKGROUNDS,
        }
        typer.echo(json.dumps(listed))
        return
    _table(("symbol", "stands for"), [(name, symbol.concept) for name, symbol in SYMBOLS.items()])
    rows = [(name, each.meaning, each.passive, each.undergoes) for name, each in RELATIONS.items()]
    _table(("relation", "means", "from the other side", "means"), rows)
    typer.echo(f"colours      {', '.join(COLOURS)}\nbackgrounds  {', '.join(BACKGROUNDS)}")


def gallery(
    out: Annotated[Path, typer.Option(help="PNG file to write.")],
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Draw a contact sheet: a scene for each relation, with what it shows and what it implies."""
    from asterism.metaphor.scenes.gallery import contact_sheet

    if out.suffix.lower() != ".png":
        raise AsterismError("the sheet is a PNG file", where=str(out), remedy="Give a name that ends in .png.")
    sheet = contact_sheet(seed)
    sheet.save(out)
    if as_json:
        typer.echo(json.dumps({"image": str(out), "size": sheet.size}))
        return
    typer.echo(f"Results: {out}")


def _write(tasks_by_scene: "Iterable[list[Task]]", total: int, out: Path, as_json: bool) -> None:
    from asterism.core.records import write_records
    from asterism.runs.progress import stage

    counts = {"records": 0}
    images: set[str] = set()

    def counted(advance: "Advance") -> "Iterator[Task]":
        for tasks in tasks_by_scene:
            yield from tasks
            counts["records"] += len(tasks)
            images.update(image.digest for task in tasks for image in task.images)
            advance()

    with stage("Rendering scenes", total, quiet=as_json) as advance:
        file = write_records(out, counted(advance))
    if as_json:
        typer.echo(json.dumps({"file": str(file), **counts, "images": len(images)}))
        return
    typer.echo(f"Results: {file} ({counts['records']} records about {len(images)} images), {out / 'images'}")


def _kinds(text: str) -> list[str]:
    """The kinds in ``tfq,mcq``, each once.

    Raises:
        AsterismError: one is unknown, or there is none.
    """
    kinds = [kind.strip() for kind in text.split(",") if kind.strip()]
    for kind in kinds:
        if kind not in KINDS:
            near = difflib.get_close_matches(kind, KINDS, n=1, cutoff=0.0)[0]
            raise AsterismError(
                f"--kinds: unknown kind {kind!r}", remedy=f"Did you mean {near!r}? Known: {', '.join(KINDS)}."
            )
    if not kinds:
        raise AsterismError("--kinds names no kind", remedy=f"Give one or more of {','.join(KINDS)}.")
    return list(dict.fromkeys(kinds))


def _table(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, tuple("-" * width for width in widths), *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    typer.echo()
