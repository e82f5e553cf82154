"""The expert of a task, or the name of the reason why there is none to learn from."""

from dataclasses import dataclass
from typing import Final

from asterism.core.errors import AsterismError, UnfitTrace
from asterism.core.reward import Reward
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.learn.algorithms.algorithm import Algorithm, Expert
from asterism.learn.algorithms.success import is_right
from asterism.learn.expert import expert_sample
from asterism.policy.encoder import Encoder

MISSING: Final = "missing"
TOO_LONG: Final = "too_long"
UNVERIFIED: Final = "unverified"
UNGRADED: Final = "ungraded"


@dataclass(frozen=True, slots=True)
class ExpertLookup:
    """An expert, or a ``fault``: one of the names above, or what the environment calls it."""

    expert: Expert | None = None
    fault: str = ""


class Experts:
    """Looks up experts, as the algorithm uses them.

    *Checked*, a trace is left out where its own reward does not call it right (``unverified``) or cannot be had
    (``ungraded``), where prompt and trace do not fit the model's context or the trace is longer than ``longest`` tokens
    (``too_long``: a part of it would teach to stop in the middle), and where the environment says that it must not be
    imitated. *Required*, it is taken as it is, and a task without one is an error.
    """

    def __init__(self, suite: Suite, encoder: Encoder, longest: int | None = None) -> None:
        self._suite = suite
        self._encoder = encoder
        self._longest = longest

    def of(self, task: Task, algorithm: Algorithm) -> ExpertLookup:
        """The expert of a task; of an algorithm that uses none, nothing is looked up.

        Raises:
            AsterismError: the task's prompt cannot be encoded, or an expert that is required is missing or unfit.
        """
        match algorithm.experts:
            case "none":
                return ExpertLookup()
            case "checked":
                return self.checked(task)
            case "required":
                return ExpertLookup(self.required(task))

    def required(self, task: Task) -> Expert:
        """The expert as it is, not graded.

        Raises:
            AsterismError: the task has none, or it must not be imitated.
        """
        trace = self._suite.trace_of(task)
        if trace is None:
            raise AsterismError(
                "no expert trace to imitate", where=f"task {task.id}", remedy="Add meta.trace to the record."
            )
        sample = expert_sample(task, self._suite.prompt_of(task), trace, self._encoder)
        return Expert(sample, Reward.abstain("not graded"))

    def checked(self, task: Task) -> ExpertLookup:
        """The expert if it may be learned from.

        Raises:
            AsterismError: the task's prompt cannot be encoded.
        """
        try:
            trace = self._suite.trace_of(task)
            if trace is None:
                return ExpertLookup(fault=MISSING)
            sample = expert_sample(task, self._suite.prompt_of(task), trace, self._encoder)
        except UnfitTrace as error:
            return ExpertLookup(fault=error.code)
        (reward,) = self._suite.judge(task, [sample.trajectory])
        if not is_right(reward):
            return ExpertLookup(fault=UNVERIFIED if reward.status == "ok" else UNGRADED)
        room = self._encoder.policy.context_length - len(sample.trajectory.segments[0].token_ids)
        if sample.trajectory.trained_tokens > min(room, self._longest or room):
            return ExpertLookup(fault=TOO_LONG)
        return ExpertLookup(Expert(sample, reward))
