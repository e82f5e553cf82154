"""The command line: one command group per file, one plain message per error."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import asterism
from asterism.cli import audit, bench, demo, doctor, export, profile, recipe_show, train, verify_prefix
from asterism.cli.systems import system_commands
from asterism.core.errors import AsterismError
from asterism.core.usercode import user_errors

BAD_INPUT = 2
INTERRUPTED = 130


class _PlainErrors(TyperGroup):
    """Turns what a person should read into a line or two on stderr and an exit code.

    A command that can be continued raises ``KeyboardInterrupt("To continue: ...")`` and its text is shown.
    """

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command of this package, else the commands of the system of that name."""
        if cmd_name not in self.commands:
            self._add_systems()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command, then every installed system."""
        self._add_systems()
        return super().list_commands(ctx)

    def _add_systems(self) -> None:
        for name, commands in system_commands().items():
            self.commands.setdefault(name, commands)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            with user_errors():
                return super().invoke(ctx)
        except AsterismError as error:
            if ctx.params.get("debug"):
                raise
            typer.echo(f"asterism: {error}", err=True)
            raise typer.Exit(BAD_INPUT) from error
        except KeyboardInterrupt as interrupt:
            typer.echo(f"\nInterrupted. {interrupt}".rstrip(), err=True)
            raise typer.Exit(INTERRUPTED) from interrupt


app = typer.Typer(
    name="asterism",
    cls=_PlainErrors,
    help=(asterism.__doc__ or "").partition("\n")[0],
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"asterism {asterism.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", envvar="ASTERISM_DEBUG", help="Show the traceback of an error.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options that stand before any command; ``_PlainErrors`` reads ``debug``."""


for _group in (demo, train, bench, audit, export, profile, recipe_show, verify_prefix, doctor):
    _group.register(app)


def main() -> None:
    """Run the command line with the arguments of this process."""
    app()
