"""A training run is measured by the kinds of its tasks; what it cannot measure is refused before the first step."""

from pathlib import Path

import numpy as np
import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.records import write_records
from asterism.core.results.summary import RunSummary, read_summary
from asterism.core.task import Task
from asterism.runs.recipe import read_recipe
from asterism.runs.train import run_recipe

RECIPE = Path(__file__).parents[2] / "recipes" / "tfq_sft_tiny.yaml"


def tasks_of(kind: str, shade: int) -> list[Task]:
    image = Image.from_pixels(np.full((32, 32, 3), shade, dtype=np.uint8))
    options = ("a key", "a lock") if kind == "mcq" else ()
    answer = {"tfq": "T", "mcq": "B", "short": "3", "osq": "Whoever holds the key is free."}[kind]
    trace = f"<think>I look.</think><answer>{answer}</answer>"
    return [
        Task(f"{kind}-{shade}-{n}", (image,), f"Question {n}?", answer, kind, options, meta={"trace": trace})  # type: ignore[arg-type]
        for n in range(2)
    ]


def trained(folder: Path, *kinds: str, more: tuple[str, ...] = ()) -> RunSummary:
    for name, shades in (("train", (10, 20)), ("evaluate", (30, 40)), ("dev", (50,))):
        tasks = [task for kind in kinds for shade in shades for task in tasks_of(kind, shade)]
        write_records(folder / name, tasks)
    sources = [f"environment.{n}={{source: records, path: {folder / n}}}" for n in ("train", "evaluate", "dev")]
    given = [*sources, "stop.steps=1", "stop.max_seconds=null", "rollout.prompts_per_step=2", *more]
    recipe = read_recipe(RECIPE, [*given, "measure={before: true, sampling: {max_tokens: 4}}"])
    return run_recipe(recipe, folder / "run", where=str(RECIPE), resume=False, quiet=True)


def test_multiple_choice_has_paired_differences_and_constant_baselines(tmp_path: Path) -> None:
    summary = trained(tmp_path, "mcq")
    assert 0 <= summary.conditions["after"].metrics["accuracy"].value <= 1
    assert summary.baselines["always_B"].metrics == {"accuracy": 1.0}
    assert [(each.a, each.b, each.metric) for each in summary.paired] == [("after", "before", "accuracy")]
    assert read_summary(tmp_path / "run") == summary
    assert "always B" in (tmp_path / "run" / "report.html").read_text()


def test_short_answers_and_tasks_of_several_kinds_are_measured_by_kind(tmp_path: Path) -> None:
    alone = trained(tmp_path / "short", "short")
    assert alone.conditions["after"].counts == {"questions": 4}
    assert {name: each.metrics for name, each in alone.baselines.items()} == {
        "most_frequent_answer (3)": {"accuracy": 1.0}
    }
    mixed = trained(tmp_path / "mixed", "short", "tfq", "mcq")
    after = mixed.conditions["after"]
    assert set(after.by_kind) == {"short", "tfq", "mcq"} and after.counts == {"questions": 12}
    assert mixed.baselines["tfq: always_true"].metrics["per_statement"] == 1.0
    for folder in ("short", "mixed"):
        assert (tmp_path / folder / "run" / "report.html").is_file()


@pytest.mark.parametrize("kinds", [("osq",), ("tfq", "osq")])
def test_what_a_run_cannot_measure_is_refused_before_anything_is_trained(tmp_path: Path, kinds: tuple[str]) -> None:
    with pytest.raises(AsterismError, match="cannot measure tasks of the kind osq"):
        trained(tmp_path, *kinds)
    assert not (tmp_path / "run").exists()
