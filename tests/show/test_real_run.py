"""The report of a run that really took place: what the policy was asked, saw, wrote and earned."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from asterism.core.records import read_records
from asterism.core.results.metrics import StepMetrics, read_metrics
from asterism.core.results.rollout import read_rollouts
from asterism.core.results.summary import RunSummary, read_summary
from asterism.metaphor.prompts import prompt_style
from asterism.runs.recipe import read_recipe
from asterism.runs.train import run_recipe
from tests.cli.tiny_run import GROUP, PROMPTS, write_run_files


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunSummary]:
    """The folder of a run of three steps, and what the run came to."""
    folder = tmp_path_factory.mktemp("real")
    recipe = write_run_files(folder)
    overrides = ["stop.steps=3", "measure.before=true", "measure.blind=true"]
    summary = run_recipe(read_recipe(recipe, overrides), folder / "run", where=str(recipe), resume=False, quiet=True)
    return folder / "run", summary


@pytest.fixture(scope="module")
def prompts(trained: tuple[Path, RunSummary]) -> dict[str, str]:
    """What every task of the run is asked as, by its id."""
    tasks = read_records(trained[0].parent / "data")
    return {task.id: prompt_style("short")(task) for task in tasks}


def _data(folder: Path) -> dict[str, Any]:
    page = (folder / "report.html").read_text(encoding="utf-8")
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(data)  # type: ignore[no-any-return]


def test_the_report_holds_the_prompt_that_the_policy_was_asked(
    trained: tuple[Path, RunSummary], prompts: dict[str, str]
) -> None:
    groups = _data(trained[0])["groups"]
    assert groups and {group["task"] for group in groups} <= prompts.keys()
    for group in groups:
        assert prompts[group["task"]] in group["prompt_text"]
        assert group["question"] in group["prompt_text"] and group["prompt_text"] != group["question"]


def test_every_rollout_has_its_image_tokens_reward_and_advantage(trained: tuple[Path, RunSummary]) -> None:
    folder, _ = trained
    records = list(read_rollouts(folder / "rollouts.jsonl"))
    assert len(records) == 3 * PROMPTS and all(len(record.episodes) == GROUP for record in records)
    detailed = [record for record in records if record.episodes[0].actor.segments[-1].entropies]
    assert [record.step for record in detailed] == [1, 1, 2, 2, 3, 3]
    for record in records:
        assert all((folder / name).is_file() for name in record.images) and record.images
        for episode in record.episodes:
            assert episode.advantage is not None and {"accuracy", "format"} <= episode.reward.parts.keys()
    for record in detailed:
        for episode in record.episodes:
            written = episode.actor.segments[-1]
            columns = (written.pieces, written.logprobs, written.entropies)
            assert {len(column) for column in columns} == {len(written.token_ids)} and written.token_ids
            assert "".join(written.pieces).removesuffix("<|end|>") == written.text


def test_the_summary_that_is_returned_is_the_one_on_disk(trained: tuple[Path, RunSummary]) -> None:
    folder, summary = trained
    assert read_summary(folder) == summary
    assert list(summary.conditions) == ["before", "after", "blind"] and summary.stopped == "steps"
    assert [summary.title(name) for name in summary.conditions] == [
        "before training",
        "after training",
        "after, no image",
    ]
    assert {(pair.a, pair.b) for pair in summary.paired} == {("after", "before"), ("after", "blind")}
    assert {"always_true", "always_false", "majority"} == summary.baselines.keys()
    lines = [line for line in read_metrics(folder / "metrics.jsonl") if isinstance(line, StepMetrics)]
    assert [line.step for line in lines] == [1, 2, 3] and all(line.prompts == PROMPTS for line in lines)


@pytest.mark.browser
def test_a_browser_shows_the_prompt_the_image_and_the_coloured_completion(
    trained: tuple[Path, RunSummary], prompts: dict[str, str], tmp_path: Path
) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs Chromium on the PATH")
    page = (trained[0] / "report.html").resolve().as_uri()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    command = [chromium, *flags, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    shown = re.findall(r"<h4>Prompt</h4><p>(.*?)</p>", dom, re.DOTALL)
    assert len(shown) == 1 and shown[0] in prompts.values()
    assert 'class="token" style="--depth:' in dom and 'src="data:image/png;base64,' in dom
    assert "advantage <b>" in dom and "accuracy " in dom
