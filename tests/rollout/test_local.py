"""The local engine: what it samples equals the plain computation, whatever the batch."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.policy.inputs import Encoded, ModelInputs
from asterism.policy.policy import Policy
from asterism.policy.prefix import Prefix
from asterism.rollout import local
from asterism.rollout.engine import Completion, Request, SamplingConfig
from asterism.rollout.local import LocalEngine

Pictures = Callable[..., Image]
SAMPLING = SamplingConfig(max_tokens=10, temperature=0.8, top_k=60, top_p=0.95)
ENDING = SamplingConfig(max_tokens=16, stop=("a", "e", "s", "o", "t"))
"""Stops early and at different lengths: a random model writes one of these letters soon."""


def requests_of(picture: Pictures, samples: int = 3) -> list[Request]:
    """Two pictures, one, none; prompts of different lengths."""
    return [
        Request.ask("two", "The cup is left of the hat.", (picture(0), picture(1, 64, 160)), samples, seed=11),
        Request.ask("one", "Describe.", (picture(2, 130, 70),), samples, seed=12),
        Request.ask("none", "Hello", (), samples, seed=13),
    ]


def encoded(policy: Policy, request: Request) -> Encoded:
    """The prompt of a request as the model reads it."""
    return policy.encode_messages(request.context[0].rendered_from)


@torch.no_grad()
def plain_logprobs(policy: Policy, request: Request, completion: Completion, sampling: SamplingConfig) -> Tensor:
    """Log-probs of a completion's tokens from one forward pass over the whole row, without a cache."""
    prompt = encoded(policy, request)
    row = prompt.followed_by(completion.token_ids)
    logits = policy.logits(policy.batch([row], "right"))[0, len(prompt.token_ids) - 1 : -1].float()
    logits[:, list(policy.suppressed_token_ids)] = float("-inf")
    scaled = logits / sampling.temperature
    return scaled.log_softmax(-1).gather(-1, torch.tensor(completion.token_ids)[:, None]).squeeze(-1)


def assert_same(left: Sequence[Completion], right: Sequence[Completion]) -> None:
    """The same tokens and texts, and log-probs equal to rounding."""
    assert [(c.request, c.sample, c.token_ids, c.text, c.stopped) for c in left] == [
        (c.request, c.sample, c.token_ids, c.text, c.stopped) for c in right
    ]
    for one, other in zip(left, right, strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-4)


@contextmanager
def altered_logits(policy: Policy, alter: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """The model with its output layer's logits ``[..., vocabulary]`` altered."""
    model: Any = policy.model
    handle = model.get_output_embeddings().register_forward_hook(lambda _module, _inputs, logits: alter(logits))
    try:
        yield
    finally:
        handle.remove()


def scripted(policy: Policy, token_ids: Sequence[int]) -> Any:
    """The model made to write exactly these tokens in its next completion, whatever the random numbers."""
    script = iter(token_ids)

    def alter(logits: Tensor) -> Tensor:
        forced = torch.full_like(logits, -1e4)
        forced[..., next(script)] = 0.0
        return forced

    return altered_logits(policy, alter)


def test_sampler_logprobs_equal_a_plain_forward_over_the_whole_row(policy: Policy, picture: Pictures) -> None:
    requests = {request.id: request for request in requests_of(picture)}
    for sampling in (SAMPLING, ENDING):
        for completion in LocalEngine(policy).generate(list(requests.values()), sampling):
            expected = plain_logprobs(policy, requests[completion.request], completion, sampling)
            torch.testing.assert_close(torch.tensor(completion.logprobs), expected, atol=1e-4, rtol=0)


def test_completions_come_by_request_then_sample_and_differ(policy: Policy, picture: Pictures) -> None:
    counted: list[int] = []
    requests = requests_of(picture, samples=4)
    completions = LocalEngine(policy, rows=5).generate(requests, SAMPLING, on_progress=counted.append)
    assert [(c.request, c.sample) for c in completions] == [(r.id, i) for r in requests for i in range(4)]
    assert sum(counted) == 12
    assert len({completion.token_ids for completion in completions}) == 12
    for completion, request in zip(completions, [r for r in requests for _ in range(4)], strict=True):
        assert completion.prompt_token_ids == encoded(policy, request).token_ids
        assert completion.text == policy.decode(completion.token_ids)


def test_samples_do_not_depend_on_what_else_is_in_the_batch(policy: Policy, picture: Pictures) -> None:
    requests = requests_of(picture)
    engine = LocalEngine(policy)
    together = engine.generate(requests, ENDING)
    for index, request in enumerate(requests):
        assert_same(engine.generate([request], ENDING), together[3 * index : 3 * index + 3])
    backwards = engine.generate(requests[::-1], ENDING)
    assert_same(sorted(backwards, key=lambda c: [r.id for r in requests].index(c.request)), together)


@pytest.mark.parametrize("rows", [1, 4])
def test_samples_do_not_depend_on_how_many_rows_are_decoded_at_a_time(
    policy: Policy, picture: Pictures, rows: int
) -> None:
    requests = requests_of(picture)
    assert_same(
        LocalEngine(policy, rows=rows).generate(requests, ENDING), LocalEngine(policy).generate(requests, ENDING)
    )


def test_the_same_seed_gives_the_same_tokens_and_another_seed_others(policy: Policy, picture: Pictures) -> None:
    first = Request.ask("a", "Describe.", (picture(2),), 2, seed=4)
    again = Request.ask("b", "Describe.", (picture(2),), 3, seed=4)
    other = Request.ask("c", "Describe.", (picture(2),), 2, seed=5)
    engine = LocalEngine(policy)
    one, two, three = ([c.token_ids for c in engine.generate([r], SAMPLING)] for r in (first, again, other))
    assert one == two[:2]  # more samples leave the first ones as they were
    assert not set(one) & set(three)


def test_finished_rows_that_leave_the_batch_change_nothing(
    policy: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = requests_of(picture)
    monkeypatch.setattr(local, "COMPACT_BELOW", 0.0)
    staying = LocalEngine(policy).generate(requests, ENDING)
    assert len({len(completion.token_ids) for completion in staying}) > 2  # rows do end at different times
    monkeypatch.setattr(local, "COMPACT_BELOW", 1.0)
    assert_same(LocalEngine(policy).generate(requests, ENDING), staying)


def test_finished_rows_are_no_longer_computed(
    llava: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    widths: list[int] = []
    read_on = Policy.read_on

    def watched(self: Policy, prefix: Prefix, token_ids: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Prefix]:
        widths.append(len(token_ids))
        return read_on(self, prefix, token_ids, mask)

    monkeypatch.setattr(Policy, "read_on", watched)
    completions = LocalEngine(llava).generate(requests_of(picture, samples=8), ENDING)
    assert widths == sorted(widths, reverse=True) and widths[-1] < widths[0]
    assert max(len(c.token_ids) for c in completions) == len(widths) + 1


@pytest.mark.parametrize("rows", [4, 7, 128])
def test_each_distinct_prompt_and_its_pictures_are_read_once(
    policy: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    read: list[list[int]] = []
    read_prefix = Policy.read_prefix

    def watched(self: Policy, inputs: ModelInputs) -> tuple[Tensor, Prefix]:
        read.extend(inputs.token_ids[row][inputs.mask[row].bool()].tolist() for row in range(len(inputs.mask)))
        return read_prefix(self, inputs)

    monkeypatch.setattr(Policy, "read_prefix", watched)
    requests = requests_of(picture, samples=4)
    LocalEngine(policy, rows=rows).generate(requests, SAMPLING)
    prompts = [list(encoded(policy, request).token_ids) for request in requests]
    assert read == prompts


def test_a_prompt_asked_twice_is_read_once(llava: Policy, picture: Pictures) -> None:
    seen: list[int] = []
    body: Any = llava.model
    body.model.vision_tower.register_forward_pre_hook(
        lambda _module, inputs, named: seen.append(len(named.get("pixel_values", *inputs[:1]))), with_kwargs=True
    )
    requests = [Request.ask(name, "Describe.", (picture(2),), 3, seed) for seed, name in enumerate("ab")]
    completions = LocalEngine(llava).generate(requests, SAMPLING)
    assert seen == [1]
    assert len({completion.token_ids for completion in completions}) == 6


def test_new_weights_of_the_vision_tower_are_in_force_at_once(policy: Policy, picture: Pictures) -> None:
    request = Request.ask("one", "Describe.", (picture(2),), 1, seed=12)
    engine = LocalEngine(policy)
    (before,) = engine.generate([request], SAMPLING)
    names = [name for name, _ in policy.model.named_parameters() if name.startswith(policy.family.vision)]
    tower = [policy.model.get_parameter(name) for name in names]
    kept = [parameter.detach().clone() for parameter in tower]
    try:
        with torch.no_grad():
            for parameter in tower:
                parameter.mul_(1.5)
        (after,) = engine.generate([request], SAMPLING)
        assert abs(after.logprobs[0] - before.logprobs[0]) > 1e-3
        expected = plain_logprobs(policy, request, after, SAMPLING)
        torch.testing.assert_close(torch.tensor(after.logprobs), expected, atol=1e-4, rtol=0)
    finally:  # the policy is shared
        with torch.no_grad():
            for parameter, value in zip(tower, kept, strict=True):
                parameter.copy_(value)


def test_placeholders_and_padding_are_never_sampled_however_likely_the_model_finds_them(
    policy: Policy, picture: Pictures
) -> None:
    never = list(policy.suppressed_token_ids)
    assert policy.model.config.image_token_id in never and policy.pad_token_id in never

    def raise_them(logits: Tensor) -> Tensor:
        raised = logits.clone()
        raised[..., never] = 1e4
        return raised

    requests = requests_of(picture)
    with altered_logits(policy, raise_them):
        for sampling in (SAMPLING, SamplingConfig(max_tokens=10), SamplingConfig(max_tokens=10, temperature=0.0)):
            for completion in LocalEngine(policy).generate(requests, sampling):
                assert not set(completion.token_ids) & set(never)
                assert torch.tensor(completion.logprobs).isfinite().all()


def test_temperature_zero_takes_the_most_likely_token_each_time(policy: Policy, picture: Pictures) -> None:
    request = Request.ask("one", "Describe.", (picture(2),), 2, seed=1)
    greedy = SamplingConfig(max_tokens=6, temperature=0.0)
    one, two = LocalEngine(policy).generate([request], greedy)
    assert one.token_ids == two.token_ids
    prompt = encoded(policy, request)
    with torch.no_grad():
        logits = policy.logits(policy.batch([prompt.followed_by(one.token_ids)], "right"))[0]
    logits[:, list(policy.suppressed_token_ids)] = float("-inf")
    assert logits[len(prompt.token_ids) - 1 : -1].argmax(-1).tolist() == list(one.token_ids)


def test_the_end_of_text_token_ends_a_completion_and_is_kept_but_not_shown(llava: Policy) -> None:
    end = llava.stop_token_ids[0]
    letters = llava.tokenizer("cup", add_special_tokens=False)["input_ids"]
    with scripted(llava, [*letters, end, *letters, *letters]):
        (completion,) = LocalEngine(llava).generate([Request.ask("a", "Go", ())], SamplingConfig(max_tokens=20))
    assert completion.token_ids == (*letters, end)
    assert completion.text == "cup" and completion.stopped


def test_max_tokens_cuts_a_completion_off(llava: Policy) -> None:
    letters = llava.tokenizer("cup hat cup hat", add_special_tokens=False)["input_ids"]
    with scripted(llava, letters):
        (completion,) = LocalEngine(llava).generate([Request.ask("a", "Go", ())], SamplingConfig(max_tokens=3))
    assert completion.token_ids == tuple(letters[:3]) and not completion.stopped


@pytest.mark.parametrize("stop", ["</answer>", "swer", "> 对", "对", "𝄞", " b"])
def test_a_stop_string_ends_a_completion_wherever_its_tokens_are_cut(llava: Policy, stop: str) -> None:
    tokens = llava.tokenizer("<answer>T</answer> 对 𝄞 bb and on", add_special_tokens=False)["input_ids"]
    first = next(count for count in range(len(tokens)) if stop in llava.decode(tokens[:count]))
    with scripted(llava, tokens):
        sampling = SamplingConfig(max_tokens=len(tokens), stop=("never", stop))
        (completion,) = LocalEngine(llava).generate([Request.ask("a", "Go", ())], sampling)
    assert len(tokens[:first]) > 1
    assert completion.token_ids == tuple(tokens[:first])
    assert completion.stopped and completion.text.endswith(stop)


def test_a_stop_string_is_seen_through_tokens_that_leave_no_text(llava: Policy) -> None:
    silent = llava.tokenizer.convert_tokens_to_ids("<|im_start|>")
    letters = [llava.tokenizer(letter, add_special_tokens=False)["input_ids"][0] for letter in "stop"]
    script = [token for letter in letters for token in (letter, silent, silent)]
    with scripted(llava, script):
        sampling = SamplingConfig(max_tokens=len(script), stop=("stop",))
        (completion,) = LocalEngine(llava).generate([Request.ask("a", "Go", ())], sampling)
    assert completion.text == "stop" and completion.stopped and len(completion.token_ids) == 10


def long_text(policy: Policy, tokens: int) -> str:
    """A text whose prompt has exactly this many tokens."""
    text = "x"
    text += "\u00ff" * ((tokens - len(policy.encode(text, []).token_ids)) // 2)  # two tokens each
    while len(policy.encode(text, []).token_ids) < tokens:
        text += "x"
    assert len(policy.encode(text, []).token_ids) == tokens
    return text


def test_a_prompt_that_leaves_no_room_for_an_answer_is_refused_by_its_name(llava: Policy) -> None:
    requests = [
        Request.ask("short", "Go", ()),
        Request.ask("task-19", long_text(llava, llava.context_length), ()),
    ]
    with pytest.raises(AsterismError, match="leaves no room for an answer") as caught:
        LocalEngine(llava).generate(requests, SAMPLING)
    assert caught.value.where == "task-19" and caught.value.remedy


def test_a_prompt_over_the_context_is_refused_by_its_name(llava: Policy) -> None:
    requests = [Request.ask("short", "Go", ()), Request.ask("task-20", "left of the hat " * 300, ())]
    with pytest.raises(AsterismError, match="more than the model's context of 512") as caught:
        LocalEngine(llava).generate(requests, SAMPLING)
    assert caught.value.where == "task-20"


def test_a_completion_ends_where_the_context_does(llava: Policy) -> None:
    requests = [Request.ask("near", long_text(llava, llava.context_length - 2), ()), Request.ask("far", "Go", ())]
    near, far = LocalEngine(llava).generate(requests, SAMPLING)
    assert (len(near.token_ids), near.stopped) == (2, False)
    assert len(far.token_ids) == SAMPLING.max_tokens


def test_no_requests_give_no_completions(llava: Policy) -> None:
    assert LocalEngine(llava).generate([], SAMPLING) == []
