"""The loss of a micro-batch, as the scoring pass asks for it: any slice of its trained tokens at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor

from asterism.core.sample import Sample
from asterism.learn.normalisers import Normaliser, token_scales
from asterism.learn.streams import StoredLogProbs, Stream
from asterism.learn.terms import LossTerm, TermLoss, TermMetrics, TermTokens


@dataclass(slots=True)
class LossSums:
    """What the micro-batches of an update added up to so far; ``parts`` and ``token_sums`` by figure."""

    parts: dict[str, float] = field(default_factory=dict)
    token_sums: dict[str, float] = field(default_factory=dict)
    metrics: dict[str, TermMetrics] = field(default_factory=dict)

    def add(self, term: LossTerm, outcome: TermLoss) -> None:
        """Take in what a term says of some tokens; its loss is added by :meth:`add_part`."""
        figure = term.figure or term.name
        if outcome.metrics is not None:
            before = self.metrics.get(term.name)
            self.metrics[term.name] = outcome.metrics if before is None else before + outcome.metrics
        if outcome.token_sum is not None:
            self.token_sums[figure] = self.token_sums.get(figure, 0.0) + float(outcome.token_sum.detach())

    def add_part(self, figure: str, loss: Tensor) -> None:
        """Add a loss before its coefficient."""
        self.parts[figure] = self.parts.get(figure, 0.0) + float(loss.detach())

    def figures(self, tokens: int) -> dict[str, float]:
        """The part of the loss that each figure is, or the mean over ``tokens`` that is reported in its place."""
        means = {figure: total / max(1, tokens) for figure, total in self.token_sums.items()}
        return {**self.parts, **means}


@dataclass(frozen=True, slots=True)
class _Weighing:
    """The tokens of a micro-batch as one term weighs them, ``[tokens]`` each; ``carried`` None: all carry it."""

    weights: Tensor
    scale: Tensor
    carried: Tensor | None

    @classmethod
    def of(cls, term: LossTerm, samples: Sequence[Sample], lengths: Tensor, normaliser: Normaliser) -> Self | None:
        """None where no sample of the micro-batch carries the term."""
        carries = [sample.carries(term.name) for sample in samples]
        if not any(carries):
            return None
        values: list[float] = []
        for sample, count in zip(samples, lengths.tolist(), strict=True):
            values += sample.weights.get(term.name) or (0.0,) * count
        owners = torch.arange(len(samples), device=lengths.device).repeat_interleave(lengths)
        marks = torch.tensor(carries, dtype=torch.bool, device=lengths.device)
        return cls(
            torch.tensor(values, device=lengths.device),
            token_scales(owners, lengths, normaliser),
            None if all(carries) else marks[owners],
        )


@dataclass(slots=True)
class MicroBatchLoss:
    """Sums the terms over the tokens of a micro-batch, and notes in ``sums`` what they come to.

    ``lengths`` ``[samples]`` has the trained tokens of each; the streams are ``[tokens]``. ``others`` has, by term, the
    log-probs under that term's own conditioning.
    """

    terms: Sequence[LossTerm]
    weighings: Mapping[str, _Weighing]
    lengths: Tensor
    old: Stream
    behaviour: Stream
    reference: Stream
    sums: LossSums
    others: Mapping[str, Tensor]
    sequence_log_ratio: Tensor

    @classmethod
    def of(
        cls,
        terms: Sequence[LossTerm],
        samples: Sequence[Sample],
        logprobs: Sequence[StoredLogProbs],
        lengths: Tensor,
        normalisers: Mapping[str, Normaliser],
        sums: LossSums,
        others: Mapping[str, Tensor] | None = None,
    ) -> Self:
        """The loss of samples with their stored log-probs, in the same order."""
        counts, device = lengths.tolist(), lengths.device
        weighings = {term.name: _Weighing.of(term, samples, lengths, normalisers[term.name]) for term in terms}
        return cls(
            terms=terms,
            weighings={name: each for name, each in weighings.items() if each is not None},
            lengths=lengths,
            old=Stream.of([each.old for each in logprobs], counts, device),
            behaviour=Stream.of_sampler([sample.trajectory for sample in samples]).to(device),
            reference=Stream.of([each.reference for each in logprobs], counts, device),
            sums=sums,
            others=others or {},
            sequence_log_ratio=torch.zeros(sum(counts), device=device),
        )

    @property
    def needs_all(self) -> bool:
        """Whether all log-probs have to be seen first: a term needs sequences, and there is an old policy."""
        wanted = any(term.needs_sequences and term.name in self.weighings for term in self.terms)
        return wanted and bool(self.old.given.any())

    def see(self, logprobs: Tensor) -> None:
        """Take the log-probs of all tokens, ``[tokens]`` without gradient, before any of them goes backward."""
        log_ratio = logprobs - self.old.or_else(logprobs)
        owners = torch.arange(len(self.lengths), device=self.lengths.device).repeat_interleave(self.lengths)
        totals = log_ratio.new_zeros(len(self.lengths)).index_add(0, owners, log_ratio)
        self.sequence_log_ratio = (totals / self.lengths.clamp(min=1))[owners]

    def __call__(self, logprobs: Tensor, span: slice) -> Tensor:
        """The loss of the tokens in a slice, given their log-probs with gradient."""
        parts: dict[str, Tensor] = {}
        coefficients: dict[str, float] = {}
        for term in self.terms:
            if term.name not in self.weighings:
                continue
            outcome = term(self.tokens(term, logprobs, span))
            self.sums.add(term, outcome)
            figure = term.figure or term.name
            # Terms of one figure are joined before the figure's coefficient, which they share.
            parts[figure] = parts[figure] + outcome.loss if figure in parts else outcome.loss
            coefficients[figure] = term.coefficient
        total: Tensor | None = None
        for figure, part in parts.items():
            self.sums.add_part(figure, part)
            weighed = coefficients[figure] * part
            total = weighed if total is None else total + weighed
        return (logprobs * 0.0).sum() if total is None else total

    def tokens(self, term: LossTerm, logprobs: Tensor, span: slice, other: Tensor | None = None) -> TermTokens:
        """What a term sees of a slice; ``other`` in place of the constant log-probs of its own conditioning."""
        weighing = self.weighings[term.name]
        if other is None and term.name in self.others:
            other = self.others[term.name][span]
        return TermTokens(
            logprobs=logprobs,
            weights=weighing.weights[span],
            scale=weighing.scale[span],
            carried=None if weighing.carried is None else weighing.carried[span],
            old=self.old[span],
            behaviour=self.behaviour[span],
            reference=self.reference[span],
            sequence_log_ratio=self.sequence_log_ratio[span],
            other=other,
        )
