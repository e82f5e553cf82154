"""One optimiser step: the same gradient however the batch is cut, and equal to the plain computation."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import pytest
import torch
from torch import Tensor

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.sample import Sample
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn import scoring
from asterism.learn.batch import Sharing, micro_batches, rows_of
from asterism.learn.global_batch import GlobalBatch, UpdateReport
from asterism.learn.loss_terms import ClippedSurrogate, Imitation, ShapedSurrogate, standard_terms
from asterism.learn.losses import LossConfig, SurrogateMetrics
from asterism.learn.normalisers import Normaliser
from asterism.learn.optimiser_config import OptimiserConfig
from asterism.learn.schedule import ScheduleConfig
from asterism.learn.streams import StoredLogProbs
from asterism.learn.terms import LossTerm
from asterism.learn.update import Learner
from asterism.learn.views import View
from asterism.policy.encoder import Encoder
from asterism.policy.lora import LoraConfig, add_adapters
from asterism.policy.policy import FreezeConfig, Policy
from asterism.rollout.engine import Request, SamplingConfig
from asterism.rollout.local import LocalEngine
from tests.learn.plain import plain_distributions, plain_logprobs, plain_loss

Pictures = Callable[..., Image]
TEMPERATURE = 0.8
LOSS = LossConfig(kl_coef=0.3, constant_length=11)
BUDGETS = (1, 70, 100, 160, 10**6)


def learner_of(
    policy: Policy,
    *,
    loss: LossConfig = LOSS,
    terms: Sequence[LossTerm] | None = None,
    budget: int = 8192,
    rate: float = 1e-3,
    decay: float = 0.0,
    temperature: float = TEMPERATURE,
    sharing: Sharing = "branch",
) -> Learner:
    schedule = ScheduleConfig(learning_rate=rate)
    optimiser = OptimiserConfig(schedule=schedule, weight_decay=decay, tokens_per_micro_batch=budget, sharing=sharing)
    own = standard_terms(loss) if terms is None else terms
    return Learner(policy, Encoder(policy), terms=own, optimiser=optimiser, total_steps=10, temperature=temperature)


def batch_of(samples: Sequence[Sample], stored: Sequence[StoredLogProbs] = (), loss: LossConfig = LOSS) -> GlobalBatch:
    normalisers = {
        term: Normaliser.of(samples, term, aggregation=loss.aggregation, constant_length=loss.constant_length)
        for term in ("rl", "shaped", "ce", "kl")
    }
    return GlobalBatch(samples, stored, normalisers)


def sample_of(prompt: Segment, answer: Sequence[int], terms: str, rng: random.Random) -> Sample:
    """A sample with random weights for the terms named in ``terms`` (``rl``, ``ce``, ``kl``)."""
    trajectory = Trajectory((prompt, Segment("model", tuple(answer), trainable=True)))
    weights = {term: tuple(rng.uniform(-2, 2) for _ in answer) for term in ("rl", "ce", "kl") if term in terms}
    return Sample(trajectory, weights)


def mixed_batch(picture: Pictures) -> tuple[list[Sample], list[StoredLogProbs]]:
    """Three prompts, two of them shared; ragged answers; every mix of terms; a tool's words in the middle of one."""
    rng = random.Random(5)
    prompts = [
        Segment("prompt", (), "The cup is left of the hat.", (picture(0), picture(1))),
        Segment("prompt", (), "Describe.", (picture(2),)),
        Segment("prompt", (), "Hello", ()),
    ]
    plan = [
        (0, 5, "rl kl"),
        (0, 1, "rl kl"),
        (1, 7, "ce"),
        (2, 3, "rl"),
        (1, 2, "rl ce kl"),
        (0, 9, "rl kl"),
        (1, 4, "ce"),
    ]
    samples = [
        sample_of(prompts[place], [rng.randrange(10, 300) for _ in range(length)], terms, rng)
        for place, length, terms in plan
    ]
    samples.append(with_tool(prompts[1]))
    fixed = []
    for sample in samples:
        length = sample.trajectory.trained_tokens
        near = torch.tensor([rng.uniform(-9, -3) for _ in range(length)])
        fixed.append(StoredLogProbs(None if rng.random() < 0.4 else near, near + 0.4 if sample.carries("kl") else None))
    return samples, fixed


def with_tool(prompt: Segment) -> Sample:
    """The model writes, a tool answers (never trained), the model writes on."""
    trajectory = Trajectory(
        (
            prompt,
            Segment("model", (50, 51), trainable=True),
            Segment("tool", (60, 61, 62)),
            Segment("model", (70,), trainable=True),
        )
    )
    return Sample(trajectory, {"rl": (1.0, -0.5, 0.7)})


def gradients(policy: Policy) -> dict[str, Tensor]:
    return {
        name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad.clone()
        for name, parameter in policy.model.named_parameters()
    }


def accumulated(
    policy: Policy,
    samples: Sequence[Sample],
    fixed: Sequence[StoredLogProbs],
    budget: int,
    loss: LossConfig = LOSS,
    sharing: Sharing = "branch",
    terms: Sequence[LossTerm] | None = None,
) -> tuple[dict[str, Tensor], float]:
    policy.model.zero_grad(set_to_none=True)
    learner = learner_of(policy, loss=loss, budget=budget, sharing=sharing, terms=terms)
    sums = learner.accumulate(batch_of(samples, fixed, loss))
    return gradients(policy), sums.total(learner.terms)


def assert_equal_gradients(got: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert any(value.abs().max() > 1e-3 for value in expected.values())
    for name, value in expected.items():
        scale = float(value.abs().max())
        torch.testing.assert_close(
            got[name], value, atol=2e-5 * scale + 1e-7, rtol=1e-4, msg=lambda m, n=name: f"{n}: {m}"
        )


def weights_of(policy: Policy) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in policy.model.state_dict().items()}


def same_weights(policy: Policy, before: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, before[name]) for name, value in policy.model.state_dict().items())


@pytest.mark.parametrize("aggregation", ["token_mean", "sequence_mean", "constant_length"])
def test_loss_and_gradient_equal_the_plain_computation_for_any_micro_batch_split(
    llava: Policy, picture: Pictures, aggregation: Literal["token_mean", "sequence_mean", "constant_length"]
) -> None:
    samples, fixed = mixed_batch(picture)
    loss = LOSS.model_copy(update={"aggregation": aggregation})
    total = plain_loss(llava, samples, fixed, loss, TEMPERATURE)
    llava.model.zero_grad(set_to_none=True)
    total.backward()
    expected = gradients(llava)
    for budget in BUDGETS:
        got, value = accumulated(llava, samples, fixed, budget, loss)
        assert value == pytest.approx(total.item(), abs=1e-5)
        assert_equal_gradients(got, expected)


def test_shaped_and_uncertain_tokens_learn_the_plain_gradient_for_any_split(llava: Policy, picture: Pictures) -> None:
    samples, stored = mixed_batch(picture)
    samples = [shaped(each) if place % 2 else each for place, each in enumerate(samples)]
    total = plain_loss(llava, samples, stored, LOSS, TEMPERATURE, gamma=0.3, uncertain=True)
    llava.model.zero_grad(set_to_none=True)
    total.backward()
    expected = gradients(llava)
    surrogate, _, kl = standard_terms(LOSS)
    terms = (surrogate, ShapedSurrogate(0.3), Imitation(uncertain=True), kl)
    for budget in (70, 10**6):
        got, value = accumulated(llava, samples, stored, budget, terms=terms)
        assert value == pytest.approx(total.item(), abs=1e-5)
        assert_equal_gradients(got, expected)


def shaped(sample: Sample) -> Sample:
    """The sample with its surrogate's weights given to the shaped one."""
    weights = {"shaped" if name == "rl" else name: each for name, each in sample.weights.items()}
    return replace(sample, weights=weights)


def test_shares_of_clipped_tokens_are_of_those_that_a_ratio_is_taken_of(llava: Policy, picture: Pictures) -> None:
    samples, stored = mixed_batch(picture)
    rewarded = sum(each.trajectory.trained_tokens for each in samples if each.carries("rl"))
    report = learner_of(llava, rate=0.0).update(batch_of(samples, stored))
    metrics = report.metrics["rl"]
    assert isinstance(metrics, SurrogateMetrics) and metrics.tokens == rewarded
    terms = (ClippedSurrogate.of(LOSS), ShapedSurrogate())
    report = learner_of(llava, rate=0.0, terms=terms).update(batch_of([shaped(each) for each in samples], stored))
    assert "rl" not in report.metrics and report.parts["rl"] != 0


def test_the_mean_negative_log_likelihood_of_each_sample_is_told(llava: Policy, picture: Pictures) -> None:
    samples, fixed = mixed_batch(picture)
    expected = [-float(plain_logprobs(llava, each, TEMPERATURE).mean().detach()) for each in samples]
    for budget in (70, 10**6):
        told = learner_of(llava, budget=budget, rate=0.0).update(batch_of(samples, fixed)).nll
        assert told == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("budget", BUDGETS)
def test_every_sample_is_told_the_exact_entropy_of_each_of_its_tokens(
    llava: Policy, picture: Pictures, budget: int
) -> None:
    samples, fixed = mixed_batch(picture)
    expected = []
    for sample in samples:
        log_p, _ = plain_distributions(llava, sample, TEMPERATURE)
        expected.append(-(log_p.exp() * log_p.nan_to_num(neginf=0.0)).sum(-1).detach())
    report = learner_of(llava, loss=LOSS, budget=budget).update(batch_of(samples, fixed))
    assert len(report.entropies) == len(samples)
    for told, plain in zip(report.entropies, expected, strict=True):
        torch.testing.assert_close(told, plain, atol=1e-4, rtol=1e-4)
    assert report.entropy == pytest.approx(float(torch.cat(expected).mean()), abs=1e-4)


def test_rows_read_whole_have_the_loss_and_gradient_of_rows_that_share_their_prompt(
    policy: Policy, picture: Pictures
) -> None:
    samples, fixed = mixed_batch(picture)
    shared, value = accumulated(policy, samples, fixed, 10**6)
    whole, other = accumulated(policy, samples, fixed, 10**6, sharing="none")
    assert other == pytest.approx(value, abs=1e-5)
    assert_equal_gradients(whole, shared)


def test_a_layer_type_that_sharing_is_not_proven_for_is_refused_by_name(
    llava: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = ("full_attention", "chunked_attention")
    monkeypatch.setattr(Policy, "layer_types", property(lambda self: kinds))
    with pytest.raises(AsterismError, match="layers of type chunked_attention"):
        learner_of(llava)
    learner_of(llava, sharing="none")


@pytest.mark.parametrize("tokens", [1, 3, 7])
def test_loss_and_gradient_do_not_depend_on_the_chunks_of_the_output_layer(
    llava: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch, tokens: int
) -> None:
    samples, fixed = mixed_batch(picture)
    expected, value = accumulated(llava, samples, fixed, 10**6)
    monkeypatch.setattr(scoring, "CHUNK_LOGITS", tokens * llava.vocabulary_size)
    got, other = accumulated(llava, samples, fixed, 10**6)
    assert other == pytest.approx(value, abs=1e-5)
    assert_equal_gradients(got, expected)


def test_the_budgets_of_these_tests_cut_the_batch_in_different_ways(llava: Policy, picture: Pictures) -> None:
    samples, _ = mixed_batch(picture)
    encoder = Encoder(llava)
    rows = rows_of([sample.trajectory for sample in samples], encoder)
    portions = [[len(part) for part in micro_batches(rows, budget)] for budget in BUDGETS]
    assert portions[0] == [1] * len(samples) and portions[-1] == [len(samples)]
    assert len({tuple(sizes) for sizes in portions}) == len(BUDGETS)
    assert all(sum(sizes) == len(samples) for sizes in portions)


def test_the_gradient_does_not_depend_on_the_order_of_the_samples(llava: Policy, picture: Pictures) -> None:
    samples, fixed = mixed_batch(picture)
    expected, value = accumulated(llava, samples, fixed, 10**6)
    pairs = list(zip(samples, fixed, strict=True))
    for seed in range(4):
        random.Random(seed).shuffle(pairs)
        got, other = accumulated(llava, [pair[0] for pair in pairs], [pair[1] for pair in pairs], (70, 10**6)[seed % 2])
        assert other == pytest.approx(value, abs=1e-5)
        assert_equal_gradients(got, expected)


def test_every_family_learns_the_plain_gradient(policy: Policy, picture: Pictures) -> None:
    samples, fixed = mixed_batch(picture)
    got, value = accumulated(policy, samples, fixed, 200)
    policy.model.zero_grad(set_to_none=True)
    total = plain_loss(policy, samples, fixed, LOSS, TEMPERATURE)
    total.backward()
    assert value == pytest.approx(total.item(), abs=1e-5)
    assert_equal_gradients(got, gradients(policy))


def test_a_sample_that_stands_twice_counts_twice_each_time_with_its_own_old_policy(
    llava: Policy, picture: Pictures
) -> None:
    samples, _ = mixed_batch(picture)
    twice = [samples[0], samples[0]]
    fixed = [StoredLogProbs(torch.full((5,), -6.0)), StoredLogProbs()]
    for budget in (1, 10**6):
        got, value = accumulated(llava, twice, fixed, budget)
        total = plain_loss(llava, twice, fixed, LOSS, TEMPERATURE)
        assert value == pytest.approx(total.item(), abs=1e-5)
        assert all(gradient.isfinite().all() for gradient in got.values())


def test_an_on_policy_step_has_ratio_exactly_one(llava: Policy, picture: Pictures) -> None:
    samples = [sample for sample in mixed_batch(picture)[0] if sample.carries("rl")]
    report = learner_of(llava, budget=70).update(batch_of(samples))
    metrics = report.metrics["rl"]
    assert isinstance(metrics, SurrogateMetrics) and metrics.mean_ratio == 1.0
    assert metrics.figures() == {"clip_share": 0, "dual_share": 0, "approx_kl": 0}
    tokens = sum(sample.trajectory.trained_tokens for sample in samples)
    assert report.tokens == tokens
    assert report.parts["rl"] == pytest.approx(-sum(sum(each.weights["rl"]) for each in samples) / tokens, abs=1e-5)


def test_engine_and_trainer_agree_on_the_log_probs(policy: Policy, picture: Pictures) -> None:
    requests = [
        Request.ask("a", "The cup is left of the hat.", (picture(0), picture(1)), 3, seed=1),
        Request.ask("b", "Describe.", (picture(2),), 3, seed=2),
    ]
    sampling = SamplingConfig(max_tokens=9, temperature=TEMPERATURE, stop=("a", "e"))
    learner = learner_of(policy, budget=120)
    samples = []
    for request in requests:
        for completion in LocalEngine(policy, encoder=learner.encoder).generate([request], sampling):
            prompt = Segment("prompt", completion.prompt_token_ids, request.context[0].text, request.context[0].images)
            answer = Segment("model", completion.token_ids, trainable=True, logprobs=completion.logprobs)
            samples.append(Sample(Trajectory((prompt, answer)), {"rl": (1.0,) * len(completion.token_ids)}))
    report = learner.update(batch_of(samples))
    assert 0 < report.mismatch < 1e-4


def test_a_wrong_temperature_shows_as_a_mismatch(llava: Policy, picture: Pictures) -> None:
    request = Request.ask("b", "Describe.", (picture(2),), 1, seed=2)
    (completion,) = LocalEngine(llava).generate([request], SamplingConfig(max_tokens=9, temperature=0.5))
    prompt = Segment("prompt", completion.prompt_token_ids, request.context[0].text, request.context[0].images)
    answer = Segment("model", completion.token_ids, trainable=True, logprobs=completion.logprobs)
    sample = Sample(Trajectory((prompt, answer)), {"rl": (1.0,) * len(completion.token_ids)})
    assert learner_of(llava, temperature=1.0).update(batch_of([sample])).mismatch > 0.01


@pytest.mark.parametrize("budget", [1, 10**6])
def test_nothing_to_train_on_gives_zero_loss_and_changes_no_weight(
    llava: Policy, picture: Pictures, budget: int
) -> None:
    prompt = Segment("prompt", (), "Describe.", (picture(2),))
    silent = Sample(Trajectory((prompt, Segment("tool", (50, 51)))))
    empty = Sample(Trajectory((prompt, Segment("model", (), trainable=True))))
    before = weights_of(llava)
    for samples in ([], [silent], [empty], [silent, empty, silent]):
        learner = learner_of(llava, budget=budget, decay=0.1)
        report = learner.update(batch_of(samples))
        assert (report.loss, report.tokens, report.grad_norm, report.entropy, report.mismatch) == (0, 0, 0, 0, 0)
        assert learner.step == 1
        assert same_weights(llava, before)


def test_a_sample_without_trained_tokens_leaves_the_gradient_as_it_is(llava: Policy, picture: Pictures) -> None:
    samples, fixed = mixed_batch(picture)
    prompt = samples[0].trajectory.segments[0]
    silent = Sample(Trajectory((prompt, Segment("tool", (50, 51)))))
    empty = Sample(Trajectory((prompt, Segment("model", (), trainable=True))))
    expected, value = accumulated(llava, samples, fixed, 10**6)
    for budget in (1, 10**6):
        got, other = accumulated(llava, [silent, *samples, empty], [StoredLogProbs(), *fixed, StoredLogProbs()], budget)
        assert other == pytest.approx(value, abs=1e-5)
        assert_equal_gradients(got, expected)


def test_a_batch_of_zero_advantages_gives_zero_loss_and_zero_finite_gradients(llava: Policy, picture: Pictures) -> None:
    samples = [
        Sample(sample.trajectory, {"rl": (0.0,) * sample.trajectory.trained_tokens})
        for sample in mixed_batch(picture)[0]
    ]
    got, value = accumulated(llava, samples, (), 70)
    assert value == 0
    assert all(torch.equal(gradient, torch.zeros_like(gradient)) for gradient in got.values())


def test_an_impossible_old_policy_leaves_the_gradient_finite(llava: Policy, picture: Pictures) -> None:
    sample = mixed_batch(picture)[0][0]
    for far in (-1e4, 1e4):
        fixed = [StoredLogProbs(torch.full((5,), far), torch.full((5,), far))]
        got, value = accumulated(llava, [sample], fixed, 10**6)
        assert abs(value) < float("inf")
        assert all(gradient.isfinite().all() for gradient in got.values())


def test_the_second_update_on_a_rollout_is_measured_against_the_policy_that_sampled_it(
    llava: Policy, picture: Pictures
) -> None:
    samples = [sample for sample in mixed_batch(picture)[0] if sample.carries("rl")]
    learner = learner_of(llava, rate=3e-3)
    view = View("old", llava, learner.encoder)
    old = view.score(samples, temperature=TEMPERATURE, budget=8192)
    first = learner.update(batch_of(samples, [StoredLogProbs(entry) for entry in old]))
    assert surrogate_of(first).mean_ratio == pytest.approx(1.0, abs=1e-5)
    with torch.no_grad():
        now = [plain_logprobs(llava, sample, TEMPERATURE) for sample in samples]
    second = learner.update(batch_of(samples, [StoredLogProbs(entry) for entry in old]))
    ratios = (torch.cat(now) - torch.cat(old)).exp()
    assert (ratios - 1).abs().max() > 0.05  # the first update did move the policy
    assert surrogate_of(second).mean_ratio == pytest.approx(float(ratios.mean()), rel=1e-4)
    assert surrogate_of(second).approx_kl == pytest.approx(float((ratios - 1 - ratios.log()).mean()), rel=1e-3)


def surrogate_of(report: UpdateReport) -> SurrogateMetrics:
    metrics = report.metrics["rl"]
    assert isinstance(metrics, SurrogateMetrics)
    return metrics


def test_gradients_are_scaled_down_to_the_norm_and_gone_after_the_step(llava: Policy, picture: Pictures) -> None:
    samples, fixed = mixed_batch(picture)
    got, _ = accumulated(llava, samples, fixed, 10**6)
    llava.model.zero_grad(set_to_none=True)
    report = learner_of(llava).update(batch_of(samples, fixed))
    parameters = [got[name] for name, _ in llava.model.named_parameters()]
    norm = float(torch.stack([value.norm() for value in parameters]).norm())
    assert report.grad_norm == pytest.approx(norm, rel=1e-4)
    assert all(parameter.grad is None for parameter in llava.model.parameters())


def test_the_learning_rate_follows_its_schedule(llava: Policy, picture: Pictures) -> None:
    samples, fixed = mixed_batch(picture)
    schedule = ScheduleConfig(learning_rate=1e-3, kind="linear", warmup_steps=2)
    learner = Learner(
        llava, Encoder(llava), terms=standard_terms(LOSS), optimiser=OptimiserConfig(schedule=schedule), total_steps=4
    )
    rates = [learner.update(batch_of(samples[:1], fixed[:1])).learning_rate for _ in range(4)]
    assert rates == pytest.approx([5e-4, 1e-3, 1e-3, 5e-4])


def test_weights_in_half_precision_are_not_trained(llava: Policy) -> None:
    llava.model.to(torch.bfloat16)
    with pytest.raises(AsterismError, match="weights in bfloat16 are not trained") as refused:
        learner_of(llava)
    assert "float32" in str(refused.value.remedy) and "model.lora.rank" in str(refused.value.remedy)


def test_float32_adapters_on_a_half_precision_model_are_trained(llava: Policy) -> None:
    pytest.importorskip("peft")
    llava.model.to(torch.bfloat16)
    add_adapters(llava.model, LoraConfig(rank=2), seed=1)
    learner = learner_of(llava)
    assert {weight.dtype for weight in learner.policy.trainable_parameters()} == {torch.float32}


def test_a_gradient_that_is_not_finite_leaves_weights_and_moments_as_they_are(llava: Policy, picture: Pictures) -> None:
    samples, stored = mixed_batch(picture)
    learner = learner_of(llava, decay=0.1)
    learner.update(batch_of(samples, stored))
    before, moments = weights_of(llava), {key: dict(value) for key, value in learner.optimiser.state.items()}
    broken = replace(samples[0], weights={"rl": (float("inf"),) * 5})
    report = learner.update(batch_of([broken, *samples[1:]], stored))
    assert not report.applied and learner.skipped == 1 and same_weights(llava, before)
    for key, value in learner.optimiser.state.items():
        assert all(torch.equal(value[name], moments[key][name]) for name in value)
    assert learner.update(batch_of(samples, stored)).applied and learner.skipped == 0


def test_frozen_parts_keep_their_weights(llava: Policy, picture: Pictures) -> None:
    llava.freeze(FreezeConfig(vision=True, projector=True))
    before = weights_of(llava)
    samples, fixed = mixed_batch(picture)
    learner_of(llava, decay=0.1).update(batch_of(samples, fixed))
    changed = {name for name, value in llava.model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith(llava.family.language) for name in changed)
