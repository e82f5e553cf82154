"""What of a group and its expert enters an update: values worked out by hand, identities, any split the same."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from torch import Tensor

from asterism.core.episode import Group
from asterism.core.errors import AsterismError
from asterism.core.reward import Reward
from asterism.core.sample import Sample
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.advantages import AdvantageConfig, advantages, samples_of
from asterism.learn.algorithms.algorithm import Algorithm, AlgorithmContext, AlgorithmSettings, Expert, GroupUpdate
from asterism.learn.algorithms.kinds import AlgorithmConfig
from asterism.learn.algorithms.success import fails
from asterism.learn.batch_loss import LossSums, MicroBatchLoss
from asterism.learn.losses import LossConfig
from asterism.learn.normalisers import Normaliser
from asterism.learn.streams import StoredLogProbs
from asterism.learn.terms import LossTerm

NO_KL = LossConfig(kl_coef=0.0)
PLAIN = AlgorithmSettings(AdvantageConfig(normalise="none"), NO_KL)
START = AlgorithmContext(step=0, seed=3)
RIGHT, WRONG = Reward(1.0, {"accuracy": 1.0}), Reward(0.0, {"accuracy": 0.0})
KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "grpo"},
    {"kind": "ahpo"},
    {"kind": "ahpo", "normalise": "pooled", "weight": 0.5},
    {"kind": "ahpo", "gate": "decaying_weight", "decay_steps": 7},
    {"kind": "hpt", "r_hat": 2},
    {"kind": "member"},
    {"kind": "luffy"},
    {"kind": "chord"},
    {"kind": "expert_iteration", "experts": "failed"},
    {"kind": "prefix"},
    {"kind": "gspo", "clip_low": 0.1, "clip_high": 0.1},
    {"kind": "cispo", "clip_low": 0.1, "clip_high": 0.1},
    {"kind": "rloo"},
    {"kind": "dr_grpo"},
    {"kind": "dapo", "overlong": {"longest": 3, "cache": 2}},
)


def algorithm(settings: AlgorithmSettings = PLAIN, **values: Any) -> Algorithm:
    built: Algorithm = TypeAdapter(AlgorithmConfig).validate_python(values).build(settings)
    return built


def written(*token_ids: int) -> Trajectory:
    return Trajectory((Segment("prompt", (1, 2)), Segment("model", token_ids, trainable=True)))


ONE, TWO, THREE = written(10, 11), written(12), written(20, 21, 22)
LOGPROBS: Mapping[int, float] = {10: -1.0, 11: -0.5, 12: -2.0, 20: -1.0, 21: -2.0, 22: -3.0}
"""What the policy says of each token; the last of the expert's is the end of text."""
CERTAIN = {**LOGPROBS, 20: math.log(0.5), 21: math.log(0.1), 22: math.log(0.9)}
EXPERT = Expert(Sample(THREE, {"ce": (1.0, 1.0, 1.0)}), RIGHT)


def group(*rewards: Reward, name: str = "task", rollouts: Sequence[Trajectory] = (ONE, TWO)) -> Group:
    return Group.of(Task(name, (), "?", None, "verified"), tuple(rollouts[: len(rewards)]), rewards)


def loss_of(
    samples: Sequence[Sample],
    terms: Sequence[LossTerm],
    normalisers: Mapping[str, Normaliser],
    logprobs: Mapping[int, float] = LOGPROBS,
    old: Mapping[int, float] | None = None,
) -> float:
    """The loss that the update gives to samples whose tokens have these log-probs."""
    if not samples:
        return 0.0
    written_ids = [sample.trajectory.segments[-1].token_ids for sample in samples]
    stored = [
        StoredLogProbs(None if old is None else torch.tensor([old[token] for token in ids])) for ids in written_ids
    ]
    lengths = torch.tensor([len(ids) for ids in written_ids])
    loss = MicroBatchLoss.of(terms, samples, stored, lengths, normalisers, LossSums())
    own = torch.tensor([logprobs[token] for ids in written_ids for token in ids])
    if loss.needs_all:
        loss.see(own)
    return float(loss(own, slice(0, len(own))))


def value(
    pairs: Sequence[tuple[Group, Expert | None]],
    context: AlgorithmContext = START,
    *,
    logprobs: Mapping[int, float] = LOGPROBS,
    old: Mapping[int, float] | None = None,
    settings: AlgorithmSettings = PLAIN,
    **values: Any,
) -> float:
    own = algorithm(settings, **values)
    updates = own.updates(pairs, context)
    samples = [sample for update in updates for sample in update.samples]
    return loss_of(samples, own.terms, own.normalisers(updates), logprobs, old)


# Two rollouts of 2 and 1 tokens, advantages +0.5 and -0.5, ratio 1: -(0.5 * 2 - 0.5 * 1) / 3 = -1/6.
# The expert: (1 + 2 + 3) / 3 = 2.
ON_POLICY = -0.5 / 3


@pytest.mark.parametrize(
    ("told", "expert", "values", "expected"),
    [
        ((RIGHT, WRONG), EXPERT, {"r_hat": 2}, 2 + ON_POLICY),  # one right of the two wanted: on
        ((RIGHT, WRONG), EXPERT, {"r_hat": 1}, ON_POLICY),  # off
        ((RIGHT, WRONG), EXPERT, {"r_hat": 0}, ON_POLICY),
        ((RIGHT, WRONG), None, {"r_hat": 2}, ON_POLICY),  # no expert, or one that was cut off and left out
        ((WRONG, WRONG), EXPERT, {"r_hat": 2}, 2.0),  # no variance: the expert alone
        ((RIGHT, RIGHT), EXPERT, {"r_hat": 2}, 0.0),
        ((WRONG, WRONG), None, {"r_hat": 2}, 0.0),
        ((RIGHT, WRONG), EXPERT, {"r_hat": 2, "weight": 0.25}, 0.5 + ON_POLICY),
        ((RIGHT, WRONG), EXPERT, {"r_hat": 2, "normalise": "pooled"}, (6 - 0.5) / 6),  # 3 + 3 tokens
        ((RIGHT, WRONG), EXPERT, {"r_hat": 1, "normalise": "pooled"}, -0.5 / 3),
        ((WRONG, WRONG), EXPERT, {"r_hat": 2, "normalise": "pooled"}, 6 / 6),
        ((RIGHT, RIGHT), EXPERT, {"gate": "static"}, 2.0),
        ((WRONG, WRONG), EXPERT, {"gate": "off"}, 0.0),
    ],
)
def test_ahpo_by_hand(told: tuple[Reward, ...], expert: Expert | None, values: dict[str, Any], expected: float) -> None:
    assert value([(group(*told), expert)], kind="ahpo", **values) == pytest.approx(expected, abs=1e-6)


def test_ahpo_off_policy_clips_the_rollouts_and_not_the_expert() -> None:
    # Ratios exp(0.5) = 1.649 (clipped to 1.3), 1, and exp(-0.5) = 0.607 (clipped to 0.8) of A = +0.5, +0.5, -0.5.
    old = {**LOGPROBS, 10: -1.5, 12: -1.5, 20: -9.0}
    expected = 2 + (-0.5 * 1.3 - 0.5 + 0.5 * 0.8) / 3
    assert value([(group(RIGHT, WRONG), EXPERT)], kind="ahpo", old=old) == pytest.approx(expected, abs=1e-6)


def test_the_expert_term_is_a_mean_over_the_prompts_of_the_update() -> None:
    pairs = [(group(WRONG, WRONG, name="a"), EXPERT), (group(RIGHT, RIGHT, name="b"), EXPERT)]
    assert value(pairs, kind="ahpo", r_hat=2) == pytest.approx(2 / 2)
    assert value(pairs, kind="ahpo", gate="static") == pytest.approx((2 + 2) / 2)
    assert value(pairs, kind="ahpo", r_hat=2, normalise="pooled") == pytest.approx(6 / (3 + 3 + 3))


def test_a_decaying_gate_falls_with_the_step_and_depends_on_nothing_else() -> None:
    pair = [(group(RIGHT, RIGHT), EXPERT)]
    for step, left in ((0, 1.0), (25, 0.75), (100, 0.0), (170, 0.0)):
        got = value(pair, replace(START, step=step), kind="ahpo", gate="decaying_weight", decay_steps=100)
        assert got == pytest.approx(2 * left, abs=1e-6)
    drawn = algorithm(kind="ahpo", gate="decaying_probability", decay_steps=100)
    names = [group(WRONG, WRONG, name=str(number)) for number in range(400)]
    for step, left in ((0, 1.0), (25, 0.75), (100, 0.0)):
        context = replace(START, step=step)
        on = [update.expert is not None for update in drawn.updates([(each, EXPERT) for each in names], context)]
        alone = drawn.updates([(each, None) for each in names], context)
        assert on == [update.figures["gates_on"] == 1 for update in alone]
        assert sum(on) / len(on) == pytest.approx(left, abs=0.07)


@pytest.mark.parametrize(
    ("rewards", "right"),
    [
        ((RIGHT, WRONG), 1),
        ((Reward(0.5, {"accuracy": 0.0, "format": 1.0}), Reward(0.5, {"accuracy": 1.0, "format": 0.0})), 1),
        ((Reward.error("grader"), WRONG), 1),  # it might have been right
        ((Reward.abstain("no opinion"), Reward.error("grader")), 2),
        ((), 0),
    ],
)
def test_the_gate_counts_raw_success_and_takes_no_fault_of_the_grader_for_failure(
    rewards: tuple[Reward, ...], right: int
) -> None:
    assert [fails(group(*rewards), r_hat) for r_hat in range(4)] == [right < r_hat for r_hat in range(4)]


def test_a_reward_without_raw_correctness_is_refused() -> None:
    with pytest.raises(AsterismError, match="no part named accuracy"):
        fails(group(Reward(0.3)), 1)


def test_hpt_switches_between_the_two_terms() -> None:
    pairs = [(group(WRONG, WRONG, name="a"), EXPERT), (group(RIGHT, WRONG, name="b"), EXPERT)]
    # The expert's mean over two prompts, and GRPO's sum over the tokens of both groups' rollouts.
    assert value(pairs, kind="hpt", r_hat=1) == pytest.approx(2 / 2 - 0.5 / 6)
    assert value(pairs[:1], kind="hpt", r_hat=1) == pytest.approx(2.0)
    assert value(pairs[1:], kind="hpt", r_hat=1) == pytest.approx(ON_POLICY)
    assert value([(group(WRONG, WRONG), None)], kind="hpt") == 0.0


def test_the_expert_as_a_member_of_the_group() -> None:
    pair = [(group(WRONG, WRONG), EXPERT)]  # advantages -1/3, -1/3, +2/3 over 2 + 1 + 3 tokens
    assert value(pair, kind="member") == pytest.approx((1 / 3 * 3 - 2 / 3 * 3) / 6)
    shaped = 0.5 / 0.6 + 0.1 / 0.2 + 0.9 / 1.0
    assert value(pair, kind="luffy", logprobs=CERTAIN) == pytest.approx((1 / 3 * 3 - 2 / 3 * shaped) / 6)
    for kind in ("member", "luffy"):
        assert value([(group(RIGHT, WRONG), None)], kind=kind) == pytest.approx(ON_POLICY)
        assert value([(group(RIGHT, RIGHT), EXPERT)], kind=kind) == 0.0
        (update,) = algorithm(kind=kind).updates(pair, START)
        assert update.advantages == pytest.approx((-1 / 3, -1 / 3))
        assert update.expert is not None and update.expert.weights.keys() <= {"rl", "shaped"}


def test_chord_mixes_by_the_step_and_weighs_tokens_by_their_uncertainty() -> None:
    pair = [(group(RIGHT, WRONG), EXPERT)]
    phi = (0.25 * math.log(2) + 0.09 * math.log(10) - 0.09 * math.log(0.9)) / 3
    values = {"kind": "chord", "mu": 0.9, "mu_end": 0.1, "decay_steps": 50}
    for step, mu in ((0, 0.9), (25, 0.5), (50, 0.1), (80, 0.1)):
        context = replace(START, step=step)
        weighed = value(pair, context, logprobs=CERTAIN, **values)
        assert weighed == pytest.approx((1 - mu) * ON_POLICY + mu * phi, abs=1e-6)
        plain = value(pair, context, phi=False, **values)
        assert plain == pytest.approx((1 - mu) * ON_POLICY + mu * 2, abs=1e-6)
        assert value([(group(RIGHT, WRONG), None)], context, **values) == pytest.approx((1 - mu) * ON_POLICY)


def test_expert_iteration_imitates_right_rollouts_and_experts_where_asked() -> None:
    mixed, failed = group(RIGHT, WRONG), group(WRONG, WRONG)
    assert value([(mixed, EXPERT)], kind="expert_iteration") == pytest.approx(0.75)
    assert value([(failed, EXPERT)], kind="expert_iteration") == 0.0
    assert value([(mixed, EXPERT)], kind="expert_iteration", experts="failed") == pytest.approx(0.75)
    assert value([(failed, EXPERT)], kind="expert_iteration", experts="failed") == pytest.approx(2.0)
    assert value([(mixed, EXPERT)], kind="expert_iteration", experts="always") == pytest.approx((1.5 + 6) / 5)


def test_a_prefix_is_a_named_part_of_the_expert_where_nothing_succeeds() -> None:
    own = algorithm(kind="prefix", least=0.3, most=0.9)
    long = Expert(Sample(written(*range(100, 151)), {"ce": (1.0,) * 51}), RIGHT)  # 50 tokens and the end of text
    prefixes = [own.response_prefix(group(WRONG, WRONG, name=str(number)), long, START) for number in range(200)]
    assert all(prefix == tuple(range(100, 100 + len(prefix))) for prefix in prefixes)
    assert {len(prefix) for prefix in prefixes} <= set(range(15, 46)) and len(set(map(len, prefixes))) > 20
    assert own.response_prefix(group(WRONG, WRONG, name="7"), long, START) == prefixes[7]
    assert own.response_prefix(group(WRONG, WRONG, name="7"), long, replace(START, step=1)) != prefixes[7]
    for told, expert in (((RIGHT, WRONG), long), ((Reward.error("grader"), WRONG), long), ((WRONG, WRONG), None)):
        assert own.response_prefix(group(*told), expert, START) == ()
    everything = algorithm(kind="prefix", least=0.99, most=0.99)
    assert len(everything.response_prefix(group(WRONG), long, START)) == 49  # something is left to write
    one = Expert(Sample(written(100, 1), {"ce": (1.0, 1.0)}), RIGHT)
    assert everything.response_prefix(group(WRONG), one, START) == ()


# Identities, over any groups.

few = settings(max_examples=20)

rewards = st.sampled_from([RIGHT, WRONG, Reward(0.4, {"accuracy": 0.0}), Reward.error("x"), Reward.abstain("y")])


@st.composite
def groups(draw: st.DrawFn) -> list[tuple[Group, Expert | None]]:
    """Up to four groups of up to four rollouts of one to three tokens, each with an expert or without."""
    pairs: list[tuple[Group, Expert | None]] = []
    for number in range(draw(st.integers(1, 4))):
        told = draw(st.lists(rewards, max_size=4))
        rollouts = [written(*draw(st.lists(st.integers(10, 19), min_size=1, max_size=3))) for _ in told]
        ids = draw(st.lists(st.integers(20, 29), min_size=1, max_size=4))
        expert = Expert(Sample(written(*ids), {"ce": (1.0,) * len(ids)}), RIGHT) if draw(st.booleans()) else None
        pairs.append((group(*told, name=str(number), rollouts=rollouts), expert))
    return pairs


any_settings = st.builds(
    AlgorithmSettings,
    st.builds(AdvantageConfig, drop_zero_variance=st.booleans()),
    st.builds(LossConfig, kl_coef=st.sampled_from([0.0, 0.3])),
)
any_context = st.builds(AlgorithmContext, step=st.integers(0, 9), seed=st.integers(0, 3))
Pairs = list[tuple[Group, Expert | None]]


@few
@given(groups(), any_settings, any_context)
def test_with_r_hat_0_and_without_experts_a_group_enters_as_in_grpo(
    pairs: Pairs, settings: AlgorithmSettings, context: AlgorithmContext
) -> None:
    kl = settings.loss.kl_coef > 0
    expected = [tuple(samples_of(each.trajectories, advantages(each, settings.advantage), kl=kl)) for each, _ in pairs]
    alone = [(each, None) for each, _ in pairs]
    for values in (
        {"kind": "grpo"},
        {"kind": "ahpo", "r_hat": 0},
        {"kind": "ahpo", "gate": "off"},
        {"kind": "hpt", "r_hat": 0},
        {"kind": "prefix"},
    ):
        own = algorithm(settings, **values)
        updates = own.updates(pairs, context)
        assert [update.samples for update in updates] == expected
        samples = [sample for update in updates for sample in update.samples]
        assert own.normalisers(updates)["rl"] == Normaliser.of(samples, "rl", aggregation="token_mean")
    for kind in ("ahpo", "hpt", "member", "luffy"):
        updates = algorithm(settings, kind=kind).updates(alone, context)
        assert [update.samples for update in updates] == expected


@few
@given(groups(), any_settings, any_context)
def test_r_hat_above_the_number_of_rollouts_is_the_static_gate(
    pairs: Pairs, settings: AlgorithmSettings, context: AlgorithmContext
) -> None:
    most = max(len(each.episodes) for each, _ in pairs)
    adaptive, static = algorithm(settings, kind="ahpo", r_hat=most + 1), algorithm(settings, kind="ahpo", gate="static")
    assert adaptive.updates(pairs, context) == static.updates(pairs, context)


@few
@given(groups(), st.sampled_from(["per_sample", "pooled"]))
def test_hpt_is_ahpo_with_the_on_policy_term_gated_as_well(pairs: Pairs, normalise: str) -> None:
    ahpo, hpt = (algorithm(kind=kind, r_hat=2, normalise=normalise) for kind in ("ahpo", "hpt"))
    added, switched = ahpo.updates(pairs, START), hpt.updates(pairs, START)
    assert [update.figures for update in added] == [update.figures for update in switched]
    logprobs = {token: -0.1 * (token - 9) for token in range(10, 30)}

    def silenced(update: GroupUpdate) -> list[Sample]:
        if update.expert is None:
            return list(update.samples)
        return [
            each if each is update.expert else each.weighed(rl=(0.0,) * each.trajectory.trained_tokens)
            for each in update.samples
        ]

    one = loss_of([s for each in added for s in silenced(each)], ahpo.terms, ahpo.normalisers(added), logprobs)
    two = loss_of([s for each in switched for s in each.samples], hpt.terms, hpt.normalisers(switched), logprobs)
    assert two == pytest.approx(one, abs=1e-5)


@few
@given(groups(), any_settings, any_context)
def test_experts_change_neither_weights_nor_denominator_of_the_on_policy_term(
    pairs: Pairs, settings: AlgorithmSettings, context: AlgorithmContext
) -> None:
    plain = algorithm(settings, kind="grpo")
    alone = [sample for update in plain.updates(pairs, context) for sample in update.samples]
    for values in ({"gate": "static"}, {"r_hat": 2}, {"gate": "decaying_weight"}):
        own = algorithm(settings, kind="ahpo", **values)
        updates = own.updates(pairs, context)
        assert [s for update in updates for s in update.samples if s is not update.expert] == alone
        assert own.normalisers(updates)["rl"] == Normaliser.of(alone, "rl", aggregation="token_mean")


VOCABULARY = 30


def gradient(
    samples: Sequence[Sample],
    terms: Sequence[LossTerm],
    normalisers: Mapping[str, Normaliser],
    splits: Sequence[Sequence[int]],
) -> tuple[float, Tensor]:
    """Loss and gradient of a table of logits, looked up by the token before, over micro-batches; every second sample
    was sampled by another policy."""
    generator = torch.Generator().manual_seed(1)
    table = torch.randn(VOCABULARY, VOCABULARY, generator=generator, dtype=torch.float64).requires_grad_()
    noise = [0.2 * torch.randn(len(each.trajectory.segments[-1].token_ids), generator=generator) for each in samples]
    total = 0.0
    for members in splits:
        portion = [samples[index] for index in members]
        ids = [each.trajectory.segments[-1].token_ids for each in portion]
        before = [token for each in ids for token in (2, *each[:-1])]
        logprobs = table.log_softmax(-1)[before, [token for each in ids for token in each]]
        lengths = torch.tensor([len(each) for each in ids])
        parts = torch.split(logprobs.detach(), lengths.tolist())
        stored = [
            StoredLogProbs(part + noise[index] if index % 2 else None, part - noise[index])
            for index, part in zip(members, parts, strict=True)
        ]
        loss = MicroBatchLoss.of(terms, portion, stored, lengths, normalisers, LossSums())
        if loss.needs_all:
            loss.see(logprobs.detach())
        halves = [slice(0, len(logprobs) // 2), slice(len(logprobs) // 2, len(logprobs))]
        part = sum((loss(logprobs[half], half) for half in halves), torch.zeros(()))
        part.backward()
        total += float(part.detach())
    assert table.grad is not None
    return total, table.grad


@few
@given(groups(), any_settings, any_context, st.sampled_from(KINDS), st.randoms(use_true_random=False))
def test_loss_and_gradient_are_the_same_for_any_split(
    pairs: Pairs, settings: AlgorithmSettings, context: AlgorithmContext, values: dict[str, Any], rng: Any
) -> None:
    own = algorithm(settings, **values)
    updates = own.updates(pairs, context)
    samples = [sample for update in updates for sample in update.samples]
    if not samples:
        return
    normalisers = own.normalisers(updates)
    whole, expected = gradient(samples, own.terms, normalisers, [range(len(samples))])
    order = list(range(len(samples)))
    rng.shuffle(order)
    cuts = sorted({0, len(order), *(rng.randrange(len(order)) for _ in range(2))})
    splits = [order[low:high] for low, high in pairwise(cuts)]
    got, split = gradient(samples, own.terms, normalisers, splits)
    assert got == pytest.approx(whole, abs=1e-5)
    torch.testing.assert_close(split, expected, atol=1e-5, rtol=1e-4)
    assert bool(split.isfinite().all())
