"""Loss terms, per token, and the weights that add them up.

    loss = sum over tokens t of  weight_t * term_t

All tensors are flat, ``[tokens]``: the trained tokens of one micro-batch, one sequence after the other. The
weights of a term come from one denominator over the whole global batch, so the losses of micro-batches are simply
summed, and loss and gradient are the same however the batch is split.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import torch
from pydantic import Field
from torch import Tensor

from asterism.core.config import Config
from asterism.core.sample import Sample

Term = Literal["rl", "ce", "kl"]
Aggregation = Literal["token_mean", "sequence_mean", "constant_length"]

LOG_RATIO_LIMIT = 20.0
"""Log-ratios are held within ± this before exp, so that no gradient becomes inf * 0."""


class LossConfig(Config):
    """The surrogate, the pull to the reference policy, and how tokens are added up. Defaults: arXiv 2602.10575."""

    clip_low: float = Field(0.2, ge=0, lt=1, description="the ratio is clipped below at 1 - clip_low")
    clip_high: float = Field(0.3, ge=0, description="the ratio is clipped above at 1 + clip_high")
    dual_clip: float | None = Field(
        3.0, gt=1, description="with a negative advantage A a token's loss is at most -dual_clip * A; null: no limit"
    )
    kl_coef: float = Field(0.01, ge=0, description="weight of the KL term; 0 leaves the reference model out")
    kl_clamp: float = Field(10.0, gt=0, description="largest KL estimate of one token, nats")
    aggregation: Aggregation = Field(
        "token_mean",
        description="sum / tokens of the global batch; mean over sequences of their means; "
        "or sum / (sequences * constant_length) (Dr. GRPO)",
    )
    constant_length: int = Field(128, ge=1, description="divisor of constant_length, tokens; use rollout max_tokens")
    shape_gamma: float = Field(
        0.1, gt=0, description="gamma of the shaped probability p / (p + gamma) of an expert's tokens (guidance luffy)"
    )


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


def clipped_surrogate(logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, config: LossConfig) -> SurrogateTerms:
    """max(-A rho, -A clip(rho, 1 - low, 1 + high)); for A < 0 at most -dual A; rho = exp(log pi - log pi_old).

    PPO, arXiv 1707.06347 eq. 7; separate bounds: DAPO, arXiv 2503.14476 eq. 8; dual clip: arXiv 1912.09729.
    All arguments ``[tokens]``; the gradient flows through ``logprobs`` alone.
    """
    advantages = advantages.detach()
    log_ratio = (logprobs - old_logprobs.detach()).clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT)
    ratio = log_ratio.exp()
    clipped = ratio.clamp(1 - config.clip_low, 1 + config.clip_high)
    loss = torch.maximum(-advantages * ratio, -advantages * clipped)
    if config.dual_clip is not None:
        loss = torch.where(advantages < 0, torch.minimum(loss, -config.dual_clip * advantages), loss)
    return SurrogateTerms(loss, _metrics(ratio.detach(), log_ratio.detach(), advantages, config))


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


def denominator(samples: Sequence[Sample], config: LossConfig, term: Term | None = None) -> float:
    """What the sum over a global batch is divided by; computed once, over *all* its samples.

    token_mean: trained tokens; sequence_mean: sequences; constant_length: sequences * constant_length. Every trained
    token of a sample counts, whatever its weight; a sequence without trained tokens does not. With ``term`` only
    samples that carry this term count, so that the terms of a mixed batch are averaged separately.
    """
    lengths = [sample.trajectory.trained_tokens for sample in samples if _carries(sample, term)]
    if config.aggregation == "token_mean":
        return float(sum(lengths))
    return float(len(lengths) * (config.constant_length if config.aggregation == "constant_length" else 1))


@dataclass(frozen=True, slots=True)
class Scale:
    """How the tokens of one term add up over a global batch; what the sum is divided by is told once, for all of it."""

    aggregation: Aggregation
    denominator: float

    @classmethod
    def of(cls, samples: Sequence[Sample], config: LossConfig, term: Term | None = None) -> Self:
        """As the configuration says, over the samples that carry the term."""
        return cls(config.aggregation, denominator(samples, config, term))


@dataclass(frozen=True, slots=True)
class Scales:
    """The scale of each term."""

    rl: Scale
    ce: Scale
    kl: Scale

    @classmethod
    def of(cls, samples: Sequence[Sample], config: LossConfig) -> Self:
        """Each term is averaged over the samples that carry it, so one term's weight does not depend on another's
        samples."""
        return cls(*(Scale.of(samples, config, term) for term in ("rl", "ce", "kl")))


def token_weights(sequences: Tensor, lengths: Tensor, scale: Scale) -> Tensor:
    """The weight of each token, ``[tokens]`` float32, such that loss = sum(weights * terms).

    token_mean and constant_length: 1 / denominator; sequence_mean: 1 / (length of its sequence * denominator).
    ``sequences`` is ``[tokens]`` int64, the index into ``lengths`` of each token's sequence; ``lengths`` is
    ``[sequences]``, trained tokens of the whole sequence. An empty global batch (denominator 0) weighs nothing.
    """
    if scale.denominator == 0:
        return torch.zeros(sequences.shape, dtype=torch.float32, device=sequences.device)
    if scale.aggregation == "sequence_mean":
        return 1.0 / (lengths.to(torch.float32)[sequences] * scale.denominator)
    return torch.full(sequences.shape, 1.0 / scale.denominator, dtype=torch.float32, device=sequences.device)


def _carries(sample: Sample, term: Term | None) -> bool:
    weights = {"rl": sample.rl, "ce": sample.ce, "kl": sample.kl}
    return any(weights.values()) if term is None else bool(weights[term])


def _metrics(ratio: Tensor, log_ratio: Tensor, advantages: Tensor, config: LossConfig) -> SurrogateMetrics:
    dual = torch.zeros_like(ratio) if config.dual_clip is None else (advantages < 0) & (ratio > config.dual_clip)
    sums = torch.stack(
        [
            ((advantages < 0) & (ratio < 1 - config.clip_low)).sum().float(),
            ((advantages > 0) & (ratio > 1 + config.clip_high)).sum().float(),
            dual.sum().float(),
            ratio.sum().float(),
            (ratio - 1 - log_ratio).sum().float(),
        ]
    )
    return SurrogateMetrics(ratio.numel(), *sums.tolist())  # one transfer from the device for all five
