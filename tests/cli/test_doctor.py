import json
import sys

import pytest
from packaging.requirements import Requirement
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.runs import machine as doctor


def test_the_machine_that_runs_the_tests_is_ready() -> None:
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("Ready.\n")


def test_json_is_one_object_with_every_check() -> None:
    result = CliRunner().invoke(app, ["doctor", "--json"])
    report = json.loads(result.stdout)
    assert report["ok"] is True
    assert {"python", "memory", "disk", "torchvision", "threads", "cuda"} <= {row["name"] for row in report["checks"]}


def test_an_older_package_is_told_with_its_remedy() -> None:
    check = doctor._installed(Requirement("numpy>=99"))
    assert not check.ok
    assert "(needs >=99)" in check.found
    assert check.remedy == "pip install 'numpy>=99'"


def test_an_absent_package_is_told_with_its_remedy() -> None:
    check = doctor._installed(Requirement("asterism-of-no-such-name"))
    assert (check.ok, check.found) == (False, "not installed")


def test_a_missing_requirement_makes_the_machine_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MIN_PYTHON", (sys.version_info.major + 1, 0))
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "MISSING   python" in result.stdout
