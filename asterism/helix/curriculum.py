"""A curriculum: each task at the level at which a model succeeds sometimes.

The last ``window`` outcomes at a task's present level are kept. Once there are as many, a share of right answers of
``raise_at`` or more moves the task one level up, one of ``lower_at`` or less one level down, and the window is emptied.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import Field, JsonValue, model_validator

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS


class CurriculumConfig(Config):
    """When a task moves to another level."""

    start: int = Field(1, ge=LEVELS[0], le=LEVELS[-1], description="level at which every task begins")
    window: int = Field(32, ge=1, description="outcomes at one level that are looked at")
    raise_at: float = Field(0.7, gt=0, le=1, description="share of right answers from which on it goes up")
    lower_at: float = Field(0.1, ge=0, lt=1, description="share of right answers down from which it goes down")

    @model_validator(mode="after")
    def _in_order(self) -> "CurriculumConfig":
        if self.lower_at >= self.raise_at:
            raise ValueError("lower_at must lie below raise_at")
        return self


@dataclass(slots=True)
class Standing:
    """Where a task stands: its level, and the outcomes at it, oldest first."""

    level: int
    recent: list[bool] = field(default_factory=list)


class StoredStanding(Config):
    """A task of a stored curriculum."""

    level: int = Field(ge=LEVELS[0], le=LEVELS[-1])
    recent: tuple[bool, ...] = ()


class StoredCurriculum(Config):
    """What :meth:`Curriculum.state` gives."""

    tasks: Mapping[str, StoredStanding]


class Curriculum:
    """The levels of some tasks as a model learns.

    >>> curriculum = Curriculum(["sudoku"], CurriculumConfig(window=4))
    >>> for _ in range(4):
    ...     curriculum.record("sudoku", level=1, right=True)
    >>> curriculum.level("sudoku")
    2
    """

    def __init__(self, tasks: Iterable[str], config: CurriculumConfig | None = None) -> None:
        """All tasks at the level where they begin.

        Raises:
            AsterismError: a task is unknown, or there is none.
        """
        self.config = config or CurriculumConfig()
        self._standings = {puzzle_of(task).name: Standing(self.config.start) for task in tasks}
        if not self._standings:
            raise AsterismError("a curriculum of no tasks", remedy="Name at least one.")

    @property
    def levels(self) -> dict[str, int]:
        """The level of each task."""
        return {task: standing.level for task, standing in self._standings.items()}

    def level(self, task: str) -> int:
        """The level of a task.

        Raises:
            AsterismError: the curriculum does not hold it.
        """
        return self._standing(task).level

    def success(self, task: str) -> float:
        """The share of right answers among the outcomes remembered; 0.5 where there are none.

        Raises:
            AsterismError: the curriculum does not hold it.
        """
        recent = self._standing(task).recent
        return sum(recent) / len(recent) if recent else 0.5

    def record(self, task: str, level: int, right: bool) -> None:
        """Note an outcome. One at another level than the present is left out: it was asked before the task moved.

        Raises:
            AsterismError: the curriculum does not hold the task.
        """
        standing = self._standing(task)
        if level != standing.level:
            return
        standing.recent = [*standing.recent, bool(right)][-self.config.window :]
        if len(standing.recent) < self.config.window:
            return
        share = sum(standing.recent) / len(standing.recent)
        step = (share >= self.config.raise_at) - (share <= self.config.lower_at)
        if step and standing.level + step in LEVELS:
            standing.level += step
            standing.recent = []

    def state(self) -> dict[str, JsonValue]:
        """All that is remembered, as JSON."""
        return {
            "tasks": {
                task: {"level": standing.level, "recent": list(standing.recent)}
                for task, standing in self._standings.items()
            }
        }

    def load(self, state: JsonValue) -> None:
        """Go on from what :meth:`state` gave.

        Raises:
            AsterismError: it is of another form, or of other tasks.
        """
        stored = StoredCurriculum.parse(state, where="curriculum")
        if stored.tasks.keys() != self._standings.keys():
            apart = ", ".join(sorted(stored.tasks.keys() ^ self._standings.keys()))
            raise AsterismError(
                f"a curriculum of other tasks ({apart})", remedy="Load it into one of the tasks that it was stored for."
            )
        for task, each in stored.tasks.items():
            self._standings[task] = Standing(each.level, list(each.recent)[-self.config.window :])

    def _standing(self, task: str) -> Standing:
        if task not in self._standings:
            raise AsterismError(
                f"the curriculum holds no task {task!r}", remedy=f"It holds {', '.join(sorted(self._standings))}."
            )
        return self._standings[task]
