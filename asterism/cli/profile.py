"""`asterism profile`: where the time of a recipe's training steps goes."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = "Example: asterism profile recipes/tfq_grpo_tiny.yaml rollout.group_size=8 --steps 5"


def register(app: typer.Typer) -> None:
    """Add ``profile`` to the command line."""
    app.command("profile", epilog=EXAMPLE)(profile)


def profile(
    recipe: Annotated[Path, typer.Argument(help="YAML recipe; see recipes/.")],
    overrides: Annotated[list[str] | None, typer.Argument(help="dotted.path=value, laid over the recipe.")] = None,
    steps: Annotated[int, typer.Option(min=1, help="Steps that are measured, after one that is not.")] = 3,
    out: Annotated[Path | None, typer.Option(help="Folder of the result; default runs/<recipe name>-profile.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the profile as JSON and nothing else.")] = False,
) -> None:
    """Take a few training steps of a recipe and tell where their time goes; the trained weights are thrown away.

    docs/profile.md explains every row and figure.
    """
    from asterism.cli.tables import print_profile
    from asterism.runs.profile import run_profile
    from asterism.runs.recipe import read_recipe
    from asterism.show.profile import write_profile

    folder = out or Path("runs") / f"{recipe.stem}-profile"
    resolved = read_recipe(recipe, overrides or [])
    measured = run_profile(resolved, steps, where=str(recipe), quiet=as_json)
    file = write_profile(folder, measured)
    if as_json:
        typer.echo(json.dumps(asdict(measured)))
        return
    print_profile(folder)
    typer.echo(f"Results: {file}")
