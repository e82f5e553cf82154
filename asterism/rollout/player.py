"""The agent of one episode: its conversations, and the replies that it waits for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from asterism.core.message import Message
from asterism.core.seeds import derive_seed
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Status, Trajectory
from asterism.rollout.conversation import EpisodeOver, Limits, LiveConversation, Renderer, Turn
from asterism.rollout.engine import Request, SamplingConfig


class Table(Protocol):
    """What the players of one call share: how replies are drawn and rendered, and whoever hears of changes."""

    sampling: SamplingConfig
    limits: Limits
    renderer: Renderer
    keep: bool
    """Whether an engine may hold on to what it has read, since conversations go on."""

    def decode(self, token_ids: Sequence[int]) -> str:
        """The text of a response prefix."""
        ...

    def changed(self) -> None:
        """A player has ended or waits for a reply."""
        ...


@dataclass(frozen=True, slots=True)
class Play:
    """One episode to be played: its task, the number of the sample, the seed of its draws, and a response prefix."""

    task: Task
    sample: int
    seed: int
    prefix: tuple[int, ...] = ()


@dataclass(slots=True, eq=False)
class Player:
    """The agent of one episode: its conversations, and the turns that it waits for."""

    number: int
    play: Play
    table: Table
    conversations: list[LiveConversation] = field(default_factory=list)
    waiting: list[Turn] = field(default_factory=list)
    admitted: bool = False
    finished: bool = False
    turns: int = 0
    tokens: int = 0
    waited: float = 0.0

    def begin(self, messages: Sequence[Message], *, name: str = "actor", trainable: bool = True) -> LiveConversation:
        """Open a conversation (see :meth:`asterism.core.environment.Agent.begin`)."""
        segments = [Segment.prompt(messages)]
        if self.play.prefix and not self.conversations:
            segments.append(Segment("model", self.play.prefix, self.table.decode(self.play.prefix)))
        conversation = LiveConversation(
            name=name,
            number=len(self.conversations),
            trainable=trainable,
            segments=segments,
            ask=self._wait,
            renderer=self.table.renderer,
            where=self.play.task.id,
        )
        self.conversations.append(conversation)
        return conversation

    def request(self, turn: Turn) -> Request:
        """What the engine is asked for a turn. The first turn of the first conversation draws by the episode's own
        seed, every other by a seed that names the conversation and the turn."""
        conversation, seed = turn.conversation, self.play.seed
        if conversation.number or conversation.turns:
            seed = derive_seed("turn", seed, conversation.number, conversation.turns)
        left = None if self.table.limits.tokens is None else self.table.limits.tokens - self.tokens
        limits = [limit for limit in (turn.max_tokens, left) if limit is not None]
        return Request(
            id=self.name(turn),
            context=tuple(conversation.segments),
            seed=seed,
            first=self.play.sample,
            stop=turn.stop,
            max_tokens=min([*limits, self.table.sampling.max_tokens]) if limits else None,
            keep=self.table.keep,
        )

    def name(self, turn: Turn) -> str:
        """The request's id: the task's, and which conversation of it, which turn, where there are several."""
        place = (turn.conversation.number, turn.conversation.turns)
        return self.play.task.id if place == (0, 0) else f"{self.play.task.id}#{place[0]}.{place[1]}"

    def _wait(self, turn: Turn) -> None:
        limits = self.table.limits
        if limits.turns is not None and self.turns >= limits.turns:
            raise EpisodeOver(Status.TRUNCATED_TURNS)
        if limits.tokens is not None and self.tokens >= limits.tokens:
            raise EpisodeOver(Status.TRUNCATED_LENGTH)
        self.waiting.append(turn)
        self.table.changed()

    @property
    def trajectories(self) -> tuple[Trajectory, ...]:
        """What was said so far in every conversation."""
        return tuple(conversation.trajectory for conversation in self.conversations)
