"""Every example runs as its README says."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.image import Image
from asterism.core.lines import read_objects
from asterism.core.results.summary import read_summary

EXAMPLES = Path(__file__).parents[2] / "examples"
PARTS = {
    "own_data": {"accuracy"},
    "own_environment": {"accuracy"},
    "own_reward": {"right", "brief", "format"},
    "own_reward_trl": {"right_number", "brevity"},
    "own_tool": {"accuracy", "looked"},
}
"""The parts of each example's reward."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a copy of the examples."""
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands(readme: Path) -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def test_every_example_is_tested() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/README.md")} >= set(PARTS)
    assert all((EXAMPLES / name / "recipe.yaml").is_file() for name in PARTS)


@pytest.mark.parametrize("name", PARTS)
def test_an_example_trains_as_its_readme_says(here: Path, name: str) -> None:
    (command,) = commands(here / "examples" / name / "README.md")
    assert command[:3] == ["asterism", "train", f"examples/{name}/recipe.yaml"]
    result = CliRunner().invoke(app, command[1:])
    assert result.exit_code == 0, result.output
    run = here / command[command.index("--out") + 1]
    metrics = list(read_objects(run / "metrics.jsonl"))
    assert [line["step"] for line in metrics] == list(range(1, (10 if name == "own_tool" else 2) + 1))
    assert all(line["reward_errors"] == 0 and line.keys() >= PARTS[name] for line in metrics)
    rollouts = list(read_objects(run / "rollouts.jsonl"))
    assert all(Image.open(run / picture).exists() for group in rollouts for picture in group["images"])
    assert {len(group["images"]) for group in rollouts} == {1}  # those of the task; a tool's are with its turn
    measured = read_summary(run).conditions
    assert [measured[name].counts["questions"] for name in ("before", "after")] == [6, 6]
    after = list(read_objects(run / "results" / "after.jsonl"))
    assert name != "own_tool" or all(result["parts"].keys() == PARTS[name] for result in after)
    assert (run / "report.html").is_file()


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(EXAMPLES.glob("*/draw.py"))])
def test_the_data_are_those_that_the_script_draws(here: Path, tmp_path: Path, name: str) -> None:
    drawn, kept = tmp_path / "drawn", here / "examples" / name
    subprocess.run([sys.executable, kept / "draw.py", drawn], check=True)
    assert {path.name for path in drawn.glob("images/*")} == {path.name for path in kept.glob("images/*")}
    for path in drawn.glob("images/*.png"):
        assert Image.open(path) == Image.open(kept / "images" / path.name)
    first, second = (
        [json.loads(line) for line in (folder / "data.jsonl").read_text().splitlines()] for folder in (drawn, kept)
    )
    assert [row | {"picture": ""} for row in first] == [row | {"picture": ""} for row in second]


def test_a_run_over_several_turns_resumes_bit_for_bit(here: Path) -> None:
    def train(out: str, steps: int, *more: str) -> None:
        short = [f"stop.steps={steps}", "measure.before=false", "optimiser.schedule.learning_rate=1e-3"]
        command = ["train", "examples/own_tool/recipe.yaml", *short, "--out", out, *more]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, result.output

    train("whole", 4)
    train("legs", 2)
    train("legs", 4, "--resume")
    for name in ("model/model.safetensors", "rollouts.jsonl", "ledger.jsonl"):
        assert (here / "whole" / name).read_bytes() == (here / "legs" / name).read_bytes(), name
    (first, *_) = read_objects(here / "whole" / "metrics.jsonl")
    assert first["mismatch"] < 1e-5 and first["tokens"] == first["tokens_generated"]
