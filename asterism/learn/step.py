"""What a step saw and did, and the line of metrics.jsonl that tells it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asterism.core.episode import Group
from asterism.core.reward import Reward
from asterism.core.trajectory import Trajectory
from asterism.learn.gradients import TermGradients
from asterism.learn.guidance.entry import Entry
from asterism.learn.guidance.experts import MISSING, TOO_LONG, Found
from asterism.learn.losses import SurrogateMetrics
from asterism.learn.update import UpdateReport


@dataclass(frozen=True, slots=True)
class Guided:
    """A group, the expert of its task, and what of both is trained on.

    ``opened`` is the group that took its place because its rollouts begin with a part of the expert; ``opening`` tells
    how many tokens of each of those are the expert's.
    """

    group: Group
    found: Found
    entry: Entry
    opened: Group | None = None
    opening: int = 0

    @property
    def tokens_expert(self) -> int:
        """Tokens of the expert that were trained on, or read as the beginning of rollouts."""
        expert = self.entry.expert
        return self.opening + (0 if expert is None else expert.trajectory.trained_tokens)


@dataclass(frozen=True, slots=True)
class Step:
    """What one step saw: its groups, what of them and of experts was trained on, and what its updates reported."""

    number: int
    groups: Sequence[Group]
    reports: Sequence[UpdateReport]
    seconds: float
    guided: Sequence[Guided] = ()
    gradients: Sequence[TermGradients] = ()


def step_metrics(step: Step) -> dict[str, Any]:
    """The line of metrics.jsonl for a step. A figure of which there is nothing (no reward was given) is left out."""
    rewards = [reward for group in step.groups for reward in group.rewards]
    trajectories = [trajectory for group in step.groups for trajectory in group.trajectories]
    tokens = sum(report.tokens for report in step.reports)
    surrogate = sum((report.surrogate for report in step.reports), SurrogateMetrics())
    means = {
        "reward": [reward.value for reward in rewards if reward.value is not None],
        **_parts(rewards),
        "length": [float(trajectory.trained_tokens) for trajectory in trajectories],
        "truncated": [float(trajectory.truncated) for trajectory in trajectories],
        "zero_variance_groups": [float(_silent(group)) for group in step.groups],
        "grad_norm": [report.grad_norm for report in step.reports],
    }
    return {
        "step": step.number,
        **{name: sum(values) / len(values) for name, values in means.items() if values},
        **_success(step.groups),
        **_guidance(step),
        "reward_errors": sum(reward.status == "error" for reward in rewards),
        "abstained": sum(reward.status == "abstain" for reward in rewards),
        **{
            name: sum(getattr(report, name) * report.tokens for report in step.reports) / max(1, tokens)
            for name in ("loss", "rl", "ce", "kl", "entropy", "mismatch")
        },
        "learning_rate": step.reports[-1].learning_rate if step.reports else 0.0,
        "tokens": tokens,
        "prompts": len(step.groups),
        "tokens_generated": sum(trajectory.trained_tokens for trajectory in (*trajectories, *_opened(step))),
        "tokens_expert": sum(each.tokens_expert for each in step.guided),
        "clip_share": surrogate.clip_share_low + surrogate.clip_share_high,
        "dual_share": surrogate.dual_share,
        "approx_kl": surrogate.approx_kl,
        "seconds": step.seconds,
    }


def _parts(rewards: Sequence[Reward]) -> dict[str, list[float]]:
    """The values of each named part, of those rewards that have it."""
    names = sorted({name for reward in rewards for name in reward.parts})
    return {name: [reward.parts[name] for reward in rewards if name in reward.parts] for name in names}


def _opened(step: Step) -> list[Trajectory]:
    """The rollouts that began with a part of an expert."""
    return [each for guided in step.guided if guided.opened is not None for each in guided.opened.trajectories]


def _success(groups: Sequence[Group]) -> dict[str, dict[str, float]]:
    """The share of right rollouts of each family of tasks, for tasks of a family and rewards that tell it."""
    right: dict[str, list[float]] = {}
    for group in groups:
        told = [float(reward.parts["accuracy"] == 1) for reward in group.rewards if "accuracy" in reward.parts]
        right.setdefault(group.task.family, []).extend(told)
    shares = {name: sum(values) / len(values) for name, values in sorted(right.items()) if name and values}
    return {"success": shares} if shares else {}


def _guidance(step: Step) -> dict[str, Any]:
    """What experts did in a step; nothing where none is asked for."""
    guided = step.guided
    if not any(each.found.expert or each.found.fault for each in guided):
        return {}
    faults = Counter(each.found.fault for each in guided if each.found.fault)
    gates = [float(each.entry.gate) for each in guided if each.entry.gate is not None]
    told = [nll for report in step.reports for nll in report.nll]
    samples = [sample for each in guided for sample in each.entry.samples]
    experts = {id(each.entry.expert) for each in guided if each.entry.expert is not None}
    nll = [value for sample, value in zip(samples, told, strict=True) if id(sample) in experts]
    opened = [each.opened for each in guided if each.opened is not None]
    rewards = [reward for group in opened for reward in group.rewards]
    return {
        **({"gates_on": sum(gates) / len(gates)} if gates else {}),
        "experts": len(experts),
        "experts_missing": faults.pop(MISSING, 0),
        "experts_masked": faults.pop(TOO_LONG, 0),
        "experts_refused": sum(faults.values()),
        **({"expert_nll": sum(nll) / len(nll)} if nll else {}),
        **({"opened": len(opened) / len(guided)} if opened else {}),
        **{f"opened_{name}": sum(values) / len(values) for name, values in _parts(rewards).items()},
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
