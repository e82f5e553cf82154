"""The loss of a global batch worked out plainly: one whole row at a time, no cache, no micro-batches."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from asterism.core.sample import Sample
from asterism.learn.losses import LossConfig
from asterism.learn.streams import StoredLogProbs
from asterism.policy.policy import Policy


def plain_logprobs(policy: Policy, sample: Sample, temperature: float) -> Tensor:
    """Log-probs of a sample's trained tokens, ``[trained tokens]``."""
    every, token_ids = plain_distributions(policy, sample, temperature)
    return every.gather(-1, torch.tensor(token_ids)[:, None]).squeeze(-1)


def plain_distributions(policy: Policy, sample: Sample, temperature: float) -> tuple[Tensor, list[int]]:
    """What each trained token was drawn from, ``[trained tokens, vocabulary]`` in logs, and the tokens.

    From ``model(**inputs)`` on the whole row.
    """
    prompt, *rest = sample.trajectory.segments
    encoded = policy.encode(prompt.text, prompt.images)
    row = encoded.followed_by([token for segment in rest for token in segment.token_ids])
    inputs = policy.batch([row], "right")
    logits = policy.model(
        input_ids=inputs.token_ids,
        attention_mask=inputs.mask,
        position_ids=inputs.positions,
        use_cache=False,
        **inputs.vision.tensors,
        **policy.family.extras(policy.model.config, inputs),
    ).logits[0]
    logits = logits / temperature
    logits = logits.index_fill(-1, torch.tensor(policy.suppressed_token_ids), -math.inf)
    trained = [False] * len(encoded.token_ids) + [segment.trainable for segment in rest for _ in segment.token_ids]
    places = [place for place, wanted in enumerate(trained) if wanted]
    before = torch.stack([logits[place - 1] for place in places])
    return before.log_softmax(-1), [row.token_ids[place] for place in places]


def plain_loss(
    policy: Policy,
    samples: Sequence[Sample],
    stored: Sequence[StoredLogProbs],
    config: LossConfig,
    temperature: float,
    *,
    gamma: float = 0.1,
    uncertain: bool = False,
) -> Tensor:
    """The loss of the whole batch, token by token, as the formulas say."""
    total = torch.zeros(())
    for sample, entry in zip(samples, stored, strict=True):
        rl, shaped, ce, kl = (_weight(sample, samples, term, config) for term in ("rl", "shaped", "ce", "kl"))
        weights = sample.weights
        logprobs = plain_logprobs(policy, sample, temperature)
        for place, logprob in enumerate(logprobs):
            old = logprob.detach() if entry.old is None else entry.old[place]
            if "rl" in weights:
                total = total + rl * _surrogate(logprob, old, weights["rl"][place], config)
            if "shaped" in weights:
                total = total - shaped * weights["shaped"][place] * logprob.exp() / (logprob.exp() + gamma)
            if "ce" in weights:
                p = math.exp(float(logprob.detach()))
                factor = p * (1 - p) if uncertain else 1.0
                total = total - ce * factor * weights["ce"][place] * logprob
            if "kl" in weights and entry.reference is not None:
                d = entry.reference[place] - logprob
                k3 = torch.minimum(d.exp() - d - 1, torch.tensor(config.kl_clamp))
                total = total + config.kl_coef * kl * weights["kl"][place] * k3
    return total


def _weight(sample: Sample, samples: Sequence[Sample], term: str, config: LossConfig) -> float:
    """What one token of a sample counts in a term: the term is averaged over the samples that carry it."""
    lengths = [each.trajectory.trained_tokens for each in samples if each.weights.get(term)]
    length = sample.trajectory.trained_tokens
    if not lengths or not length:
        return 0.0
    return {
        "token_mean": 1 / sum(lengths),
        "sequence_mean": 1 / (length * len(lengths)),
        "constant_length": 1 / (config.constant_length * len(lengths)),
    }[config.aggregation]


def _surrogate(logprob: Tensor, old: Tensor, advantage: float, config: LossConfig) -> Tensor:
    rho = (logprob - old).exp()
    clipped = torch.clamp(rho, 1 - config.clip_low, 1 + config.clip_high)
    loss = torch.maximum(-advantage * rho, -advantage * clipped)
    if advantage < 0 and config.dual_clip is not None:
        loss = torch.minimum(loss, torch.tensor(-config.dual_clip * advantage))
    return loss
