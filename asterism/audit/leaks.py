"""Whether the stored answer can be read off what a policy is shown.

Each task is played with its answer, and every entry of ``meta`` that repeats it, replaced by a sentinel: whatever shows
the sentinel, or says something else than before, depends on the answer.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from asterism.audit.gold import gold_of
from asterism.core.environment import Agent, Conversation, Environment, Reply
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory

SENTINEL = "zqx-sentinel-7"
TURNS = 4
"""Replies after which a listener stops playing."""
_CUED = r"(?:answer|solution|label|gold|key|答案|解答)\W{0,8}(?:is\b|are\b|was\b|是|为|為)?\W{0,8}"
_LONG = 6
"""Characters from which the answer of a puzzle counts as repeated."""


@dataclass(frozen=True, slots=True)
class Leak:
    """What shows the answer of a task, and the place in it."""

    task: Task
    shown: str


@dataclass(slots=True)
class Leaks:
    """Leaks by where they are: in prompts, in later observations, and answers that stand in a question as they are."""

    prompts: list[Leak] = field(default_factory=list)
    observations: list[Leak] = field(default_factory=list)
    verbatim: list[Leak] = field(default_factory=list)
    looked: int = 0
    """Tasks whose question could repeat the answer."""


def find_leaks(tasks: Sequence[Task], player: Environment, on_progress: Callable[[int], None]) -> Leaks:
    """Play every task twice, with its answer and with the sentinel, and compare what is shown."""
    leaks = Leaks()
    for task in tasks:
        before, after = shown_by(player, task), shown_by(player, with_sentinel(task))
        if task.answer and before and after:
            if after[0] != before[0] or SENTINEL in after[0]:
                leaks.prompts.append(Leak(task, _around(after[0], SENTINEL)))
            elif any(SENTINEL in text for text in after[1:]):
                leaks.observations.append(Leak(task, next(_around(t, SENTINEL) for t in after[1:] if SENTINEL in t)))
            _look_for_text(task, before[0], leaks)
        on_progress(1)
    return leaks


def with_sentinel(task: Task) -> Task:
    """The task with a sentinel in place of its answer, wherever that stands alone."""
    gold = (task.answer or "").strip().casefold()
    meta = {
        key: SENTINEL if isinstance(value, str) and gold and value.strip().casefold() == gold else value
        for key, value in task.meta.items()
    }
    return replace(task, answer=SENTINEL, meta=meta)


def shown_by(player: Environment, task: Task) -> list[str]:
    """The texts that an environment shows of a task: what it asks, then what it answers to replies that say nothing."""
    listener = _Listener()
    with ThreadPoolExecutor(1) as beside:  # an event loop may run in this thread
        beside.submit(_listen, player, task, listener).result()
    return listener.shown


def _listen(player: Environment, task: Task, listener: "_Listener") -> None:
    async def played() -> None:
        await player.play(task, listener)

    try:
        asyncio.run(played())
    except Exception:  # a sentinel is no answer that a reward can read; what was shown until then counts
        return


class _Listener(Agent):
    """An agent without a model, which remembers what it is told."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def begin(self, messages: Sequence[Message], *, name: str = "actor", trainable: bool = True) -> Conversation:
        """A conversation in which nothing is said."""
        self.shown.append("\n".join(message.text for message in messages))
        return _Silence(self.shown)


class _Silence(Conversation):
    def __init__(self, shown: list[str]) -> None:
        self._shown = shown
        self._turns = 0

    async def reply(self, *, stop: Sequence[str] = (), max_tokens: int | None = None) -> Reply:
        """Words that answer nothing."""
        self._turns += 1
        if self._turns > TURNS:
            raise RuntimeError("enough was heard")
        return Reply("I cannot tell.", "stop", 1)

    def observe(self, text: str, images: Sequence[Image] = ()) -> None:
        """Remember it."""
        self._shown.append(text)

    @property
    def trajectory(self) -> Trajectory:
        """One turn."""
        return Trajectory((Segment("model", (), "I cannot tell."),))


def _look_for_text(task: Task, prompt: str, leaks: Leaks) -> None:
    gold = gold_of(task)
    if gold is None or gold.shape in ("truth", "letter"):
        return
    leaks.looked += 1
    word = rf"(?<![\w.]){re.escape(gold.text)}(?!\w|\.\d)"
    if cued := re.search(_CUED + word, prompt, re.IGNORECASE):
        leaks.prompts.append(Leak(task, _around(prompt, cued.group())))
    elif (len(gold.text) >= _LONG or task.kind != "verified") and (found := re.search(word, prompt, re.IGNORECASE)):
        leaks.verbatim.append(Leak(task, _around(prompt, found.group())))


def _around(text: str, part: str) -> str:
    place = text.find(part)
    if place < 0:
        return text[:200]
    return text[max(0, place - 80) : place + len(part) + 40]
