"""`asterism demo`: from nothing to a trained model and a table, on two cores."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from asterism.core.results.summary import RunSummary
    from asterism.core.task import Task
    from asterism.runs.progress import Advance
    from asterism.runs.recipe import Recipe
    from asterism.runs.session import Session

EXAMPLE = "Example: asterism demo --out runs/demo"
GRPO_RECIPE = "tfq_grpo_tiny.yaml"
SFT_RECIPE = "tfq_sft_tiny.yaml"
PAIRS = (("after", "before"), ("after", "sft_same_seconds"), ("after", "shuffled"), ("after", "blind"))


def register(app: typer.Typer) -> None:
    """Add ``demo`` to the command line."""
    app.command("demo", epilog=EXAMPLE)(demo)


def demo(
    overrides: Annotated[list[str] | None, typer.Argument(help=f"key=value, laid over {GRPO_RECIPE}.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/demo"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Teach the embedded tiny model what pictures imply: render scenes, measure, train with TFQ-GRPO, measure again.

    A third arm continues supervised training from the same start for the same seconds.
    """
    from asterism.cli.tables import print_tables

    try:
        summary = run_demo(out, overrides or [], quiet=as_json)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt(f"To begin anew: rm -r {out}, then asterism demo --out {out}") from interrupt
    if as_json:
        typer.echo(json.dumps(summary.as_json()))
        return
    print_tables(summary)
    typer.echo(f"Results: {out}/report.html (open it in a browser), {out}/summary.json, {out}/model")


def run_demo(out: Path, overrides: list[str], *, quiet: bool) -> "RunSummary":
    """The demo; returns what ``summary.json`` holds.

    Raises:
        AsterismError: an override is wrong, or the folder already holds a run or cannot be written.
    """
    from asterism.core.clock import Clock
    from asterism.runs.measure import Measurements, peak_memory_mib, publish
    from asterism.runs.recipe import read_recipe
    from asterism.runs.session import open_session
    from asterism.runs.shipped import shipped_recipe
    from asterism.runs.train import measure_arm, save, stopped_by, train

    start = time.perf_counter()
    clock = Clock()
    file = shipped_recipe(GRPO_RECIPE)
    recipe = read_recipe(file, overrides)
    with clock("data"):
        recipe = _with_written_data(recipe, out / "data", quiet=quiet)
    with clock("load"):
        session = open_session(recipe, out, where=str(file))
    measurements = Measurements(session.suite.evaluate(), out / "results", None)
    measurements.titles["sft_same_seconds"] = "SFT, same seconds"
    with clock("measure"):
        measure_arm(session, measurements, "before", quiet=quiet)
    with clock("grpo"):
        train(session, quiet=quiet)
        save(session, out / "model")
    with clock("measure"):
        for arm in ("after", "shuffled", "blind"):
            measure_arm(session, measurements, arm, quiet=quiet)
    with clock("sft"):
        other = _sft_session(recipe, out / "sft", clock.whole("grpo"))
        train(other, quiet=quiet)
        other.run.finish()
    with clock("measure"):
        measure_arm(other, measurements, "sft_same_seconds", quiet=quiet)
    summary = replace(
        measurements.summary(PAIRS),
        seconds={**clock.outermost, "total": time.perf_counter() - start},
        peak_memory_mib=peak_memory_mib(),
        stopped=stopped_by(recipe.stop, session.trainer.done, session.trainer.tokens),
    )
    publish(out, summary)
    session.run.finish(summary)
    return summary


def _with_written_data(recipe: "Recipe", folder: Path, *, quiet: bool) -> "Recipe":
    """The recipe reading from records on disk: its scenes are rendered and written, as a user's data would be."""
    from asterism.core.records import write_records
    from asterism.metaphor.data import tasks_by_scene
    from asterism.metaphor.system import MetaphorOptions
    from asterism.runs.progress import stage

    options = MetaphorOptions.parse(recipe.environment, where="environment")
    environment = dict(recipe.environment)
    for name in ("train", "evaluate"):
        source = getattr(options, name)
        with stage(f"Rendering scenes ({name})", source.count, quiet=quiet) as advance:
            write_records(folder / name, _counted(tasks_by_scene(source), advance))
        environment[name] = {"source": "records", "path": str(folder / name)}
    return recipe.model_copy(update={"environment": environment})


def _counted(scenes: "Iterable[list[Task]]", advance: "Advance") -> "Iterator[Task]":
    for tasks in scenes:
        yield from tasks
        advance(1)


def _sft_session(recipe: "Recipe", out: Path, seconds: float) -> "Session":
    """Supervised training from the same start, on the same statements, for the same seconds."""
    from asterism.runs.recipe import read_recipe
    from asterism.runs.session import open_session
    from asterism.runs.shipped import shipped_recipe

    file = shipped_recipe(SFT_RECIPE)
    own = read_recipe(file, [f"stop.max_seconds={seconds}"])
    shared = {"environment": recipe.environment, "model": recipe.model, "measure": recipe.measure}
    return open_session(own.model_copy(update=shared), out, where=str(file))
