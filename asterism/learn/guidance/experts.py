"""The expert of a task, or the name of the reason why there is none to learn from."""

from dataclasses import dataclass
from typing import Final

from asterism.core.errors import UnfitTrace
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.learn.expert import expert_sample
from asterism.learn.guidance.entry import Expert
from asterism.learn.guidance.gate import is_right
from asterism.policy.encoder import Encoder

MISSING: Final = "missing"
TOO_LONG: Final = "too_long"
UNVERIFIED: Final = "unverified"
UNGRADED: Final = "ungraded"


@dataclass(frozen=True, slots=True)
class Found:
    """An expert, or a ``fault``: one of the names above, or what the environment calls it."""

    expert: Expert | None = None
    fault: str = ""


class Experts:
    """Looks up experts and holds back those that would teach what is wrong.

    A trace is left out where its own reward does not call it right (``unverified``) or cannot be had (``ungraded``),
    where prompt and trace do not fit the model's context or the trace is longer than ``longest`` tokens (``too_long``:
    a part of it would teach to stop in the middle), and where the environment says that it must not be imitated.
    """

    def __init__(self, suite: Suite, encoder: Encoder, longest: int | None = None) -> None:
        self._suite = suite
        self._encoder = encoder
        self._longest = longest

    def of(self, task: Task) -> Found:
        """The expert of a task.

        Raises:
            AsterismError: the task's prompt cannot be encoded.
        """
        try:
            trace = self._suite.trace_of(task)
            if trace is None:
                return Found(fault=MISSING)
            sample = expert_sample(task, self._suite.prompt_of(task), trace, self._encoder)
        except UnfitTrace as error:
            return Found(fault=error.code)
        (reward,) = self._suite.judge(task, [sample.trajectory])
        if not is_right(reward):
            return Found(fault=UNVERIFIED if reward.status == "ok" else UNGRADED)
        room = self._encoder.policy.context_length - len(sample.trajectory.segments[0].token_ids)
        if sample.trajectory.trained_tokens > min(room, self._longest or room):
            return Found(fault=TOO_LONG)
        return Found(Expert(sample, reward))
