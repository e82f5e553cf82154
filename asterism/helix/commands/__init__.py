"""The commands of this wing: `asterism helix …`."""

import typer

from asterism.helix.commands import bench, puzzles, serg, study


def group() -> typer.Typer:
    """The group ``helix``; its commands import what they need when they run."""
    helix = typer.Typer(no_args_is_help=True, help="Helix: procedural puzzles with images, solvers and verifiers.")
    for commands in (puzzles, bench, serg, study):
        commands.register(helix)
    return helix
