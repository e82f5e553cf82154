"""Commands whose options are built only when they are called: that imports what `asterism --help` does without."""

from typing import Any

import typer
from typer.core import TyperCommand
from typer.main import get_command


class DeferredCommand(TyperCommand):
    """Lists a command by the docstring of a function that, when the command is given, returns the command's function.

    ::

        @app.command("eval", cls=DeferredCommand)
        def evaluate() -> Callable[..., None]:
            \"\"\"Measure a model.\"\"\"
            from asterism.runs.command_options import with_options
            ...
            return with_options(...)
    """

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The context of the command itself."""
        assert self.callback is not None
        application = typer.Typer(add_completion=False, rich_markup_mode=None)
        application.command(self.name, help=self.help, epilog=self.epilog)(self.callback())
        return get_command(application).make_context(info_name, args, parent, **extra)
