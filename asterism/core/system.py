"""What a wing hands to the floors below: one object that says what is asked, and how it is judged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asterism.core.config import Config
from asterism.core.reward import RewardFunction
from asterism.core.task import Task


@dataclass(frozen=True, slots=True)
class Environment:
    """A wing made ready by a recipe.

    ``train``, ``dev`` (a dev split, which may be empty) and ``evaluate`` load tasks when called.
    ``prompt_of`` is what a policy reads for a task; ``trace_of`` an expert's completion of it, or None where there is
    none.
    """

    train: Callable[[], list[Task]]
    evaluate: Callable[[], list[Task]]
    prompt_of: Callable[[Task], str]
    reward: RewardFunction
    trace_of: Callable[[Task], str | None]
    dev: Callable[[], list[Task]] = list


@dataclass(frozen=True, slots=True)
class System:
    """A wing: its name in recipes, the section that describes it, and how that becomes tasks and rewards."""

    name: str
    options: type[Config]
    prepare: Callable[[Any], Environment]
