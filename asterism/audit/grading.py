"""Scoring the adversarial set, class by class."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from asterism.audit.gold import gold_of
from asterism.audit.probe import Group, Probe
from asterism.audit.report import ClassResult, Failure
from asterism.audit.scale import Scale, part_of
from asterism.audit.target import Target
from asterism.core.results.estimate import Estimate
from asterism.core.reward import Reward
from asterism.core.task import Task
from asterism.evaluate.intervals import wilson

SHOWN = 5
"""Failures of a class that a report keeps."""
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Graded:
    """A probe and what it was paid; ``failed`` where that is not what it should be."""

    probe: Probe
    reward: Reward
    failed: bool


@dataclass(slots=True)
class Grades:
    """The graded probes, the rewards that were errors, and how many were abstained from."""

    graded: list[Graded] = field(default_factory=list)
    errors: list[Graded] = field(default_factory=list)
    abstained: int = 0


def grade_probes(
    target: Target, probes: Sequence[Probe], scale: Scale, on_progress: Callable[[int], None] = lambda count: None
) -> Grades:
    """Every probe scored, those of one task together."""
    by_task: dict[str, list[Probe]] = {}
    for probe in probes:
        by_task.setdefault(probe.task.id, []).append(probe)
    grades = Grades()
    for group in by_task.values():
        rewards = target.rewards(group[0].task, [probe.text for probe in group])
        for probe, reward in zip(group, rewards, strict=True):
            if reward.status == "abstain":
                grades.abstained += 1
                continue
            result = Graded(probe, reward, reward.status == "ok" and _wrong(target, probe, reward, scale))
            (grades.errors if reward.status == "error" else grades.graded).append(result)
        on_progress(len(group))
    return grades


def class_results(graded: Sequence[Graded]) -> tuple[ClassResult, ...]:
    """The classes, those that went wrong most first."""
    by_class: dict[tuple[Group, str], list[Graded]] = {}
    for each in graded:
        by_class.setdefault((each.probe.group, each.probe.name), []).append(each)
    results = [_class_result(group, name, members) for (group, name), members in by_class.items()]
    return tuple(sorted(results, key=lambda result: -result.share))


def failed_share(graded: Sequence[Graded], groups: Sequence[Group]) -> Estimate | None:
    """The share of the probes of some groups that was graded wrongly, by Wilson's interval; None where there are none.

    Probes of one class stand or fall together, so the interval says how sure the share is of this set of classes, not
    of answers in general.
    """
    chosen = [each.failed for each in graded if each.probe.group in groups]
    if not chosen:
        return None
    share = sum(chosen) / len(chosen)
    return Estimate(share, *wilson(share, len(chosen)), n=len(chosen), clusters=len(chosen))


def failure_of(each: Graded) -> Failure:
    """A graded probe as a report shows it."""
    task = each.probe.task
    return Failure(
        task.id,
        _short(task.question),
        _gold(task),
        _short(each.probe.text),
        each.reward.value or 0.0,
        each.reward.reason[:200],
    )


def _wrong(target: Target, probe: Probe, reward: Reward, scale: Scale) -> bool:
    """Whether a wrong answer was paid, or a right one was not.

    A right answer in a form that lacks a bonus may lie under the threshold; it counts as paid where a plainly wrong
    answer in the same form lies as far below it as elsewhere.
    """
    if not probe.right:
        return scale.paid(reward)
    if scale.paid(reward):
        return False
    value = part_of(reward, scale.part)
    control = part_of(target.reward(probe.task, probe.control), scale.part)
    return value is None or control is None or value - control < scale.right - scale.threshold


def _class_result(group: Group, name: str, members: Sequence[Graded]) -> ClassResult:
    failed = [each for each in members if each.failed]
    low, high = wilson(len(failed) / len(members), len(members))
    shown = tuple(failure_of(each) for each in failed[:SHOWN])
    return ClassResult(group, name, members[0].probe.right, len(members), len(failed), low, high, shown)


def _gold(task: Task) -> str:
    gold = gold_of(task)
    return _short(gold.text if gold is not None else task.answer or "")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"
