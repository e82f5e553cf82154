"""The same target tokens scored under another conditioning."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from asterism.core.sample import Sample
from asterism.core.trajectory import Segment
from asterism.learn.batch import Sharing, collate, micro_batches, rows_of
from asterism.learn.scoring import Scores, score_batch
from asterism.policy.encoder import Encoder
from asterism.policy.lora import adapters_off
from asterism.policy.policy import Policy
from asterism.policy.prefix import refuse_unproven
from asterism.policy.sight import Sight

Conditioning = Callable[[Segment], Segment]


def as_it_was(prompt: Segment) -> Segment:
    """The prompt unchanged."""
    return prompt


def without_pictures(prompt: Segment) -> Segment:
    """The prompt without its pictures: what a blind reader is given."""
    return replace(prompt, images=(), token_ids=())


@dataclass(frozen=True, slots=True)
class View:
    """A policy and what it is shown: the reference policy, the blind reader, and whatever comes later.

    ``adapters`` false takes the policy as it was before LoRA changed it.
    """

    name: str
    policy: Policy
    encoder: Encoder
    conditioning: Conditioning = as_it_was
    adapters: bool = True

    @classmethod
    def reference(cls, policy: Policy, encoder: Encoder) -> "View":
        """Frozen weights, the same prompt."""
        return cls("reference", policy, encoder)

    @classmethod
    def without_adapters(cls, policy: Policy, encoder: Encoder) -> "View":
        """The same weights with adapters off, the same prompt: the reference of a policy that LoRA trains."""
        # With a memory of its own, for the features of adapted towers differ.
        return cls("reference", replace(policy, sight=Sight()), encoder, adapters=False)

    @classmethod
    def blind(cls, policy: Policy, encoder: Encoder) -> "View":
        """The same weights, no picture."""
        return cls("blind", policy, encoder, without_pictures)

    @torch.no_grad()
    def score(
        self, samples: Sequence[Sample], *, temperature: float, budget: int, sharing: Sharing = "branch"
    ) -> list[Tensor]:
        """Log-probs of the trained tokens of each sample, ``[trained tokens]`` each, without gradient.

        Raises:
            AsterismError: ``sharing`` is not proven for a layer of the policy.
        """
        scores = self.scores(samples, temperature=temperature, budget=budget, sharing=sharing)
        return [each.logprobs for each in scores]

    @torch.no_grad()
    def scores(
        self, samples: Sequence[Sample], *, temperature: float, budget: int, sharing: Sharing = "branch"
    ) -> list[Scores]:
        """Log-probs and exact entropies of the trained tokens of each sample, without gradient.

        Raises:
            AsterismError: ``sharing`` is not proven for a layer of the policy.
        """
        refuse_unproven(self.policy, sharing)
        with nullcontext() if self.adapters else adapters_off(self.policy.model):
            return self._scores(samples, temperature, budget, sharing)

    def _scores(self, samples: Sequence[Sample], temperature: float, budget: int, sharing: Sharing) -> list[Scores]:
        seen = [self._condition(sample) for sample in samples]
        rows = rows_of([sample.trajectory for sample in seen], self.encoder, sharing)
        found: dict[int, Scores] = {}
        for places in micro_batches(rows, budget, sharing):
            batch = collate([rows[place] for place in places], self.policy, sharing)
            scores = score_batch(self.policy, batch, temperature=temperature)
            parts = (torch.split(each, batch.counts) for each in (scores.logprobs, scores.entropy))
            found |= zip(places, map(Scores, *parts), strict=True)
        return [found[place] for place in range(len(seen))]

    def _condition(self, sample: Sample) -> Sample:
        prompt, *rest = sample.trajectory.segments
        return replace(sample, trajectory=replace(sample.trajectory, segments=(self.conditioning(prompt), *rest)))
