"""Three ways to continue prompts with one model: the local engine, the same without refilling, transformers' own."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from asterism.policy.inputs import Encoded
from asterism.policy.policy import Policy
from asterism.rollout.engine import Request, SamplingConfig
from asterism.rollout.local import COMPACT_BELOW, LocalEngine
from asterism.rollout.sampling import draw_tokens, uniforms

Answers = list[list[int]]
"""The tokens of every sample of every request, each up to its end."""


def engine(policy: Policy, requests: Sequence[Request], sampling: SamplingConfig, rows: int) -> Answers:
    """The local engine."""
    return [list(each.token_ids) for each in LocalEngine(policy, rows=rows).generate(requests, sampling)]


@torch.inference_mode()
def concatenating(policy: Policy, requests: Sequence[Request], sampling: SamplingConfig, rows: int) -> Answers:
    """As the engine was: finished rows leave, none joins, and the cache is laid anew at each token."""
    answers: Answers = []
    for batch in _batches(requests, rows):
        answers += _one_batch(policy, batch, sampling)
    return answers


@torch.inference_mode()
def transformers(policy: Policy, requests: Sequence[Request], sampling: SamplingConfig, rows: int) -> Answers:
    """``generate`` on every prompt as often as it has samples."""
    model: Any = policy.model
    answers: Answers = []
    for batch in _batches(requests, rows):
        prompts, owners = _prompts(policy, batch)
        read = policy.batch([prompts[owner] for owner in owners], "left")
        written = model.generate(
            input_ids=read.token_ids,
            attention_mask=read.mask,
            **read.vision.tensors,
            do_sample=True,
            temperature=sampling.temperature,
            top_k=0,
            top_p=1.0,
            max_new_tokens=sampling.max_tokens,
            suppress_tokens=list(policy.suppressed_token_ids),
            pad_token_id=policy.pad_token_id,
        )
        answers += [_until_end(policy, row) for row in written[:, read.token_ids.shape[1] :].tolist()]
    return answers


def _one_batch(policy: Policy, batch: Sequence[Request], sampling: SamplingConfig) -> Answers:
    prompts, owners = _prompts(policy, batch)
    suppressed = torch.tensor(policy.suppressed_token_ids)
    drawn = [uniforms(each.seed, sample, sampling.max_tokens) for each in batch for sample in range(each.samples)]
    randoms = torch.from_numpy(np.stack(drawn))
    hidden, prefix = policy.read_prefix(policy.batch(prompts, "left"))
    logits, prefix = policy.head(hidden[:, -1])[owners], prefix.select(torch.tensor(owners))
    answers: Answers = [[] for _ in owners]
    live = list(range(len(owners)))
    for step in range(sampling.max_tokens):
        tokens, _ = draw_tokens(logits, randoms[live, step], suppressed, sampling)
        for place, token in zip(live, tokens.tolist(), strict=True):
            if not _ended(policy, answers[place]):
                answers[place].append(token)
        going = [index for index, place in enumerate(live) if not _ended(policy, answers[place])]
        if not going or step + 1 == sampling.max_tokens:
            break
        if len(going) < COMPACT_BELOW * len(live):
            prefix, tokens, live = prefix.select(torch.tensor(going)), tokens[going], [live[index] for index in going]
        hidden, prefix = policy.read_on(prefix, tokens[:, None])
        logits = policy.head(hidden[:, -1])
    return answers


def _batches(requests: Sequence[Request], rows: int) -> Iterator[Sequence[Request]]:
    """Whole requests, together at most ``rows`` samples; all have the same number."""
    size = max(1, rows // requests[0].samples)
    for first in range(0, len(requests), size):
        yield requests[first : first + size]


def _prompts(policy: Policy, batch: Sequence[Request]) -> tuple[list[Encoded], list[int]]:
    """The encoded prompts, and for each sample the prompt it continues."""
    prompts = [policy.encode_messages(each.context[0].rendered_from) for each in batch]
    return prompts, [place for place, each in enumerate(batch) for _ in range(each.samples)]


def _ended(policy: Policy, answer: Sequence[int]) -> bool:
    return bool(answer) and answer[-1] in policy.stop_token_ids


def _until_end(policy: Policy, row: Sequence[int]) -> list[int]:
    ends = [place for place, token in enumerate(row) if token in policy.stop_token_ids]
    return list(row[: ends[0] + 1] if ends else row)
