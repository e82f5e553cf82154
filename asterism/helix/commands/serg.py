"""`asterism helix serg`: worked reasoning as a checked set to learn from, its exports, its statistics."""

import json
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asterism.core.errors import AsterismError
from asterism.helix.serg.config import SergConfig
from asterism.runs import builders
from asterism.runs.command_options import ModelOptions, Values, with_options
from asterism.runs.server_options import SERVER, MoreSettings, Prices, server_config

if TYPE_CHECKING:
    from asterism.runs.progress import Advance

EXAMPLE = "Example: asterism helix serg --task sudoku --task maze --levels 1-3 --n 20 --seed 1 --out data/serg"
EXPORT_EXAMPLE = "Example: asterism helix serg export data/serg --to sft --out data/serg/sft.jsonl"
STATISTICS_EXAMPLE = "Example: asterism helix serg statistics data/serg --tokenizer models/qwen/tokenizer.json"
PUBLISHED_EXAMPLE = "Example: asterism helix serg published MM-HELIX-100K.jsonl --out data/mm_helix_100k"
EVERY = "all"
SECONDS = 600.0
"""Longest wait for one rewritten trace."""

serg = typer.Typer(invoke_without_command=True, help="Worked reasoning as a checked set to learn from.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]


class FormName(StrEnum):
    """What is exported."""

    SFT = "sft"
    RL = "rl"


def register(helix: typer.Typer) -> None:
    """Add the ``serg`` group to ``asterism helix``."""
    config = ModelOptions(SergConfig, ("teacher", "seed"))
    server = replace(SERVER, defaults={"model": None})  # the rules need none
    serg.callback(epilog=EXAMPLE)(with_options(build, config=config, server=server))
    helix.add_typer(serg, name="serg")


def build(
    *,
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the set and the report. Give it again to resume.")
    ] = None,
    task: Annotated[list[str] | None, typer.Option("--task", help=f"A task (may be given again), or {EVERY}.")] = None,
    levels: Annotated[str, typer.Option(help="Levels: 3, 1-3 or 1,4.")] = "1-5",
    n: Annotated[int, typer.Option("--n", min=1, help="Instances of each task and level.")] = 10,
    records: Annotated[Path | None, typer.Option(help="Records of helix instead of instances drawn by name.")] = None,
    images: Annotated[bool, typer.Option("--images/--no-images", help="Questions with images, or as text.")] = True,
    config: Values,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, any setting of the filters: most_reflections=30.")
    ] = None,
    server: Values,
    prices: Prices = (0.0, 0.0),
    more: MoreSettings = None,
    as_json: AsJson = False,
) -> None:
    """Write worked reasoning about puzzles, every trace checked; interrupted, the same command resumes."""
    if context.invoked_subcommand is not None:
        return
    from asterism.core.config import apply_overrides
    from asterism.helix.bench import read_manifest
    from asterism.helix.serg import pipeline, source
    from asterism.helix.serg.tables import build_tables
    from asterism.runs.progress import stage

    if out is None:
        raise AsterismError("no folder is named", remedy="Give --out FOLDER; see asterism helix serg --help.")
    settings = SergConfig.parse(apply_overrides(config, setting or []), where="helix serg")
    asked = None
    if server["model"]:
        asked = server_config(server, prices, more, where="helix serg", timeout_s=SECONDS)
    elif settings.teacher == "server":
        raise AsterismError("the server's model is not named", remedy="Name it with --model.")
    bench = read_manifest().states
    if records is not None:
        sources = source.read(records)
    else:
        sources = source.drawn(_tasks(task), _levels(levels), n, settings.seed, bench)
    writing: Advance | None = None
    with builders.resumable(), ExitStack() as stages:
        counter = builders.KeptCounter(
            stages.enter_context(stage("Writing traces", len(sources), quiet=as_json)), prices
        )

        def written() -> None:
            nonlocal writing
            if writing is None:
                stages.close()
                writing = stages.enter_context(stage("Writing records", counter.kept, quiet=as_json))
            writing()

        built = pipeline.build(
            sources, out, settings, asked, bench=bench, pictured=images, on_item=counter, on_record=written
        )
    kept = built.report["instances"]["kept"]
    builders.print_built(built, out, f"{kept:,} records with traces", build_tables, as_json=as_json)


@serg.command("export", epilog=EXPORT_EXAMPLE)
def export(
    folder: Annotated[Path, typer.Argument(help="Folder that `asterism helix serg` wrote, or a records.jsonl.")],
    to: Annotated[FormName, typer.Option(help="sft: conversations. rl: questions with expert_response.")],
    out: Annotated[Path | None, typer.Option(help="JSON lines; else sft.jsonl or rl.jsonl in the folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the set as conversations to imitate, or as questions with an expert's response."""
    from asterism.core.records import read_records
    from asterism.helix.serg.export import export_set

    records = _records(folder)
    file = out or (folder if folder.is_dir() else folder.parent) / f"{to.value}.jsonl"
    number = export_set(read_records(records), file, to.value)
    if as_json:
        typer.echo(json.dumps({"file": str(file), "rows": number}))
        return
    typer.echo(f"Results: {file} ({number:,} rows)")


@serg.command("statistics", epilog=STATISTICS_EXAMPLE)
def statistics(
    folder: Annotated[Path, typer.Argument(help="Folder that `asterism helix serg` wrote, or a records.jsonl.")],
    tokenizer: Annotated[Path | None, typer.Option(help="tokenizer.json, to count tokens as well.")] = None,
    as_json: AsJson = False,
) -> None:
    """Instances by level and task, and the mean lengths of questions, answers and traces."""
    from asterism.core.records import read_records
    from asterism.helix.serg.report import statistics as of

    found = of(read_records(_records(folder)), _counter(tokenizer) if tokenizer else None)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    from rich.console import Console

    from asterism.helix.serg.tables import statistics_tables

    for table in statistics_tables(found):
        Console().print(table)


@serg.command("published", epilog=PUBLISHED_EXAMPLE)
def published(
    file: Annotated[Path, typer.Argument(help="MM-HELIX-100K as JSON lines, JSON or parquet, or a folder of it.")],
    out: Annotated[Path, typer.Option(help="Folder for records.jsonl and images/.")],
    as_json: AsJson = False,
) -> None:
    """Bring the published set into records with traces; rows without one, or with a wrong answer, are counted."""
    from asterism.helix.serg.published_traces import load_published

    loaded = load_published(file, out)
    if as_json:
        typer.echo(json.dumps(loaded.report, ensure_ascii=False))
        return
    for name, count in loaded.report["rejected"].items():
        typer.echo(f"left out, {name}: {count:,}")
    typer.echo(f"Results: {loaded.records} ({loaded.report['kept']:,} of {loaded.report['read']:,} rows)")


def _tasks(names: list[str] | None) -> list[str]:
    from asterism.helix.catalogue import catalogue, puzzle_of

    if not names:
        raise AsterismError("of which tasks?", remedy=f"Give --task NAME (may be given again) or --task {EVERY}.")
    return list(catalogue()) if EVERY in names else list(dict.fromkeys(puzzle_of(name).name for name in names))


def _levels(text: str) -> list[int]:
    """``3``, ``1-3`` or ``1,4`` as levels."""
    from asterism.helix.puzzle import LEVELS

    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            raise AsterismError(f"--levels {text!r} names no levels", remedy="Give levels as 3, 1-3 or 1,4.")
        found += range(int(first), int(last or first) + 1)
    wrong = [level for level in found if level not in LEVELS]
    if wrong or not found:
        raise AsterismError(f"there is no level {wrong[0] if wrong else text!r}", remedy="Levels are 1 to 5.")
    return sorted(set(found))


def _records(folder: Path) -> Path:
    """The records file of a build, where its folder is given."""
    inside = folder / "dataset" / "records.jsonl"
    return inside if inside.is_file() else folder


def _counter(file: Path) -> Any:
    """What counts tokens."""
    from tokenizers import Tokenizer

    if not file.is_file():
        raise AsterismError("no tokenizer found", where=str(file), remedy="Give a tokenizer.json.")
    tokenizer = Tokenizer.from_file(str(file))
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
