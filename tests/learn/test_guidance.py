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
from asterism.learn.advantages import AdvantageConfig, group_samples
from asterism.learn.guidance.base import Guidance
from asterism.learn.guidance.entry import Entry, Expert, Setting
from asterism.learn.guidance.gate import fails
from asterism.learn.guidance.kinds import GuidanceConfig
from asterism.learn.losses import LossConfig, Scales
from asterism.learn.update import Fixed, _Sums, _Terms

LOSS = LossConfig(kl_coef=0.0)
PLAIN = Setting(AdvantageConfig(normalise="none"), kl=False, step=0, seed=3)
RIGHT, WRONG = Reward(1.0, {"accuracy": 1.0}), Reward(0.0, {"accuracy": 0.0})
KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "none"},
    {"kind": "ahpo"},
    {"kind": "ahpo", "normalise": "pooled", "weight": 0.5},
    {"kind": "ahpo", "gate": "decaying_weight", "decay_steps": 7},
    {"kind": "hpt", "r_hat": 2},
    {"kind": "member"},
    {"kind": "luffy"},
    {"kind": "chord"},
    {"kind": "expert_iteration", "experts": "failed"},
    {"kind": "prefix"},
)


def guidance(**values: Any) -> Guidance:
    return TypeAdapter(GuidanceConfig).validate_python(values)


def written(*token_ids: int) -> Trajectory:
    return Trajectory((Segment("prompt", (1, 2)), Segment("model", token_ids, trainable=True)))


ONE, TWO, THREE = written(10, 11), written(12), written(20, 21, 22)
LOGPROBS: Mapping[int, float] = {10: -1.0, 11: -0.5, 12: -2.0, 20: -1.0, 21: -2.0, 22: -3.0}
"""What the policy says of each token; the last of the expert's is the end of text."""
CERTAIN = {**LOGPROBS, 20: math.log(0.5), 21: math.log(0.1), 22: math.log(0.9)}
EXPERT = Expert(Sample(THREE, ce=(1.0, 1.0, 1.0)), RIGHT)


def group(*rewards: Reward, name: str = "task", rollouts: Sequence[Trajectory] = (ONE, TWO)) -> Group:
    return Group.of(Task(name, (), "?", None, "verified"), tuple(rollouts[: len(rewards)]), rewards)


def entries_of(found: Guidance, pairs: Sequence[tuple[Group, Expert | None]], setting: Setting = PLAIN) -> list[Entry]:
    return [found.enter(each, expert, setting) for each, expert in pairs]


def loss_of(
    samples: Sequence[Sample],
    scales: Scales,
    logprobs: Mapping[int, float] = LOGPROBS,
    old: Mapping[int, float] | None = None,
) -> float:
    """The loss that the update gives to samples whose tokens have these log-probs."""
    if not samples:
        return 0.0
    ids = [token for sample in samples for token in sample.trajectory.segments[-1].token_ids]
    fixed = [
        Fixed(None if old is None else torch.tensor([old[token] for token in sample.trajectory.segments[-1].token_ids]))
        for sample in samples
    ]
    lengths = torch.tensor([sample.trajectory.trained_tokens for sample in samples])
    terms = _Terms.of(samples, fixed, lengths, LOSS, scales, _Sums())
    return float(terms(torch.tensor([logprobs[token] for token in ids]), slice(0, len(ids))))


def value(
    pairs: Sequence[tuple[Group, Expert | None]],
    setting: Setting = PLAIN,
    *,
    logprobs: Mapping[int, float] = LOGPROBS,
    old: Mapping[int, float] | None = None,
    **values: Any,
) -> float:
    found = guidance(**values)
    entries = entries_of(found, pairs, setting)
    samples = [sample for entry in entries for sample in entry.samples]
    return loss_of(samples, found.scales(entries, LOSS), logprobs, old)


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
        got = value(pair, replace(PLAIN, step=step), kind="ahpo", gate="decaying_weight", decay_steps=100)
        assert got == pytest.approx(2 * left, abs=1e-6)
    drawn = guidance(kind="ahpo", gate="decaying_probability", decay_steps=100)
    names = [group(WRONG, WRONG, name=str(number)) for number in range(400)]
    for step, left in ((0, 1.0), (25, 0.75), (100, 0.0)):
        setting = replace(PLAIN, step=step)
        on = [bool(entry.expert) for entry in entries_of(drawn, [(each, EXPERT) for each in names], setting)]
        assert on == [entry.gate for entry in entries_of(drawn, [(each, None) for each in names], setting)]
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
        (entry,) = entries_of(guidance(kind=kind), pair)
        assert entry.advantages == pytest.approx((-1 / 3, -1 / 3))
        assert entry.expert is not None and not entry.expert.kl and not entry.expert.ce


def test_chord_mixes_by_the_step_and_weighs_tokens_by_their_uncertainty() -> None:
    pair = [(group(RIGHT, WRONG), EXPERT)]
    phi = (0.25 * math.log(2) + 0.09 * math.log(10) - 0.09 * math.log(0.9)) / 3
    values = {"kind": "chord", "mu": 0.9, "mu_end": 0.1, "decay_steps": 50}
    for step, mu in ((0, 0.9), (25, 0.5), (50, 0.1), (80, 0.1)):
        setting = replace(PLAIN, step=step)
        weighed = value(pair, setting, logprobs=CERTAIN, **values)
        assert weighed == pytest.approx((1 - mu) * ON_POLICY + mu * phi, abs=1e-6)
        plain = value(pair, setting, phi=False, **values)
        assert plain == pytest.approx((1 - mu) * ON_POLICY + mu * 2, abs=1e-6)
        assert value([(group(RIGHT, WRONG), None)], setting, **values) == pytest.approx((1 - mu) * ON_POLICY)


def test_expert_iteration_imitates_right_rollouts_and_experts_where_asked() -> None:
    mixed, failed = group(RIGHT, WRONG), group(WRONG, WRONG)
    assert value([(mixed, EXPERT)], kind="expert_iteration") == pytest.approx(0.75)
    assert value([(failed, EXPERT)], kind="expert_iteration") == 0.0
    assert value([(mixed, EXPERT)], kind="expert_iteration", experts="failed") == pytest.approx(0.75)
    assert value([(failed, EXPERT)], kind="expert_iteration", experts="failed") == pytest.approx(2.0)
    assert value([(mixed, EXPERT)], kind="expert_iteration", experts="always") == pytest.approx((1.5 + 6) / 5)


def test_a_prefix_is_a_named_part_of_the_expert_where_nothing_succeeds() -> None:
    found = guidance(kind="prefix", least=0.3, most=0.9)
    long = Expert(Sample(written(*range(100, 151)), ce=(1.0,) * 51), RIGHT)  # 50 tokens and the end of text
    openings = [found.opening(group(WRONG, WRONG, name=str(number)), long, PLAIN) for number in range(200)]
    assert all(opening == tuple(range(100, 100 + len(opening))) for opening in openings)
    assert {len(opening) for opening in openings} <= set(range(15, 46)) and len(set(map(len, openings))) > 20
    assert found.opening(group(WRONG, WRONG, name="7"), long, PLAIN) == openings[7]
    assert found.opening(group(WRONG, WRONG, name="7"), long, replace(PLAIN, step=1)) != openings[7]
    for told, expert in (((RIGHT, WRONG), long), ((Reward.error("grader"), WRONG), long), ((WRONG, WRONG), None)):
        assert found.opening(group(*told), expert, PLAIN) == ()
    everything = guidance(kind="prefix", least=0.99, most=0.99)
    assert len(everything.opening(group(WRONG), long, PLAIN)) == 49  # something is left to write
    one = Expert(Sample(written(100, 1), ce=(1.0, 1.0)), RIGHT)
    assert everything.opening(group(WRONG), one, PLAIN) == ()


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
        expert = Expert(Sample(written(*ids), ce=(1.0,) * len(ids)), RIGHT) if draw(st.booleans()) else None
        pairs.append((group(*told, name=str(number), rollouts=rollouts), expert))
    return pairs


any_setting = st.builds(
    Setting,
    st.builds(AdvantageConfig, normalise=st.sampled_from(["std", "none"]), drop_zero_variance=st.booleans()),
    kl=st.booleans(),
    step=st.integers(0, 9),
    seed=st.integers(0, 3),
)


@few
@given(groups(), any_setting)
def test_without_guidance_with_r_hat_0_and_without_experts_a_group_enters_as_in_grpo(
    pairs: list[tuple[Group, Expert | None]], setting: Setting
) -> None:
    expected = [tuple(group_samples(each, setting.advantage, kl=setting.kl)) for each, _ in pairs]
    alone = [(each, None) for each, _ in pairs]
    for values in (
        {"kind": "none"},
        {"kind": "ahpo", "r_hat": 0},
        {"kind": "ahpo", "gate": "off"},
        {"kind": "hpt", "r_hat": 0},
        {"kind": "prefix"},
    ):
        found = guidance(**values)
        entries = entries_of(found, pairs, setting)
        assert [entry.samples for entry in entries] == expected
        own = [sample for entry in entries for sample in entry.samples]
        assert found.scales(entries, LOSS).rl == Scales.of(own, LOSS).rl
    for kind in ("ahpo", "hpt", "member", "luffy"):
        assert [entry.samples for entry in entries_of(guidance(kind=kind), alone, setting)] == expected


@few
@given(groups(), any_setting)
def test_r_hat_above_the_number_of_rollouts_is_the_static_gate(
    pairs: list[tuple[Group, Expert | None]], setting: Setting
) -> None:
    most = max(len(each.trajectories) for each, _ in pairs)
    adaptive, static = guidance(kind="ahpo", r_hat=most + 1), guidance(kind="ahpo", gate="static")
    assert entries_of(adaptive, pairs, setting) == entries_of(static, pairs, setting)


@few
@given(groups(), any_setting, st.sampled_from(["per_sample", "pooled"]))
def test_hpt_is_ahpo_with_the_on_policy_term_gated_as_well(
    pairs: list[tuple[Group, Expert | None]], setting: Setting, normalise: str
) -> None:
    setting = replace(setting, kl=False)
    ahpo, hpt = (guidance(kind=kind, r_hat=2, normalise=normalise) for kind in ("ahpo", "hpt"))
    added, switched = entries_of(ahpo, pairs, setting), entries_of(hpt, pairs, setting)
    assert [entry.gate for entry in added] == [entry.gate for entry in switched]
    logprobs = {token: -0.1 * (token - 9) for token in range(10, 30)}

    def silenced(entry: Entry) -> list[Sample]:
        if entry.expert is None:
            return list(entry.samples)
        return [replace(each, rl=tuple(0.0 for _ in each.rl)) for each in entry.samples]

    one = loss_of([s for entry in added for s in silenced(entry)], ahpo.scales(added, LOSS), logprobs)
    two = loss_of([s for entry in switched for s in entry.samples], hpt.scales(switched, LOSS), logprobs)
    assert two == pytest.approx(one, abs=1e-5)


@few
@given(groups(), any_setting)
def test_experts_change_neither_weights_nor_denominator_of_the_on_policy_term(
    pairs: list[tuple[Group, Expert | None]], setting: Setting
) -> None:
    entries = entries_of(guidance(kind="none"), pairs, setting)
    alone = [sample for entry in entries for sample in entry.samples]
    for values in ({"gate": "static"}, {"r_hat": 2}, {"gate": "decaying_weight"}):
        found = guidance(kind="ahpo", **values)
        guided = entries_of(found, pairs, setting)
        assert [s for entry in guided for s in entry.samples if s is not entry.expert] == alone
        assert found.scales(guided, LOSS).rl == Scales.of(alone, LOSS).rl


VOCABULARY = 30


def gradient(samples: Sequence[Sample], scales: Scales, splits: Sequence[Sequence[int]]) -> tuple[float, Tensor]:
    """Loss and gradient of a table of logits, looked up by the token before, over micro-batches."""
    generator = torch.Generator().manual_seed(1)
    table = torch.randn(VOCABULARY, VOCABULARY, generator=generator, dtype=torch.float64).requires_grad_()
    total = 0.0
    for members in splits:
        portion = [samples[index] for index in members]
        ids = [each.trajectory.segments[-1].token_ids for each in portion]
        before = [token for each in ids for token in (2, *each[:-1])]
        logprobs = table.log_softmax(-1)[before, [token for each in ids for token in each]]
        lengths = torch.tensor([len(each) for each in ids])
        fixed = [Fixed() for _ in portion]
        loss = _Terms.of(portion, fixed, lengths, LOSS, scales, _Sums())(logprobs, slice(0, len(logprobs)))
        loss.backward()
        total += float(loss)
    assert table.grad is not None
    return total, table.grad


@few
@given(groups(), any_setting, st.sampled_from(KINDS), st.randoms(use_true_random=False))
def test_loss_and_gradient_are_the_same_for_any_split(
    pairs: list[tuple[Group, Expert | None]], setting: Setting, values: dict[str, Any], rng: Any
) -> None:
    found = guidance(**values)
    entries = entries_of(found, pairs, setting)
    samples = [sample for entry in entries for sample in entry.samples]
    if not samples:
        return
    scales = found.scales(entries, LOSS)
    whole, expected = gradient(samples, scales, [range(len(samples))])
    order = list(range(len(samples)))
    rng.shuffle(order)
    cuts = sorted({0, len(order), *(rng.randrange(len(order)) for _ in range(2))})
    got, split = gradient(samples, scales, [order[low:high] for low, high in pairwise(cuts)])
    assert got == pytest.approx(whole, abs=1e-5)
    torch.testing.assert_close(split, expected, atol=1e-5, rtol=1e-4)
    assert bool(split.isfinite().all())
