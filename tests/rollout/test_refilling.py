"""Continuous batching: rows that join and leave change nothing but the time it takes."""

import gc
from collections.abc import Callable, Sequence
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from asterism.core.image import Image
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.batch import collate, rows_of
from asterism.learn.scoring import score_batch
from asterism.policy.decode_cache import DecodeLayer
from asterism.policy.inputs import ModelInputs
from asterism.policy.policy import Policy
from asterism.policy.prefix import Prefix
from asterism.rollout.engine import Completion, Request, SamplingConfig
from asterism.rollout.local import LocalEngine
from tests.policy.tiny_families import BUILDERS, skip_without_packages

Pictures = Callable[..., Image]
SAMPLING = SamplingConfig(max_tokens=12, temperature=0.8)
ENDING = SamplingConfig(max_tokens=24, stop=("a", "e", "s", "o", "t"))
FILTERED = SamplingConfig(max_tokens=10, temperature=1.3, top_k=30, top_p=0.9, stop=("e", "t"))
GREEDY = SamplingConfig(max_tokens=14, temperature=0.0, stop=("s", "o"))
TEXTS = ("Hello", "Describe.", "The cup is left of the hat.", "A key hides a moon. " * 3, "x", "true or false?")

_shared = cache(lambda name: BUILDERS[name]())


def requests_of(picture: Pictures, samples: int = 5) -> list[Request]:
    """Two pictures, one, none; prompts of different lengths, more samples than fit at a time."""
    return [
        Request.ask("two", "The cup is left of the hat.", (picture(0), picture(1, 64, 160)), samples, seed=11),
        Request.ask("none", "Hello", (), samples, seed=13),
        Request.ask("one", "Describe.", (picture(2, 130, 70),), samples, seed=12),
        Request.ask("long", "A key hides a moon. " * 4, (picture(3),), samples, seed=14),
    ]


def trainers_logprobs(
    policy: Policy,
    engine: LocalEngine,
    requests: Sequence[Request],
    completions: Sequence[Completion],
    temperature: float,
) -> Tensor:
    """What the trainer computes for the tokens of all completions, one after another."""
    asked = {request.id: request for request in requests}
    told = []
    for completion in completions:
        request = asked[completion.request]
        prompt = Segment("prompt", completion.prompt_token_ids, request.context[0].text, request.context[0].images)
        answer = Segment("model", completion.token_ids, completion.text, trainable=True)
        told.append(Trajectory((prompt, answer)))
    batch = collate(rows_of(told, engine.encoder), policy)
    return score_batch(policy, batch, temperature=temperature).logprobs


def samplers_logprobs(completions: Sequence[Completion]) -> Tensor:
    return torch.tensor([logprob for completion in completions for logprob in completion.logprobs])


def texts(completions: Sequence[Completion]) -> list[tuple[str, int, tuple[int, ...], bool]]:
    return [(each.request, each.sample, each.token_ids, each.stopped) for each in completions]


@pytest.mark.parametrize("sampling", [SAMPLING, ENDING, FILTERED, GREEDY], ids=["long", "stops", "filtered", "greedy"])
def test_logprobs_are_the_trainers_while_rows_join_and_leave(
    policy: Policy, picture: Pictures, sampling: SamplingConfig
) -> None:
    requests, engine = requests_of(picture), LocalEngine(policy, rows=4)
    completions = engine.generate(requests, sampling)
    if sampling is ENDING:
        assert len({len(completion.token_ids) for completion in completions}) > 2
    expected = trainers_logprobs(policy, engine, requests, completions, sampling.temperature)
    torch.testing.assert_close(samplers_logprobs(completions), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 16])
def test_samples_are_the_same_for_any_number_of_rows(policy: Policy, picture: Pictures, rows: int) -> None:
    requests = requests_of(picture)
    for sampling in (SAMPLING, ENDING):
        assert texts(LocalEngine(policy, rows=rows).generate(requests, sampling)) == texts(
            LocalEngine(policy).generate(requests, sampling)
        )


@pytest.mark.parametrize("name", ["llava", "qwen2_5_vl", "gemma3", "qwen3_5"])
@settings(max_examples=15)
@given(
    asked=st.lists(st.tuples(st.sampled_from(TEXTS), st.integers(0, 2), st.integers(1, 4)), min_size=1, max_size=5),
    rows=st.integers(2, 9),
    longest=st.integers(1, 14),
)
def test_greedy_completions_are_those_of_one_row_at_a_time(
    picture: Pictures, name: str, asked: list[tuple[str, int, int]], rows: int, longest: int
) -> None:
    skip_without_packages(name)
    policy = _shared(name)
    requests = [
        Request.ask(f"{place}", text, tuple(picture(seed, 40 + 30 * seed) for seed in range(pictures)), samples)
        for place, (text, pictures, samples) in enumerate(asked)
    ]
    sampling = GREEDY.model_copy(update={"max_tokens": longest})
    assert texts(LocalEngine(policy, rows=rows).generate(requests, sampling)) == texts(
        LocalEngine(policy, rows=1).generate(requests, sampling)
    )


def test_seats_of_finished_rows_are_taken_at_once(
    llava: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    read_on = Policy.read_on

    def watched(self: Policy, prefix: Prefix, token_ids: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Prefix]:
        steps.append(len(token_ids))
        return read_on(self, prefix, token_ids, mask)

    monkeypatch.setattr(Policy, "read_on", watched)
    completions = LocalEngine(llava, rows=4).generate(requests_of(picture, samples=10), ENDING)
    lengths = [len(completion.token_ids) for completion in completions]
    one_batch_after_another = sum(max(lengths[first : first + 4]) - 1 for first in range(0, len(lengths), 4))
    assert len(steps) < 0.8 * one_batch_after_another
    assert sum(lengths) - len(lengths) <= sum(steps) < 1.35 * sum(lengths)  # hardly a step for a finished row
    assert max(steps) == 4


@pytest.mark.parametrize("rows", [1, 3])
def test_a_prompt_with_more_samples_than_rows_is_read_once(
    policy: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    read: list[int] = []
    read_prefix = Policy.read_prefix

    def watched(self: Policy, inputs: ModelInputs) -> tuple[Tensor, Prefix]:
        read.append(len(inputs.token_ids))
        return read_prefix(self, inputs)

    monkeypatch.setattr(Policy, "read_prefix", watched)
    LocalEngine(policy, rows=rows).generate(requests_of(picture), ENDING)
    assert sum(read) == 4


def test_progress_counts_every_completion_once_and_comes_while_others_wait(llava: Policy, picture: Pictures) -> None:
    told: list[int] = []
    LocalEngine(llava, rows=4).generate(requests_of(picture), ENDING, on_progress=told.append)
    assert sum(told) == 20 and len(told) > 5 and min(told) > 0


def test_completions_of_one_token_leave_their_seats_before_any_step(llava: Policy, picture: Pictures) -> None:
    told: list[int] = []
    one = SamplingConfig(max_tokens=1)
    completions = LocalEngine(llava, rows=3).generate(requests_of(picture), one, on_progress=told.append)
    assert [len(completion.token_ids) for completion in completions] == [1] * 20 and told == [20]


def test_nothing_of_the_cache_outlives_the_call(llava: Policy, picture: Pictures) -> None:
    engine = LocalEngine(llava, rows=4)
    engine.generate(requests_of(picture), ENDING)
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is DecodeLayer]


def test_memory_does_not_grow_with_the_number_of_waiting_rows(
    llava: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    widths: list[int] = []
    update = DecodeLayer.update

    def watched(self: DecodeLayer, keys: Tensor, values: Tensor, *args: object, **named: object) -> object:
        widths.append(self.keys.untyped_storage().nbytes())
        return update(self, keys, values, *args, **named)

    monkeypatch.setattr(DecodeLayer, "update", watched)
    LocalEngine(llava, rows=4).generate(requests_of(picture), ENDING)
    few = max(widths)
    widths.clear()
    LocalEngine(llava, rows=4).generate(requests_of(picture, samples=30), ENDING)
    assert max(widths) <= 1.5 * few


def test_layers_that_cannot_be_joined_are_decoded_a_batch_after_another(
    policy: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = requests_of(picture)
    expected = LocalEngine(policy).generate(requests, ENDING)
    monkeypatch.setattr(Policy, "layer_types", ("unknown",))
    engine = LocalEngine(policy, rows=4)
    completions = engine.generate(requests, ENDING)
    assert texts(completions) == texts(expected)
    scored = trainers_logprobs(policy, engine, requests, completions, ENDING.temperature)
    torch.testing.assert_close(samplers_logprobs(completions), scored, atol=1e-4, rtol=0)


def test_tokens_that_may_never_be_sampled_are_not(llava: Policy, picture: Pictures) -> None:
    engine = LocalEngine(llava, never=llava.stop_token_ids)
    long = SamplingConfig(max_tokens=200, temperature=5.0)
    completions = engine.generate(requests_of(picture), long)
    assert [len(completion.token_ids) for completion in completions] == [200] * 20
    usual = LocalEngine(llava).generate(requests_of(picture), long)
    assert any(completion.stopped for completion in usual)


BF16_MEAN, BF16_MOST = 0.02, 0.1
"""Nats by which log-probs of a bfloat16 model may differ from its trainer's, on average and at most: bfloat16 tells a
logit between 4 and 8 to 0.03. Here they differ by 0.006 and 0.03."""


@pytest.mark.parametrize("name", list(BUILDERS))
def test_a_bfloat16_model_is_sampled_in_full_precision_and_agrees_with_its_trainer(
    name: str, picture: Pictures
) -> None:
    skip_without_packages(name)
    policy = BUILDERS[name]()
    policy.model.to(torch.bfloat16)
    requests, engine = requests_of(picture), LocalEngine(policy, rows=4)
    completions = engine.generate(requests, ENDING)
    own = samplers_logprobs(completions)
    scored = trainers_logprobs(policy, engine, requests, completions, ENDING.temperature)
    assert own.isfinite().all() and scored.dtype == torch.float32
    assert (own - scored).abs().mean() < BF16_MEAN and (own - scored).abs().max() < BF16_MOST
