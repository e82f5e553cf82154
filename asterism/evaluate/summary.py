"""What a run over one bench comes to: every arm with its intervals, baselines, paired differences, breakdowns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from asterism.core.errors import AsterismError
from asterism.core.results.result import Result
from asterism.core.results.summary import Counts, OptionConsistency, PairedDifference, RunSummary
from asterism.core.task import Task
from asterism.evaluate import units
from asterism.evaluate.arrangements import consistency
from asterism.evaluate.scorer import Scorer
from asterism.evaluate.units import Scored

MODEL = "model"
"""The arm that was asked as the bench says."""
BLIND = "blind"
"""The arm that was shown no image."""
SHUFFLE = "shuffle_"
"""What the names of the arms with rearranged options begin with; their number follows."""

_TITLES = {MODEL: "model", BLIND: "no image"}


@dataclass(frozen=True, slots=True)
class Arm:
    """What was asked in one way, and what came of it."""

    tasks: Sequence[Task]
    results: Sequence[Result]

    @property
    def keyed(self) -> "Arm":
        """The part that has a stored answer, and so a score."""
        known = {task.id for task in self.tasks if task.answer is not None}
        tasks = [task for task in self.tasks if task.id in known]
        return Arm(tasks, [result for result in self.results if result.id in known])


def summarise(scorer: Scorer, arms: Mapping[str, Arm], *, cluster_key: str | None = None, seed: int = 0) -> RunSummary:
    """What the conditions of one run come to; ``model`` is always among them.

    Records without a stored answer are counted, and what could be read of them, but have no score where that needs
    the answer.

    Raises:
        AsterismError: tasks and results do not match.
    """
    scored = units.join(arms[MODEL].tasks, arms[MODEL].results)
    unread = [item for item in scored if item.result.answer is None and not item.result.failed]
    return replace(
        _figures(scorer, arms, cluster_key, seed),
        primary=MODEL,
        consistency=_consistency(scorer, arms, cluster_key, seed),
        counts=_counts(scored, unread),
        unread=dict(Counter(item.result.reason for item in unread)),
        failures=dict(Counter(item.result.reason for item in scored if item.result.failed).most_common(20)),
    )


def _figures(scorer: Scorer, arms: Mapping[str, Arm], cluster_key: str | None, seed: int) -> RunSummary:
    """Every condition with its measures, the baselines, paired differences and breakdowns; empty without a score."""
    scored = arms if scorer.counts_unscored or not scorer.needs_answer else _with_keys(arms)
    if not scored:
        return RunSummary()
    model = scored[MODEL]
    return RunSummary(
        conditions={
            name: scorer.summarise(arm.tasks, arm.results, cluster_key=cluster_key, seed=seed).condition(_title(name))
            for name, arm in scored.items()
        },
        baselines=scorer.constants(model.tasks, cluster_key=cluster_key),
        paired=_paired(scorer, scored, cluster_key, seed),
        breakdowns=tuple(scorer.breakdowns(model.tasks, model.results, cluster_key=cluster_key, seed=seed)),
    )


def _consistency(
    scorer: Scorer, arms: Mapping[str, Arm], cluster_key: str | None, seed: int
) -> OptionConsistency | None:
    """How steady the choices are, where options were shown in other orders too."""
    orders = [arm for name, arm in arms.items() if name == MODEL or name.startswith(SHUFFLE)]
    if not scorer.has_options or len(orders) < 2:
        return None
    return consistency([(arm.tasks, arm.results) for arm in orders], cluster_key=cluster_key, seed=seed)


def _counts(scored: Sequence[Scored], unread: Sequence[Scored]) -> Counts:
    return Counts(
        records=len({item.task.id for item in scored}),
        images=len({units.image_of(item.task) for item in scored}),
        completions=len(scored),
        failed=sum(item.result.failed for item in scored),
        unreadable=len(unread),
        truncated=sum(item.result.truncated for item in scored),
        without_key=sum(item.task.answer is None for item in scored),
        without_key_unreadable=sum(item.task.answer is None for item in unread),
    )


def compare(
    scorer: Scorer, a: tuple[str, Arm], b: tuple[str, Arm], *, cluster_key: str | None = None, seed: int = 0
) -> list[PairedDifference]:
    """Paired differences ``a - b`` over the records that both measured and that have a score.

    Raises:
        AsterismError: they share no record, or measured a different number of samples.
    """
    shared = {task.id for task in a[1].tasks} & {task.id for task in b[1].tasks}
    first, second = (_only(arm, shared) for _, arm in (a, b))
    if scorer.needs_answer:
        first, second = first.keyed, second.keyed
    if not first.tasks:
        raise AsterismError(
            "the two runs share no record that has an answer, so there is nothing to compare",
            remedy="Measure both over the same records.",
        )
    return scorer.compare(
        first.tasks, (a[0], first.results), (b[0], second.results), cluster_key=cluster_key, seed=seed
    )


def _only(arm: Arm, ids: set[str]) -> Arm:
    tasks = [task for task in arm.tasks if task.id in ids]
    return Arm(tasks, [result for result in arm.results if result.id in ids])


def _with_keys(arms: Mapping[str, Arm]) -> dict[str, Arm]:
    keyed = {name: arm.keyed for name, arm in arms.items()}
    return {name: arm for name, arm in keyed.items() if arm.tasks}


def _paired(
    scorer: Scorer, arms: Mapping[str, Arm], cluster_key: str | None, seed: int
) -> tuple[PairedDifference, ...]:
    """The model against its own blind condition."""
    if BLIND not in arms or (scorer.needs_answer and not arms[MODEL].keyed.tasks):
        return ()
    pair = (MODEL, arms[MODEL]), (BLIND, arms[BLIND])
    return tuple(compare(scorer, *pair, cluster_key=cluster_key, seed=seed))


def _title(name: str) -> str:
    return _TITLES.get(name, name.replace(SHUFFLE, "options in order ") if name.startswith(SHUFFLE) else "")
