"""What the sum of a loss term over a global batch is divided by.

    loss = sum over tokens t of  scale_t * term_t

The scale of a token comes from one denominator over the whole global batch, so the losses of micro-batches are simply
summed, and loss and gradient are the same however the batch is split.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import torch
from torch import Tensor

from asterism.core.sample import Sample

Aggregation = Literal["token_mean", "sequence_mean", "constant_length"]


@dataclass(frozen=True, slots=True)
class Normaliser:
    """How the tokens of one term add up; the denominator is computed once, over *all* samples of the global batch.

    token_mean: divided by trained tokens; sequence_mean: each sequence by its own, then by sequences; constant_length:
    by sequences * constant_length (Dr. GRPO).
    """

    aggregation: Aggregation
    denominator: float

    @classmethod
    def of(cls, samples: Sequence[Sample], *terms: str, aggregation: Aggregation, constant_length: int = 1) -> Self:
        """The normaliser over those samples that carry one of the terms; over all of them where none is named.

        Every trained token of a sample counts, whatever its weight; a sequence without trained tokens does not.
        """
        counted = [each for each in samples if any(map(each.carries, terms or each.weights))]
        if aggregation == "token_mean":
            return cls(aggregation, float(sum(each.trajectory.trained_tokens for each in counted)))
        return cls(aggregation, float(len(counted) * (constant_length if aggregation == "constant_length" else 1)))


def token_scales(sequences: Tensor, lengths: Tensor, normaliser: Normaliser) -> Tensor:
    """The scale of each token, ``[tokens]`` float32, such that loss = sum(scales * terms).

    token_mean and constant_length: 1 / denominator; sequence_mean: 1 / (length of its sequence * denominator).
    ``sequences`` is ``[tokens]`` int64, the index into ``lengths`` of each token's sequence; ``lengths`` is
    ``[sequences]``, trained tokens of the whole sequence. An empty global batch (denominator 0) weighs nothing.
    """
    if normaliser.denominator == 0:
        return torch.zeros(sequences.shape, dtype=torch.float32, device=sequences.device)
    if normaliser.aggregation == "sequence_mean":
        return 1.0 / (lengths.to(torch.float32)[sequences] * normaliser.denominator)
    return torch.full(sequences.shape, 1.0 / normaliser.denominator, dtype=torch.float32, device=sequences.device)
