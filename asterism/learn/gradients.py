"""How far the terms of a mixed batch pull, and whether they pull the same way."""

from dataclasses import dataclass, replace

from torch import Tensor

from asterism.learn.global_batch import GlobalBatch
from asterism.learn.update import Learner


@dataclass(frozen=True, slots=True)
class TermGradients:
    """The norm of the gradient of the reward terms (all but imitation), that of the ``ce`` term, and the cosine between
    them.

    ``cosine`` is None where one of them is 0.
    """

    rl: float
    ce: float
    cosine: float | None


def term_gradients(learner: Learner, batch: GlobalBatch) -> TermGradients:
    """The gradients of the terms of a batch, each by a backward pass of its own; nothing of the learner changes."""
    work = learner.work
    others = [term.name for term in learner.terms if term.name != "ce"]
    rl, ce = (_gradient(learner, batch, names) for names in (others, ["ce"]))
    learner.work = work
    squares = [sum(float(each.double().square().sum()) for each in part.values()) for part in (rl, ce)]
    product = sum(float((rl[place].double() * ce[place].double()).sum()) for place in sorted(rl.keys() & ce.keys()))
    first, second = (square**0.5 for square in squares)
    return TermGradients(first, second, product / (first * second) if first and second else None)


def _gradient(learner: Learner, batch: GlobalBatch, terms: list[str]) -> dict[int, Tensor]:
    """The gradient of some terms by the place of its parameter, which it leaves without one."""
    kept = [
        (sample.only(*terms), entry)
        for sample, entry in zip(batch.samples, batch.stored(), strict=True)
        if any(map(sample.carries, terms))
    ]
    parameters = learner.policy.trainable_parameters()
    normalisers = {term.name: batch.normaliser(term) for term in learner.terms}
    part = replace(
        batch, samples=[each for each, _ in kept], logprobs=[each for _, each in kept], normalisers=normalisers
    )
    learner.accumulate(part)
    gradients = {place: each.grad.detach() for place, each in enumerate(parameters) if each.grad is not None}
    learner.optimiser.zero_grad(set_to_none=True)
    return gradients
