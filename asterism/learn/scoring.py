"""Log-probs of given tokens under a policy: the prompt is read once, its cache branched to the answers."""

from dataclasses import dataclass

import torch
from torch import Tensor

from asterism.learn.batch import Batch
from asterism.learn.losses import entropy
from asterism.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Scores:
    """For the trained tokens of a batch, row after row: log-probs (with gradient) and exact entropy, ``[tokens]``."""

    logprobs: Tensor
    entropy: Tensor


def score_batch(policy: Policy, batch: Batch, *, temperature: float) -> Scores:
    """Score the trained tokens of a batch under the distribution that is sampled at ``temperature``.

    Tokens that are never sampled (placeholders, padding) have no probability here either.
    """
    hidden = _hidden_before(policy, batch)[batch.trained]  # [trained, width]
    logits = policy.head(hidden).float() / (temperature or 1.0)
    logits = logits.index_fill(-1, _suppressed(policy, logits.device), float("-inf"))
    targets = batch.answers[batch.trained]
    logprobs = logits.log_softmax(-1).gather(-1, targets[:, None]).squeeze(-1)
    with torch.no_grad():
        exact = entropy(logits)
    return Scores(logprobs, exact)


def _hidden_before(policy: Policy, batch: Batch) -> Tensor:
    """The hidden state from which each answer token is predicted, ``[rows, tokens, width]``."""
    before, prefix = policy.read_prefix(policy.batch(batch.prompts, "left"))
    first = before[batch.branch, -1:]
    if batch.answers.shape[1] <= 1:
        return first[:, : batch.answers.shape[1]]
    rest, _ = policy.read_on(prefix.select(batch.branch), batch.answers[:, :-1], batch.mask[:, :-1])
    return torch.cat([first, rest], dim=1)


def _suppressed(policy: Policy, device: torch.device) -> Tensor:
    return torch.tensor(policy.suppressed_token_ids, dtype=torch.long, device=device)
