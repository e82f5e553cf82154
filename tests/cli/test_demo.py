"""The demo, shortened: every arm, the summary and the report are there."""

import json
from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.core.results.summary import read_summary
from asterism.runs.demo import GRPO_RECIPE, SFT_RECIPE, run_demo
from asterism.runs.recipe import read_recipe
from asterism.runs.shipped import shipped_recipe

ARMS = ("before", "after", "sft_same_steps", "shuffled", "blind")
SHORT = [
    "stop.steps=2",
    "rollout.prompts_per_step=4",
    "rollout.group_size=2",
    "environment.train.count=6",
    "environment.evaluate.count=4",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    run_demo(out, SHORT, quiet=True)
    return out


@pytest.mark.parametrize("arm", ARMS)
def test_each_arm_has_its_figures_with_intervals(folder: Path, arm: str) -> None:
    condition = read_summary(folder).conditions[arm]
    assert (condition.counts["statements"], condition.counts["images"]) == (32, 4)
    for metric in ("per_statement", "all_correct", "twin_pairs"):
        figure = condition.metrics[metric]
        assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_the_summary_holds_seconds_memory_and_paired_differences(folder: Path) -> None:
    summary = read_summary(folder)
    assert summary.seconds["total"] >= summary.seconds["grpo"] + summary.seconds["sft"]
    assert summary.peak_memory_mib is not None and summary.peak_memory_mib > 100
    assert {("after", "before"), ("after", "sft_same_steps")} <= {(each.a, each.b) for each in summary.paired}
    assert summary.title("sft_same_steps") == "SFT, same steps" and summary.stopped == "steps"


def test_both_ways_of_training_take_as_many_steps_whatever_the_machine(folder: Path) -> None:
    for run in (folder, folder / "sft"):
        assert [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()] == [1, 2]
    for name in (GRPO_RECIPE, SFT_RECIPE):
        stop = read_recipe(shipped_recipe(name), []).stop
        assert (stop.steps, stop.max_seconds, stop.tokens) == (82, None, None)


def test_the_run_can_be_read_again(folder: Path) -> None:
    assert len((folder / "metrics.jsonl").read_text().splitlines()) == 2
    assert len((folder / "data" / "train" / "records.jsonl").read_text().splitlines()) == 48
    assert "<html" in (folder / "report.html").read_text()
    assert (folder / "model" / "model.safetensors").is_file()


def test_a_folder_that_holds_a_run_is_refused(folder: Path) -> None:
    with pytest.raises(AsterismError, match="already holds a run"):
        run_demo(folder, SHORT, quiet=True)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_whole_demo_teaches_within_its_time_and_memory(tmp_path: Path) -> None:
    summary = run_demo(tmp_path / "demo", [], quiet=True)
    figures = {name: condition.metrics for name, condition in summary.conditions.items()}
    assert figures["before"]["per_statement"].value < 0.75
    assert figures["after"]["per_statement"].value >= 0.9
    assert figures["after"]["all_correct"].value >= 0.5
    assert figures["after"]["twin_pairs"].value >= 0.8
    assert abs(figures["shuffled"]["per_statement"].value - 0.5) <= 0.03
    assert summary.seconds["total"] <= 600
    assert summary.peak_memory_mib is not None and summary.peak_memory_mib < 4096
