"""`asterism train`: a recipe, from data to weights and report."""

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = "Example: asterism train recipes/tfq_grpo_tiny.yaml rollout.group_size=4 --out runs/mine"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("train", epilog=EXAMPLE)(train)


def train(
    recipe: Annotated[Path, typer.Argument(help="YAML recipe; see recipes/.")],
    overrides: Annotated[list[str] | None, typer.Argument(help="dotted.path=value, laid over the recipe.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; default runs/<recipe name>.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume from the newest checkpoint in the folder.")] = False,
    resume_from: Annotated[
        int | None,
        typer.Option(min=0, help="Resume from the checkpoint of this step; those saved after it are removed."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Train a policy as a recipe says, and measure it."""
    from asterism.cli.tables import print_profile, print_tables
    from asterism.runs.trained import folder_of
    from asterism.runs.trained import train as train_recipe

    folder = out or folder_of(recipe)
    try:
        run = train_recipe(recipe, overrides or [], folder, resume=resume, resume_from=resume_from, quiet=as_json)
    except KeyboardInterrupt as interrupt:
        again = shlex.join(["asterism", "train", str(recipe), *(overrides or []), "--out", str(folder), "--resume"])
        raise KeyboardInterrupt(f"To continue: {again}") from interrupt
    if as_json:
        typer.echo(json.dumps(run.summary.as_json()))
        return
    print_tables(run.summary)
    print_profile(folder)
    typer.echo(f"Results: {run.report}, {folder}/summary.json, {run.model}")
