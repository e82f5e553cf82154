"""The names under which Gymnasium makes the environments."""

from typing import Any

import gymnasium

from asterism.helix.catalogue import catalogue
from asterism.helix.environment.question import HelixEnv
from asterism.helix.environment.stepwise import StepwiseEnv
from asterism.helix.game import Game

NAMESPACE = "asterism"


def env_id(task: str, *, stepwise: bool = False) -> str:
    """The name under which Gymnasium makes the environment of a task: one slash, as its names have."""
    return f"{NAMESPACE}/helix-{task}{'-steps' if stepwise else ''}-v0"


def register_all() -> None:
    """Register every task of the catalogue with Gymnasium; what is registered already is left as it is.

    Importing the package does this. Call it again after :func:`asterism.helix.catalogue.register`.
    """
    for name, puzzle in catalogue().items():
        _register(env_id(name), HelixEnv, name)
        if isinstance(puzzle, Game):
            _register(env_id(name, stepwise=True), StepwiseEnv, name)


def _register(id: str, kind: type[HelixEnv[Any]], task: str) -> None:
    if id not in gymnasium.registry:
        gymnasium.register(id, entry_point=f"{kind.__module__}:{kind.__name__}", kwargs={"task": task})
