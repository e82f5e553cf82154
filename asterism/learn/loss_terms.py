"""The loss terms that several algorithms use; one that a single algorithm has stands in that algorithm's file."""

from dataclasses import dataclass
from typing import ClassVar, Self

from asterism.learn.losses import (
    ClipBounds,
    LossConfig,
    SurrogateTerms,
    clipped_surrogate,
    imitation,
    kl_k3,
    shaped_surrogate,
    uncertainty,
    weighted_log_likelihood,
)
from asterism.learn.terms import LossTerm, TermLoss, TermTokens


@dataclass(frozen=True, slots=True)
class ClippedSurrogate(LossTerm):
    """PPO's clipped ratio to the policy that sampled; a weight is the advantage. See :func:`clipped_surrogate`."""

    name: ClassVar[str] = "rl"
    needs_old: ClassVar[bool] = True

    clip_low: float = 0.2
    clip_high: float = 0.2
    dual_clip: float | None = None
    coefficient: float = 1.0

    @classmethod
    def of(cls, config: LossConfig) -> Self:
        """With the bounds of a recipe."""
        return cls(config.clip_low, config.clip_high, config.dual_clip)

    @property
    def bounds(self) -> ClipBounds:
        """The bounds as the loss function takes them."""
        return ClipBounds(self.clip_low, self.clip_high, self.dual_clip)

    def __call__(self, tokens: TermTokens) -> TermLoss:
        """Of tokens that carry it alone, so that the shares of clipped ones are theirs."""
        own = tokens.those_that_carry()
        old = own.old.or_else(own.logprobs.detach())
        return _summed(own, clipped_surrogate(own.logprobs, old, own.weights, self.bounds))


@dataclass(frozen=True, slots=True)
class SequenceRatio(LossTerm):
    """The clipped surrogate with one ratio for a whole sequence; a weight is the advantage.

        s_i   = exp( 1/|y_i| sum_t (log pi - log pi_old) )
        s_i,t = sg[s_i] * pi / sg[pi]
        loss  = max(-A s_i,t, -A clip(s_i,t, 1 - low, 1 + high))

    GSPO, arXiv 2507.18071 eqs. 5, 7 and 13: the value is that of s_i, and summed over the sequence (divided by its
    length under sequence_mean) so is the gradient, though tokens go backward chunk by chunk.
    """

    name: ClassVar[str] = "rl"
    needs_old: ClassVar[bool] = True
    needs_sequences: ClassVar[bool] = True

    clip_low: float = 3e-4
    clip_high: float = 4e-4
    coefficient: float = 1.0

    def __call__(self, tokens: TermTokens) -> TermLoss:
        """Of tokens that carry it alone."""
        own = tokens.those_that_carry()
        old = own.logprobs.detach() - own.sequence_log_ratio  # so that pi / old is sg[s_i] pi / sg[pi]
        return _summed(
            own, clipped_surrogate(own.logprobs, old, own.weights, ClipBounds(self.clip_low, self.clip_high))
        )


@dataclass(frozen=True, slots=True)
class ClippedISWeight(LossTerm):
    """REINFORCE under a clipped importance weight that takes no gradient; a weight is the advantage.

    CISPO, arXiv 2506.13585; see :func:`weighted_log_likelihood`. A bound of None does not bite.
    """

    name: ClassVar[str] = "rl"
    needs_old: ClassVar[bool] = True

    clip_low: float | None = None
    clip_high: float | None = None
    coefficient: float = 1.0

    def __call__(self, tokens: TermTokens) -> TermLoss:
        """Of tokens that carry it alone."""
        own = tokens.those_that_carry()
        old = own.old.or_else(own.logprobs.detach())
        return _summed(
            own, weighted_log_likelihood(own.logprobs, old, own.weights, low=self.clip_low, high=self.clip_high)
        )


@dataclass(frozen=True, slots=True)
class ShapedSurrogate(LossTerm):
    """-A p / (p + gamma) of tokens that another policy wrote; a weight is the advantage. See :func:`shaped_surrogate`.

    Its loss is counted with that of the surrogate.
    """

    name: ClassVar[str] = "shaped"
    figure: ClassVar[str] = "rl"

    gamma: float = 0.1
    coefficient: float = 1.0

    def __call__(self, tokens: TermTokens) -> TermLoss:
        """Of tokens that carry it alone: p / (p + gamma) of the others would cost an exponential for nothing."""
        own = tokens.those_that_carry()
        return TermLoss((own.scale * shaped_surrogate(own.logprobs, own.weights, self.gamma)).sum())


@dataclass(frozen=True, slots=True)
class Imitation(LossTerm):
    """-log pi of tokens that are to be imitated; a weight is a factor.

    ``uncertain`` weighs each token by p (1 - p) besides (CHORD, see :func:`uncertainty`).
    """

    name: ClassVar[str] = "ce"

    uncertain: bool = False
    coefficient: float = 1.0

    def __call__(self, tokens: TermTokens) -> TermLoss:
        """Of all tokens; those that do not carry it have weight 0."""
        loss = imitation(tokens.logprobs)
        if self.uncertain:
            loss = uncertainty(tokens.logprobs) * loss
        return TermLoss((tokens.scale * tokens.weights * loss).sum())


@dataclass(frozen=True, slots=True)
class K3(LossTerm):
    """The k3 estimate of KL(pi || reference), at most ``clamp`` nats a token (:func:`kl_k3`); a weight is a factor."""

    name: ClassVar[str] = "kl"
    needs_reference: ClassVar[bool] = True

    coefficient: float = 0.01
    clamp: float = 10.0

    @classmethod
    def of(cls, config: LossConfig) -> Self:
        """With the settings of a recipe."""
        return cls(config.kl_coef, config.kl_clamp)

    def __call__(self, tokens: TermTokens) -> TermLoss:
        """Of all tokens; those that do not carry it have weight 0. Reported is the mean estimate, in nats per token."""
        reference = tokens.reference.or_else(tokens.logprobs.detach())
        each = tokens.weights * kl_k3(tokens.logprobs, reference, self.clamp)
        return TermLoss((tokens.scale * each).sum(), token_sum=each.sum())


def standard_terms(config: LossConfig) -> tuple[LossTerm, ...]:
    """The clipped surrogate, imitation, and the KL term where it has a coefficient."""
    return (ClippedSurrogate.of(config), Imitation(), *kl_term(config))


def kl_term(config: LossConfig) -> tuple[LossTerm, ...]:
    """The KL term; none where its coefficient is 0, so that no reference policy is needed."""
    return (K3.of(config),) if config.kl_coef else ()


def _summed(tokens: TermTokens, surrogate: SurrogateTerms) -> TermLoss:
    return TermLoss((tokens.scale * surrogate.loss).sum(), surrogate.metrics)
