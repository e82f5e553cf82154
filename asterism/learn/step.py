"""What a step saw and did, and the figures of it (:class:`asterism.core.results.metrics.StepMetrics`)."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from asterism.core.episode import Group
from asterism.core.results.metrics import RESERVED, StepMetrics
from asterism.core.reward import Reward
from asterism.learn.algorithms.algorithm import ExpertUse, GroupUpdate
from asterism.learn.collected import Collected
from asterism.learn.experts import MISSING, TOO_LONG
from asterism.learn.global_batch import UpdateReport
from asterism.learn.gradients import TermGradients
from asterism.learn.terms import TermMetrics

ALWAYS = ("rl", "ce", "kl", "clip_share", "dual_share", "approx_kl")
"""Figures that every line has, 0 where the algorithm has no such term; those of further terms come by their names."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step saw and did: what it collected, what of each group it trained on, what its updates reported.

    ``updates`` has one entry per collected group; their samples, one after the other, are those of the reports.
    """

    number: int
    collected: Collected
    updates: Sequence[GroupUpdate]
    reports: Sequence[UpdateReport]
    experts: ExpertUse
    seconds: float
    gradients: Sequence[TermGradients] = ()

    @property
    def groups(self) -> list[Group]:
        """All groups that were played, those that were dropped at the end; not those with a response prefix."""
        return [*(each.group for each in self.collected.groups), *self.collected.dropped]

    @property
    def prefixed(self) -> list[Group]:
        """The groups whose rollouts began with a part of an expert."""
        return [each.prefixed for each in self.collected.groups if each.prefixed is not None]

    @property
    def skipped(self) -> bool:
        """Whether an optimiser step was skipped because loss or gradient was not finite."""
        return not all(report.applied for report in self.reports)

    @property
    def tokens(self) -> int:
        """Tokens that were trained on."""
        return sum(report.tokens for report in self.reports)

    @property
    def tokens_generated(self) -> int:
        """Tokens that were sampled, those of dropped groups included."""
        groups = (*self.groups, *self.prefixed)
        return sum(trajectory.trained_tokens for group in groups for trajectory in group.trajectories)

    @property
    def tokens_expert(self) -> int:
        """Tokens of experts that were trained on, or read as the beginning of rollouts (once a group)."""
        trained = [each.expert.trajectory.trained_tokens for each in self.updates if each.expert is not None]
        return sum(trained) + sum(each.prefix_tokens for each in self.collected.groups)


def step_metrics(step: Step) -> StepMetrics:
    """The figures of a step. One of which there is nothing to average (no reward was given) is left out."""
    rewards = [reward for group in step.groups for reward in group.rewards]
    trajectories = [trajectory for group in step.groups for trajectory in group.trajectories]
    own = {
        **_means(
            {
                "reward": [reward.value for reward in rewards if reward.value is not None],
                "length": [float(trajectory.trained_tokens) for trajectory in trajectories],
                "truncated": [float(trajectory.truncated) for trajectory in trajectories],
                "zero_variance_groups": [float(_silent(group)) for group in step.groups if group.episodes],
            }
        ),
        **_of_algorithm(step.updates),
        **_experts(step),
        **_updates(step.reports),
        "reward_errors": sum(reward.status == "error" for reward in rewards),
        "abstained": sum(reward.status == "abstain" for reward in rewards),
        **({"dropped_groups": len(step.collected.dropped)} if step.collected.dropped else {}),
    }
    return StepMetrics(
        step=step.number,
        tokens=step.tokens,
        prompts=len(step.groups),
        tokens_generated=step.tokens_generated,
        tokens_expert=step.tokens_expert,
        seconds=step.seconds,
        success=_success(step.groups),
        figures={**_renamed(_means(_parts(rewards)), own.keys() | RESERVED), **own},
    )


def _means(values: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The mean of each list that is not empty."""
    return {name: sum(entries) / len(entries) for name, entries in values.items() if entries}


def _renamed(parts: Mapping[str, float], taken: Set[str]) -> dict[str, float]:
    """Reward parts by name; one that is called as a figure of the trainer is (``length``) becomes ``reward.length``."""
    return {f"reward.{name}" if name in taken else name: value for name, value in parts.items()}


def _updates(reports: Sequence[UpdateReport]) -> dict[str, float]:
    """The figures of the loss, by the names of terms; of updates that were skipped nothing is counted but that."""
    applied = [report for report in reports if report.applied]
    tokens = sum(report.tokens for report in applied)
    means = {
        "loss": [report.loss for report in applied],
        "entropy": [report.entropy for report in applied],
        "mismatch": [report.mismatch for report in applied],
    }
    for name in dict.fromkeys(name for report in applied for name in report.parts):
        means[name] = [report.parts.get(name, 0.0) for report in applied]
    metrics: dict[str, TermMetrics] = {}
    for report in applied:
        for name, each in report.metrics.items():
            metrics[name] = metrics[name] + each if name in metrics else each
    norms = [report.grad_norm for report in applied]
    return {
        **dict.fromkeys(ALWAYS, 0.0),
        **{
            name: sum(value * report.tokens for value, report in zip(values, applied, strict=True)) / max(1, tokens)
            for name, values in means.items()
        },
        **{name: value for each in metrics.values() for name, value in each.figures().items()},
        **({"grad_norm": sum(norms) / len(norms)} if norms else {}),
        "learning_rate": reports[-1].learning_rate if reports else 0.0,
        "skipped_updates": len(reports) - len(applied),
    }


def _of_algorithm(updates: Sequence[GroupUpdate]) -> dict[str, float]:
    """The mean of each of the algorithm's own figures, over the groups that have it."""
    names = dict.fromkeys(name for update in updates for name in update.figures)
    return _means({name: [update.figures[name] for update in updates if name in update.figures] for name in names})


def _parts(rewards: Sequence[Reward]) -> dict[str, list[float]]:
    """The values of each named part, of those rewards that have it."""
    names = sorted({name for reward in rewards for name in reward.parts})
    return {name: [reward.parts[name] for reward in rewards if name in reward.parts] for name in names}


def _success(groups: Sequence[Group]) -> dict[str, float]:
    """The share of right rollouts of each family of tasks, of tasks with a family and rewards with an accuracy."""
    right: dict[str, list[float]] = {}
    for group in groups:
        known = [float(reward.parts["accuracy"] == 1) for reward in group.rewards if "accuracy" in reward.parts]
        right.setdefault(group.task.family, []).extend(known)
    return _means({name: values for name, values in sorted(right.items()) if name})


def _experts(step: Step) -> dict[str, float]:
    """What experts did in a step; nothing where the algorithm looks none up, or takes every one as it is."""
    groups = step.collected.groups
    if step.experts != "checked" or not groups:
        return {}
    faults = Counter(each.lookup.fault for each in groups if each.lookup.fault)
    reported = [nll for report in step.reports for nll in report.nll]
    samples = [sample for update in step.updates for sample in update.samples]
    pairs = zip(samples, reported, strict=True)
    nll = [value for sample, value in pairs if sample.episode is None and math.isfinite(value)]
    prefixed = step.prefixed
    rewards = [reward for group in prefixed for reward in group.rewards]
    return {
        "experts": sum(update.expert is not None for update in step.updates),
        "experts_missing": faults.pop(MISSING, 0),
        "experts_masked": faults.pop(TOO_LONG, 0),
        "experts_refused": sum(faults.values()),
        **({"expert_nll": sum(nll) / len(nll)} if nll else {}),
        **({"prefixed": len(prefixed) / len(groups)} if prefixed else {}),
        **{f"prefixed_{name}": value for name, value in _means(_parts(rewards)).items()},
        **_gradients(step.gradients),
    }


def _gradients(measured: Sequence[TermGradients]) -> dict[str, float]:
    """Means over the updates of a step in which they were measured."""
    cosines = [each.cosine for each in measured if each.cosine is not None]
    return {
        **({"grad_norm_rl": sum(each.rl for each in measured) / len(measured)} if measured else {}),
        **({"grad_norm_ce": sum(each.ce for each in measured) / len(measured)} if measured else {}),
        **({"grad_cosine": sum(cosines) / len(cosines)} if cosines else {}),
    }


def _silent(group: Group) -> bool:
    values = {reward.value for reward in group.rewards if reward.value is not None}
    return len(values) <= 1
