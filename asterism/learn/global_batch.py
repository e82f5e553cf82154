"""What one optimiser step learns from, and what it reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from asterism.core.sample import Sample
from asterism.learn.batch_loss import LossSums
from asterism.learn.normalisers import Normaliser
from asterism.learn.streams import StoredLogProbs
from asterism.learn.terms import LossTerm, TermMetrics


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
