"""What a run over one bench comes to: every arm with its intervals, baselines, paired differences, breakdowns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from asterism.core.errors import AsterismError
from asterism.core.results.summary import Counts, PairedDifference, RunSummary
from asterism.core.task import Task
from asterism.evaluate import openended, options, truefalse, units
from asterism.evaluate.arrangements import consistency
from asterism.evaluate.breakdowns import break_down
from asterism.evaluate.result import Result
from asterism.evaluate.truefalse import CONSTANT_TITLES

MODEL = "model"
"""The arm that was asked as the bench says."""
BLIND = "blind"
"""The arm that was shown no picture."""
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


def summarise(bench: str, arms: Mapping[str, Arm], *, cluster_key: str | None = None, seed: int = 0) -> RunSummary:
    """What the conditions of one run come to; ``model`` is always among them.

    Records without a stored answer are counted, and what could be read of them, but have no score.

    Raises:
        AsterismError: tasks and results do not match.
    """
    found = _SUMMARIES[bench](arms, cluster_key, seed)
    scored = units.join(arms[MODEL].tasks, arms[MODEL].results)
    unkeyed = [item for item in scored if item.task.answer is None]
    return replace(
        found,
        primary=MODEL,
        counts=Counts(
            records=len({item.task.id for item in scored}),
            images=len({units.picture_of(item.task) for item in scored}),
            completions=len(scored),
            failed=sum(item.result.failed for item in scored),
            unreadable=sum(item.result.answer is None and not item.result.failed for item in scored),
            truncated=sum(item.result.truncated for item in scored),
            without_key=len(unkeyed),
            without_key_unreadable=sum(item.result.answer is None and not item.result.failed for item in unkeyed),
        ),
        unread=dict(
            Counter(item.result.reason for item in scored if item.result.answer is None and not item.result.failed)
        ),
        failures=dict(Counter(item.result.reason for item in scored if item.result.failed).most_common(20)),
    )


def compare(
    bench: str, a: tuple[str, Arm], b: tuple[str, Arm], *, cluster_key: str | None = None, seed: int = 0
) -> list[PairedDifference]:
    """Paired differences ``a - b`` over the records that both measured and that have a score.

    Raises:
        AsterismError: they share no record, or measured a different number of samples.
    """
    shared = {task.id for task in a[1].tasks} & {task.id for task in b[1].tasks}
    first, second = (_only(arm, shared).keyed for _, arm in (a, b))
    if not first.tasks:
        raise AsterismError(
            "the two runs share no record that has an answer, so there is nothing to compare",
            remedy="Measure both over the same records.",
        )
    named = (a[0], first.results), (b[0], second.results)
    if bench == "tfq":
        return truefalse.compare(first.tasks, *named, cluster_key=cluster_key, seed=seed)
    if bench == "mcq":
        return [options.compare(first.tasks, *named, cluster_key=cluster_key, seed=seed)]
    gap = openended.compare(first.tasks, *named, cluster_key=cluster_key, seed=seed)
    return [] if gap is None else [gap]


def _only(arm: Arm, ids: set[str]) -> Arm:
    tasks = [task for task in arm.tasks if task.id in ids]
    return Arm(tasks, [result for result in arm.results if result.id in ids])


def _statements(arms: Mapping[str, Arm], cluster_key: str | None, seed: int) -> RunSummary:
    keyed = _with_keys(arms)
    if not keyed:
        return RunSummary()
    model = keyed[MODEL]
    scored = units.join(model.tasks, model.results)
    whole_images = break_down("all_correct", scored, units.pictures, cluster_key, seed=seed)
    return RunSummary(
        conditions={
            name: truefalse.summarise(arm.tasks, arm.results, cluster_key=cluster_key, seed=seed).condition(
                _title(name)
            )
            for name, arm in keyed.items()
        },
        baselines={
            name: entry.baseline(CONSTANT_TITLES[name])
            for name, entry in truefalse.constants(model.tasks, cluster_key=cluster_key).items()
        },
        paired=_paired("tfq", keyed, cluster_key, seed),
        breakdowns=(
            *break_down("per_statement", scored, units.statements, cluster_key, seed=seed),
            # Without the level: statements about one image are of several.
            *(breakdown for breakdown in whole_images if breakdown.field != "level"),
        ),
    )


def _choices(arms: Mapping[str, Arm], cluster_key: str | None, seed: int) -> RunSummary:
    orders = [arm for name, arm in arms.items() if name == MODEL or name.startswith(SHUFFLE)]
    steady = None
    if len(orders) > 1:
        steady = consistency([(arm.tasks, arm.results) for arm in orders], cluster_key=cluster_key, seed=seed)
    keyed = _with_keys(arms)
    if not keyed:
        return RunSummary(consistency=steady)
    model = keyed[MODEL]
    scored = units.join(model.tasks, model.results)
    return RunSummary(
        conditions={
            name: options.summarise(arm.tasks, arm.results, cluster_key=cluster_key, seed=seed).condition(_title(name))
            for name, arm in keyed.items()
        },
        baselines=options.constants(model.tasks).baselines(),
        paired=_paired("mcq", keyed, cluster_key, seed),
        breakdowns=tuple(break_down("accuracy", scored, units.statements, cluster_key, seed=seed)),
        consistency=steady,
    )


def _open(arms: Mapping[str, Arm], cluster_key: str | None, seed: int) -> RunSummary:
    found = {
        name: replace(
            openended.summarise(arm.tasks, arm.results, cluster_key=cluster_key, seed=seed), title=_title(name)
        )
        for name, arm in arms.items()
    }
    return RunSummary(
        conditions={name: replace(condition, breakdowns=()) for name, condition in found.items()},
        paired=_paired("osq", arms, cluster_key, seed),
        breakdowns=found[MODEL].breakdowns,
    )


_SUMMARIES = {"tfq": _statements, "mcq": _choices, "osq": _open}


def _with_keys(arms: Mapping[str, Arm]) -> dict[str, Arm]:
    keyed = {name: arm.keyed for name, arm in arms.items()}
    return {name: arm for name, arm in keyed.items() if arm.tasks}


def _paired(bench: str, arms: Mapping[str, Arm], cluster_key: str | None, seed: int) -> tuple[PairedDifference, ...]:
    """The model against its own blind condition."""
    if BLIND not in arms or not arms[MODEL].keyed.tasks:
        return ()
    pair = (MODEL, arms[MODEL]), (BLIND, arms[BLIND])
    return tuple(compare(bench, *pair, cluster_key=cluster_key, seed=seed))


def _title(name: str) -> str:
    return _TITLES.get(name, name.replace(SHUFFLE, "options in order ") if name.startswith(SHUFFLE) else "")
