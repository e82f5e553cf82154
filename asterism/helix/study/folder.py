"""The folder of a study: its plan, its puzzles, its small model; where everything lies that arms begin with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from asterism.core.errors import AsterismError
from asterism.core.records import read_records
from asterism.core.task import Task
from asterism.helix.records import FAMILY
from asterism.helix.study.plan import StudyPlan
from asterism.runs.recipe import Recipe, read_recipe

PUZZLE_SETS = ("test", "dev", "train", "base")


@dataclass(frozen=True, slots=True)
class Kept:
    """A completion of the small model, with the log-probs it had there."""

    task: str
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """What the small model knows: the share of right answers by task, and completions to measure KL on."""

    success: dict[str, float]
    kept: tuple[Kept, ...]


START_FORM = TypeAdapter(Start)


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """Where everything lies that arms begin with; ``where`` is the plan's own file, beside which the recipes are."""

    plan: StudyPlan
    out: Path
    where: Path

    @property
    def model(self) -> Path:
        """The small model."""
        return self.out / "base" / "model"

    def records(self, name: str) -> Path:
        """The puzzles of one of :data:`PUZZLE_SETS`."""
        return self.out / "tasks" / name

    def tasks(self, name: str) -> dict[str, list[Task]]:
        """The same by task, the plan's own order."""
        by_task: dict[str, list[Task]] = {task: [] for task in self.plan.tasks.every}
        for each in read_records(self.records(name)):
            by_task[each.family.removeprefix(FAMILY)].append(each)
        return by_task

    def overrides(self, train: str) -> list[str]:
        """What the study lays over any recipe: the plan's own, and where puzzles and model lie."""
        places = {"train": train, "evaluate": "test", "dev": "dev"}
        return [
            *self.plan.overrides,
            f"model.path={json.dumps(str(self.model))}",
            *(
                f"environment.{key}={json.dumps({'source': 'records', 'path': str(self.records(name))})}"
                for key, name in places.items()
            ),
        ]

    def recipe(self, name: str, overrides: Sequence[str], *, train: str = "train") -> Recipe:
        """A recipe beside the plan with everything laid over it."""
        return read_recipe(self.where.parent / name, [*self.overrides(train), *overrides])

    def start(self) -> Start:
        """What the small model knows.

        Raises:
            AsterismError: it was not made yet.
        """
        file = self.out / "base" / "start.json"
        if not file.is_file():
            raise AsterismError("there is no small model yet", where=str(file), remedy="Run the study from its start.")
        return START_FORM.validate_json(file.read_bytes())
