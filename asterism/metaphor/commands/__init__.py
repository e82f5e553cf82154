"""The commands of this wing: `asterism metaphor …`."""

import typer

from asterism.metaphor.commands import ablate, build, data, scenes, tiny


def group() -> typer.Typer:
    """The group ``metaphor``; its commands import what they need when they run."""
    metaphor = typer.Typer(
        no_args_is_help=True, help="Metaphor: images with what they imply, and statements about them."
    )
    for commands in (scenes, ablate, build, data, tiny):
        commands.register(metaphor)
    return metaphor
