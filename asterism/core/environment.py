"""What an environment and an agent are to each other.

An environment is a coroutine that talks with an agent. The agent holds the model: it opens conversations and lets the
model reply. Whoever runs many episodes at once (:mod:`asterism.rollout.runner`) stands behind the agent, gathers the
replies that are waited for, and asks the engine for all of them together. So an environment reads as a plain dialogue::

    async def play(self, task: Task, agent: Agent) -> Episode:
        conversation = agent.begin([Message.user(task.question, task.images)])
        reply = await conversation.reply(stop=("</tool_call>",))
        while reply.finish_reason == "call":
            crop = await run_tool(reply.text)
            conversation.observe("Here is the crop.", images=[crop])
            reply = await conversation.reply(stop=("</tool_call>",))
        return Episode.of(task, conversation.trajectory, grade(task, reply.text))
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from asterism.core.episode import Episode
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.task import Task
from asterism.core.trajectory import Trajectory

FinishReason = Literal["stop", "call", "length", "abort"]
"""Why a model stopped writing: it ended its text; a stop string was completed (the end of a tool call); a limit on
tokens cut it off; the request was cancelled."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote in one turn. ``text`` leaves special tokens out and keeps a stop string."""

    text: str
    finish_reason: FinishReason
    tokens: int


class Conversation(Protocol):
    """A trajectory that is still growing: token in, token out, so that nothing is ever encoded twice."""

    async def reply(self, *, stop: Sequence[str] = (), max_tokens: int | None = None) -> Reply:
        """Let the model write.

        Args:
            stop: strings after which the reply ends, beside those of the sampling settings; they are kept in it.
            max_tokens: longest reply, tokens; None: what the sampling settings say.

        Raises:
            EpisodeOver: the conversation has used up its turns or tokens. Not to be caught: it ends the episode.
        """
        ...

    def observe(self, text: str, images: Sequence[Image] = ()) -> None:
        """Append what the environment answers (no gradient flows through it), with the chat template's separators.

        Raises:
            AsterismError: an image cannot be read.
        """
        ...

    @property
    def trajectory(self) -> Trajectory:
        """What was said so far."""
        ...


class Agent(Protocol):
    """The model's side of one episode."""

    def begin(self, messages: Sequence[Message], *, name: str = "actor", trainable: bool = True) -> Conversation:
        """Open a conversation with what the model reads first.

        Args:
            name: whose conversation it is among those of the episode.
            trainable: whether the tokens that the model writes in it may be trained on.
        """
        ...


class Environment(Protocol):
    """Anything that plays a task with an agent and says what that was worth."""

    async def play(self, task: Task, agent: Agent) -> Episode:
        """One episode.

        An exception is a fault of the environment: the episode then ends with a reward error, is counted and shown.
        """
        ...
