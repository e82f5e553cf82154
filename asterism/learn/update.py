"""One optimiser step over a global batch of samples, whatever its micro-batches."""

import math
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from asterism.core.trajectory import Trajectory
from asterism.learn.batch import Batch
from asterism.learn.batch_loss import LossSums, MicroBatchLoss
from asterism.learn.conditioning import Conditioning
from asterism.learn.global_batch import GlobalBatch, UpdateReport, UpdateSums
from asterism.learn.optimiser_config import OptimiserConfig
from asterism.learn.other_view import OtherViewLoss
from asterism.learn.passes import Passes
from asterism.learn.precision import refuse_half_precision
from asterism.learn.schedule import learning_rate
from asterism.learn.scoring import score_backward
from asterism.learn.streams import sampler_mismatch
from asterism.learn.terms import LossTerm
from asterism.learn.views import View
from asterism.learn.work import Price, Work
from asterism.policy.checkpointing import checkpoint_layers
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.policy.prefix import refuse_unproven


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
        """``total_steps`` are the optimiser steps over which the learning rate falls.

        Raises:
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
            if not finite:
                self.skipped += 1
            elif sums.tokens:
                self.skipped = 0
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

        A term that compares two views takes two more passes under its own conditioning: one before, without gradient,
        whose log-probs are constants in the main pass; and one after, with gradient, in which those of the main pass
        are the constants. Both gradients are of the same weights, so their sum is the term's, in one pass's memory.
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
            gap, sampled = sampler_mismatch(portion, entries, logprobs, sampled_now=batch.sampled_now)
            sums.mismatch, sums.sampled = sums.mismatch + gap, sums.sampled + sampled

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
            score_backward(self.policy, rows, OtherViewLoss(term, loss, own), temperature=self.temperature)

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


def _laid_out(
    found: Mapping[int, Tensor], places: Sequence[int], counts: Sequence[int], device: torch.device
) -> Tensor:
    """The log-probs of some samples one after the other, 0 for samples that have none, ``[tokens]``."""
    parts = [found.get(place, torch.zeros(count)) for place, count in zip(places, counts, strict=True)]
    return torch.cat([part.to(device) for part in parts])


def _nll(logprobs: Tensor | None) -> float:
    return -float(logprobs.mean()) if logprobs is not None and logprobs.numel() else 0.0
