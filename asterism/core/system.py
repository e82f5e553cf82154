"""What a wing hands to the floors below: one object that says what is asked, and how it is judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from asterism.core.config import Config, beside
from asterism.core.environment import Environment
from asterism.core.errors import AsterismError
from asterism.core.reward import Reward, RewardFunction
from asterism.core.single_turn import SingleTurn, ungraded
from asterism.core.task import Task
from asterism.core.task_sampler import TaskSampler
from asterism.core.trajectory import Trajectory


def asked_as_it_is(task: Task) -> str:
    """The question and nothing else."""
    return task.question


@dataclass(frozen=True, slots=True)
class Suite:
    """A wing made ready by a recipe.

    ``train``, ``dev`` (a dev split, which may be empty) and ``evaluate`` load tasks when called.
    ``environment`` plays a task; without one the task is asked once: ``prompt_of`` is what a policy reads first and
    ``reward`` scores the answer. ``trace_of`` is an expert's completion of a task, None where there is none; it raises
    :class:`asterism.core.errors.UnfitTrace` where there is one that must not be imitated. ``order`` makes the sampler
    of the next tasks from those of ``train`` and a seed; without it they come in shuffled epochs.
    """

    train: Callable[[], list[Task]]
    evaluate: Callable[[], list[Task]]
    prompt_of: Callable[[Task], str] = asked_as_it_is
    reward: RewardFunction = ungraded
    trace_of: Callable[[Task], str | None] = lambda task: None
    dev: Callable[[], list[Task]] = list
    order: Callable[[Sequence[Task], int], TaskSampler] | None = None
    environment: Environment | None = None

    @property
    def player(self) -> Environment:
        """The environment that plays the tasks."""
        return self.environment or SingleTurn(self.prompt_of, self.reward)

    def judge(self, task: Task, trajectories: Sequence[Trajectory]) -> tuple[Reward, ...]:
        """The reward of each trajectory; a fault of the grader is a reward error of all.

        Raises:
            AsterismError: the grader explains itself.
        """
        try:
            return tuple(self.reward(task, trajectories))
        except AsterismError:
            raise
        except Exception as error:  # a grader's fault is counted and shown, and stops the run when frequent
            return tuple(Reward.error(f"{type(error).__name__}: {error}") for _ in trajectories)


SOURCES = frozenset({"train", "beside", "dev", "evaluate"})
"""Fields of a section that say where tasks lie; what counts for a run is what the tasks hold."""


def anchored_paths(section: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A section with the ``path`` of each of its sources made absolute, from the folder of the recipe's file."""
    anchored = dict(section)
    for name, source in section.items():
        if isinstance(source, dict) and isinstance(source.get("path"), str):
            anchored[name] = {**source, "path": beside(source["path"], folder)}
    return anchored


def without_sources(options: Config) -> Mapping[str, JsonValue]:
    """The settings of a section but for where its tasks lie."""
    return options.model_dump(mode="json", exclude=set(SOURCES))


@dataclass(frozen=True, slots=True)
class System:
    """A wing: its name in recipes, the section that describes it, and how that becomes tasks and rewards.

    ``anchor`` makes relative paths in a section of a recipe's file absolute, from the folder of the file; ``identity``
    tells which settings must be the same for a run to be resumed.

    The floors above core know the types of what follows, and refuse others by name:

    - ``benches``: what ``asterism eval`` can measure, and what measures the tasks of a training run
      (:class:`asterism.evaluate.bench.Bench`);
    - ``algorithms``: configurations that a recipe's ``algorithm.kind`` may name besides the built-in ones (each builds
      an :class:`asterism.learn.algorithms.algorithm.Algorithm`);
    - ``commands``: makes the ``typer.Typer`` of ``asterism NAME ...``. It is called when such a command is given, so
      ``asterism --help`` imports no system.
    """

    name: str
    options: type[Config]
    prepare: Callable[[Any], Suite]
    benches: Sequence[object] = ()
    algorithms: Sequence[type[Config]] = ()
    commands: Callable[[], object] | None = None
    anchor: Callable[[Mapping[str, Any], Path], dict[str, Any]] = anchored_paths
    identity: Callable[[Any], Mapping[str, JsonValue]] = without_sources
