"""Writing down what a step did: the ledger, the rollouts, the line of metrics."""

from typing import Any

from asterism.core.episode import Group
from asterism.learn.collected import CollectedGroup
from asterism.learn.run import Run
from asterism.learn.step import Step, step_metrics
from asterism.learn.token_entropy import TokenEntropy
from asterism.policy.policy import Policy

GROUPS_IN_COLOUR = 2
"""Groups of each step whose tokens are written down with their entropies: enough to look at, little to keep."""


def record_step(run: Run, step: Step, policy: Policy) -> dict[str, Any]:
    """Append a step to the journals of its run. Returns the line written to metrics.jsonl."""
    line = step_metrics(step)
    run.consumed(step.number, step.collected.tasks)
    entropies = _entropies(step, policy)
    for place, (each, update) in enumerate(zip(step.collected.groups, step.updates, strict=True)):
        unused = (None,) * len(each.group.episodes)
        values = update.advantages if each.prefixed is None else unused
        if each.group.episodes or step.experts == "checked":
            expert = _expert(step, place)
            run.rollouts(step.number, each.group, values, entropies.get(place), expert=expert)
        if each.prefixed is not None:
            run.rollouts(step.number, each.prefixed, update.advantages, opening=each.prefix_tokens)
    for group in step.collected.dropped:
        run.rollouts(step.number, group, (None,) * len(group.episodes))
    run.metrics(line)
    return line


def _expert(step: Step, place: int) -> str | None:
    """What became of the expert of a group, in a word; None where none is looked up."""
    if step.experts != "checked":
        return None
    each, update = step.collected.groups[place], step.updates[place]
    used = update.expert is not None or each.prefixed is not None
    return each.lookup.fault or ("used" if used else "left out")


def _entropies(step: Step, policy: Policy) -> dict[int, list[TokenEntropy | None]]:
    """Of the first groups, by place: the entropies of each episode's tokens, None where it was not trained on."""
    reported = iter([entropies for report in step.reports for entropies in report.entropies])
    told: dict[int, list[TokenEntropy | None]] = {}
    for place, (each, update) in enumerate(zip(step.collected.groups, step.updates, strict=True)):
        pairs = [(sample, next(reported)) for sample in update.samples]
        if place < GROUPS_IN_COLOUR:
            told[place] = [None] * len(each.group.episodes)
            for sample, entropies in pairs:
                if each.prefixed is None and sample.episode is not None and _is_actor(sample.trajectory.name, each):
                    told[place][sample.episode] = TokenEntropy.of(sample.trajectory, entropies, policy)
    return told


def _is_actor(name: str, each: CollectedGroup) -> bool:
    group: Group = each.group
    return name == group.episodes[0].actor.name
