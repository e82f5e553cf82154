"""What the documentation tells a user to write and run does run."""

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.lines import read_objects

ROOT = Path(__file__).parents[2]
SHORT = ("stop.steps=1", "rollout.group_size=2", "measure.before=false", "measure.sampling.max_tokens=4")
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file that it stands for, if any, and its text."""

    language: str
    file: str
    text: str


def blocks(name: str) -> list[Block]:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return [Block(match[1], match[2] or "", match[3]) for match in BLOCK.finditer(text)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder with the images, data and reward of an example."""
    shutil.copytree(ROOT / "examples" / "own_reward", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_own_code_runs_as_it_is_written(here: Path) -> None:
    (here / "recipe.yaml").unlink()
    (here / "my_rewards.py").unlink()
    ran = []
    for block in blocks("own_code.md"):
        if block.file:
            (here / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            (line,) = block.text.splitlines()
            command = shlex.split(line)
            result = CliRunner().invoke(app, [*command[1:], *SHORT])
            assert command[0] == "asterism" and result.exit_code == 0, f"{line}\n{result.output}{result.stderr}"
            ran.append(here / command[-1])
    assert [run.name for run in ran] == ["own", "prompt", "reward", "several", "trl", "sums"]
    parts = {run.name: {name for line in read_objects(run / "metrics.jsonl") for name in line} for run in ran}
    assert {"right", "brief"} <= parts["reward"] and {"right", "accuracy", "format"} <= parts["several"]
    assert {"right", "polite"} <= parts["trl"] and "accuracy" in parts["sums"]
    for run in ran:
        assert all(line["reward_errors"] == 0 for line in read_objects(run / "metrics.jsonl"))


def test_the_api_runs_as_it_is_written(here: Path) -> None:
    code = [block.text for block in blocks("api.md") if block.language == "python"]
    assert len(code) == 8
    names: dict[str, object] = {}
    for text in code:
        exec(compile(text, "docs/api.md", "exec"), names)
    assert (here / "runs" / "mine" / "model").is_dir() and (here / "runs" / "tfq" / "report.html").is_file()


def test_every_block_of_the_pages_is_looked_at() -> None:
    for name in ("own_code.md", "api.md"):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert len(re.findall(r"^```\w", text, re.MULTILINE)) == len(blocks(name))
