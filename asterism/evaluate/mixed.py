"""Tasks of several kinds in one run: each is graded as its kind is, and every kind has its own measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from asterism.core.results.prediction import Prediction
from asterism.core.results.result import Result
from asterism.core.results.summary import Baseline, Condition, PairedDifference
from asterism.core.task import Kind, Task
from asterism.evaluate import units
from asterism.evaluate.accuracy import AccuracySummary, comparable
from asterism.evaluate.paired import NamedRun, paired_difference
from asterism.evaluate.scorer import ArmSummary, Scorer


@dataclass(frozen=True, slots=True)
class MixedSummary:
    """One run over tasks of several kinds: accuracy over all of them, and what each kind comes to."""

    overall: AccuracySummary
    by_kind: Mapping[Kind, ArmSummary]

    def condition(self, title: str = "") -> Condition:
        """The form in which ``summary.json`` holds it: the figures over all tasks, and a condition for each kind."""
        return replace(
            self.overall.condition(title), by_kind={kind: each.condition() for kind, each in self.by_kind.items()}
        )


@dataclass(frozen=True, slots=True)
class MixedScorer:
    """Measures tasks of several kinds, each by its own scorer."""

    scorers: Mapping[Kind, Scorer]

    def grade(self, task: Task, prediction: Prediction) -> Result:
        """As the scorer of the task's kind grades."""
        return self.scorers[task.kind].grade(task, prediction)

    def summarise(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> MixedSummary:
        """All measures of one run.

        Raises:
            AsterismError: tasks and results do not match.
            ValueError: there are no tasks.
        """
        overall = AccuracySummary.of(units.join(tasks, comparable(results, "accuracy")), cluster_key, seed)
        return MixedSummary(
            overall,
            {
                kind: self.scorers[kind].summarise(part, _of(part, results), cluster_key=cluster_key, seed=seed)
                for kind, part in by_kind(tasks).items()
            },
        )

    def constants(self, tasks: Sequence[Task], *, cluster_key: str | None = None) -> dict[str, Baseline]:
        """What readers reach at the tasks of one kind who look at nothing; the kind stands before their name."""
        return {
            f"{kind}: {name}": replace(entry, kind=kind, title=f"{kind}: {entry.title}" if entry.title else "")
            for kind, part in by_kind(tasks).items()
            for name, entry in self.scorers[kind].constants(part, cluster_key=cluster_key).items()
        }

    def compare(
        self, tasks: Sequence[Task], a: NamedRun, b: NamedRun, *, cluster_key: str | None = None, seed: int = 0
    ) -> list[PairedDifference]:
        """The paired difference ``a - b`` in accuracy over all tasks.

        Raises:
            AsterismError: the runs do not hold the same tasks and samples.
        """
        first, second = ((name, comparable(results, "accuracy")) for name, results in (a, b))
        return paired_difference("accuracy", tasks, first, second, units.statements, cluster_key=cluster_key, seed=seed)


def by_kind(tasks: Sequence[Task]) -> dict[Kind, list[Task]]:
    """The tasks of each kind, the kinds in the order of their first task."""
    found: dict[Kind, list[Task]] = {}
    for task in tasks:
        found.setdefault(task.kind, []).append(task)
    return found


def _of(tasks: Sequence[Task], results: Sequence[Result]) -> list[Result]:
    ids = {task.id for task in tasks}
    return [result for result in results if result.id in ids]
