"""The lessons of the tiny model: what each exercise shows and trains, and a build in the fewest steps."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from asterism.core.sample import Sample
from asterism.metaphor.pretraining.language import JUDGING, READING, SPEAKING, Exercise, corpus, exercise_samples
from asterism.policy.encoder import Encoder
from asterism.policy.induction import HEADS, lay_induction
from asterism.policy.policy import Policy
from asterism.policy.tiny import tiny_folder, tiny_model, tiny_processor, train_tokenizer


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(Policy.load(tiny_folder()))


def trained_text(sample: Sample, encoder: Encoder) -> str:
    tokens = sample.trajectory.segments[1].token_ids
    return encoder.policy.decode([token for token, weight in zip(tokens, sample.weights["ce"], strict=True) if weight])


def verdicts(exercise: Exercise, encoder: Encoder) -> Iterator[tuple[str, str]]:
    """The verdict that is taught and what the trace's own comparison says, for each true-or-false sample."""
    for sample in exercise_samples(encoder, exercise, 0, 0):
        text = encoder.policy.decode(sample.trajectory.segments[1].token_ids)
        if "Compare" in text:
            yield text.split("<answer>")[1][0], "T" if "same.</think>" in text else "F"


def test_reading_shows_no_picture_and_trains_all_but_the_description(encoder: Encoder) -> None:
    for sample in exercise_samples(encoder, replace(READING, drills=0), 0, 0):
        prompt, answer = sample.trajectory.segments
        assert not prompt.images
        assert "<think>I see" in encoder.policy.decode(answer.token_ids)
        trained = trained_text(sample, encoder)
        assert "I see" not in trained
        assert trained.endswith("</answer>")


def test_speaking_shows_pictures_and_trains_the_whole_trace(encoder: Encoder) -> None:
    for sample in exercise_samples(encoder, replace(SPEAKING, drills=0), 0, 0):
        assert len(sample.trajectory.segments[0].images) == 1
        assert trained_text(sample, encoder).startswith("<think>I see")


def test_drills_train_what_is_said_again_and_what_is_the_same(encoder: Encoder) -> None:
    drills = [s for s in exercise_samples(encoder, READING, 0, 0) if s.trajectory.segments[0].text == "Drill."]
    assert len(drills) == READING.drills
    for number, sample in enumerate(drills):
        text = encoder.policy.decode(sample.trajectory.segments[1].token_ids)
        trained = trained_text(sample, encoder).split()
        if number % 2:
            words = text.split()
            half = len(words) // 2
            assert words[:half] == words[half:] == trained
        else:
            assert trained == outcomes(text)


def outcomes(text: str) -> list[str]:
    """What the comparisons of a drill come to, told from their words."""
    found = []
    for comparison in text.removesuffix(".").split("."):
        seen, _, said = comparison.partition(":")[0].partition(", said ")
        found += ["same" if a == b else "other" for a, b in zip(seen.split(), said.split(), strict=True)]
    return found


def test_the_laid_circuit_points_one_token_back_and_finds_the_word_again() -> None:
    tokenizer = train_tokenizer(corpus(0, 50))
    policy = Policy.of(tiny_model(tokenizer, seed=0), tiny_processor(tokenizer))
    lay_induction(policy, seed=0)
    policy.model.set_attn_implementation("eager")
    ids = random.Random(0).sample(range(300, 900), 12) * 2
    looked = policy.model(input_ids=torch.tensor([ids]), output_attentions=True).attentions
    assert (looked[0][0, :HEADS, 1:].argmax(-1) == torch.arange(23)).all()
    found = looked[1][0, :HEADS, 12:].mean(0).argmax(-1)
    assert (found == torch.arange(1, 13)).float().mean() > 0.7  # by chance one in twenty


@pytest.mark.parametrize("exercise", [READING, SPEAKING])
def test_verdicts_are_dealt_at_random_before_judging(exercise: Exercise, encoder: Encoder) -> None:
    right = [taught == told for taught, told in verdicts(exercise, encoder)]
    assert 0.25 < sum(right) / len(right) < 0.75


def test_judging_teaches_true_verdicts_with_more_weight(encoder: Encoder) -> None:
    assert all(taught == told for taught, told in verdicts(JUDGING, encoder))
    weights = {max(sample.weights["ce"]) for sample in exercise_samples(encoder, JUDGING, 0, 0)}
    assert weights <= {1.0, JUDGING.verdict_weight}


def test_a_build_keeps_each_lesson_and_goes_on_after_the_last(tmp_path: Path) -> None:
    out = tmp_path / "tiny"
    command = [sys.executable, str(Path(__file__).with_name("interrupted_build.py")), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    begun = json.loads(done.stdout.splitlines()[-1])
    note = json.loads((out / "warmstart.json").read_text())
    assert begun.index("broken off") == 3
    assert [name for name in begun if name != "broken off"] == [lesson["name"] for lesson in note["lessons"]]
    assert note["config"]["patch_steps"] == 1
    assert 0 <= note["lessons"][-1]["reached"]["judged"] <= 1
    Policy.load(out)
