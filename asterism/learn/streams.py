"""Log-probs that take no gradient: of the policy that sampled, of the sampler itself, of the reference policy.

Three streams belong to a sample, one value per trained token:

    old        the trainer's own, with the weights that sampled; none while those are still the present ones
    behaviour  the sampler's, which computes otherwise (another program, another precision)
    reference  the policy that the KL term pulls towards

Where there is nothing a mask says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from asterism.core.sample import Sample
from asterism.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class StoredLogProbs:
    """What was computed for one sample before the update, ``[trained tokens]`` each, or None."""

    old: Tensor | None = None
    reference: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """One log-prob of each token, and whether there is one, both ``[tokens]``; ``values`` are 0 where there is none."""

    values: Tensor
    given: Tensor

    @classmethod
    def of(cls, parts: Sequence[Tensor | None], counts: Sequence[int], device: torch.device) -> Self:
        """The stream of some samples, one after the other."""
        values = [torch.zeros(count) if part is None else part for part, count in zip(parts, counts, strict=True)]
        given = [torch.full((count,), part is not None) for part, count in zip(parts, counts, strict=True)]
        return cls(torch.cat([part.to(device) for part in values]), torch.cat(given).to(device))

    @classmethod
    def of_sampler(cls, trajectories: Sequence[Trajectory]) -> Self:
        """What the sampler recorded for the trained tokens of some trajectories, on the CPU."""
        trained = [segment for each in trajectories for segment in each.segments if segment.trainable]
        values = [value for each in trained for value in each.logprobs or (0.0,) * len(each.token_ids)]
        given = [each.logprobs is not None for each in trained for _ in each.token_ids]
        return cls(torch.tensor(values), torch.tensor(given, dtype=torch.bool))

    def __getitem__(self, where: slice | Tensor) -> "Stream":
        return Stream(self.values[where], self.given[where])

    def to(self, device: torch.device) -> "Stream":
        """The same on another device."""
        return Stream(self.values.to(device), self.given.to(device))

    def or_else(self, own: Tensor) -> Tensor:
        """The stream's values, and ``own`` where it has none, ``[tokens]``."""
        return torch.where(self.given, self.values, own)


def sampler_mismatch(
    samples: Sequence[Sample],
    stored: Sequence[StoredLogProbs],
    own: Sequence[Tensor],
    *,
    sampled_now: bool,
) -> tuple[float, int]:
    """The sum of |trainer's log-prob - sampler's log-prob| over sampled tokens, and their number; the trainer's is that
    with the weights that sampled.

    Those are the stored old log-probs where there are any, and the forward's own while no update has moved the weights;
    of tokens for which there is neither nothing is counted.
    """
    total, tokens = 0.0, 0
    for sample, entry, present in zip(samples, stored, own, strict=True):
        trainers = entry.old if entry.old is not None else present if sampled_now else None
        if trainers is not None:
            sampler = Stream.of_sampler([sample.trajectory])
            total += float((trainers.cpu() - sampler.values)[sampler.given].abs().sum())
            tokens += int(sampler.given.sum())
    return total, tokens
