"""Who writes the traces: the rules themselves in other words, or a model behind a server."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from asterism.answers.blocks import find_blocks
from asterism.core.message import Message
from asterism.core.seeds import derive_seed, rng_for
from asterism.helix.puzzle import Step
from asterism.helix.serg.config import SergConfig
from asterism.helix.serg.prompts import SYSTEM, rewriting
from asterism.helix.serg.source import Instance
from asterism.helix.serg.wording import completion, plain, reworded
from asterism.llm.ledger import Ledger
from asterism.llm.request import ChatRequest

REWRITE = "rewrite"
STEPS = (REWRITE,)
"""What is asked of a server."""
RULES = "rules"
_MARKS = ("Final answer:", "Final Answer:", "**Final")


@dataclass(frozen=True, slots=True)
class Written:
    """What a teacher wrote: a completion with its thinking, and whether it broke off."""

    text: str
    cut_off: bool = False


class Teacher(Protocol):
    """Writes traces; ``attempts`` is how often it may be asked about one instance."""

    name: str
    attempts: int

    def shown(self, instance: Instance, steps: Sequence[Step]) -> str:
        """What it sees of an instance and shall not return."""

    async def write(self, instance: Instance, steps: Sequence[Step], draw: int) -> Written:
        """A trace of an instance.

        Raises:
            LlmError: there is no reply.
        """


class Rules:
    """The rule-based trace, reworded by name: the same for the same instance and seed."""

    name = RULES
    attempts = 1

    def __init__(self, config: SergConfig) -> None:
        self._config = config

    def shown(self, instance: Instance, steps: Sequence[Step]) -> str:
        """The question alone: the rules are its own words."""
        return instance.puzzle.prompt(instance.state, pictured=False)

    async def write(self, instance: Instance, steps: Sequence[Step], draw: int) -> Written:
        """The steps in other words."""
        rng = rng_for("helix", "serg", self._config.seed, instance.id, draw)
        return Written(completion(reworded(steps, rng), instance.answer))


class Server:
    """A model that sees the puzzle as text and the rule-based trace."""

    def __init__(self, ledger: Ledger, config: SergConfig) -> None:
        self.name = ledger.client.config.model
        self.attempts = config.attempts
        self._ledger = ledger
        self._config = config

    def shown(self, instance: Instance, steps: Sequence[Step]) -> str:
        """Both messages: what is wanted; question, notes and answer."""
        return "\n".join(message.text for message in self._messages(instance, steps))

    async def write(self, instance: Instance, steps: Sequence[Step], draw: int) -> Written:
        """A rewrite of the notes.

        Raises:
            LlmError: there is no reply.
        """
        config = self._config
        reply = await self._ledger.ask(
            REWRITE,
            instance.id,
            ChatRequest(
                messages=self._messages(instance, steps),
                model=self.name,
                temperature=config.temperature,
                top_p=config.top_p,
                max_tokens=config.max_tokens,
                seed=derive_seed(config.seed, REWRITE, instance.id, draw) % 2**31,
                sample=draw,
            ),
        )
        if reply.outcome in ("refused", "filtered"):
            return Written("")
        return Written(framed(reply.text), reply.cut_off)

    def _messages(self, instance: Instance, steps: Sequence[Step]) -> tuple[Message, ...]:
        question = instance.puzzle.prompt(instance.state, pictured=False)
        return Message.system(SYSTEM), Message.user(rewriting(question, plain(steps), instance.answer))


def framed(text: str) -> str:
    """A reply with its reasoning between think tags, also where the model left them out.

    Without tags the reasoning is what stands before the line of the answer.
    """
    text = text.strip()
    if not text or find_blocks(text).thoughts:
        return text
    place = max(text.rfind(mark) for mark in _MARKS)
    place = place if place >= 0 else text.rfind("\\boxed")
    before = text[:place].strip() if place > 0 else ""
    return f"<think>\n{before}\n</think>\n\n{text[place:]}" if before else text
