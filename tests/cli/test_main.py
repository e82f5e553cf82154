import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import asterism
from asterism.cli.main import _options, _PlainErrors, app
from asterism.core.errors import AsterismError

ROOT = Path(__file__).parents[2]


def run(*arguments: str, code: str = "from asterism.cli.main import main; main()") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


@pytest.fixture
def failing() -> typer.Typer:
    """An application like ours whose commands fail in the ways that commands fail."""
    group = typer.Typer(cls=_PlainErrors, pretty_exceptions_enable=False, rich_markup_mode=None)
    group.callback()(_options)

    @group.command()
    def bad() -> None:
        raise AsterismError("id '[bold]' stands twice", where="r.jsonl:3", remedy="Drop one.")

    @group.command()
    def stopped() -> None:
        raise KeyboardInterrupt("To continue: asterism train r.yaml --resume")

    @group.command()
    def broken() -> None:
        raise ZeroDivisionError

    return group


def test_bad_input_is_two_plain_lines_and_exit_code_2(failing: typer.Typer) -> None:
    result = CliRunner().invoke(failing, ["bad"])
    assert result.exit_code == 2
    assert result.stderr == "asterism: r.jsonl:3: id '[bold]' stands twice\nDrop one.\n"
    assert result.stdout == ""


def test_debug_lets_the_traceback_through(failing: typer.Typer) -> None:
    for arguments, environment in ((["--debug", "bad"], {}), (["bad"], {"ASTERISM_DEBUG": "1"})):
        result = CliRunner().invoke(failing, arguments, env=environment)
        assert isinstance(result.exception, AsterismError)


def test_an_interruption_is_one_clean_line_and_exit_code_130(failing: typer.Typer) -> None:
    result = CliRunner().invoke(failing, ["stopped"])
    assert result.exit_code == 130
    assert result.stderr == "\nInterrupted. To continue: asterism train r.yaml --resume\n"


def test_a_fault_of_ours_keeps_its_traceback(failing: typer.Typer) -> None:
    assert isinstance(CliRunner().invoke(failing, ["broken"]).exception, ZeroDivisionError)


def test_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"asterism {asterism.__version__}\n")


def test_an_unknown_command_is_refused_with_the_nearest() -> None:
    result = CliRunner().invoke(app, ["doctr"])
    assert result.exit_code == 2
    assert "Did you mean 'doctor'?" in result.stderr


def test_help_loads_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys, atexit\n"
        "heavy = {'torch', 'transformers', 'matplotlib', 'scipy', 'sklearn'}\n"
        "atexit.register(lambda: print('loaded:', sorted(heavy & set(sys.modules))))\n"
        "from asterism.cli.main import main; main()"
    )
    result = run("--help", code=code)
    assert result.returncode == 0, result.stderr
    assert "doctor" in result.stdout
    assert result.stdout.endswith("loaded: []\n")


def test_a_real_process_reports_bad_usage_without_a_traceback() -> None:
    result = run("doctor", "--nonsense")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_the_package_is_a_command_too() -> None:
    arguments = [sys.executable, "-m", "asterism", "--version"]
    result = subprocess.run(
        arguments, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert (result.returncode, result.stdout) == (0, f"asterism {asterism.__version__}\n"), result.stderr
