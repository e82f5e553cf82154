"""A wing can be taken out of the package, and everything else goes on working.

For each wing the package, its recipes and its tests are copied without it. Then every remaining module is imported, the
command line shows its help, and quick tests of the floors and of the other wings run: those of :data:`QUICK`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from asterism.runs.systems import WITHOUT_COMMANDS
from tests.test_floors import HOUSE, WINGS

ROOT = HOUSE.parent
PRESENT = sorted(wing for wing in WINGS if (HOUSE / wing).is_dir())
QUICK = {
    "floors": (
        "tests/answers/test_options.py",
        "tests/evaluate/test_accuracy.py",
        "tests/evaluate/test_kinds.py",
        "tests/evaluate/test_summary.py",
        "tests/evaluate/test_truefalse.py",
        "tests/learn/test_advantages.py",
        "tests/runs/test_benches.py",
        "tests/runs/test_command_options.py",
        "tests/show/test_table.py",
        "tests/test_floors.py",
    ),
    "metaphor": (
        "tests/metaphor/test_bench.py",
        "tests/metaphor/test_reward.py",
        "tests/metaphor/test_tfq_bench.py",
        "tests/metaphor/test_prompts.py",
    ),
    "helix": (
        "tests/helix/test_scorer.py",
        "tests/helix/test_score.py",
        "tests/helix/study/test_claims.py",
    ),
    "records": ("tests/records/test_prompts.py", "tests/records/test_reward.py"),
}
"""Files of tests that take a few seconds together, by what they are about."""

EVERYTHING_ELSE = """
import importlib, pkgutil, sys, asterism, pytest
names = [each.name for each in pkgutil.walk_packages(asterism.__path__, "asterism.")]
for name in names:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:  # of an extra that is not installed
        if error.name.startswith("asterism"):
            raise
assert len(names) > 100, names
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""
"""Imports every module and runs tests, in one process: what both load is loaded once."""


@pytest.fixture(scope="module", params=PRESENT)
def without(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A wing, and a copy of the repository that lacks it."""
    wing: str = request.param
    copy = tmp_path_factory.mktemp(f"without_{wing}")
    for part in ("asterism", "recipes", "tests"):
        shutil.copytree(ROOT / part, copy / part)
    shutil.copy(ROOT / "pyproject.toml", copy)
    shutil.rmtree(copy / "asterism" / wing)
    return wing, copy


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the copy, where ``asterism`` is the copied package."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def test_the_command_line_has_its_other_commands_and_no_more_those_of_the_wing(without: tuple[str, Path]) -> None:
    wing, copy = without
    shown = run(copy, "-c", "from asterism.cli.main import main; main()", "--help")
    assert shown.returncode == 0, shown.stderr
    commands = {line.split()[0] for line in shown.stdout.partition("Commands:")[2].splitlines() if line.strip()}
    assert {"train", "eval", *PRESENT} - WITHOUT_COMMANDS - {wing} <= commands
    assert wing not in commands
    refused = run(copy, "-c", "from asterism.cli.main import main; main()", wing, "list")
    assert refused.returncode == 2 and f"No such command '{wing}'" in refused.stderr


def test_every_other_module_is_imported_and_the_quick_tests_pass(without: tuple[str, Path]) -> None:
    wing, copy = without
    files = [file for about, those in QUICK.items() if about != wing for file in those]
    ran = run(copy, "-c", EVERYTHING_ELSE, *files)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    assert "[100%]" in ran.stdout


def test_the_list_of_quick_tests_is_of_files_that_are_there_and_has_some_of_every_wing() -> None:
    assert all((ROOT / file).is_file() for files in QUICK.values() for file in files)
    assert set(PRESENT) <= QUICK.keys()
