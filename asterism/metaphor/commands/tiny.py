"""`asterism metaphor tiny`: the embedded model, rebuilt from nothing."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = "Example: asterism metaphor tiny build --out runs/tiny speaking_steps=800"

tiny = typer.Typer(no_args_is_help=True, help="The embedded tiny model.")


def register(metaphor: typer.Typer) -> None:
    """Add the ``tiny`` group to ``asterism metaphor``."""
    metaphor.add_typer(tiny, name="tiny")


@tiny.callback()
def _group() -> None:
    """Commands about the embedded tiny model."""


@tiny.command("build", epilog=EXAMPLE)
def build(
    overrides: Annotated[list[str] | None, typer.Argument(help="key=value, laid over the defaults.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the weights.")] = Path("runs/tiny"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the lessons as JSON and nothing else.")] = False,
) -> None:
    """Warm-start the tiny model from random weights: naming, reading, speaking, a first idea of judging.

    The result is what the package ships in asterism/policy/tiny_weights. About an hour on two cores.
    """
    from asterism.core.config import apply_overrides
    from asterism.metaphor.pretraining.build import PretrainingConfig, build_tiny
    from asterism.runs.progress import stage

    config = PretrainingConfig.parse(apply_overrides({}, overrides or []), where="tiny build")
    lessons = build_tiny(config, out, stage=lambda name, steps: stage(name, steps, quiet=as_json))
    if as_json:
        typer.echo(json.dumps([asdict(lesson) for lesson in lessons]))
        return
    minutes = sum(lesson.seconds for lesson in lessons) / 60
    typer.echo(f"Built in {minutes:.0f} min. Results: {out}/model.safetensors, {out}/warmstart.json")
