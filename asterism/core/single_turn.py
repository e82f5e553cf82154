"""One question, one answer: the environment that most tasks need."""

from collections.abc import Callable
from dataclasses import dataclass

from asterism.core.environment import Agent
from asterism.core.episode import Episode
from asterism.core.message import Message
from asterism.core.reward import Reward, RewardFunction
from asterism.core.task import Task


def ungraded(task: Task, trajectories: object) -> list[Reward]:
    """The reward of whoever only asks: grading comes later."""
    return [Reward.abstain("not_graded")]


@dataclass(frozen=True, slots=True)
class SingleTurn:
    """Asks ``prompt_of(task)`` about the task's images and rewards the answer."""

    prompt_of: Callable[[Task], str]
    reward: RewardFunction = ungraded

    async def play(self, task: Task, agent: Agent) -> Episode:
        """One episode."""
        conversation = agent.begin([Message.user(self.prompt_of(task), task.images)])
        await conversation.reply()
        rewards = self.reward(task, [conversation.trajectory])
        if len(rewards) != 1:
            raise ValueError(f"the reward function gave {len(rewards)} rewards for 1 answer")
        return Episode.of(task, conversation.trajectory, rewards[0])
