"""One optimiser step over a global batch of samples, whatever its micro-batches."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from pydantic import Field
from torch import Tensor

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.sample import Sample
from asterism.core.trajectory import Trajectory
from asterism.learn.batch import Batch, Sharing
from asterism.learn.batch_loss import LossSums, MicroBatchLoss
from asterism.learn.conditioning import Conditioning
from asterism.learn.normalisers import Normaliser
from asterism.learn.passes import Passes
from asterism.learn.schedule import ScheduleConfig, learning_rate
from asterism.learn.scoring import score_backward
from asterism.learn.streams import StoredLogProbs, Stream
from asterism.learn.terms import LossTerm, TermMetrics
from asterism.learn.views import View
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
    stop_after_skips: int = Field(
        3,
        ge=1,
        description="a step whose loss or gradient is not finite is skipped; the run stops after so many in a row",
    )
    checkpointing: bool = Field(
        False, description="layers forget their activations and run again in the backward pass: less memory, more time"
    )


@dataclass(frozen=True, slots=True)
class GlobalBatch:
    """What one optimiser step learns from.

    ``logprobs`` has what is stored of each sample, in the same order; none at all stands for nothing stored.
    ``normalisers`` has one by term; those left out take the mean over the tokens of samples that carry the term.
    ``sampled_now`` tells that the rollouts come from the present weights, so that the forward pass may be compared with
    the sampler; where an earlier update has moved them, the stored old log-probs are.
    """

    samples: Sequence[Sample]
    logprobs: Sequence[StoredLogProbs] = ()
    normalisers: Mapping[str, Normaliser] = field(default_factory=dict)
    sampled_now: bool = True

    def __post_init__(self) -> None:
        if self.logprobs and len(self.logprobs) != len(self.samples):
            raise ValueError(f"{len(self.logprobs)} stored log-probs for {len(self.samples)} samples")

    def stored(self) -> Sequence[StoredLogProbs]:
        """One entry per sample."""
        return self.logprobs or [StoredLogProbs()] * len(self.samples)

    def normaliser(self, term: LossTerm) -> Normaliser:
        """That of a term."""
        given = self.normalisers.get(term.name)
        return given or Normaliser.of(self.samples, term.name, aggregation="token_mean")


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What one optimiser step did.

    ``parts`` has, by figure, the part of the global loss, or its token mean; ``metrics`` what each term tells of its
    tokens, by the term's name; ``entropy`` is a token mean. ``entropies`` has one tensor per sample, ``[trained
    tokens]``: the exact entropy of each token's distribution, in nats; ``nll`` the mean of -log pi over each sample's
    trained tokens before the step, in nats. ``applied`` is false where loss or gradient was not finite and nothing
    changed.
    """

    loss: float
    parts: Mapping[str, float]
    metrics: Mapping[str, TermMetrics]
    entropy: float
    grad_norm: float
    learning_rate: float
    tokens: int
    mismatch: float
    applied: bool = True
    entropies: Sequence[Tensor] = ()
    nll: Sequence[float] = ()


@dataclass(slots=True)
class UpdateSums:
    """What the passes of an update added up to; the scores of each sample by its place."""

    loss: LossSums = field(default_factory=LossSums)
    tokens: int = 0
    logprobs: dict[int, Tensor] = field(default_factory=dict)
    entropies: dict[int, Tensor] = field(default_factory=dict)
    mismatch: float = 0.0
    sampled: int = 0

    def total(self, terms: Sequence[LossTerm]) -> float:
        """The loss."""
        coefficients = {term.figure or term.name: term.coefficient for term in terms}
        return sum(each * self.loss.parts.get(figure, 0.0) for figure, each in coefficients.items())


class Learner:
    """A policy, its optimiser, and the terms of the loss."""

    def __init__(
        self,
        policy: Policy,
        encoder: Encoder,
        *,
        terms: Sequence[LossTerm],
        optimiser: OptimiserConfig,
        total_steps: int,
        temperature: float = 1.0,
    ) -> None:
        """Raises:
        AsterismError: weights in half precision would be trained, or a layer's prefix cannot be shared.
        """
        refuse_half_precision(policy)
        refuse_unproven(policy, optimiser.sharing)
        if optimiser.checkpointing:
            checkpoint_layers(policy.model)
        self.policy = policy
        self.encoder = encoder
        self.terms = tuple(terms)
        self.config = optimiser
        self.total_steps = total_steps
        self.temperature = temperature
        self.step = 0
        """Optimiser steps so far, skipped ones included."""
        self.skipped = 0
        """Steps skipped in a row up to now, because loss or gradient was not finite."""
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

    def update(self, batch: GlobalBatch) -> UpdateReport:
        """One optimiser step on the whole batch.

        A batch without a trained token changes nothing but the step count; nor does one whose loss or gradient is not
        finite, which is reported as not applied.
        """
        with self.policy.clock("update"):
            return self._update(batch)

    def _update(self, batch: GlobalBatch) -> UpdateReport:
        rate = learning_rate(self.step, self.total_steps, self.config.schedule)
        self.step += 1
        sums = self.accumulate(batch)
        loss = sums.total(self.terms)
        with self.policy.clock("optimiser"):
            norm = float(torch.nn.utils.clip_grad_norm_(self.policy.trainable_parameters(), self.config.max_grad_norm))
            finite = math.isfinite(loss) and math.isfinite(norm)
            self.skipped = 0 if finite else self.skipped + 1
            if sums.tokens and finite:
                for group in self.optimiser.param_groups:
                    group["lr"] = rate
                self.optimiser.step()
            self.optimiser.zero_grad(set_to_none=True)
        places = range(len(batch.samples))
        return UpdateReport(
            loss=loss,
            parts=sums.loss.figures(sums.tokens),
            metrics=sums.loss.metrics,
            entropy=sum(float(values.sum()) for values in sums.entropies.values()) / max(1, sums.tokens),
            grad_norm=norm,
            learning_rate=rate,
            tokens=sums.tokens,
            mismatch=sums.mismatch / max(1, sums.sampled),
            applied=finite,
            entropies=[sums.entropies.get(place, torch.zeros(0)) for place in places],
            nll=[_nll(sums.logprobs.get(place)) for place in places],
        )

    def forget_measures(self) -> None:
        """Begin anew to count what updates do and where their time goes; learning is not touched."""
        self.work = Work()
        self.policy.clock.clear()
        self.encoder.ahead.seconds = 0.0

    def accumulate(self, batch: GlobalBatch) -> UpdateSums:
        """Add the gradient of the global loss to the parameters, micro-batch by micro-batch.

        A term that compares two views is scored under its own conditioning three times: without gradient, so that the
        main pass has it as a constant; in the main pass, the policy's own log-probs taking the gradient; and in a pass
        of its own, where the own log-probs are the constant and the other view takes it. Both gradients are of the
        same weights, so their sum is that of the term, with one pass's memory.
        """
        views = [(term, self._view(term, shown)) for term in self.terms if (shown := term.conditioning) is not None]
        others = {term.name: self._other_logprobs(term, view, batch) for term, view in views}
        sums = UpdateSums()
        self._main_passes(batch, others, sums)
        for term, view in views:
            self._other_passes(term, view, batch, sums)
        return sums

    def _main_passes(self, batch: GlobalBatch, others: Mapping[str, Mapping[int, Tensor]], sums: UpdateSums) -> None:
        stored, device = batch.stored(), self.policy.device
        normalisers = {term.name: batch.normaliser(term) for term in self.terms}
        for places, rows in self._passes([sample.trajectory for sample in batch.samples]):
            if not any(rows.counts):
                continue
            portion, entries = [batch.samples[place] for place in places], [stored[place] for place in places]
            counts = torch.tensor(rows.counts, device=device)
            beside = {name: _laid_out(found, places, rows.counts, device) for name, found in others.items()}
            loss = MicroBatchLoss.of(self.terms, portion, entries, counts, normalisers, sums.loss, beside)
            scores = score_backward(self.policy, rows, loss, temperature=self.temperature)
            sums.tokens += scores.logprobs.numel()
            logprobs = torch.split(scores.logprobs.cpu(), rows.counts)
            sums.logprobs |= zip(places, logprobs, strict=True)
            sums.entropies |= zip(places, torch.split(scores.entropy.cpu(), rows.counts), strict=True)
            _add_mismatch(portion, entries, logprobs, sums, sampled_now=batch.sampled_now)

    def _view(self, term: LossTerm, conditioning: Conditioning) -> View:
        """What a term compares the policy with: itself, shown something else."""
        return View(term.name, self.policy, self.encoder, conditioning)

    def _other_logprobs(self, term: LossTerm, view: View, batch: GlobalBatch) -> dict[int, Tensor]:
        """Log-probs under a term's own conditioning, of the samples that carry it, by their place."""
        places = [place for place, sample in enumerate(batch.samples) if sample.carries(term.name)]
        with self.policy.clock("log-prob"):
            scored = view.score(
                [batch.samples[place] for place in places],
                temperature=self.temperature,
                budget=self.config.tokens_per_micro_batch,
                sharing=self.config.sharing,
            )
        return dict(zip(places, scored, strict=True))

    def _other_passes(self, term: LossTerm, view: View, batch: GlobalBatch, sums: UpdateSums) -> None:
        """Add the gradient of a term through its own conditioning."""
        carrying = [place for place, sample in enumerate(batch.samples) if sample.carries(term.name)]
        stored, device, normalisers = batch.stored(), self.policy.device, {term.name: batch.normaliser(term)}
        for chosen, rows in self._passes([view.shown(batch.samples[place].trajectory) for place in carrying]):
            if not any(rows.counts):
                continue
            places = [carrying[each] for each in chosen]
            portion, entries = [batch.samples[place] for place in places], [stored[place] for place in places]
            counts = torch.tensor(rows.counts, device=device)
            loss = MicroBatchLoss.of([term], portion, entries, counts, normalisers, LossSums())
            own = torch.cat([sums.logprobs[place] for place in places]).to(device)
            score_backward(self.policy, rows, loss.other_view(term, own), temperature=self.temperature)

    def _passes(self, trajectories: Sequence[Trajectory]) -> Iterator[tuple[list[int], Batch]]:
        """The passes over some trajectories; once they are all made, what they had to do is counted."""
        config, sight = self.config, self.policy.sight
        patches, features = sight.patches, sight.features
        budget, sharing = config.tokens_per_micro_batch, config.sharing
        passes = Passes.over(trajectories, self.policy, self.encoder, budget=budget, sharing=sharing)
        yield from passes
        self.work += self._price.work(
            trajectories, passes.rows, patches=sight.patches - patches, features=sight.features - features
        )


def refuse_half_precision(policy: Policy) -> None:
    """See that what is trained is held in float32.

    AdamW's steps at published rates are smaller than the last bit of a bfloat16 weight: at 1e-6 less than 1 % of the
    weights would change at all. Adapters are held in float32 whatever the model's type.

    Raises:
        AsterismError: a trained weight is held in half precision.
    """
    kinds = {weight.dtype for weight in policy.trainable_parameters()} & {torch.bfloat16, torch.float16}
    if kinds:
        name = str(min(kinds, key=str)).removeprefix("torch.")
        raise AsterismError(
            f"weights in {name} are not trained: most updates would be rounded away",
            where="model.dtype",
            remedy="Set model.dtype to float32, or train adapters, which are held in float32: model.lora.rank=64.",
        )


def _laid_out(
    found: Mapping[int, Tensor], places: Sequence[int], counts: Sequence[int], device: torch.device
) -> Tensor:
    """The log-probs of some samples one after the other, 0 for samples that have none, ``[tokens]``."""
    parts = [found.get(place, torch.zeros(count)) for place, count in zip(places, counts, strict=True)]
    return torch.cat([part.to(device) for part in parts])


def _nll(logprobs: Tensor | None) -> float:
    return -float(logprobs.mean()) if logprobs is not None and logprobs.numel() else 0.0


def _add_mismatch(
    samples: Sequence[Sample],
    stored: Sequence[StoredLogProbs],
    own: Sequence[Tensor],
    sums: UpdateSums,
    *,
    sampled_now: bool,
) -> None:
    """Add |trainer's log-prob - sampler's log-prob| of sampled tokens, the trainer's with the weights that sampled.

    Those are the stored old log-probs where there are any, and the forward's own while no update has moved the weights;
    of tokens for which there is neither nothing is counted.
    """
    for sample, entry, present in zip(samples, stored, own, strict=True):
        trainers = entry.old if entry.old is not None else present if sampled_now else None
        if trainers is not None:
            sampler = Stream.of_sampler([sample.trajectory])
            sums.mismatch += float((trainers.cpu() - sampler.values)[sampler.given].abs().sum())
            sums.sampled += int(sampler.given.sum())
