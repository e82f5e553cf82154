"""The commands of systems: listed without importing any, imported when one is given."""

import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest
import typer
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.config import Config
from asterism.core.system import System
from asterism.runs import systems

ROOT = Path(__file__).parents[2]


@pytest.fixture
def colours(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A package that registers a system with the command ``mix``, and one without commands."""
    module = ModuleType("registered_colours")

    def group() -> typer.Typer:
        commands = typer.Typer(no_args_is_help=True, help="All about colours.")

        @commands.command()
        def mix(first: str, second: str) -> None:
            """Mix two colours."""
            typer.echo(f"{first} and {second}")

        @commands.command()
        def names() -> None:
            """List them."""

        return commands

    module.SYSTEM = System("colours", Config, lambda options: None, commands=group)  # type: ignore[arg-type, return-value]
    module.SILENT = System("silent", Config, lambda options: None)  # type: ignore[arg-type, return-value]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    points = [
        EntryPoint("colours", "registered_colours:SYSTEM", systems.ENTRY_POINTS),
        EntryPoint("silent", "registered_colours:SILENT", systems.ENTRY_POINTS),
    ]
    monkeypatch.setattr(systems, "entry_points", lambda group: points)
    return module


def test_a_registered_system_brings_its_commands(colours: ModuleType) -> None:
    listed = CliRunner().invoke(app, ["--help"])
    assert "colours" in listed.output and "helix" in listed.output
    group = CliRunner().invoke(app, ["colours", "--help"])
    assert "All about colours." in group.output and "Mix two colours." in group.output
    mixed = CliRunner().invoke(app, ["colours", "mix", "red", "blue"])
    assert (mixed.exit_code, mixed.output) == (0, "red and blue\n")


def test_a_wrong_command_or_none_of_a_system_is_refused_as_any_other(colours: ModuleType) -> None:
    wrong = CliRunner().invoke(app, ["colours", "mixx"])
    assert wrong.exit_code == 2 and "Did you mean 'mix'?" in wrong.stderr
    silent = CliRunner().invoke(app, ["silent", "mix"])
    assert silent.exit_code == 2
    assert silent.stderr == "asterism: the system silent has no commands\nSee asterism --help.\n"


def test_help_imports_no_system_and_no_bench() -> None:
    code = (
        "import sys, atexit\n"
        "heavy = ('asterism.helix.system', 'asterism.metaphor.system', 'asterism.runs.plan', 'torch')\n"
        "atexit.register(lambda: print('loaded:', [name for name in heavy if name in sys.modules]))\n"
        "from asterism.cli.main import main; main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "metaphor" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "loaded: []"


def test_listing_puzzles_does_without_torch() -> None:
    code = (
        "import sys, atexit; atexit.register(lambda: print('loaded:', 'torch' in sys.modules))\n"
        "from asterism.cli.main import main; main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, "helix", "list"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert "sudoku" in ran.stdout and ran.stdout.splitlines()[-1] == "loaded: False"
