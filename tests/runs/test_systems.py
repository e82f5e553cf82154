"""A system is found by its name, in a user's file or in a module, and a faulty one is refused in two lines."""

import sys
import traceback
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.errors import AsterismError
from asterism.core.usercode import load_object, user_errors
from asterism.runs.recipe import identity, read_recipe, resolved_values, suite_of
from asterism.runs.systems import ENTRY_POINTS, system_named, system_names

ENV = """
from pathlib import Path

from pydantic import Field

from asterism.core.config import Config
from asterism.core.system import Suite, System
from helping import LUCKY


class Options(Config):
    greeting: str = Field("hello", description="how it begins")
    train: dict[str, str] = Field({}, description="where tasks lie")


def prepare(options: Options) -> Suite:
    return Suite(
        train=list,
        evaluate=lambda: [LUCKY / 0],
        prompt_of=str,
        reward=lambda task, trajectories: [],
        trace_of=lambda task: None,
    )


SYSTEM = System("mine", Options, prepare)
OTHER = System("other", Options, prepare)
NUMBER = 3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "env.py").write_text(ENV)
    (tmp_path / "code" / "helping.py").write_text("LUCKY = 7\n")
    (tmp_path / "recipe.yaml").write_text("system: code/env.py:SYSTEM\nenvironment: {train: {path: data}}\n")
    return tmp_path


def test_a_system_in_a_file_counts_from_the_recipe_and_not_from_the_working_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = read_recipe(folder / "recipe.yaml", ["environment.greeting=hi"])
    assert there.system == f"{folder}/code/env.py:SYSTEM"
    assert there.environment.model_dump() == {"greeting": "hi", "train": {"path": str(folder / "data")}}
    monkeypatch.chdir(folder / "code")
    assert read_recipe(Path("../recipe.yaml"), ["environment.greeting=hi"]) == there


def test_a_name_left_out_is_system_and_a_base_may_name_it(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "second.yaml").write_text("base: ../third.yaml\nenvironment: {train: {path: own}}\n")
    (folder / "third.yaml").write_text("system: code/env.py\n")
    recipe = read_recipe(folder / "deep" / "second.yaml", [])
    assert system_named(recipe.system).name == "mine"
    assert resolved_values(recipe)["environment"]["train"] == {"path": str(folder / "deep" / "own")}


def test_what_is_shown_of_it_is_the_same_run_also_where_the_folder_was_moved(folder: Path, tmp_path: Path) -> None:
    first = read_recipe(folder / "recipe.yaml", [])
    (folder / "shown.yaml").write_text(yaml.safe_dump(resolved_values(first)))
    assert read_recipe(folder / "shown.yaml", []) == first
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("code", "recipe.yaml"):
        (folder / name).rename(moved / name)
    second = read_recipe(moved / "recipe.yaml", [])
    assert second.system != first.system
    assert identity(second, "x", where="b")["system"] == "mine"


def test_a_file_is_executed_once_until_it_changes(folder: Path) -> None:
    (folder / "code" / "helping.py").write_text("LUCKY = 7\nfrom pathlib import Path\n")
    file = folder / "code" / "counted.py"
    file.write_text("times = []\nSYSTEM = 1\n")
    times = load_object(f"{file}:times", where="test")
    assert load_object(f"{file}:times", where="test") is times
    file.write_text("times = [1]\nSYSTEM = 1\n")
    assert load_object(f"{file}:times", where="test") == [1]


@pytest.mark.parametrize(
    ("change", "name", "message"),
    [
        ("", "code/env.py:SYSTEMS", "defines no 'SYSTEMS'\nDid you mean 'SYSTEM'?"),
        ("", "code/env.py:NUMBER", "is of type int, not a System\nDefine SYSTEM = System(name, options, prepare)"),
        ("", "code/envy.py:SYSTEM", "there is no file"),
        ("def broken(:\n", "code/env.py", "code/env.py:1: SyntaxError: "),
        ("\n\nimport no_such_package\n", "code/env.py", "code/env.py:3: ModuleNotFoundError: No module named 'no_such"),
        ("\nvalue = {}['key']\n", "code/env.py", "code/env.py:2: KeyError: 'key'"),
        ("import sys\nsys.exit(3)\n", "code/env.py", "code/env.py:2: SystemExit: 3"),
        ("", "no.such.module:SYSTEM", "there is no module 'no.such.module'"),
        ("", "helx", "unknown system 'helx'\nDid you mean 'helix'? Known: "),
        ("", "sudoku", "or a module (my_package.env:SYSTEM)."),
    ],
)
def test_a_faulty_name_or_file_is_refused_with_its_place(folder: Path, change: str, name: str, message: str) -> None:
    if change:
        (folder / "code" / "env.py").write_text(change)
    (folder / "recipe.yaml").write_text(f"system: {name}\n")
    result = CliRunner().invoke(app, ["recipe", "show", str(folder / "recipe.yaml")])
    assert result.exit_code == 2, result.output
    assert message in result.stderr and "Traceback" not in result.stderr


def test_debug_shows_the_traceback_into_the_users_file(folder: Path) -> None:
    (folder / "code" / "env.py").write_text("\nvalue = {}['key']\n")
    result = CliRunner().invoke(app, ["--debug", "recipe", "show", str(folder / "recipe.yaml")])
    assert isinstance(result.exception, AsterismError)
    assert 'env.py", line 2' in "".join(traceback.format_exception(result.exception))


def test_options_of_ones_own_are_checked_like_ours(folder: Path) -> None:
    with pytest.raises(AsterismError, match="Did you mean 'greeting'"):
        read_recipe(folder / "recipe.yaml", ["environment.greting=hi"])


def test_a_fault_inside_a_users_function_names_its_line_and_a_fault_of_ours_stays_a_fault(folder: Path) -> None:
    suite = suite_of(read_recipe(folder / "recipe.yaml", []), where="test")
    line = ENV.splitlines().index(next(line for line in ENV.splitlines() if "LUCKY / 0" in line)) + 1
    with pytest.raises(AsterismError, match=rf"env\.py:{line}: ZeroDivisionError: ") as caught, user_errors():
        suite.evaluate()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    with pytest.raises(ZeroDivisionError), user_errors():
        _ = 1 / 0


def test_a_system_in_a_module_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = folder / "my_package_of_tests"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "env.py").write_text(ENV.replace("from helping import LUCKY", "LUCKY = 7"))
    monkeypatch.syspath_prepend(str(folder))
    assert system_named("my_package_of_tests.env:OTHER").name == "other"
    sys.modules.pop("my_package_of_tests.env")


def test_a_system_that_another_package_registers_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "colours_of_tests.py").write_text(ENV.replace("from helping import LUCKY", "LUCKY = 7"))
    installed = folder / "colours_of_tests-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: colours-of-tests\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\ncolours = colours_of_tests:OTHER\n")
    monkeypatch.syspath_prepend(str(folder))
    assert "colours" in system_names()
    assert system_named("colours").name == "other"
    with pytest.raises(AsterismError, match="Did you mean 'colours'"):
        system_named("colors")


def test_the_files_folder_hides_no_package(folder: Path) -> None:
    (folder / "code" / "yaml.py").write_text("raise RuntimeError('the wrong one')\n")
    load_object(f"{folder}/code/env.py:SYSTEM", where="test")
    assert str(folder / "code") in sys.path
    found = PathFinder.find_spec("yaml")
    assert found is not None and found.origin == yaml.__file__
