"""One optimiser step over a global batch of samples, whatever its micro-batches."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from pydantic import Field
from torch import Tensor

from asterism.core.config import Config
from asterism.core.sample import Sample
from asterism.learn.batch import Row, Sharing, collate, micro_batches, rows_of
from asterism.learn.losses import (
    LossConfig,
    Scales,
    SurrogateMetrics,
    clipped_surrogate,
    imitation,
    kl_k3,
    shaped_surrogate,
    token_weights,
    uncertainty,
)
from asterism.learn.schedule import ScheduleConfig, learning_rate
from asterism.learn.scoring import score_backward
from asterism.learn.work import Price, Work
from asterism.policy.checkpointing import checkpoint_layers
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.policy.prefix import refuse_unproven


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
    sharing: Sharing = Field(
        "branch",
        description="branch: what answers to one prompt begin with is read once, its cache branched; row: they lie in "
        "one packed row under a mask (attention in full only); none: each is read whole",
    )
    checkpointing: bool = Field(
        False, description="layers forget their activations and run again in the backward pass: less memory, more time"
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
    """What one optimiser step did. Losses are parts of the global loss; ``entropy`` and ``kl`` are token means.

    ``entropies`` has one tensor per sample, ``[trained tokens]``: the exact entropy of each token's distribution, in
    nats; ``nll`` the mean of -log pi over each sample's trained tokens before the step, in nats.
    """

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
    entropies: Sequence[Tensor] = ()
    nll: Sequence[float] = ()


@dataclass(slots=True)
class _Sums:
    rl: float = 0.0
    ce: float = 0.0
    kl: float = 0.0
    kl_tokens: float = 0.0
    entropies: dict[int, Tensor] = field(default_factory=dict)
    nll: dict[int, float] = field(default_factory=dict)
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
        refuse_unproven(policy, optimiser.sharing)
        if optimiser.checkpointing:
            checkpoint_layers(policy.model)
        self.policy = policy
        self.encoder = encoder
        self.loss = loss
        self.config = optimiser
        self.total_steps = total_steps
        self.temperature = temperature
        self.step = 0
        self.work = Work()
        """What the updates so far had to do."""
        self._price = Price.of(policy)
        self.optimiser = torch.optim.AdamW(
            policy.trainable_parameters(),
            lr=optimiser.schedule.learning_rate,
            betas=optimiser.betas,
            eps=optimiser.epsilon,
            weight_decay=optimiser.weight_decay,
        )

    def update(self, samples: Sequence[Sample], fixed: Sequence[Fixed], scales: Scales | None = None) -> UpdateReport:
        """One optimiser step on the whole batch. ``fixed`` has one entry per sample, in the same order.

        Each term is averaged over the samples that carry it, unless ``scales`` say otherwise. A batch without a trained
        token changes nothing but the step count.
        """
        with self.policy.clock("update"):
            return self._update(samples, fixed, scales)

    def _update(self, samples: Sequence[Sample], fixed: Sequence[Fixed], scales: Scales | None) -> UpdateReport:
        rate = learning_rate(self.step, self.total_steps, self.config.schedule)
        self.step += 1
        sums = self.accumulate(samples, fixed, scales)
        with self.policy.clock("optimiser"):
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
            entropy=sum(float(values.sum()) for values in sums.entropies.values()) / tokens,
            grad_norm=float(norm),
            learning_rate=rate,
            tokens=sums.tokens,
            mismatch=sums.mismatch / max(1, sums.sampled),
            surrogate=sums.surrogate,
            entropies=[sums.entropies.get(place, torch.zeros(0)) for place in range(len(samples))],
            nll=[sums.nll.get(place, 0.0) for place in range(len(samples))],
        )

    def forget_measures(self) -> None:
        """Begin anew to count what updates do and where their time goes; learning is not touched."""
        self.work = Work()
        self.policy.clock.clear()
        self.encoder.ahead.seconds = 0.0

    def accumulate(self, samples: Sequence[Sample], fixed: Sequence[Fixed], scales: Scales | None = None) -> _Sums:
        """Add the gradient of the global loss to the parameters, micro-batch by micro-batch."""
        if len(samples) != len(fixed):
            raise ValueError(f"{len(fixed)} fixed entries for {len(samples)} samples")
        scales = scales or Scales.of(samples, self.loss)
        trajectories = [sample.trajectory for sample in samples]
        rows = rows_of(trajectories, self.encoder, self.config.sharing)
        sight, sums = self.policy.sight, _Sums()
        patches, features = sight.patches, sight.features
        for places in micro_batches(rows, self.config.tokens_per_micro_batch, self.config.sharing):
            portion, entries = [samples[place] for place in places], [fixed[place] for place in places]
            entropies, nll = self._backward(portion, [rows[place] for place in places], entries, scales, sums)
            sums.entropies |= zip(places, entropies, strict=True)
            sums.nll |= zip(places, nll, strict=True)
        self.work += self._price.work(
            trajectories, rows, patches=sight.patches - patches, features=sight.features - features
        )
        return sums

    def _backward(
        self, samples: Sequence[Sample], rows: Sequence[Row], fixed: Sequence[Fixed], scales: Scales, sums: _Sums
    ) -> tuple[Sequence[Tensor], Sequence[float]]:
        """One micro-batch; returns of each of its samples the entropies, ``[trained tokens]``, and the mean -log pi."""
        batch = collate(rows, self.policy, self.config.sharing)
        if not any(batch.counts):
            return [torch.zeros(0)] * len(samples), [0.0] * len(samples)
        counts = torch.tensor(batch.counts, device=self.policy.device)
        terms = _Terms.of(samples, fixed, counts, self.loss, scales, sums)
        scores = score_backward(self.policy, batch, terms, temperature=self.temperature)
        sums.tokens += scores.logprobs.numel()
        logprobs = torch.split(scores.logprobs.cpu(), batch.counts)
        _add_mismatch(samples, logprobs, sums)
        nll = [-float(each.mean()) if each.numel() else 0.0 for each in logprobs]
        return torch.split(scores.entropy.cpu(), batch.counts), nll


@dataclass(frozen=True, slots=True)
class _Terms:
    """The loss of the trained tokens of a micro-batch, any slice of them at a time.

    All tensors are ``[tokens]``. ``rl``, ``ce`` and ``kl`` are the samples' weights, ``rl_scale`` and the others what
    the global batch multiplies them by. ``old`` and ``reference`` are NaN where there is none: the forward's own value
    is taken. ``clipped`` marks the tokens of the clipped surrogate, ``shaped`` those of the shaped one, ``uncertain``
    those imitated by their uncertainty; None stands for all tokens in the first and for none in the other two.
    """

    config: LossConfig
    rl: Tensor
    ce: Tensor
    kl: Tensor
    rl_scale: Tensor
    ce_scale: Tensor
    kl_scale: Tensor
    old: Tensor
    reference: Tensor | None
    clipped: Tensor | None
    shaped: Tensor | None
    uncertain: Tensor | None
    sums: _Sums

    @classmethod
    def of(
        cls,
        samples: Sequence[Sample],
        fixed: Sequence[Fixed],
        lengths: Tensor,
        config: LossConfig,
        scales: Scales,
        sums: _Sums,
    ) -> "_Terms":
        counts: list[int] = lengths.tolist()
        owners = torch.arange(len(samples), device=lengths.device).repeat_interleave(lengths)
        has_reference = config.kl_coef and any(entry.reference is not None for entry in fixed)
        clipped = [bool(sample.rl) and sample.surrogate == "clipped" for sample in samples]
        shaped = [bool(sample.rl) and sample.surrogate == "shaped" for sample in samples]
        uncertain = [bool(sample.ce) and sample.imitation == "uncertain" for sample in samples]
        return cls(
            config=config,
            rl=_weights([sample.rl for sample in samples], counts, lengths.device),
            ce=_weights([sample.ce for sample in samples], counts, lengths.device),
            kl=_weights([sample.kl for sample in samples], counts, lengths.device),
            rl_scale=token_weights(owners, lengths, scales.rl),
            ce_scale=token_weights(owners, lengths, scales.ce),
            kl_scale=token_weights(owners, lengths, scales.kl),
            old=_or_nan([entry.old for entry in fixed], counts, lengths.device),
            reference=_or_nan([entry.reference for entry in fixed], counts, lengths.device) if has_reference else None,
            clipped=None if all(clipped) else _marks(clipped, owners),
            shaped=_marks(shaped, owners) if any(shaped) else None,
            uncertain=_marks(uncertain, owners) if any(uncertain) else None,
            sums=sums,
        )

    def __call__(self, logprobs: Tensor, span: slice) -> Tensor:
        own = logprobs.detach()
        rl = self._policy_gradient(logprobs, span)
        ce = (self.ce_scale[span] * self.ce[span] * self._imitation(logprobs, span)).sum()
        total = rl + ce
        if self.reference is not None:
            reference = _given(self.reference[span], own)
            each = self.kl[span] * kl_k3(logprobs, reference, self.config.kl_clamp)
            kl = (self.kl_scale[span] * each).sum()
            total = total + self.config.kl_coef * kl
            self.sums.kl += float(kl.detach())
            self.sums.kl_tokens += float(each.detach().sum())
        self.sums.rl += float(rl.detach())
        self.sums.ce += float(ce.detach())
        return total

    def _policy_gradient(self, logprobs: Tensor, span: slice) -> Tensor:
        """The summed ``rl`` term; shares of clipped tokens are told of those that a ratio is taken of."""
        chosen = slice(None) if self.clipped is None else self.clipped[span]
        scale, advantages, written = self.rl_scale[span][chosen], self.rl[span][chosen], logprobs[chosen]
        old = _given(self.old[span][chosen], written.detach())
        surrogate = clipped_surrogate(written, old, advantages, self.config)
        self.sums.surrogate = self.sums.surrogate + surrogate.metrics
        total = (scale * surrogate.loss).sum()
        if self.shaped is not None:
            marked = self.shaped[span]
            loss = shaped_surrogate(logprobs[marked], self.rl[span][marked], self.config.shape_gamma)
            total = total + (self.rl_scale[span][marked] * loss).sum()
        return total

    def _imitation(self, logprobs: Tensor, span: slice) -> Tensor:
        loss = imitation(logprobs)
        if self.uncertain is None:
            return loss
        return torch.where(self.uncertain[span], uncertainty(logprobs) * loss, loss)


def _weights(given: Sequence[tuple[float, ...]], counts: Sequence[int], device: torch.device) -> Tensor:
    """The weights of one term for every trained token, zeros where a sample does not carry it, ``[tokens]``."""
    values: list[float] = []
    for weights, count in zip(given, counts, strict=True):
        values += weights or (0.0,) * count
    return torch.tensor(values, device=device)


def _marks(of_samples: Sequence[bool], owners: Tensor) -> Tensor:
    """What holds of each sample, for each of its tokens, ``[tokens]`` bool."""
    return torch.tensor(of_samples, dtype=torch.bool, device=owners.device)[owners]


def _or_nan(given: Sequence[Tensor | None], counts: Sequence[int], device: torch.device) -> Tensor:
    parts = [
        torch.full((count,), float("nan")) if values is None else values
        for values, count in zip(given, counts, strict=True)
    ]
    return torch.cat([part.to(device) for part in parts])


def _given(values: Tensor, own: Tensor) -> Tensor:
    return torch.where(values.isnan(), own, values)


def _add_mismatch(samples: Sequence[Sample], own: Sequence[Tensor], sums: _Sums) -> None:
    """Add |trainer's log-prob - sampler's log-prob| of the tokens that a sampler wrote."""
    for sample, logprobs in zip(samples, own, strict=True):
        sampled = sample.trajectory.sampler_logprobs
        if sampled is not None:
            sums.mismatch += float((logprobs.cpu() - torch.tensor(sampled)).abs().sum())
            sums.sampled += len(sampled)
