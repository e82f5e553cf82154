"""Waiting threads soon sleep unless the user says otherwise, and libgomp reads it in time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asterism.threads import SETTINGS, SPINS, set_waiting, waiting

ROOT = Path(__file__).parents[1]


def spin_count(code: str, **given: str) -> str:
    """What libgomp itself reports that it read when torch was loaded."""
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    environment |= {"OMP_DISPLAY_ENV": "VERBOSE", "OMP_NUM_THREADS": "2", "PYTHONPATH": str(ROOT), **given}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    lines = [line for line in done.stderr.splitlines() if "GOMP_SPINCOUNT" in line]
    if not lines:
        pytest.skip("this torch does not carry GNU's OpenMP")
    return lines[0].partition("=")[2].strip(" '")


@pytest.mark.parametrize("first", ["import asterism", "import asterism.cli.main", "import asterism.learn.update"])
def test_a_waiting_thread_soon_sleeps(first: str) -> None:
    assert spin_count(f"{first}; import torch; torch.ones(1)") == SPINS


@pytest.mark.parametrize("given", [{"OMP_WAIT_POLICY": "active"}, {"GOMP_SPINCOUNT": "1234"}])
def test_what_the_user_set_holds(given: dict[str, str]) -> None:
    plain = spin_count("import torch; torch.ones(1)", **given)
    assert spin_count("import asterism, torch; torch.ones(1)", **given) == plain != SPINS


def test_the_setting_is_shown() -> None:
    environment: dict[str, str] = {}
    set_waiting(environment)
    assert waiting(environment) == "GOMP_SPINCOUNT=1000"
    assert waiting({"GOMP_SPINCOUNT": "7"}) == "GOMP_SPINCOUNT=7"


def test_doctor_shows_the_setting_in_force() -> None:
    command = [sys.executable, "-m", "asterism", "doctor"]
    for given, shown in (({}, "GOMP_SPINCOUNT=1000"), ({"GOMP_SPINCOUNT": "99"}, "GOMP_SPINCOUNT=99")):
        environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        done = subprocess.run(
            command, capture_output=True, text=True, env={**environment, "PYTHONPATH": str(ROOT), **given}, check=False
        )
        (line,) = [line for line in done.stdout.splitlines() if "waiting threads" in line]
        assert line.endswith(shown)
        assert line.startswith("ok")


def test_a_torch_loaded_first_is_reported() -> None:
    code = "import torch, os; import asterism; from asterism import threads; print(threads.waiting(os.environ))"
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**environment, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert "torch was loaded before asterism" in done.stdout
