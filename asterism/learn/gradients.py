"""How far the two terms of a mixed batch pull, and whether they pull the same way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from asterism.core.sample import Sample
from asterism.learn.losses import Scales
from asterism.learn.update import Fixed, Learner


@dataclass(frozen=True, slots=True)
class TermGradients:
    """The norm of the gradient of the ``rl`` term (with ``kl``), that of the ``ce`` term, and the cosine between them.

    ``cosine`` is None where one of them is 0.
    """

    rl: float
    ce: float
    cosine: float | None


def term_gradients(
    learner: Learner, samples: Sequence[Sample], fixed: Sequence[Fixed], scales: Scales
) -> TermGradients:
    """The gradients of the terms of a batch, each by a backward pass of its own; nothing of the learner changes."""
    work = learner.work
    rewarded = [(replace(each, ce=()), entry) for each, entry in zip(samples, fixed, strict=True) if each.rl or each.kl]
    imitated = [(replace(each, rl=(), kl=()), entry) for each, entry in zip(samples, fixed, strict=True) if each.ce]
    rl, ce = (_gradient(learner, part, scales) for part in (rewarded, imitated))
    learner.work = work
    squares = [sum(float(each.double().square().sum()) for each in part.values()) for part in (rl, ce)]
    product = sum(float((rl[place].double() * ce[place].double()).sum()) for place in sorted(rl.keys() & ce.keys()))
    first, second = (square**0.5 for square in squares)
    return TermGradients(first, second, product / (first * second) if first and second else None)


def _gradient(learner: Learner, part: Sequence[tuple[Sample, Fixed]], scales: Scales) -> dict[int, Tensor]:
    """The gradient of the loss of some samples by the place of its parameter, which it leaves without one."""
    parameters = learner.policy.trainable_parameters()
    learner.accumulate([sample for sample, _ in part], [entry for _, entry in part], scales)
    found = {place: each.grad.detach() for place, each in enumerate(parameters) if each.grad is not None}
    learner.optimiser.zero_grad(set_to_none=True)
    return found
