"""Drawing tokens: what is drawn, how often, and with which log-prob."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from asterism.core.errors import AsterismError
from asterism.rollout.engine import SamplingConfig
from asterism.rollout.sampling import draw_tokens, filter_logits, suppress, uniforms

VOCABULARY = 12
LAST_BELOW_ONE = 1 - 2.0**-53
NOTHING = torch.tensor([], dtype=torch.long)

rows_of_logits = st.lists(
    st.lists(st.floats(-30, 30, width=32), min_size=VOCABULARY, max_size=VOCABULARY), min_size=1, max_size=4
)
draws = st.one_of(st.floats(0, LAST_BELOW_ONE), st.sampled_from([0.0, 0.999999, LAST_BELOW_ONE]))
samplings = st.builds(
    SamplingConfig,
    temperature=st.floats(0.05, 5),
    top_p=st.one_of(st.just(1.0), st.floats(0.01, 1)),
    top_k=st.integers(0, VOCABULARY + 2),
)
suppressions = st.sets(st.integers(0, VOCABULARY - 1), max_size=VOCABULARY - 1)


def expected_distribution(logits: Sequence[float], suppressed: set[int], sampling: SamplingConfig) -> dict[int, float]:
    """Token to probability, worked out one token at a time with Python's floats."""
    allowed = [token for token in range(len(logits)) if token not in suppressed]
    scaled = {token: logits[token] / sampling.temperature for token in allowed}
    ranked = sorted(allowed, key=lambda token: (-scaled[token], token))
    if sampling.top_k:
        ranked = ranked[: sampling.top_k]
    weight = {token: math.exp(scaled[token] - scaled[ranked[0]]) for token in ranked}
    kept, mass = [], 0.0
    for token in ranked:
        if mass >= sampling.top_p:
            break
        kept.append(token)
        mass += weight[token] / sum(weight.values())
    total = sum(weight[token] for token in kept)
    return {token: weight[token] / total for token in kept}


def ids(tokens: set[int]) -> Tensor:
    return torch.tensor(sorted(tokens), dtype=torch.long)


def frequencies(logits: Tensor, sampling: SamplingConfig, suppressed: Tensor = NOTHING, draws: int = 4000) -> Tensor:
    """How often each token is drawn when the uniform numbers lie evenly."""
    uniform = (torch.arange(draws, dtype=torch.float64) + 0.5) / draws
    tokens, _ = draw_tokens(logits.expand(draws, -1), uniform, suppressed, sampling)
    return torch.bincount(tokens, minlength=logits.shape[-1]) / draws


@given(rows_of_logits, draws, suppressions, samplings)
def test_a_drawn_token_passes_the_filter_and_its_logprob_is_the_one_before_it(
    rows: list[list[float]], uniform: float, suppressed: set[int], sampling: SamplingConfig
) -> None:
    logits = torch.tensor(rows)
    uniform_of_rows = torch.full((len(rows),), uniform, dtype=torch.float64)
    tokens, logprobs = draw_tokens(logits, uniform_of_rows, ids(suppressed), sampling)
    scaled = suppress(logits, ids(suppressed)).double() / sampling.temperature
    filtered = filter_logits((suppress(logits, ids(suppressed)) / sampling.temperature).log_softmax(-1), sampling)
    for row, kept, token, logprob in zip(scaled, filtered, tokens.tolist(), logprobs.tolist(), strict=True):
        assert token not in suppressed and kept[token] > float("-inf")
        assert math.isfinite(logprob) and logprob <= 0
        assert logprob == pytest.approx(float(row[token] - row.logsumexp(0)), abs=1e-4)


@given(
    st.permutations(range(VOCABULARY)),  # well apart, so that no rounding decides who is in
    st.floats(0.5, 2),
    st.integers(0, VOCABULARY),
    st.sampled_from([0.1, 0.5, 0.83, 0.97, 1.0]),
    suppressions,
)
def test_filtering_keeps_the_right_set_with_the_right_probabilities(
    ranks: list[int], temperature: float, top_k: int, top_p: float, suppressed: set[int]
) -> None:
    logits = [rank * 0.7 + 0.013 * rank * rank for rank in ranks]
    sampling = SamplingConfig(temperature=temperature, top_k=top_k, top_p=top_p)
    expected = expected_distribution(logits, suppressed, sampling)
    scaled = suppress(torch.tensor([logits], dtype=torch.float64), ids(suppressed)) / temperature
    got = filter_logits(scaled, sampling).softmax(-1)[0]
    assert {token for token in range(VOCABULARY) if got[token] > 0} == set(expected)
    for token, probability in expected.items():
        assert float(got[token]) == pytest.approx(probability, abs=1e-9)


def test_the_most_likely_token_stays_whatever_top_p() -> None:
    filtered = filter_logits(torch.tensor([[1.0, 3.0, 2.0]]), SamplingConfig(top_p=1e-6))
    assert filtered.tolist() == [[float("-inf"), 3.0, float("-inf")]]


def test_top_k_over_the_vocabulary_keeps_everything() -> None:
    logits = torch.tensor([[1.0, 3.0, 2.0]])
    assert torch.equal(filter_logits(logits, SamplingConfig(top_k=50)), logits)


def test_top_k_keeps_k_tokens_where_logits_are_equal() -> None:
    filtered = filter_logits(torch.zeros(2, 6), SamplingConfig(top_k=2))
    assert (filtered > float("-inf")).sum(-1).tolist() == [2, 2]


def test_tokens_are_drawn_as_often_as_their_probability_says() -> None:
    logits = torch.tensor([0.0, 1.0, -1.0, 2.0, 0.5, 40.0])
    sampling = SamplingConfig(temperature=1.3, top_k=4, top_p=0.9)
    expected = expected_distribution(logits.tolist(), {5}, sampling)
    drawn = frequencies(logits, sampling, torch.tensor([5]))
    for token in range(6):
        assert float(drawn[token]) == pytest.approx(expected.get(token, 0.0), abs=1e-3)


def test_a_suppressed_token_is_not_drawn_though_its_logit_towers() -> None:
    logits = torch.full((1, 5), -50.0)
    logits[0, 2] = 1e9
    uniform = torch.tensor([0.0, 0.5, 0.999999, LAST_BELOW_ONE], dtype=torch.float64)
    for settings in ({}, {"temperature": 0.0}, {"top_k": 1}, {"top_p": 0.1}):
        sampling = SamplingConfig.model_validate(settings)
        tokens, logprobs = draw_tokens(logits.expand(4, -1), uniform, torch.tensor([2, 4]), sampling)
        assert set(tokens.tolist()) <= {0, 1, 3}
        assert logprobs.isfinite().all()


@pytest.mark.parametrize("uniform", [0.0, 0.999999, LAST_BELOW_ONE])
def test_the_ends_of_the_unit_interval_draw_the_first_and_the_last_possible_token(uniform: float) -> None:
    logits = torch.tensor([[float("-inf"), 0.0, 0.0, float("-inf")]])
    tokens, logprobs = draw_tokens(logits, torch.tensor([uniform], dtype=torch.float64), NOTHING, SamplingConfig())
    assert tokens.tolist() == [1 if uniform == 0 else 2]
    assert logprobs.item() == pytest.approx(math.log(0.5), abs=1e-6)


@given(rows_of_logits, draws, suppressions)
def test_temperature_zero_takes_the_most_likely_token_and_tells_its_logprob_at_temperature_one(
    rows: list[list[float]], uniform: float, suppressed: set[int]
) -> None:
    uniform_of_rows = torch.full((len(rows),), uniform, dtype=torch.float64)
    greedy = SamplingConfig(temperature=0.0)
    tokens, logprobs = draw_tokens(torch.tensor(rows), uniform_of_rows, ids(suppressed), greedy)
    for row, token, logprob in zip(rows, tokens.tolist(), logprobs.tolist(), strict=True):
        allowed = torch.tensor([value for place, value in enumerate(row) if place not in suppressed])
        assert token not in suppressed and row[token] == allowed.max()
        assert logprob == pytest.approx(float(row[token] - allowed.logsumexp(0)), abs=1e-4)


def test_a_row_is_drawn_alike_whatever_rows_stand_beside_it() -> None:
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(6, 40, generator=generator)
    uniform = torch.rand(6, generator=generator, dtype=torch.float64)
    sampling = SamplingConfig(temperature=0.7, top_p=0.8, top_k=20)
    tokens, logprobs = draw_tokens(logits, uniform, NOTHING, sampling)
    for row in range(6):
        alone = draw_tokens(logits[row : row + 1], uniform[row : row + 1], NOTHING, sampling)
        assert (alone[0].item(), alone[1].item()) == (tokens[row].item(), logprobs[row].item())


def test_half_precision_logits_are_drawn_in_full_precision() -> None:
    logits = torch.linspace(-3, 3, 50)[None]
    tokens, logprobs = draw_tokens(logits.bfloat16(), torch.tensor([0.37]), NOTHING, SamplingConfig())
    same, exact = draw_tokens(logits.bfloat16().float(), torch.tensor([0.37]), NOTHING, SamplingConfig())
    assert logprobs.dtype == torch.float32
    assert (tokens.item(), logprobs.item()) == (same.item(), exact.item())


def test_random_numbers_depend_on_seed_and_sample_and_a_longer_row_begins_alike() -> None:
    row = uniforms(5, 2, 8)
    assert np.array_equal(row, uniforms(5, 2, 8))
    assert np.array_equal(row, uniforms(5, 2, 100)[:8])
    assert not set(row) & set(uniforms(5, 3, 8)) and not set(row) & set(uniforms(6, 2, 8))
    assert ((row >= 0) & (row < 1)).all()


def test_an_empty_stop_string_is_refused_by_its_field() -> None:
    with pytest.raises(AsterismError, match="stop: an empty stop string would end every completion") as caught:
        SamplingConfig.parse({"stop": ["</answer>", ""]}, where="recipe.yaml")
    assert caught.value.where == "recipe.yaml"


@pytest.mark.parametrize("settings", [{}, {"temperature": 0.0}, {"top_k": 3}, {"top_p": 0.2}])
def test_logprobs_do_not_depend_on_filtering_and_not_on_the_precision_of_logits(settings: dict[str, float]) -> None:
    logits = torch.linspace(-4, 4, 30).bfloat16()[None]
    tokens, logprobs = draw_tokens(logits, torch.tensor([0.6]), NOTHING, SamplingConfig.model_validate(settings))
    expected = logits.double().log_softmax(-1)[0, tokens.item()]
    assert logprobs.dtype == torch.float32
    assert logprobs.item() == pytest.approx(expected.item(), abs=1e-6)
