"""Where the tasks of a run come from: puzzles drawn anew, or records on disk."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.records import RecordSource, read_records
from asterism.core.task import Task
from asterism.helix.bench import BENCHMARK_TASKS
from asterism.helix.catalogue import puzzle_of
from asterism.helix.dataset import create_dataset
from asterism.helix.mixtures import mixture
from asterism.helix.prompts import is_puzzle
from asterism.helix.records import entry_of_task, task_of
from asterism.helix.wording import Language

NAMES = "as `asterism helix list` shows them; none: the 42 of the benchmark"


class PuzzleSource(Config):
    """Puzzles drawn anew, each state once."""

    source: Literal["puzzles"] = Field("puzzles", description="puzzles are drawn anew")
    tasks: tuple[str, ...] = Field((), description=f"names of tasks, {NAMES}")
    weights: dict[str, float] = Field({}, description="how often a task is drawn compared with others; 1 unless named")
    levels: tuple[int, ...] = Field((1,), min_length=1, description="levels, 1 to 5, each as often as the others")
    count: int = Field(1000, ge=1, description="number of puzzles")
    seed: int = Field(0, description="names the puzzles together with task, level and index")
    reference: bool = Field(False, description="the published parameters of a level, where they differ from ours")


Source = PuzzleSource | RecordSource


@dataclass(frozen=True, slots=True)
class Asked:
    """How puzzles that are drawn anew are shown."""

    pictured: bool = True
    language: Language = "en"


def names_of(tasks: Sequence[str]) -> tuple[str, ...]:
    """The named tasks; where none is named, those of the benchmark, so that a new task changes no recipe.

    Raises:
        AsterismError: one is unknown; the nearest name is offered.
    """
    return tuple(puzzle_of(name).name for name in tasks) or BENCHMARK_TASKS


def load_tasks(source: Source, asked: Asked, *, exclude: Set[str] = frozenset()) -> list[Task]:
    """The tasks of a source; puzzles that are drawn anew have none of the states whose fingerprints are excluded.

    Raises:
        AsterismError: a task or level is unknown, a level has too few distinct states, records are missing or broken.
    """
    if isinstance(source, RecordSource):
        return read_records(source.path)
    names = names_of(source.tasks)
    unknown = sorted(source.weights.keys() - set(names))
    if unknown:
        raise AsterismError(
            f"a weight for {unknown[0]!r}, which is not drawn",
            remedy=f"Name it in tasks too; drawn: {', '.join(names)}.",
        )
    parts = [
        (
            create_dataset(
                name,
                level=level,
                size=source.count,
                seed=source.seed,
                distinct=True,
                pictured=asked.pictured,
                language=asked.language,
                reference=source.reference,
                exclude=exclude,
            ),
            source.weights.get(name, 1.0),
        )
        for name in names
        for level in source.levels
    ]
    return [task_of(entry) for entry in mixture(parts, size=source.count, seed=source.seed)]


def states_of(tasks: Sequence[Task]) -> frozenset[str]:
    """The fingerprints of the puzzles among some tasks.

    Raises:
        AsterismError: a puzzle's record is broken, or its task is not in the catalogue.
    """
    return frozenset(entry_of_task(task).fingerprint for task in tasks if is_puzzle(task))


def refuse_states(tasks: Sequence[Task], states: Set[str]) -> None:
    """See that no task has one of the states that are measured.

    Raises:
        AsterismError: some have; the first are named.
    """
    known = [task.id for task in tasks if is_puzzle(task) and entry_of_task(task).fingerprint in states]
    if known:
        more = f" and {len(known) - 3:,} more" if len(known) > 3 else ""
        raise AsterismError(
            f"{len(known)} of {len(tasks)} training records ({', '.join(known[:3])}{more}) are puzzles "
            "of the benchmark, of environment.evaluate or of environment.dev",
            remedy="Take them out: what is measured must not be trained on.",
        )


def joined(tasks: Sequence[Task], others: Sequence[Task]) -> list[Task]:
    """Tasks of two sets.

    Raises:
        AsterismError: a name is in both.
    """
    twice = sorted({task.id for task in tasks} & {task.id for task in others})
    if twice:
        raise AsterismError(
            f"{len(twice)} tasks are in train and in beside, the first is {twice[0]!r}",
            remedy="Give every record its own id.",
        )
    return [*tasks, *others]
