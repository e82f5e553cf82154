"""A term between two views of the same tokens, with gradient through both: equal to the plain computation."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from asterism.core.image import Image
from asterism.core.sample import Sample
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.algorithms.papo import PapoConfig, PerceptionTerm
from asterism.learn.batch import Sharing
from asterism.learn.conditioning import MaskedImages
from asterism.learn.global_batch import GlobalBatch
from asterism.learn.loss_terms import ClippedSurrogate, SequenceRatio
from asterism.learn.normalisers import Normaliser
from asterism.learn.optimiser_config import OptimiserConfig
from asterism.learn.schedule import ScheduleConfig
from asterism.learn.terms import LossTerm
from asterism.learn.update import Learner
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from tests.learn.plain import plain_logprobs
from tests.learn.test_update import assert_equal_gradients, gradients, mixed_batch

Pictures = Callable[..., Image]
CONFIG = PapoConfig(kind="papo", gamma=0.5, entropy=0.2, masked_entropy=0.3, patch=8)
TERM = PerceptionTerm(CONFIG)
TEMPERATURE = 0.8


def learner_of(policy: Policy, terms: Sequence[LossTerm], budget: int, sharing: Sharing = "branch") -> Learner:
    optimiser = OptimiserConfig(
        schedule=ScheduleConfig(learning_rate=1e-3), tokens_per_micro_batch=budget, sharing=sharing
    )
    return Learner(policy, Encoder(policy), terms=terms, optimiser=optimiser, total_steps=9, temperature=TEMPERATURE)


def perceiving(picture: Pictures) -> list[Sample]:
    """Ragged answers to three prompts, some of which carry the perception term with weights that differ by token."""
    samples = []
    for place, sample in enumerate(mixed_batch(picture)[0]):
        weights = tuple(0.3 + 0.1 * token for token in range(sample.trajectory.trained_tokens))
        own = sample.only("rl")
        samples.append(own.weighed(perception=weights) if place % 3 and sample.trajectory.images else own)
    return samples


def masked(sample: Sample) -> Sample:
    return replace(sample, trajectory=MaskedImages(CONFIG.masked_share, CONFIG.patch)(sample.trajectory))


def plain(policy: Policy, samples: Sequence[Sample]) -> Tensor:
    """Surrogate (ratio 1) and perception term, token by token, each averaged over the tokens that carry it."""
    total = torch.zeros(())
    tokens = {
        name: sum(each.trajectory.trained_tokens for each in samples if each.carries(name))
        for name in ("rl", "perception")
    }
    for sample in samples:
        own = plain_logprobs(policy, sample, TEMPERATURE)
        if sample.carries("rl"):
            for logprob, advantage in zip(own, sample.weights["rl"], strict=True):
                total = total - advantage * (logprob - logprob.detach()).exp() / tokens["rl"]
        if sample.carries("perception"):
            other = plain_logprobs(policy, masked(sample), TEMPERATURE)
            for one, two, weight in zip(own, other, sample.weights["perception"], strict=True):
                kl = torch.minimum((two - one).exp() - (two - one) - 1, torch.tensor(CONFIG.kl_clamp))
                loss = -CONFIG.gamma * kl - CONFIG.entropy * one - CONFIG.masked_entropy * two
                total = total + weight * loss / tokens["perception"]
    return total


@pytest.mark.parametrize("sharing", ["branch", "none"])
def test_the_gradient_through_both_views_is_the_plain_one_for_any_split(
    llava: Policy, picture: Pictures, sharing: Sharing
) -> None:
    samples = perceiving(picture)
    llava.model.zero_grad(set_to_none=True)
    total = plain(llava, samples)
    total.backward()
    expected = gradients(llava)
    for budget in (1, 100, 10**6):
        llava.model.zero_grad(set_to_none=True)
        learner = learner_of(llava, (ClippedSurrogate(), TERM), budget, sharing)
        sums = learner.accumulate(GlobalBatch(samples))
        assert sums.total(learner.terms) == pytest.approx(total.item(), abs=1e-5)
        assert_equal_gradients(gradients(llava), expected)


def test_every_family_learns_through_both_views(policy: Policy, picture: Pictures) -> None:
    samples = perceiving(picture)
    total = plain(policy, samples)
    policy.model.zero_grad(set_to_none=True)
    total.backward()
    expected = gradients(policy)
    policy.model.zero_grad(set_to_none=True)
    learner_of(policy, (ClippedSurrogate(), TERM), 200).accumulate(GlobalBatch(samples))
    assert_equal_gradients(gradients(policy), expected)


def test_both_views_matter(llava: Policy, picture: Pictures) -> None:
    """The gradient test can fail: with one view as a constant the gradient is another."""
    samples = [each for each in perceiving(picture) if each.carries("perception")]
    llava.model.zero_grad(set_to_none=True)
    learner = learner_of(llava, (TERM,), 10**6)
    learner.accumulate(GlobalBatch(samples))
    both = gradients(llava)
    llava.model.zero_grad(set_to_none=True)
    learner._other_passes = lambda *_: None  # type: ignore[method-assign]
    learner.accumulate(GlobalBatch(samples))
    assert any(not torch.allclose(value, both[name], atol=1e-5) for name, value in gradients(llava).items())


def test_the_second_view_is_counted_as_work_and_reported(llava: Policy, picture: Pictures) -> None:
    samples = perceiving(picture)
    one, two = learner_of(llava, (ClippedSurrogate(),), 300), learner_of(llava, (ClippedSurrogate(), TERM), 300)
    plain_report, report = one.update(GlobalBatch(samples)), two.update(GlobalBatch(samples))
    assert two.work.flops > 1.3 * one.work.flops
    figures = report.metrics["perception"].figures()
    assert figures["perception_kl"] >= 0 and "perception" in report.parts and "perception" not in plain_report.parts


def test_masks_are_named_by_the_image_and_reach_later_turns(picture: Pictures) -> None:
    image = picture(1)
    mask = MaskedImages(0.5, 16)
    black = [(mask.masked(picture(seed)).pixels == 0).all(-1).mean() for seed in range(12)]
    assert 0.35 < sum(black) / 12 < 0.65
    assert mask.masked(image) == mask.masked(image) != image
    assert mask.masked(image).size == image.size
    crop = Segment("tool", (60,), "look", (picture(5),))
    shown = mask(Trajectory((Segment("prompt", (), "Describe.", (image,)), crop)))
    assert [each.images for each in shown.segments] == [(mask.masked(image),), (mask.masked(picture(5)),)]


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_the_sequence_ratio_has_the_plain_gradient_for_any_split_and_chunk(
    llava: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    samples, stored = mixed_batch(picture)
    samples = [each.only("rl") for each in samples]
    term = SequenceRatio(0.3, 0.3)
    tokens = sum(each.trajectory.trained_tokens for each in samples if each.carries("rl"))
    total = torch.zeros(())
    for sample, entry in zip(samples, stored, strict=True):
        if sample.carries("rl"):
            own = plain_logprobs(llava, sample, TEMPERATURE)
            old = own.detach() if entry.old is None else entry.old
            ratio = (own - old).mean().exp()  # the sequence's own: no stop-gradient anywhere
            for advantage in sample.weights["rl"]:
                clipped = ratio.clamp(0.7, 1.3)
                total = total + torch.maximum(-advantage * ratio, -advantage * clipped) / tokens
    # With one advantage for a whole answer (as GSPO has) token and sequence gradients agree; see the test below.
    monkeypatch.setattr("asterism.learn.scoring.CHUNK_LOGITS", chunk * llava.vocabulary_size)
    for budget in (1, 100, 10**6):
        llava.model.zero_grad(set_to_none=True)
        learner = learner_of(llava, (term,), budget)
        sums = learner.accumulate(GlobalBatch(samples, stored))
        assert sums.total(learner.terms) == pytest.approx(total.item(), abs=1e-5)


@pytest.mark.parametrize("chunk", [2, 1000])
def test_with_one_advantage_for_an_answer_the_gradient_is_that_of_the_sequence(
    llava: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    samples, stored = mixed_batch(picture)
    samples = [
        Sample(each.trajectory, {"rl": (0.5 - place % 3,) * each.trajectory.trained_tokens})
        for place, each in enumerate(samples)
    ]
    total = torch.zeros(())
    for sample, entry in zip(samples, stored, strict=True):
        own = plain_logprobs(llava, sample, TEMPERATURE)
        old = own.detach() if entry.old is None else entry.old
        ratio, advantage = (own - old).mean().exp(), sample.weights["rl"][0]
        total = total + torch.maximum(-advantage * ratio, -advantage * ratio.clamp(0.7, 1.3)) / len(samples)
    llava.model.zero_grad(set_to_none=True)
    total.backward()
    expected = gradients(llava)
    monkeypatch.setattr("asterism.learn.scoring.CHUNK_LOGITS", chunk * llava.vocabulary_size)
    for budget in (1, 100, 10**6):
        llava.model.zero_grad(set_to_none=True)
        learner = learner_of(llava, (SequenceRatio(0.3, 0.3),), budget)
        mean = {"rl": Normaliser("sequence_mean", float(len(samples)))}
        sums = learner.accumulate(GlobalBatch(samples, stored, mean))
        assert sums.total(learner.terms) == pytest.approx(total.item(), abs=1e-5)
        assert_equal_gradients(gradients(llava), expected)
