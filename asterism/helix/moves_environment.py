"""The games of helix as episodes of several turns: a move is a turn, and the model sees what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from asterism.core.environment import Agent
from asterism.core.episode import Episode
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.task import Task
from asterism.helix.catalogue import catalogue, puzzle_of
from asterism.helix.game import Game
from asterism.helix.records import FAMILY, entry_of_task
from asterism.helix.wording import Language
from asterism.rollout.gym import GymEnvironment, Shown, Steps


def refuse_other_than_games(tasks: list[Task]) -> list[Task]:
    """The tasks, all of which can be played by moves.

    Raises:
        AsterismError: one cannot; the games are named.
    """
    for task in tasks:
        if not isinstance(puzzle_of(task.family.removeprefix(FAMILY)), Game):
            games = ", ".join(name for name, puzzle in catalogue().items() if isinstance(puzzle, Game))
            raise AsterismError(
                f"{task.family} is not played move by move",
                where=f"task {task.id}",
                remedy=f"Leave environment.moves out, or name games alone: {games}.",
            )
    return tasks


@dataclass(frozen=True, slots=True)
class MovesEnvironment:
    """Plays a game from the state of its record by :class:`asterism.helix.environment.stepwise.StepwiseEnv`."""

    pictured: bool = True
    language: Language = "en"
    max_steps: int = 20

    async def play(self, task: Task, agent: Agent) -> Episode:
        """One episode; the reward is 1 where the game is won."""
        return await GymEnvironment(self._made, _begun, _shown).play(task, agent)

    def _made(self, task: Task) -> Steps[Any]:
        from asterism.helix.environment.stepwise import StepwiseEnv  # Gymnasium, which only games need

        entry = entry_of_task(task)
        level = int(str(entry.metadata["level"]))
        env: Steps[Any] = StepwiseEnv(
            entry.task, level, pictured=self.pictured, language=self.language, max_steps=self.max_steps
        )
        return env


def _begun(env: Any, task: Task) -> tuple[Any, Mapping[str, Any]]:
    begun: tuple[Any, Mapping[str, Any]] = env.begin_at(env.puzzle.load(task.meta["state"]))
    return begun


def _shown(seen: Mapping[str, Any], info: Mapping[str, Any]) -> Shown:
    """The text, and the image without its white frame."""
    height, width = info["size"]
    return Shown(seen["text"], (Image.from_pixels(np.ascontiguousarray(seen["image"][:height, :width])),))
