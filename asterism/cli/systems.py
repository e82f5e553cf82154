"""The commands of systems: `asterism NAME …` for every installed system, which is imported only when it is called."""

from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from asterism.core.errors import AsterismError


class SystemCommands(TyperGroup):
    """Stands for the commands of a system in a listing; given a command, it makes way for the real group."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The context of the system's own group.

        Raises:
            AsterismError: the system cannot be imported, or has no commands.
        """
        return _group(self.name or "").make_context(info_name, args, parent, **extra)


def system_commands() -> dict[str, SystemCommands]:
    """A stand-in for each installed system, by name."""
    from asterism.runs.systems import WITHOUT_COMMANDS, system_names, system_summary

    names = [name for name in system_names() if name not in WITHOUT_COMMANDS]
    return {name: SystemCommands(name=name, help=system_summary(name)) for name in names}


def _group(name: str) -> TyperGroup:
    from asterism.runs.systems import system_named

    system = system_named(name, f"asterism {name}")
    group = system.commands() if system.commands is not None else None
    if not isinstance(group, typer.Typer):
        raise AsterismError(f"the system {name} has no commands", remedy="See asterism --help.")
    group.rich_markup_mode = None  # plain help, as everywhere
    command = get_command(group)
    if not isinstance(command, TyperGroup):  # a group of one command
        raise AsterismError(f"the system {name} has no group of commands", remedy="Register a typer group.")
    command.name = name
    return command
