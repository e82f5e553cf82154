"""How the answers to one kind of task are graded, summarised and compared.

A :class:`Scorer` is the part of a bench that depends on the kind of its tasks. There is one for each kind
(:data:`asterism.evaluate.kinds.GENERIC`); a wing that measures more than they do brings its own.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from asterism.core.results.prediction import Prediction
from asterism.core.results.result import Result
from asterism.core.results.summary import Baseline, Breakdown, Condition, PairedDifference
from asterism.core.task import Kind, Task
from asterism.evaluate.paired import NamedRun


class ArmSummary(Protocol):
    """What one run over some tasks comes to."""

    def condition(self, title: str = "") -> Condition:
        """The form in which ``summary.json`` holds it; ``title`` is what a person reads for its name."""


class Scorer(Protocol):
    """Grades, summarises and compares the answers to one kind of task.

    ``cluster_key`` is everywhere the ``meta`` entry whose tasks stand or fall together, None for the image; ``seed``
    is of the bootstrap.
    """

    @property
    def kind(self) -> Kind:
        """The kind of task that it scores."""

    @property
    def needs_answer(self) -> bool:
        """Whether a task without a stored answer has no score."""

    @property
    def counts_unscored(self) -> bool:
        """Whether a summary is of all results, and counts those without a score by their cause."""

    @property
    def has_options(self) -> bool:
        """Whether tasks have options that may be shown in other orders."""

    def grade(self, task: Task, prediction: Prediction) -> Result:
        """The prediction read, and scored where that needs no judge.

        Raises:
            AsterismError: the stored answer of the task cannot be read.
        """

    def summarise(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> ArmSummary:
        """All measures of one run.

        Raises:
            AsterismError: tasks and results do not match, or a task has no such meta entry.
            ValueError: there are no tasks.
        """

    def constants(self, tasks: Sequence[Task], *, cluster_key: str | None = None) -> Mapping[str, Baseline]:
        """What readers reach who look at nothing, by name; empty where none is known.

        Raises:
            AsterismError: a stored answer cannot be read.
        """

    def compare(
        self, tasks: Sequence[Task], a: NamedRun, b: NamedRun, *, cluster_key: str | None = None, seed: int = 0
    ) -> list[PairedDifference]:
        """Paired differences ``a - b`` of two runs, one for each metric that applies.

        Raises:
            AsterismError: the runs do not hold the same tasks and samples.
        """

    def breakdowns(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> list[Breakdown]:
        """The main figures by labels of the tasks (see :mod:`asterism.evaluate.breakdowns`)."""
