"""What a step sampled and learned from, and the figures of it (:class:`asterism.core.results.metrics.StepMetrics`)."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from asterism.core.episode import Group
from asterism.core.results.metrics import RESERVED, StepMetrics
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


def step_metrics(step: Step) -> StepMetrics:
    """The figures of a step. One of which there is nothing to average (no reward was given) is left out."""
    rewards = [reward for group in step.groups for reward in group.rewards]
    trajectories = [trajectory for group in step.groups for trajectory in group.trajectories]
    surrogate = sum((report.surrogate for report in step.reports), SurrogateMetrics())
    own = {
        **reward_figures(rewards),
        **length_figures(trajectories),
        **means({"zero_variance_groups": [float(_silent(group)) for group in step.groups]}),
        **_guidance(step),
        **update_figures(step.reports),
        "clip_share": surrogate.clip_share_low + surrogate.clip_share_high,
        "dual_share": surrogate.dual_share,
        "approx_kl": surrogate.approx_kl,
    }
    parts = means(part_values(rewards))
    return StepMetrics(
        step=step.number,
        tokens=sum(report.tokens for report in step.reports),
        prompts=len(step.groups),
        tokens_generated=sum(trajectory.trained_tokens for trajectory in (*trajectories, *_opened(step))),
        tokens_expert=sum(each.tokens_expert for each in step.guided),
        seconds=step.seconds,
        success=success_by_family(step.groups),
        figures={**_renamed(parts, own.keys() | RESERVED), **own},
    )


def reward_figures(rewards: Sequence[Reward]) -> dict[str, float]:
    """The mean reward, and how many there are without a value, by cause."""
    return {
        **means({"reward": [reward.value for reward in rewards if reward.value is not None]}),
        "reward_errors": sum(reward.status == "error" for reward in rewards),
        "abstained": sum(reward.status == "abstain" for reward in rewards),
    }


def part_values(rewards: Sequence[Reward]) -> dict[str, list[float]]:
    """The values of each named part, of those rewards that have it."""
    names = sorted({name for reward in rewards for name in reward.parts})
    return {name: [reward.parts[name] for reward in rewards if name in reward.parts] for name in names}


def length_figures(trajectories: Sequence[Trajectory]) -> dict[str, float]:
    """Mean number of sampled tokens, and the share of trajectories that a limit cut off."""
    return means(
        {
            "length": [float(trajectory.trained_tokens) for trajectory in trajectories],
            "truncated": [float(trajectory.truncated) for trajectory in trajectories],
        }
    )


def update_figures(reports: Sequence[UpdateReport]) -> dict[str, float]:
    """What the updates of a step reported: means over their tokens, and the last learning rate."""
    tokens = sum(report.tokens for report in reports)
    return {
        **means({"grad_norm": [report.grad_norm for report in reports]}),
        **{
            name: sum(getattr(report, name) * report.tokens for report in reports) / max(1, tokens)
            for name in ("loss", "rl", "ce", "kl", "entropy", "mismatch")
        },
        "learning_rate": reports[-1].learning_rate if reports else 0.0,
    }


def success_by_family(groups: Sequence[Group]) -> dict[str, float]:
    """The share of right rollouts of each family of tasks, of tasks with a family and rewards with an accuracy."""
    right: dict[str, list[float]] = {}
    for group in groups:
        known = [float(reward.parts["accuracy"] == 1) for reward in group.rewards if "accuracy" in reward.parts]
        right.setdefault(group.task.family, []).extend(known)
    return {name: sum(values) / len(values) for name, values in sorted(right.items()) if name and values}


def means(values: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The mean of each list that is not empty."""
    return {name: sum(entries) / len(entries) for name, entries in values.items() if entries}


def _renamed(parts: Mapping[str, float], taken: Set[str]) -> dict[str, float]:
    """Reward parts by name; one that is called as a figure of the trainer is (``length``) becomes ``reward.length``."""
    return {f"reward.{name}" if name in taken else name: value for name, value in parts.items()}


def _opened(step: Step) -> list[Trajectory]:
    """The rollouts that began with a part of an expert."""
    return [each for guided in step.guided if guided.opened is not None for each in guided.opened.trajectories]


def _guidance(step: Step) -> dict[str, float]:
    """What experts did in a step; nothing where no task has one."""
    guided = step.guided
    if not any(each.found.expert or each.found.fault for each in guided):
        return {}
    faults = Counter(each.found.fault for each in guided if each.found.fault)
    gates = [float(each.entry.gate) for each in guided if each.entry.gate is not None]
    reported = [nll for report in step.reports for nll in report.nll]
    samples = [sample for each in guided for sample in each.entry.samples]
    experts = {id(each.entry.expert) for each in guided if each.entry.expert is not None}
    nll = [value for sample, value in zip(samples, reported, strict=True) if id(sample) in experts]
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
        **{f"opened_{name}": sum(values) / len(values) for name, values in part_values(rewards).items()},
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
