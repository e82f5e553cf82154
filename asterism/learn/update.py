"""One optimiser step over a global batch of samples, whatever its micro-batches."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from pydantic import Field
from torch import Tensor

from asterism.core.config import Config
from asterism.core.sample import Sample
from asterism.learn.batch import Row, collate, micro_batches, row_of
from asterism.learn.losses import (
    LossConfig,
    SurrogateMetrics,
    clipped_surrogate,
    denominator,
    imitation,
    kl_k3,
    token_weights,
)
from asterism.learn.schedule import ScheduleConfig, learning_rate
from asterism.learn.scoring import Scores, score_batch
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy


class OptimiserConfig(Config):
    """AdamW and how its step is held in."""

    schedule: ScheduleConfig = Field(ScheduleConfig(), description="learning rate over optimiser steps")
    weight_decay: float = Field(0.01, ge=0, description="decoupled weight decay")
    betas: tuple[float, float] = Field((0.9, 0.999), description="AdamW momentum coefficients")
    epsilon: float = Field(1e-8, gt=0, description="AdamW epsilon")
    max_grad_norm: float = Field(1.0, gt=0, description="gradients are scaled down to this global norm")
    tokens_per_micro_batch: int = Field(
        8192, ge=1, description="most prompt and answer tokens of one forward and backward pass; bounds memory"
    )


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a sample is compared with: log-probs ``[trained tokens]`` that take no gradient.

    ``old`` is the sampling policy (None: exactly on-policy, the forward's own values are taken), ``reference`` the
    policy of the KL term (None: no such term).
    """

    old: Tensor | None = None
    reference: Tensor | None = None


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What one optimiser step did. Losses are parts of the global loss; ``entropy`` and ``kl`` are token means."""

    loss: float
    rl: float
    ce: float
    kl: float
    entropy: float
    grad_norm: float
    learning_rate: float
    tokens: int
    mismatch: float
    surrogate: SurrogateMetrics


@dataclass(slots=True)
class _Sums:
    rl: float = 0.0
    ce: float = 0.0
    kl: float = 0.0
    kl_tokens: float = 0.0
    entropy: float = 0.0
    tokens: int = 0
    mismatch: float = 0.0
    sampled: int = 0
    surrogate: SurrogateMetrics = field(default_factory=SurrogateMetrics)


class Learner:
    """A policy, its optimiser, and the loss that joins the three terms of a sample."""

    def __init__(
        self,
        policy: Policy,
        encoder: Encoder,
        *,
        loss: LossConfig,
        optimiser: OptimiserConfig,
        total_steps: int,
        temperature: float = 1.0,
    ) -> None:
        self.policy = policy
        self.encoder = encoder
        self.loss = loss
        self.config = optimiser
        self.total_steps = total_steps
        self.temperature = temperature
        self.step = 0
        self.optimiser = torch.optim.AdamW(
            policy.trainable_parameters(),
            lr=optimiser.schedule.learning_rate,
            betas=optimiser.betas,
            eps=optimiser.epsilon,
            weight_decay=optimiser.weight_decay,
        )

    def update(self, samples: Sequence[Sample], fixed: Sequence[Fixed]) -> UpdateReport:
        """One optimiser step on the whole batch. ``fixed`` has one entry per sample, in the same order.

        A batch without a trained token changes nothing but the step count.
        """
        rate = learning_rate(self.step, self.total_steps, self.config.schedule)
        self.step += 1
        sums = self.accumulate(samples, fixed)
        norm = torch.nn.utils.clip_grad_norm_(self.policy.trainable_parameters(), self.config.max_grad_norm)
        if sums.tokens:
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        tokens = max(1, sums.tokens)
        return UpdateReport(
            loss=sums.rl + sums.ce + self.loss.kl_coef * sums.kl,
            rl=sums.rl,
            ce=sums.ce,
            kl=sums.kl_tokens / tokens,
            entropy=sums.entropy / tokens,
            grad_norm=float(norm),
            learning_rate=rate,
            tokens=sums.tokens,
            mismatch=sums.mismatch / max(1, sums.sampled),
            surrogate=sums.surrogate,
        )

    def accumulate(self, samples: Sequence[Sample], fixed: Sequence[Fixed]) -> _Sums:
        """Add the gradient of the global loss to the parameters, micro-batch by micro-batch."""
        if len(samples) != len(fixed):
            raise ValueError(f"{len(fixed)} fixed entries for {len(samples)} samples")
        whole = denominator(samples, self.loss)
        rows = [row_of(sample.trajectory, self.encoder) for sample in samples]
        sums, start = _Sums(), 0
        for portion, portion_rows in micro_batches(samples, rows, self.config.tokens_per_micro_batch):
            end = start + len(portion)
            self._backward(portion, portion_rows, fixed[start:end], whole, sums)
            start = end
        return sums

    def _backward(
        self, samples: Sequence[Sample], rows: Sequence[Row], fixed: Sequence[Fixed], whole: float, sums: _Sums
    ) -> None:
        batch = collate(rows, self.policy.pad_token_id, self.policy.device)
        if not bool(batch.trained.any()):
            return
        scores = score_batch(self.policy, batch, temperature=self.temperature)
        lengths = batch.trained.sum(-1)
        owners = torch.arange(len(samples), device=lengths.device).repeat_interleave(lengths)
        weights = token_weights(owners, lengths, self.loss, whole)
        total = self._terms(samples, fixed, scores, weights, lengths, sums)
        total.backward()  # type: ignore[no-untyped-call]

    def _terms(
        self,
        samples: Sequence[Sample],
        fixed: Sequence[Fixed],
        scores: Scores,
        weights: Tensor,
        lengths: Tensor,
        sums: _Sums,
    ) -> Tensor:
        logprobs = scores.logprobs
        counts: list[int] = lengths.tolist()
        own = torch.split(logprobs.detach(), counts)
        old = torch.cat([o if entry.old is None else entry.old for entry, o in zip(fixed, own, strict=True)])
        surrogate = clipped_surrogate(logprobs, old, _weights(samples, "rl", counts, logprobs), self.loss)
        rl = (weights * surrogate.loss).sum()
        ce = (weights * _weights(samples, "ce", counts, logprobs) * imitation(logprobs)).sum()
        total = rl + ce
        if self.loss.kl_coef and any(entry.reference is not None for entry in fixed):
            reference = torch.cat(
                [o if entry.reference is None else entry.reference for entry, o in zip(fixed, own, strict=True)]
            )
            each = _weights(samples, "kl", counts, logprobs) * kl_k3(logprobs, reference, self.loss.kl_clamp)
            kl = (weights * each).sum()
            total = total + self.loss.kl_coef * kl
            sums.kl += float(kl.detach())
            sums.kl_tokens += float(each.detach().sum())
        sums.rl += float(rl.detach())
        sums.ce += float(ce.detach())
        sums.entropy += float(scores.entropy.sum())
        sums.tokens += logprobs.numel()
        sums.surrogate = sums.surrogate + surrogate.metrics
        _add_mismatch(samples, own, sums)
        return total


def _weights(samples: Sequence[Sample], term: str, counts: Sequence[int], like: Tensor) -> Tensor:
    """The weights of one term for every trained token, zeros where a sample does not carry it, ``[tokens]``."""
    values: list[float] = []
    for sample, count in zip(samples, counts, strict=True):
        values += {"rl": sample.rl, "ce": sample.ce, "kl": sample.kl}[term] or (0.0,) * count
    return torch.tensor(values, dtype=like.dtype, device=like.device)


def _add_mismatch(samples: Sequence[Sample], own: Sequence[Tensor], sums: _Sums) -> None:
    """Add |trainer's log-prob - sampler's log-prob| of the tokens that a sampler wrote."""
    for sample, logprobs in zip(samples, own, strict=True):
        sampled = sample.trajectory.sampler_logprobs
        if sampled is not None:
            sums.mismatch += float((logprobs.cpu() - torch.tensor(sampled)).abs().sum())
            sums.sampled += len(sampled)
