"""`asterism demo`: from nothing to a trained model and a table, on two cores."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from asterism.cli.assemble import Session
    from asterism.cli.recipe import Recipe

EXAMPLE = "Example: asterism demo --out runs/demo"


def register(app: typer.Typer) -> None:
    """Add ``demo`` to the command line."""
    app.command("demo", epilog=EXAMPLE)(demo)


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/demo"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Teach the embedded tiny model what pictures imply: build data, measure, train with TFQ-GRPO, measure again.

    A third arm continues supervised training for the same seconds from the same start.
    """
    from asterism.cli.tables import print_tables

    try:
        summary = run_demo(out, quiet=as_json)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt(f"To begin anew: rm -r {out} && asterism demo --out {out}") from interrupt
    if as_json:
        typer.echo(json.dumps(summary))
        return
    print_tables(summary)
    typer.echo(f"Results: {out}/report.html (open it in a browser), {out}/summary.json, {out}/model")


def run_demo(out: Path, *, quiet: bool) -> dict[str, Any]:
    """The demo; returns what ``summary.json`` holds.

    Raises:
        AsterismError: the folder already holds a run, or cannot be written.
    """
    from asterism.cli.assemble import open_session
    from asterism.cli.measuring import Measurements, peak_memory_mib, write_summary
    from asterism.cli.recipe import read_recipe
    from asterism.cli.recipes import shipped_recipe
    from asterism.cli.training import measure_arm, save, train
    from asterism.learn.phases import Phases

    start = time.perf_counter()
    clock = Phases()
    file = shipped_recipe("tfq_grpo_tiny.yaml")
    recipe = read_recipe(file, [])
    with clock("data"):
        recipe = _with_written_data(recipe, out / "data", quiet=quiet)
    with clock("load"):
        session = open_session(recipe, out, where=str(file))
    measurements = Measurements(session.environment.evaluate(), out / "results", None)
    with clock("measure before"):
        measure_arm(session, measurements, "before", quiet=quiet)
    clock_train = train(session, quiet=quiet)
    save(session, out / "model")
    for arm in ("after", "shuffled", "blind"):
        with clock(f"measure {arm}"):
            measure_arm(session, measurements, arm, quiet=quiet)
    with clock("sft"):
        other = _sft_session(recipe, out / "sft", clock_train)
        sft_seconds = train(other, quiet=quiet)
    with clock("measure sft_same_seconds"):
        measure_arm(other, measurements, "sft_same_seconds", quiet=quiet)
    pairs = [("after", "before"), ("after", "sft_same_seconds"), ("after", "shuffled")]
    summary = {
        **measurements.summary(pairs),
        "seconds": {
            **clock.seconds,
            "grpo": clock_train,
            **{f"grpo: {name}": seconds for name, seconds in session.phases.seconds.items()},
            "sft": sft_seconds,
            "total": time.perf_counter() - start,
        },
        "tokens_per_second": dict(session.phases.tokens_per_second),
        "peak_memory_mib": peak_memory_mib(),
    }
    write_summary(out, summary)
    return summary


def _with_written_data(recipe: "Recipe", folder: Path, *, quiet: bool) -> "Recipe":
    """The recipe reading from records on disk: its scenes are rendered and written first, as a user's data would be."""
    from asterism.cli.progress import stage
    from asterism.core.records import write_records
    from asterism.metaphor.data import scene_tasks
    from asterism.metaphor.system import MetaphorOptions

    options = MetaphorOptions.parse(recipe.environment, where="demo")
    environment = dict(recipe.environment)
    for name in ("train", "evaluate"):
        source = getattr(options, name)
        with stage(f"Rendering scenes ({name})", source.count, quiet=quiet) as advance:
            seen = ""
            def counted() -> Any:
                nonlocal seen
                for task in scene_tasks(source):
                    if task.meta["scene"] != seen:
                        seen = task.meta["scene"]
                        advance(1)
                    yield task
            write_records(folder / name, counted())
        environment[name] = {"source": "records", "path": str(folder / name)}
    return recipe.model_copy(update={"environment": environment})


def _sft_session(recipe: "Recipe", out: Path, seconds: float) -> "Session":
    """Supervised training from the same start, on the same statements, for the same seconds."""
    from asterism.cli.assemble import open_session
    from asterism.cli.recipe import read_recipe
    from asterism.cli.recipes import shipped_recipe

    file = shipped_recipe("tfq_sft_tiny.yaml")
    own = read_recipe(file, [f"stop.max_seconds={seconds}"])
    return open_session(own.model_copy(update={"environment": recipe.environment}), out, where=str(file))
