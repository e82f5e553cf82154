"""What a loss term is: an object with its own settings, which a sample names by its weights.

    loss = sum over terms  coefficient * sum over tokens t  scale_t * term(t, weight_t)

A term is given a slice of a micro-batch's trained tokens and returns their summed loss; the update loops over the
terms of the algorithm and knows none of them. A further term is a further class, in any file; ours are in
loss_terms.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, Self

from torch import Tensor

from asterism.learn.conditioning import Conditioning
from asterism.learn.streams import Stream


@dataclass(frozen=True, slots=True)
class TermTokens:
    """What a term sees of some trained tokens; every tensor is ``[tokens]``.

    ``logprobs`` are the policy's, with gradient. ``weights`` are the samples' for this term, 0 where one does not carry
    it, ``carried`` marks those that do (None: all), ``scale`` is what the global batch multiplies each token by.
    ``sequence_log_ratio`` is mean(log pi - log pi_old) over the token's whole sequence, without gradient, 0 on-policy;
    only a term that needs sequences may read it. ``other`` are the log-probs under the term's own conditioning.
    """

    logprobs: Tensor
    weights: Tensor
    scale: Tensor
    carried: Tensor | None
    old: Stream
    behaviour: Stream
    reference: Stream
    sequence_log_ratio: Tensor
    other: Tensor | None = None

    def those_that_carry(self) -> "TermTokens":
        """The tokens of samples that carry the term."""
        if self.carried is None:
            return self
        marks = self.carried
        return replace(
            self,
            logprobs=self.logprobs[marks],
            weights=self.weights[marks],
            scale=self.scale[marks],
            carried=None,
            old=self.old[marks],
            behaviour=self.behaviour[marks],
            reference=self.reference[marks],
            sequence_log_ratio=self.sequence_log_ratio[marks],
            other=None if self.other is None else self.other[marks],
        )


class TermMetrics(Protocol):
    """Sums over tokens that add up over micro-batches and updates, and what they come to."""

    def __add__(self, other: Self, /) -> Self: ...

    def figures(self) -> Mapping[str, float]:
        """What metrics.jsonl has of them, by name."""
        ...


@dataclass(frozen=True, slots=True)
class TokenMeans:
    """Means over the tokens that carry a term."""

    tokens: int
    sums: Mapping[str, float]

    def __add__(self, other: "TokenMeans") -> "TokenMeans":
        names = {**self.sums, **other.sums}
        sums = {name: self.sums.get(name, 0.0) + other.sums.get(name, 0.0) for name in names}
        return TokenMeans(self.tokens + other.tokens, sums)

    def figures(self) -> Mapping[str, float]:
        """The means by name."""
        return {name: value / max(1, self.tokens) for name, value in self.sums.items()}


@dataclass(frozen=True, slots=True)
class TermLoss:
    """The summed, scaled loss of some tokens, with gradient, before the coefficient.

    Where ``token_sum`` is given, its mean over the update's trained tokens is reported in place of the loss.
    """

    loss: Tensor
    metrics: TermMetrics | None = None
    token_sum: Tensor | None = None


class LossTerm(ABC):
    """One term of the loss. ``name`` is that of the weights it reads, ``coefficient`` what its sum is multiplied by."""

    __slots__ = ()

    name: ClassVar[str]
    figure: ClassVar[str] = ""
    """The figure of metrics.jsonl that the term's loss is added to; empty: its own name."""
    needs_old: ClassVar[bool] = False
    needs_reference: ClassVar[bool] = False
    needs_sequences: ClassVar[bool] = False
    """Whether it needs ``sequence_log_ratio``, which costs a pass of the output layer without gradient."""
    coefficient: float

    @property
    def conditioning(self) -> Conditioning | None:
        """What else the policy is shown where the term compares two views; gradient flows through both."""
        return None

    @abstractmethod
    def __call__(self, tokens: TermTokens) -> TermLoss:
        """The loss of some tokens."""
