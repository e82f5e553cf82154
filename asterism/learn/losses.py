"""Losses as pure functions of log-probs, token by token; :mod:`asterism.learn.terms` makes loss terms of them.

All tensors are flat, ``[tokens]``: the trained tokens of one micro-batch, one sequence after the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from pydantic import Field
from torch import Tensor

from asterism.core.config import Config
from asterism.learn.normalisers import Aggregation

LOG_RATIO_LIMIT = 20.0
"""Log-ratios are held within ± this before exp, so that no gradient becomes inf * 0."""


class LossConfig(Config):
    """Clip bounds, the KL term, and how tokens are added up. Defaults: arXiv 2602.10575."""

    clip_low: float = Field(0.2, ge=0, lt=1, description="the ratio is clipped below at 1 - clip_low")
    clip_high: float = Field(0.3, ge=0, description="the ratio is clipped above at 1 + clip_high")
    dual_clip: float | None = Field(
        3.0, gt=1, description="with a negative advantage A a token's loss is at most -dual_clip * A; null: no limit"
    )
    kl_coef: float = Field(0.01, ge=0, description="weight of the KL term; 0 leaves the reference policy out")
    kl_clamp: float = Field(10.0, gt=0, description="largest KL estimate of one token, nats")
    aggregation: Aggregation = Field(
        "token_mean",
        description="sum / tokens of the global batch; mean over sequences of their means; "
        "or sum / (sequences * constant_length) (Dr. GRPO)",
    )
    constant_length: int = Field(128, ge=1, description="divisor of constant_length, tokens; use rollout max_tokens")


@dataclass(frozen=True, slots=True)
class SurrogateMetrics:
    """Sums over tokens of what happened to the ratio; add the metrics of micro-batches, then read the shares."""

    tokens: int = 0
    clipped_low: float = 0.0
    clipped_high: float = 0.0
    dual_clipped: float = 0.0
    ratio: float = 0.0
    divergence: float = 0.0

    def __add__(self, other: "SurrogateMetrics") -> "SurrogateMetrics":
        return SurrogateMetrics(
            self.tokens + other.tokens,
            self.clipped_low + other.clipped_low,
            self.clipped_high + other.clipped_high,
            self.dual_clipped + other.dual_clipped,
            self.ratio + other.ratio,
            self.divergence + other.divergence,
        )

    def figures(self) -> Mapping[str, float]:
        """What metrics.jsonl has of them."""
        return {
            "clip_share": self.clip_share_low + self.clip_share_high,
            "dual_share": self.dual_share,
            "approx_kl": self.approx_kl,
        }

    def _mean(self, total: float) -> float:
        return total / self.tokens if self.tokens else 0.0

    @property
    def clip_share_low(self) -> float:
        """Share of tokens with A < 0 and ratio < 1 - clip_low: no gradient."""
        return self._mean(self.clipped_low)

    @property
    def clip_share_high(self) -> float:
        """Share of tokens with A > 0 and ratio > 1 + clip_high: no gradient."""
        return self._mean(self.clipped_high)

    @property
    def dual_share(self) -> float:
        """Share of tokens with A < 0 and ratio > dual_clip: no gradient."""
        return self._mean(self.dual_clipped)

    @property
    def mean_ratio(self) -> float:
        """Mean of pi / pi_old; 1 when on-policy."""
        return self._mean(self.ratio) if self.tokens else 1.0

    @property
    def approx_kl(self) -> float:
        """Mean of (ratio - 1) - log ratio, an estimate of KL(pi_old || pi) in nats."""
        return self._mean(self.divergence)


@dataclass(frozen=True, slots=True)
class SurrogateTerms:
    """The surrogate of each token ``[tokens]``, with gradient, and its detached metrics."""

    loss: Tensor
    metrics: SurrogateMetrics


@dataclass(frozen=True, slots=True)
class ClipBounds:
    """The ratio is held within ``1 - low`` and ``1 + high``; a loss is at most ``-dual * A`` where A < 0 (None: no
    limit)."""

    low: float
    high: float
    dual: float | None = None


def clipped_surrogate(logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, clip: ClipBounds) -> SurrogateTerms:
    """max(-A rho, -A clip(rho, 1 - low, 1 + high)); for A < 0 at most -dual A; rho = exp(log pi - log pi_old).

    PPO, arXiv 1707.06347 eq. 7; separate bounds: DAPO, arXiv 2503.14476 eq. 8; dual clip: arXiv 1912.09729.
    All tensors ``[tokens]``; the gradient flows through ``logprobs`` alone.
    """
    advantages = advantages.detach()
    log_ratio = (logprobs - old_logprobs.detach()).clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT)
    ratio = log_ratio.exp()
    clipped = ratio.clamp(1 - clip.low, 1 + clip.high)
    loss = torch.maximum(-advantages * ratio, -advantages * clipped)
    if clip.dual is not None:
        loss = torch.where(advantages < 0, torch.minimum(loss, -clip.dual * advantages), loss)
    return SurrogateTerms(loss, _metrics(ratio.detach(), log_ratio.detach(), advantages, clip))


def weighted_log_likelihood(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, *, low: float | None, high: float | None
) -> SurrogateTerms:
    """-sg[clip(rho, 1 - low, 1 + high)] A log pi: no token loses its gradient, a clipped one only weighs less.

    CISPO, arXiv 2506.13585 eq. 4. A bound of None does not bite; without any, this is REINFORCE with the importance
    weight rho, which is 1 on-policy. The gradient flows through ``logprobs`` alone.
    """
    log_ratio = (logprobs.detach() - old_logprobs.detach()).clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT)
    ratio = log_ratio.exp()
    least, most = 0.0 if low is None else 1 - low, float("inf") if high is None else 1 + high
    loss = -ratio.clamp(least, most) * advantages.detach() * logprobs
    sums = [(ratio < least).sum().float(), (ratio > most).sum().float(), ratio.sum(), (ratio - 1 - log_ratio).sum()]
    under, over, total, divergence = torch.stack(sums).tolist()
    return SurrogateTerms(loss, SurrogateMetrics(ratio.numel(), under, over, 0.0, total, divergence))


def shaped_surrogate(logprobs: Tensor, advantages: Tensor, gamma: float) -> Tensor:
    """-A p / (p + gamma), p = pi(token): the surrogate of tokens that another policy wrote, ``[tokens]``.

    LUFFY, arXiv 2504.14945, policy shaping: the ratio is taken to a behaviour policy of probability 1, shaped by
    f(x) = x / (x + gamma), and not clipped. The slope in log p, gamma p / (p + gamma)^2, is steepest at p = gamma, so
    rare tokens are pulled on as well. The gradient flows through ``logprobs`` alone.
    """
    p = logprobs.exp()
    return -advantages.detach() * p / (p + gamma)


def kl_k3(logprobs: Tensor, reference_logprobs: Tensor, clamp: float) -> Tensor:
    """min(exp(d) - d - 1, clamp), d = log pi_ref - log pi: the k3 estimate of KL(pi || pi_ref), nats, ``[tokens]``.

    GRPO, arXiv 2402.03300 eq. 4. It is never negative, so only the upper bound can bite; a token above it has no
    gradient. The gradient flows through ``logprobs`` alone.
    """
    difference = (reference_logprobs.detach() - logprobs).clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT)
    return (difference.exp() - difference - 1).clamp(max=clamp)


def imitation(logprobs: Tensor) -> Tensor:
    """-log pi: the cross-entropy of the expert's tokens, nats, ``[tokens]``."""
    return -logprobs


def uncertainty(logprobs: Tensor) -> Tensor:
    """p (1 - p) of each token, without gradient, ``[tokens]``: most where the policy wavers, nothing at 0 and 1.

    The weight phi of an expert's token in CHORD, arXiv 2508.11408.
    """
    p = logprobs.detach().exp()
    return p * (1 - p)


def entropy(log_p: Tensor) -> Tensor:
    """H = -sum over v of p_v log p_v, exact, nats: log-probabilities ``[tokens, vocabulary]`` -> ``[tokens]``.

    Rows are independent, so any chunk of rows may be given. A log-probability of -inf (a suppressed token) counts as
    p = 0 and leaves the gradient finite.
    """
    p = log_p.exp()
    return -(p * log_p.masked_fill(p == 0, 0.0)).sum(-1)


def _metrics(ratio: Tensor, log_ratio: Tensor, advantages: Tensor, clip: ClipBounds) -> SurrogateMetrics:
    dual = torch.zeros_like(ratio) if clip.dual is None else (advantages < 0) & (ratio > clip.dual)
    sums = torch.stack(
        [
            ((advantages < 0) & (ratio < 1 - clip.low)).sum().float(),
            ((advantages > 0) & (ratio > 1 + clip.high)).sum().float(),
            dual.sum().float(),
            ratio.sum().float(),
            (ratio - 1 - log_ratio).sum().float(),
        ]
    )
    return SurrogateMetrics(ratio.numel(), *sums.tolist())  # one transfer from the device for all five
