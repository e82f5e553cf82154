"""`asterism profile`: where the time of a recipe's training steps goes."""

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from asterism.learn.profile import Profile
    from asterism.runs.recipe import Recipe

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


def run_profile(recipe: "Recipe", steps: int, *, where: str, quiet: bool) -> "Profile":
    """The profile of ``steps`` steps, after one that only warms up.

    Raises:
        AsterismError: the recipe, its records or its model is wrong.
    """
    from asterism.learn.profile import profile_of
    from asterism.runs.progress import stage
    from asterism.runs.session import open_session

    with (
        TemporaryDirectory(prefix="asterism-profile-") as folder,
        stage("Profiling", steps + 1, quiet=quiet) as advance,
    ):
        session = open_session(recipe, Path(folder) / "run", where=where, checkpoint=False)
        try:
            for number in range(steps + 1):
                session.trainer.step(session.run)
                advance(1)
                if number == 0:
                    session.trainer.learner.forget_measures()
            return profile_of(session.trainer.learner, steps)
        finally:
            session.encoder.close()
            session.run.finish()
