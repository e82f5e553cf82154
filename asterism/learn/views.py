"""The same target tokens scored under another conditioning."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from asterism.core.sample import Sample
from asterism.core.trajectory import Trajectory
from asterism.learn.batch import Sharing
from asterism.learn.conditioning import Conditioning, WithoutImages, unchanged
from asterism.learn.passes import Passes
from asterism.learn.scoring import Scores, score_batch
from asterism.policy.encoder import Encoder
from asterism.policy.lora import adapters_off
from asterism.policy.policy import Policy
from asterism.policy.prefix import refuse_unproven
from asterism.policy.sight import Sight


@dataclass(frozen=True, slots=True)
class View:
    """A policy and what it is shown: the reference policy, the blind reader, a description in place of an image.

    ``conditioning`` maps the whole trajectory, so that it reaches what tools showed in later turns as well.
    ``adapters`` false takes the policy as it was before LoRA changed it.
    """

    name: str
    policy: Policy
    encoder: Encoder
    conditioning: Conditioning = unchanged
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
        """The same weights, no image."""
        return cls("blind", policy, encoder, WithoutImages.of(policy))

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
        shown = [self.shown(sample.trajectory) for sample in samples]
        scored: dict[int, Scores] = {}
        for places, batch in Passes.over(shown, self.policy, self.encoder, budget=budget, sharing=sharing):
            scores = score_batch(self.policy, batch, temperature=temperature)
            parts = (torch.split(each, batch.counts) for each in (scores.logprobs, scores.entropy))
            scored |= zip(places, map(Scores, *parts), strict=True)
        return [scored[place] for place in range(len(shown))]

    def shown(self, trajectory: Trajectory) -> Trajectory:
        """The trajectory as this view shows it.

        Raises:
            ValueError: the conditioning changes how many tokens are trained, so that they are not the same any more.
        """
        other = self.conditioning(trajectory)
        if other.trained_tokens != trajectory.trained_tokens:
            raise ValueError(
                f"the view {self.name} makes {other.trained_tokens} of {trajectory.trained_tokens} trained tokens"
            )
        return other
