"""Loss terms against numbers worked out by hand, and the rule that splitting a batch changes nothing."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from asterism.core.sample import Sample
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.loss_terms import ClippedSurrogate
from asterism.learn.losses import (
    ClipBounds,
    LossConfig,
    SurrogateMetrics,
    clipped_surrogate,
    entropy,
    imitation,
    kl_k3,
    shaped_surrogate,
    uncertainty,
)
from asterism.learn.normalisers import Aggregation, Normaliser, token_scales

CONFIG = LossConfig()
CLIP = ClippedSurrogate.of(CONFIG).bounds
AGGREGATIONS: tuple[Aggregation, ...] = ("token_mean", "sequence_mean", "constant_length")


def surrogate(ratio: float, advantage: float, clip: ClipBounds = CLIP) -> tuple[float, float, SurrogateMetrics]:
    """Loss and gradient with respect to the log-prob of one token whose old log-prob is -1."""
    logprobs = torch.tensor([-1.0 + math.log(ratio)], dtype=torch.float64, requires_grad=True)
    terms = clipped_surrogate(
        logprobs, torch.tensor([-1.0], dtype=torch.float64), torch.tensor([advantage], dtype=torch.float64), clip
    )
    terms.loss.sum().backward()
    assert logprobs.grad is not None
    return terms.loss.item(), logprobs.grad.item(), terms.metrics


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "gradient"),
    [
        (1.0, 2.0, -2.0, -2.0),  # on-policy: loss -A, d loss / d log pi = -A rho = -2
        (1.25, 2.0, -2.5, -2.5),  # inside 0.8 .. 1.3: -2 * 1.25
        (1.5, 2.0, -2.6, 0.0),  # above: max(-3.0, -2 * 1.3) = -2.6, constant
        (0.5, 2.0, -1.0, -1.0),  # below, A > 0: max(-1.0, -1.6) = -1.0, not clipped: pi may still rise
        (1.0, -2.0, 2.0, 2.0),
        (0.5, -2.0, 1.6, 0.0),  # below, A < 0: max(1.0, 2 * 0.8) = 1.6, constant
        (1.5, -2.0, 3.0, 3.0),  # above, A < 0: max(3.0, 2.6) = 3.0, and 3.0 < 3 * 2
        (4.0, -2.0, 6.0, 0.0),  # dual clip: min(8.0, 3 * 2) = 6.0, constant
        (4.0, 0.0, 0.0, 0.0),
    ],
)
def test_surrogate_by_hand(ratio: float, advantage: float, loss: float, gradient: float) -> None:
    value, slope, _ = surrogate(ratio, advantage)
    assert (value, slope) == (pytest.approx(loss), pytest.approx(gradient))


def test_without_dual_clip_a_bad_token_is_pushed_without_limit() -> None:
    value, slope, _ = surrogate(4.0, -2.0, replace(CLIP, dual=None))
    assert (value, slope) == (pytest.approx(8.0), pytest.approx(8.0))


def test_metrics_say_which_tokens_were_clipped_and_add_up() -> None:
    def metrics(ratios: list[float], signs: list[float]) -> SurrogateMetrics:
        ratio = torch.tensor(ratios, dtype=torch.float64)
        signed = torch.tensor(signs, dtype=torch.float64)
        return clipped_surrogate(ratio.log(), torch.zeros_like(ratio), signed, CLIP).metrics

    # low: 0.5 with A < 0; high: 1.5 and 4 with A > 0; dual: 4 with A < 0; 0.5 with A > 0 is free
    ratios, signs = [0.5, 0.5, 1.5, 4.0, 4.0], [-1.0, 1.0, 1.0, 1.0, -1.0]
    whole = metrics(ratios, signs)
    assert whole.clip_share_low == pytest.approx(1 / 5)
    assert whole.clip_share_high == pytest.approx(2 / 5)
    assert whole.dual_share == pytest.approx(1 / 5)
    assert whole.mean_ratio == pytest.approx((0.5 + 0.5 + 1.5 + 4 + 4) / 5)
    # sum of r - 1 - ln r: 2 * (-0.5 + ln 2) + (0.5 - ln 1.5) + 2 * (3 - ln 4)
    kl = (2 * (-0.5 + math.log(2)) + 0.5 - math.log(1.5) + 2 * (3 - math.log(4))) / 5
    assert whole.approx_kl == pytest.approx(kl)
    parts = metrics(ratios[:2], signs[:2]) + metrics(ratios[2:], signs[2:])
    assert parts.approx_kl == pytest.approx(whole.approx_kl)
    assert parts.dual_share == pytest.approx(whole.dual_share)
    assert SurrogateMetrics().mean_ratio == 1.0


@pytest.mark.parametrize("gap", [-1e4, 1e4])
@pytest.mark.parametrize("advantage", [-1.0, 0.0, 1.0])
def test_absurd_ratios_leave_loss_and_gradient_finite(gap: float, advantage: float) -> None:
    logprobs = torch.tensor([gap], requires_grad=True)
    terms = clipped_surrogate(logprobs, torch.zeros(1), torch.tensor([advantage]), replace(CLIP, dual=None))
    (terms.loss + kl_k3(logprobs, torch.zeros(1), 10.0)).sum().backward()
    assert logprobs.grad is not None
    assert torch.isfinite(terms.loss).all()
    assert torch.isfinite(logprobs.grad).all()


def test_k3_by_hand() -> None:
    # d = ln pi_ref - ln pi: 0 -> 0;  ln 2 -> 2 - ln 2 - 1 = 0.3069;  -ln 2 -> 0.5 + ln 2 - 1 = 0.1931
    # d = 3: 20.0855 - 4 = 16.09 -> clamped to 10, without gradient.  Elsewhere d k3 / d ln pi = 1 - exp(d)
    logprobs = torch.tensor([-2.0] * 4, dtype=torch.float64, requires_grad=True)
    gaps = torch.tensor([0.0, math.log(2), -math.log(2), 3.0], dtype=torch.float64)
    values = kl_k3(logprobs, gaps - 2.0, 10.0)
    values.sum().backward()
    assert values.tolist() == pytest.approx([0.0, 1 - math.log(2), math.log(2) - 0.5, 10.0])
    assert logprobs.grad is not None
    assert logprobs.grad.tolist() == pytest.approx([0.0, -1.0, 0.5, 0.0])


def test_imitation_is_the_negative_log_probability() -> None:
    assert imitation(torch.tensor([math.log(0.25), 0.0])).tolist() == pytest.approx([math.log(4), 0.0])


def test_entropy_by_hand() -> None:
    # uniform over 4: ln 4; certain: 0; (1/2, 1/4, 1/4): (ln 2) / 2 + (ln 4) / 2 = 1.5 ln 2; -inf counts as p = 0
    rows = [[7.0] * 4, [0.0, -1e4, -1e4, -1e4], [math.log(2), 0.0, 0.0, -math.inf]]
    logits = torch.tensor(rows, requires_grad=True)
    values = entropy(logits.log_softmax(-1))
    assert values.tolist() == pytest.approx([math.log(4), 0.0, 1.5 * math.log(2)], abs=1e-6)
    assert torch.equal(torch.cat([entropy(rows.log_softmax(-1)) for rows in (logits[:1], logits[1:])]), values)
    values.sum().backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def sample(length: int, *, ce: bool = False) -> Sample:
    trajectory = Trajectory((Segment("prompt", (9, 9)), Segment("model", tuple(range(length)), trainable=True)))
    weights = (0.0,) * length
    return Sample(trajectory, {"ce": weights} if ce else {"rl": weights, "kl": weights})


def normaliser(samples: list[Sample], *terms: str, aggregation: Aggregation = "token_mean") -> Normaliser:
    return Normaliser.of(samples, *terms, aggregation=aggregation, constant_length=8)


@pytest.mark.parametrize(
    ("aggregation", "total", "weights"),
    [
        # sequences of 3 and 1 trained tokens, constant 8
        ("token_mean", 4.0, [1 / 4] * 4),  # 3 + 1 tokens
        ("sequence_mean", 2.0, [1 / 6] * 3 + [1 / 2]),  # 2 sequences; 1 / (3 * 2) and 1 / (1 * 2)
        ("constant_length", 16.0, [1 / 16] * 4),  # 2 * 8
    ],
)
def test_the_three_aggregations_by_hand(aggregation: Aggregation, total: float, weights: list[float]) -> None:
    own = normaliser([sample(3), sample(1), sample(0)], aggregation=aggregation)
    assert own == Normaliser(aggregation, total)
    sequences, lengths = torch.tensor([0, 0, 0, 1]), torch.tensor([3, 1])
    assert token_scales(sequences, lengths, own).tolist() == pytest.approx(weights)


def test_a_denominator_counts_only_samples_that_carry_the_term() -> None:
    mixed = [sample(3), sample(5, ce=True)]
    assert normaliser(mixed).denominator == 8
    assert normaliser(mixed, "rl").denominator == normaliser(mixed, "kl").denominator == 3
    assert normaliser(mixed, "ce").denominator == 5
    assert normaliser(mixed, "rl", "ce", aggregation="sequence_mean").denominator == 2


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_an_empty_mask_gives_zero_loss_and_finite_gradients(aggregation: Aggregation) -> None:
    parameter = torch.ones(3, requires_grad=True)
    logprobs = parameter.log_softmax(0)[torch.tensor([], dtype=torch.int64)]
    nothing = torch.tensor([], dtype=torch.int64)
    empty = normaliser([], aggregation=aggregation)
    weights = token_scales(nothing, nothing, empty)
    terms = clipped_surrogate(logprobs, torch.zeros(0), torch.zeros(0), CLIP)
    loss = (weights * (terms.loss + kl_k3(logprobs, torch.zeros(0), 10.0))).sum()
    loss.backward()
    assert (empty.denominator, loss.item()) == (0.0, 0.0)
    assert parameter.grad is not None
    assert parameter.grad.tolist() == [0.0, 0.0, 0.0]
    assert terms.metrics.approx_kl == 0.0


VOCABULARY = 5


def batch_gradient(lengths: list[int], splits: list[list[int]], config: LossConfig, seed: int) -> tuple[float, Tensor]:
    """Loss and gradient of a tiny policy (one table of logits, looked up by the token before) over micro-batches."""
    generator = torch.Generator().manual_seed(seed)
    table = torch.randn(VOCABULARY, VOCABULARY, generator=generator, dtype=torch.float64).requires_grad_()
    draw = [torch.randint(VOCABULARY, (2, length), generator=generator) for length in lengths]
    noise = [torch.randn(3, length, generator=generator, dtype=torch.float64) for length in lengths]
    whole = Normaliser.of(
        [sample(length) for length in lengths],
        aggregation=config.aggregation,
        constant_length=config.constant_length,
    )
    loss = 0.0
    for members in splits:
        before, token = torch.cat([draw[index] for index in members], dim=1)
        old_gap, reference_gap, advantage = torch.cat([noise[index] for index in members], dim=1)
        logprobs = table.log_softmax(-1)[before, token]
        old, reference = logprobs.detach() + 0.3 * old_gap, logprobs.detach() + reference_gap
        own = torch.tensor([lengths[index] for index in members])
        weights = token_scales(torch.arange(len(members)).repeat_interleave(own), own, whole)
        terms = clipped_surrogate(logprobs, old, advantage, CLIP).loss
        part = (weights * (terms + config.kl_coef * kl_k3(logprobs, reference, config.kl_clamp))).sum()
        part.backward()
        loss += part.item()
    assert table.grad is not None
    return loss, table.grad


@st.composite
def split_batches(draw: st.DrawFn) -> tuple[list[int], list[list[int]]]:
    lengths = draw(st.lists(st.integers(0, 6), min_size=1, max_size=7))
    order = draw(st.permutations(range(len(lengths))))
    cuts = sorted(draw(st.sets(st.integers(1, len(lengths)))) | {len(lengths)})
    splits = [list(order[start:end]) for start, end in zip([0, *cuts], cuts, strict=False)]
    return lengths, splits


@settings(deadline=None, max_examples=60)
@given(split_batches(), st.sampled_from(AGGREGATIONS), st.integers(0, 2**31))
def test_gradient_is_the_same_for_any_micro_batch_split(
    batch: tuple[list[int], list[list[int]]], aggregation: str, seed: int
) -> None:
    lengths, splits = batch
    config = LossConfig.parse({"aggregation": aggregation, "kl_coef": 0.5}, where="test")
    whole_loss, whole_gradient = batch_gradient(lengths, [list(range(len(lengths)))], config, seed)
    split_loss, split_gradient = batch_gradient(lengths, splits, config, seed)
    assert split_loss == pytest.approx(whole_loss, abs=1e-7)
    torch.testing.assert_close(split_gradient, whole_gradient, rtol=1e-6, atol=1e-8)


def test_a_mean_per_micro_batch_would_not_pass_the_split_test() -> None:
    """The split test can fail: two micro-batches of unequal length, each averaged on its own, differ."""
    whole, _ = batch_gradient([1, 5], [[0, 1]], CONFIG, 0)
    first, _ = batch_gradient([1], [[0]], CONFIG, 0)
    assert first != pytest.approx(whole)


@pytest.mark.parametrize(
    ("p", "advantage", "loss", "slope"),
    [
        # -A p / (p + 0.1), and its derivative by log p: -A 0.1 p / (p + 0.1)^2
        (0.9, 2.0, -1.8, -0.18),
        (0.1, 2.0, -1.0, -0.5),
        (0.1, -1.0, 0.5, 0.25),
        (0.0, 1.0, 0.0, 0.0),
    ],
)
def test_the_shaped_surrogate_by_hand(p: float, advantage: float, loss: float, slope: float) -> None:
    logprobs = torch.tensor([p], dtype=torch.float64).log().requires_grad_()
    advantages = torch.tensor([advantage], dtype=torch.float64, requires_grad=True)
    value = shaped_surrogate(logprobs, advantages, 0.1)
    value.sum().backward()
    assert logprobs.grad is not None and advantages.grad is None
    assert (value.item(), logprobs.grad.item()) == (pytest.approx(loss), pytest.approx(slope))


def test_uncertainty_is_greatest_at_a_half_and_takes_no_gradient() -> None:
    logprobs = torch.tensor([0.0, 0.1, 0.5, 0.9, 1.0], dtype=torch.float64).log().requires_grad_()
    weights = uncertainty(logprobs)
    assert weights.tolist() == pytest.approx([0.0, 0.09, 0.25, 0.09, 0.0]) and not weights.requires_grad
