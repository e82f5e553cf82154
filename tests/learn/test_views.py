"""The same tokens under another conditioning: frozen weights, no picture, another picture."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.sample import Sample
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.conditioning import WithoutImages
from asterism.learn.views import View
from asterism.policy.encoder import Encoder
from asterism.policy.inputs import ModelInputs
from asterism.policy.policy import Policy
from asterism.policy.prefix import Prefix
from tests.learn.plain import plain_logprobs
from tests.policy.tiny_families import BUILDERS

Pictures = Callable[..., Image]
TEMPERATURE = 0.9


def samples_of(policy: Policy, picture: Pictures) -> list[Sample]:
    """Two answers to one prompt, one to another with two pictures; the prompts' tokens are those that were sampled."""
    prompts = [("The cup is left.", (picture(0),)), ("Describe.", (picture(1), picture(2)))]
    segments = [Segment("prompt", policy.encode(text, images).token_ids, text, images) for text, images in prompts]
    plan = [(0, (50, 60, 70)), (1, (80, 81)), (0, (90, 91, 92, 93, 94))]
    return [
        Sample(Trajectory((segments[place], Segment("model", ids, trainable=True))), {"rl": (1.0,) * len(ids)})
        for place, ids in plan
    ]


def score(view: View, samples: list[Sample], budget: int = 8192) -> list[Tensor]:
    return view.score(samples, temperature=TEMPERATURE, budget=budget)


def close(left: list[Tensor], right: list[Tensor]) -> bool:
    return all(torch.allclose(one, other, atol=1e-4) for one, other in zip(left, right, strict=True))


@torch.no_grad()
def plain(policy: Policy, samples: list[Sample]) -> list[Tensor]:
    return [plain_logprobs(policy, sample, TEMPERATURE) for sample in samples]


@pytest.mark.parametrize("budget", [1, 60, 8192])
def test_the_reference_scores_the_same_prompt_whatever_the_micro_batches(
    policy: Policy, picture: Pictures, budget: int
) -> None:
    samples = samples_of(policy, picture)
    scores = score(View.reference(policy, Encoder(policy)), samples, budget)
    assert [len(entry) for entry in scores] == [3, 2, 5]
    assert not any(entry.requires_grad for entry in scores)
    assert close(scores, plain(policy, samples))


def test_the_reference_stays_as_it_is_while_the_policy_moves(llava: Policy, picture: Pictures) -> None:
    samples = samples_of(llava, picture)
    frozen = BUILDERS["llava"]()
    reference = View.reference(frozen, Encoder(llava))
    before = score(reference, samples)
    with torch.no_grad():
        for parameter in llava.model.parameters():
            parameter.mul_(1.1)
    assert all(torch.equal(one, other) for one, other in zip(score(reference, samples), before, strict=True))
    assert not close(score(View("now", llava, Encoder(llava)), samples), before)


def test_the_blind_reader_sees_no_picture_tokens_and_no_pixels(
    policy: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[ModelInputs] = []
    read_prefix = Policy.read_prefix

    def watched(self: Policy, inputs: ModelInputs) -> tuple[Tensor, Prefix]:
        read.append(inputs)
        return read_prefix(self, inputs)

    samples = samples_of(policy, picture)
    monkeypatch.setattr(Policy, "read_prefix", watched)
    blind = score(View.blind(policy, Encoder(policy)), samples)
    vision = [policy.tokenizer.convert_tokens_to_ids(token) for token in policy.family.vision_tokens]
    assert read
    for inputs in read:
        assert not inputs.vision.tensors
        assert not set(inputs.token_ids.flatten().tolist()) & {policy.model.config.image_token_id, *vision}

    prompts = [sample.trajectory.segments for sample in samples]
    without = [
        Sample(Trajectory((replace(p, images=(), token_ids=()), a)), {"rl": (1.0,) * len(a.token_ids)})
        for p, a in prompts
    ]
    assert close(blind, plain(policy, without))
    assert not close(blind, plain(policy, samples))


def test_a_blind_score_does_not_depend_on_the_picture(llava: Policy, picture: Pictures) -> None:
    samples = samples_of(llava, picture)
    others = []
    for sample in samples:
        prompt, answer = sample.trajectory.segments
        swapped = replace(prompt, images=tuple(picture(9 + place) for place in range(len(prompt.images))))
        others.append(replace(sample, trajectory=Trajectory((swapped, answer))))
    blind, seeing = View.blind(llava, Encoder(llava)), View("now", llava, Encoder(llava))
    assert close(score(blind, samples), score(blind, others))
    assert not close(score(seeing, samples), score(seeing, others))


def with_crop(policy: Policy, image: Image, crop: Image) -> Sample:
    """The model looks at an image, a tool returns a crop of it, the model goes on."""
    prompt = Segment("prompt", policy.encode("Describe.", (image,)).token_ids, "Describe.", (image,))
    shown = policy.encode("", (crop,)).token_ids
    turns = (
        Segment("model", (50, 51), trainable=True),
        Segment("tool", shown, "", (crop,)),
        Segment("model", (70, 71, 72), trainable=True),
    )
    return Sample(Trajectory((prompt, *turns)), {"rl": (1.0,) * 5})


def test_the_blind_reader_does_not_see_what_a_tool_shows_later(policy: Policy, picture: Pictures) -> None:
    one, other = (with_crop(policy, picture(1), picture(seed)) for seed in (5, 6))
    blind, seeing = View.blind(policy, Encoder(policy)), View("now", policy, Encoder(policy))
    shown = blind.shown(one.trajectory)
    assert not shown.images and policy.model.config.image_token_id not in shown.token_ids
    assert shown.trained_tokens == 5
    assert close(score(blind, [one]), score(blind, [other]))
    assert not close(score(seeing, [one]), score(seeing, [other]))


def test_a_conditioning_that_changes_the_trained_tokens_is_refused(llava: Policy, picture: Pictures) -> None:
    def shortened(trajectory: Trajectory) -> Trajectory:
        prompt, answer, *rest = trajectory.segments
        return replace(trajectory, segments=(prompt, replace(answer, token_ids=answer.token_ids[1:]), *rest))

    with pytest.raises(ValueError, match="makes 2 of 3 trained tokens"):
        score(View("shortened", llava, Encoder(llava), shortened), samples_of(llava, picture)[:1])


def test_any_conditioning_may_be_given(llava: Policy, picture: Pictures) -> None:
    samples = samples_of(llava, picture)

    def described(trajectory: Trajectory) -> Trajectory:
        prompt, *rest = WithoutImages.of(llava)(trajectory).segments
        return replace(trajectory, segments=(replace(prompt, text=f"A red cup. {prompt.text}"), *rest))

    scores = score(View("described", llava, Encoder(llava), described), samples)
    expected = [replace(sample, trajectory=described(sample.trajectory)) for sample in samples]
    assert close(scores, plain(llava, expected))


def test_a_prompt_encoded_otherwise_than_the_engine_did_is_refused(llava: Policy, picture: Pictures) -> None:
    (sample, *_) = samples_of(llava, picture)
    prompt, answer = sample.trajectory.segments
    other = replace(sample, trajectory=Trajectory((replace(prompt, token_ids=prompt.token_ids[:-1]), answer)))
    with pytest.raises(AsterismError, match="encoded otherwise by the engine than by the trainer"):
        score(View.reference(llava, Encoder(llava)), [other])


def test_a_later_picture_without_its_placeholders_is_refused_rather_than_left_out(
    llava: Policy, picture: Pictures
) -> None:
    (sample, *_) = samples_of(llava, picture)
    shown = Segment("tool", (60,), "look", (picture(5),))
    later = replace(sample, trajectory=Trajectory((*sample.trajectory.segments, shown)))
    with pytest.raises(AsterismError, match="16 image placeholders for 32 image features"):
        score(View.reference(llava, Encoder(llava)), [later])


def test_no_samples_have_no_scores(llava: Policy) -> None:
    assert score(View.reference(llava, Encoder(llava)), []) == []


@pytest.mark.parametrize("budget", [1, 8192])
def test_a_sample_without_trained_tokens_has_an_empty_score(llava: Policy, picture: Pictures, budget: int) -> None:
    prompt = Segment("prompt", (), "Describe.", (picture(1),))
    silent = Sample(Trajectory((prompt, Segment("tool", (50, 51)))))
    empty = Sample(Trajectory((prompt, Segment("model", (), trainable=True))))
    spoken = Sample(Trajectory((prompt, Segment("model", (50,), trainable=True))))
    scores = score(View.reference(llava, Encoder(llava)), [silent, empty, spoken], budget)
    assert [len(entry) for entry in scores] == [0, 0, 1]
    assert close(scores[2:], plain(llava, [spoken]))


@pytest.mark.parametrize("layers", ["sliding_attention", "linear_attention", "chunked_attention"])
def test_a_form_of_sharing_that_is_not_proven_is_refused(
    llava: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch, layers: str
) -> None:
    monkeypatch.setattr(Policy, "layer_types", property(lambda policy: (layers, "full_attention")))
    view, samples = View("old", llava, Encoder(llava)), samples_of(llava, picture)
    with pytest.raises(AsterismError, match=f"sharing: row is not proven for layers of type {layers}"):
        view.score(samples, temperature=TEMPERATURE, budget=8192, sharing="row")
    with pytest.raises(AsterismError, match="sharing: row is not proven"):
        view.scores(samples, temperature=TEMPERATURE, budget=8192, sharing="row")
