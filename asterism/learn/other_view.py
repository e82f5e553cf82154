"""The gradient of a two-view term through its second view."""

from dataclasses import dataclass

from torch import Tensor

from asterism.learn.batch_loss import MicroBatchLoss
from asterism.learn.terms import LossTerm


@dataclass(frozen=True, slots=True)
class OtherViewLoss:
    """The same loss of one term with the gradient through its second view; its value was counted in the first.

    ``own`` ``[tokens]`` are the log-probs that the first view gave, now a constant.
    """

    term: LossTerm
    loss: MicroBatchLoss
    own: Tensor
    needs_all: bool = False

    def see(self, logprobs: Tensor) -> None:
        """Nothing is needed first."""

    def __call__(self, logprobs: Tensor, span: slice) -> Tensor:
        """The loss of the tokens in a slice, given their log-probs under the term's conditioning, with gradient."""
        tokens = self.loss.tokens(self.term, self.own[span], span, logprobs)
        return self.term.coefficient * self.term(tokens).loss
