"""The weights that ship with the package."""

import pytest
from transformers import AutoModelForImageTextToText, AutoProcessor

from asterism.answers.format import check_format
from asterism.core.results.result import Result
from asterism.evaluate.bench import measure
from asterism.metaphor.data import SceneSource, scene_tasks
from asterism.metaphor.prompts import prompt_style
from asterism.policy.policy import Policy
from asterism.policy.tiny import tiny_folder
from asterism.rollout.engine import SamplingConfig
from asterism.rollout.local import LocalEngine

SCENES = SceneSource(count=40, split="held_out", seed=101)


@pytest.fixture(scope="module")
def results() -> list[Result]:
    engine = LocalEngine(Policy.load(tiny_folder()))
    greedy = SamplingConfig(temperature=0.0, max_tokens=80)
    return measure(engine, list(scene_tasks(SCENES)), prompt_style("short"), greedy)


def test_weights_are_at_most_eight_megabytes() -> None:
    assert sum(file.stat().st_size for file in tiny_folder().glob("*.safetensors")) <= 8_000_000


def test_weights_load_with_transformers_alone() -> None:
    AutoModelForImageTextToText.from_pretrained(tiny_folder())
    AutoProcessor.from_pretrained(tiny_folder())


def test_it_follows_the_format_on_triples_it_has_never_seen(results: list[Result]) -> None:
    assert sum(check_format(result.completion).ok for result in results) / len(results) > 0.95


def test_it_describes_what_it_sees_on_triples_it_has_never_seen(results: list[Result]) -> None:
    described = [str(task.meta["description"]) for task in scene_tasks(SCENES)]
    right = sum(words in result.completion for words, result in zip(described, results, strict=True))
    assert right / len(results) > 0.9


def test_it_judges_better_than_chance_and_far_from_well(results: list[Result]) -> None:
    right = sum(result.score or 0.0 for result in results) / len(results)
    assert 0.5 < right < 0.85
