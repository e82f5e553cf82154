import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.records import read_records


def serg(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(app, ["helix", "serg", *map(str, arguments)])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("serg") / "out"
    result = serg("--task", "h_index", "--task", "tower_of_hanoi", "--levels", "1,2", "--n", 2, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert "Results: " in result.stdout
    assert "Writing traces" in result.stderr
    for words in ("decontamination", "states found", "100.0%"):
        assert words in result.stdout
    return out


def test_a_set_is_exported_and_described(built: Path, tmp_path: Path) -> None:
    assert len(read_records(built / "dataset")) == 8
    result = serg("export", built, "--to", "sft")
    assert f"{built / 'sft.jsonl'} (8 rows)" in result.stdout.replace("\n", "")
    row = json.loads((built / "sft.jsonl").read_text().splitlines()[0])
    assert (built / row["images"][0]).is_file()
    told = json.loads(serg("export", built, "--to", "rl", "--out", tmp_path / "rl.jsonl", "--json").stdout)
    assert told == {"file": str(tmp_path / "rl.jsonl"), "rows": 8}
    found = json.loads(serg("statistics", built, "--json").stdout)
    assert found["levels"] == {"1": 4, "2": 4, "3": 0, "4": 0, "5": 0}
    assert "rule-based trace" in serg("statistics", built).stdout


def test_the_same_command_goes_on_and_json_is_all_that_is_said(built: Path) -> None:
    before = (built / "dataset" / "records.jsonl").read_bytes()
    arguments = ["--task", "h_index", "--task", "tower_of_hanoi", "--levels", "1-2", "--n", 2, "--out", built]
    result = serg(*arguments, "--json")
    assert result.stderr == ""
    assert json.loads(result.stdout) == json.loads((built / "report.json").read_text())
    assert (built / "dataset" / "records.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give --out FOLDER"),
        (["--out", "x"], "of which tasks?"),
        (["--out", "x", "--task", "sudok"], "Did you mean sudoku?"),
        (["--out", "x", "--task", "maze", "--levels", "1-6"], "there is no level 6"),
        (["--out", "x", "--task", "maze", "--levels", "easy"], "names no levels"),
        (["--out", "x", "--task", "maze", "--teacher", "server"], "the server's model is not named"),
        (["--out", "x", "--task", "maze", "--set", "shortst=3"], "unknown key 'shortst'"),
        (["--out", "x", "--task", "maze", "--set", "shortest=9", "--set", "longest=3"], "shortest: 9 characters"),
        (["export", "nowhere", "--to", "sft"], "no records found"),
        (["published", "nowhere.jsonl", "--out", "x"], "no table found"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_or_two(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = serg(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") <= 3
