"""The same target tokens scored under another conditioning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from asterism.core.sample import Sample
from asterism.core.trajectory import Segment
from asterism.learn.batch import Sharing, collate, micro_batches, rows_of
from asterism.learn.scoring import score_batch
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy

Conditioning = Callable[[Segment], Segment]


def as_it_was(prompt: Segment) -> Segment:
    """The prompt unchanged."""
    return prompt


def without_pictures(prompt: Segment) -> Segment:
    """The prompt without its pictures: what a blind reader is given."""
    return replace(prompt, images=(), token_ids=())


@dataclass(frozen=True, slots=True)
class View:
    """A policy and what it is shown: the reference policy, the blind reader, and whatever comes later."""

    name: str
    policy: Policy
    encoder: Encoder
    conditioning: Conditioning = as_it_was

    @classmethod
    def reference(cls, policy: Policy, encoder: Encoder) -> "View":
        """Frozen weights, the same prompt."""
        return cls("reference", policy, encoder)

    @classmethod
    def blind(cls, policy: Policy, encoder: Encoder) -> "View":
        """The same weights, no picture."""
        return cls("blind", policy, encoder, without_pictures)

    @torch.no_grad()
    def score(
        self, samples: Sequence[Sample], *, temperature: float, budget: int, sharing: Sharing = "branch"
    ) -> list[Tensor]:
        """Log-probs of the trained tokens of each sample, ``[trained tokens]`` each, without gradient."""
        seen = [self._condition(sample) for sample in samples]
        rows = rows_of([sample.trajectory for sample in seen], self.encoder, sharing)
        scores: dict[int, Tensor] = {}
        for places in micro_batches(rows, budget, sharing):
            batch = collate([rows[place] for place in places], self.policy, sharing)
            logprobs = score_batch(self.policy, batch, temperature=temperature).logprobs
            scores |= zip(places, torch.split(logprobs, batch.counts), strict=True)
        return [scores[place] for place in range(len(seen))]

    def _condition(self, sample: Sample) -> Sample:
        prompt, *rest = sample.trajectory.segments
        return replace(sample, trajectory=replace(sample.trajectory, segments=(self.conditioning(prompt), *rest)))
