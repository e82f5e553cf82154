"""An audit from its target to its report."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar

from asterism.audit.adversarial import probes_of
from asterism.audit.config import AuditConfig
from asterism.audit.duplicates import find_duplicates
from asterism.audit.faults import find_swallowed
from asterism.audit.findings import Measured, Shares, findings_of
from asterism.audit.gold import gold_of
from asterism.audit.grading import class_results, failed_share, grade_probes
from asterism.audit.hostile import hostile_inputs
from asterism.audit.leaks import find_leaks
from asterism.audit.policies import earned, null_policies
from asterism.audit.probe import WRONG
from asterism.audit.report import AuditReport, BlindFloor, Finding, Hostile, NullPolicy, ScaleResult
from asterism.audit.scale import Scale, scale_of
from asterism.audit.steadiness import find_changes
from asterism.audit.target import Target
from asterism.audit.timing import CALLS, time_calls
from asterism.core.errors import AsterismError
from asterism.core.seeds import derive_seed
from asterism.core.task import Task

T = TypeVar("T")

STEADY_TASKS = 40
FAULT_TASKS = 3
"""Tasks of each family whose right answer is scored with faults let happen."""

StageOf = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Opens a stage of so many units and gives the function that moves it on."""


Work = Callable[[Callable[[int], None]], T]
"""Work that tells how far it is, and gives something."""


@dataclass(slots=True)
class _Stages:
    """Stages, and the seconds that each took."""

    open: StageOf
    seconds: dict[str, float] = field(default_factory=dict)

    def of(self, name: str, total: int, work: Work[T]) -> T:
        """What some work gives, shown as a stage."""
        start = time.perf_counter()
        with self.open(name, total) as advance:
            found = work(advance)
        self.seconds[name] = round(time.perf_counter() - start, 3)
        return found


def run_audit(
    target: Target,
    config: AuditConfig,
    stage_of: StageOf,
    *,
    hostile: Work[Sequence[Hostile]] = lambda advance: (),
    blind: BlindFloor | None = None,
) -> AuditReport:
    """Audit a target.

    Args:
        hostile: tries hostile inputs where they can be stopped.
        blind: what a model reaches with and without images, where it was measured.

    Raises:
        AsterismError: there are no tasks.
    """
    if not target.tasks:
        raise AsterismError("there are no tasks to audit", where=target.name, remedy="Give at least one record.")
    tasks = sorted(target.tasks, key=lambda task: derive_seed(config.seed, "audited", task.id))[: config.tasks]
    stages = _Stages(stage_of)
    scale = scale_of(target, tasks, part=config.part, seed=config.seed)
    probes = probes_of(tasks, target.prompt_of, per_class=config.per_class, seed=config.seed, home=scale.home)
    grades = stages.of("Scoring answers", len(probes), lambda advance: grade_probes(target, probes, scale, advance))
    paid = _paid(target, tasks, scale)
    tried = stages.of("Hostile input", len(list(hostile_inputs())), hostile)
    found = Measured(
        scale=scale,
        shares=Shares(
            failed_share(grades.graded, WRONG),
            failed_share(grades.graded, ("asked",)),
            failed_share(grades.graded, ("form", "writing")),
        ),
        classes=class_results(grades.graded),
        errors=grades.errors,
        policies=stages.of(
            "Null policies", len(tasks), lambda advance: _reached(target, tasks, scale, config, advance)
        ),
        leaks=stages.of("Prompts", len(tasks), lambda advance: find_leaks(tasks, target.player, advance)),
        duplicates=stages.of("Records", len(target.tasks), lambda advance: find_duplicates(target.tasks, advance)),
        swallowed=stages.of("Faults", len(paid), lambda advance: find_swallowed(target, paid, advance)),
        steadiness=stages.of(
            "Twice", STEADY_TASKS, lambda advance: find_changes(target, probes, STEADY_TASKS, advance)
        ),
        timing=stages.of("Time", CALLS, lambda advance: time_calls(target, probes, tried, advance)),
        unprobed=sum(gold_of(task) is None for task in tasks),
        tasks=len(tasks),
        blind=blind,
    )
    return _report(target, found, findings_of(found, config), grades.abstained, stages.seconds)


def _report(
    target: Target,
    found: Measured,
    findings: tuple[Finding, ...],
    abstained: int,
    seconds: dict[str, float],
) -> AuditReport:
    scale = found.scale
    return AuditReport(
        target=target.name,
        tasks=found.tasks,
        scale=ScaleResult(scale.part, scale.home.name, scale.right, scale.wrong, scale.threshold, scale.reward),
        false_accepts=found.shares.accepts,
        false_refusals=found.shares.refusals,
        other_forms=found.shares.other_forms,
        classes=tuple(found.classes),
        policies=tuple(found.policies),
        timing=found.timing,
        findings=findings,
        unscored=abstained,
        blind=found.blind,
        seconds=seconds,
    )


def _reached(
    target: Target, tasks: Sequence[Task], scale: Scale, config: AuditConfig, advance: Callable[[int], None]
) -> list[NullPolicy]:
    """What each null policy earns."""
    policies = null_policies(tasks, target.prompt_of, scale, config.seed)
    reached = []
    for number, policy in enumerate(policies, start=1):
        reached.append(earned(target, tasks, policy, scale))
        advance(len(tasks) * number // len(policies) - len(tasks) * (number - 1) // len(policies))
    return [policy for policy in reached if policy is not None]


def _paid(target: Target, tasks: Sequence[Task], scale: Scale) -> list[tuple[Task, str]]:
    """Some tasks of each kind and family with a right answer that the reward pays for."""
    counts: dict[tuple[str, str], int] = {}
    found = []
    for task in tasks:
        gold, place = gold_of(task), (task.kind, task.family)
        if gold is None or counts.get(place, 0) >= FAULT_TASKS:
            continue
        text = scale.home.wrap(gold.text)
        if scale.paid(target.reward(task, text)):
            counts[place] = counts.get(place, 0) + 1
            found.append((task, text))
    return found
