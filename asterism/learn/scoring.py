"""Log-probs of given tokens under a policy: what the rows of a group begin with is read once.

Three forms give the same result (see :data:`asterism.learn.batch.Sharing`): ``branch`` hands the cache of what is
shared to every row, ``row`` lays all rows behind it under a mask that keeps them apart, ``none`` reads each row whole.
The first two are refused for layer types that they are not proven for.

The output layer runs on trained tokens only and in chunks of bounded size, so tokens × vocabulary is never whole: each
chunk's loss goes backward at once, its hidden states collect the gradient, and the body goes backward in the end.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from asterism.learn.batch import Batch
from asterism.learn.losses import entropy
from asterism.policy.policy import Policy

CHUNK_LOGITS = 2**25
"""Most logits that are held at a time (128 MiB in float32); at least one token's."""


class BatchLoss(Protocol):
    """The loss of a batch's trained tokens, of any slice of them at a time; a sum over tokens."""

    @property
    def needs_all(self) -> bool:
        """Whether it must see the log-probs of all tokens before any of them goes backward."""
        ...

    def see(self, logprobs: Tensor) -> None:
        """Take the log-probs of all tokens, ``[tokens]``, without gradient."""
        ...

    def __call__(self, logprobs: Tensor, span: slice, /) -> Tensor:
        """The summed loss of the tokens in a slice, given their log-probs with gradient."""
        ...


@dataclass(frozen=True, slots=True)
class Scores:
    """For the trained tokens of a batch, row after row: log-probs and exact entropy, ``[tokens]``, without gradient."""

    logprobs: Tensor
    entropy: Tensor


@torch.no_grad()
def score_batch(policy: Policy, batch: Batch, *, temperature: float) -> Scores:
    """Score the trained tokens of a batch under the distribution that is sampled at ``temperature``.

    Tokens that are never sampled (placeholders, padding) have no probability here either.
    """
    hidden, targets = hidden_before(policy, batch), batch.targets
    parts = [_score(policy, hidden[span], targets[span], temperature) for span in _chunks(policy, len(targets))]
    return _joined(parts)


def score_backward(policy: Policy, batch: Batch, loss: BatchLoss, *, temperature: float) -> Scores:
    """Score as :func:`score_batch` does, and add the gradient of the summed ``loss`` to the parameters.

    The loss is asked for each trained token once, in order. Where it needs all log-probs first (a ratio of whole
    sequences does), the output layer runs once more, without gradient; the body still runs once.
    """
    with policy.clock("forward"):
        hidden, targets = hidden_before(policy, batch), batch.targets
    chunks = _chunks(policy, len(targets))
    if loss.needs_all:
        with policy.clock("forward"), torch.no_grad():
            seen = [_score(policy, hidden[span], targets[span], temperature).logprobs for span in chunks]
            loss.see(torch.cat(seen))
    leaf = hidden.detach().requires_grad_()
    parts = []
    for span in chunks:
        with policy.clock("forward"):
            scores = _score(policy, leaf[span], targets[span], temperature)
            part = loss(scores.logprobs, span)
        with policy.clock("backward"):
            part.backward()  # type: ignore[no-untyped-call]
        parts.append(Scores(scores.logprobs.detach(), scores.entropy))
    if leaf.grad is not None and hidden.requires_grad:
        with policy.clock("backward"):
            hidden.backward(leaf.grad)  # type: ignore[no-untyped-call]
    return _joined(parts)


def hidden_before(policy: Policy, batch: Batch) -> Tensor:
    """The hidden state from which each trained token is predicted, ``[tokens, width]``."""
    read = _packed if batch.sharing == "row" and batch.rests else _branched
    return read(policy, batch)[batch.sources]


def _branched(policy: Policy, batch: Batch) -> Tensor:
    """The flattened states of all prefixes, then of all rests."""
    prefixes = policy.batch(batch.prefixes, "left")
    if not batch.rests:
        return policy.read(prefixes).flatten(0, 1)
    before, prefix = policy.read_prefix(prefixes)
    rests = policy.batch(batch.rests, "right")
    after, _ = policy.read_on(prefix.select(batch.branch), rests.token_ids, rests.mask, rests.vision)
    return torch.cat([before.flatten(0, 1), after.flatten(0, 1)])


def _packed(policy: Policy, batch: Batch) -> Tensor:
    """The states of one row: all prefixes, then all rests, each seeing nothing but itself and its prefix."""
    return policy.read_packed(batch.prefixes, batch.rests, batch.branch)[0]


def _score(policy: Policy, hidden: Tensor, targets: Tensor, temperature: float) -> Scores:
    logits = policy.head(hidden).float() / (temperature or 1.0)
    logits = logits.index_fill(-1, _suppressed(policy, logits.device), float("-inf"))
    log_p = logits.log_softmax(-1)
    return Scores(log_p.gather(-1, targets[:, None]).squeeze(-1), entropy(log_p.detach()))


def _chunks(policy: Policy, tokens: int) -> list[slice]:
    size = max(1, CHUNK_LOGITS // policy.vocabulary_size)
    return [slice(start, start + size) for start in range(0, max(1, tokens), size)]


def _joined(parts: list[Scores]) -> Scores:
    return Scores(torch.cat([part.logprobs for part in parts]), torch.cat([part.entropy for part in parts]))


def _suppressed(policy: Policy, device: torch.device) -> Tensor:
    return torch.tensor(policy.suppressed_token_ids, dtype=torch.long, device=device)
