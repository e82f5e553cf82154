"""Writing down what a step did: the ledger, the rollouts, the line of metrics."""

from collections.abc import Mapping, Sequence
from itertools import islice

from torch import Tensor

from asterism.core.episode import Group
from asterism.core.results.metrics import StepMetrics
from asterism.core.sample import Sample
from asterism.learn.rollout_record import TokenFigures
from asterism.learn.run import Run
from asterism.learn.step import Step, step_metrics
from asterism.learn.token_entropy import TokenEntropy
from asterism.policy.policy import Policy

GROUPS_IN_COLOUR = 2
"""Groups of each step whose tokens are written down with their entropies: enough to look at, little to keep."""
CREDIT = "rl"
"""The term whose weights are advantages."""

Tokens = Mapping[tuple[int, int], TokenFigures]
"""By the places of an episode in its group and of a trajectory in its episode."""


def record_step(run: Run, step: Step, policy: Policy) -> StepMetrics:
    """Append a step to the logs of its run. Returns the line written to metrics.jsonl."""
    line = step_metrics(step)
    run.consumed(step.number, step.collected.tasks)
    tokens = _tokens_of_groups(step, policy)
    for place, (each, update) in enumerate(zip(step.collected.groups, step.updates, strict=True)):
        expert = _expert(step, place)
        if each.prefixed is None:
            if each.group.episodes or expert:
                run.rollouts(step.number, each.group, update.advantages, tokens[place], expert=expert)
            continue
        run.rollouts(step.number, each.group, (None,) * len(each.group.episodes), expert=expert)
        run.rollouts(step.number, each.prefixed, update.advantages, tokens[place], prefix_tokens=each.prefix_tokens)
    for group in step.collected.dropped:
        run.rollouts(step.number, group, (None,) * len(group.episodes))
    run.metrics(line)
    return line


def _expert(step: Step, place: int) -> str:
    """What became of the expert of a group, in a word; empty where none is looked up."""
    if step.experts != "checked":
        return ""
    each, update = step.collected.groups[place], step.updates[place]
    used = update.expert is not None or each.prefixed is not None
    return each.lookup.fault or ("used" if used else "left out")


def _tokens_of_groups(step: Step, policy: Policy) -> list[Tokens]:
    """What is known of the tokens that each group was trained on; the entropies of the first groups alone."""
    reported = iter([entropies for report in step.reports for entropies in report.entropies])
    found: list[Tokens] = []
    for place, (each, update) in enumerate(zip(step.collected.groups, step.updates, strict=True)):
        entropies = list(islice(reported, len(update.samples)))
        shown = entropies if place < GROUPS_IN_COLOUR else [None] * len(entropies)
        found.append(_tokens(each.trained, update.samples, shown, policy))
    return found


def _tokens(
    group: Group, samples: Sequence[Sample], entropies: Sequence[Tensor | None], policy: Policy
) -> dict[tuple[int, int], TokenFigures]:
    differing = _differing(samples)
    found = {}
    for sample, values in zip(samples, entropies, strict=True):
        if sample.episode is None:
            continue
        for index, trajectory in enumerate(group.episodes[sample.episode].trajectories):
            if trajectory is sample.trajectory:
                found[sample.episode, index] = TokenFigures(
                    None if values is None else TokenEntropy.of(trajectory, values, policy),
                    tuple(sample.weights.get(CREDIT, ())) if sample.episode in differing else (),
                )
    return found


def _differing(samples: Sequence[Sample]) -> set[int]:
    """The episodes whose tokens do not all have the same credit."""
    credit: dict[int, set[float]] = {}
    for sample in samples:
        if sample.episode is not None:
            credit.setdefault(sample.episode, set()).update(sample.weights.get(CREDIT, ()))
    return {episode for episode, values in credit.items() if len(values) > 1}
