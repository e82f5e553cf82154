import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from asterism.cli.main import app
from tests.llm.faulty_server import FaultyServer, Rule
from tests.metaphor.builder.folder import write_sources
from tests.metaphor.builder.writer import reply


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-tests")


def asterism(server: FaultyServer, *arguments: str | Path | int) -> Result:
    fixed = ["metaphor", "build", "--url", server.url, "--model", "writer", "--no-hub", "--blind-samples", "2"]
    return CliRunner().invoke(app, [*fixed, *map(str, arguments)])


def test_build_shows_what_it_came_to_and_where_it_is(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 3)
    with FaultyServer(replies=reply) as server:
        result = asterism(server, "--records", records, "--out", tmp_path / "out", "--prices", "1", "2")
    assert result.exit_code == 0, result.stderr
    assert f"Results: {tmp_path / 'out' / 'dataset' / 'records.jsonl'}" in result.stdout.replace("\n", "")
    assert "Building statements" in result.stderr
    for words in ("dropped: near duplicate", "dropped: answerable blind", "kept, T", "captions"[:7]):
        assert words in result.stdout


def test_json_is_all_that_stdout_holds(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 2)
    with FaultyServer(replies=reply) as server:
        result = asterism(server, "--records", records.parent, "--out", tmp_path / "out", "--json")
    assert result.stderr == ""
    assert json.loads(result.stdout) == json.loads((tmp_path / "out" / "report.json").read_text())


def test_a_spent_budget_is_told_with_what_to_do(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 6)
    with FaultyServer(replies=reply) as server:
        result = asterism(
            server, "--records", records, "--out", tmp_path / "out", "--max-tokens", 2000, "--concurrency", 1
        )
    assert result.exit_code == 0
    assert "Stopped: " in result.stderr
    assert "run the same command again" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--min", "9", "--max", "6"], "fewest: 9 statements are more than most, 6"),
        (["--server", "timeout=3"], "unknown key 'timeout'"),
        (["--max-cost", "1"], "max_cost: nothing costs anything"),
        (["--max", "99"], "--max"),
        (["--language", "fr"], "--language"),
    ],
)
def test_settings_out_of_range_are_refused_before_anything_is_asked(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    records = write_sources(tmp_path / "in", 1)
    with FaultyServer(replies=reply) as server:
        result = asterism(server, "--records", records, "--out", tmp_path / "out", *arguments)
        assert server.count == 0
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_refused_key_is_one_message_and_the_report_is_written(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 2)
    with FaultyServer([Rule("401")], replies=reply) as server:
        result = asterism(server, "--records", records, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-2].startswith("asterism: http://127.0.0.1")
    assert "sk-of-tests" not in result.output
    assert (tmp_path / "out" / "report.json").is_file()


def test_help_has_an_example() -> None:
    shown = CliRunner().invoke(app, ["metaphor", "build", "--help"]).stdout
    assert "Example: asterism metaphor build --records" in shown
