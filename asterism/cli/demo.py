"""`asterism demo`: from nothing to a trained model and a table, on two cores."""

import json
from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = "Example: asterism demo --out runs/demo"
GRPO_RECIPE = "tfq_grpo_tiny.yaml"


def register(app: typer.Typer) -> None:
    """Add ``demo`` to the command line."""
    app.command("demo", epilog=EXAMPLE)(demo)


def demo(
    overrides: Annotated[list[str] | None, typer.Argument(help=f"key=value, laid over {GRPO_RECIPE}.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/demo"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Teach the embedded tiny model what images imply: render scenes, measure, train with TFQ-GRPO, measure again.

    A third condition is trained from the same start by supervision, for the same number of steps.
    """
    from asterism.cli.tables import print_tables
    from asterism.runs.demo import run_demo

    try:
        summary = run_demo(out, overrides or [], quiet=as_json)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt(f"To begin anew: rm -r {out}, then asterism demo --out {out}") from interrupt
    if as_json:
        typer.echo(json.dumps(summary.as_json()))
        return
    print_tables(summary)
    typer.echo(f"Results: {out}/report.html (open it in a browser), {out}/summary.json, {out}/model")
