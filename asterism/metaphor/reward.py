"""The TFQ reward: half for the right answer, half for the asked form.

    R = w · accuracy + (1 − w) · format,   w = 0.5

Source: MetaphorStar (arXiv 2602.10575), R = α·R_acc + (1 − α)·R_fmt.
"""

from pydantic import Field

from asterism.answers.format import Mode, check_format
from asterism.answers.grade import grade
from asterism.answers.reference import reference_accuracy
from asterism.core.config import Config
from asterism.core.reward import Reward, RewardFunction, Truncated, per_completion
from asterism.core.task import Task


class RewardConfig(Config):
    """What a completion earns for being right and for having the asked form."""

    mode: Mode = Field(
        "strict", description="how answer and form are checked: strict (ours), or reference (the released reward's)"
    )
    accuracy_weight: float = Field(0.5, ge=0, le=1, description="share of accuracy; format has the rest")
    min_think_characters: int = Field(1, ge=1, description="shortest thinking, in characters (strict mode)")
    truncated: Truncated = Field(
        "zero", description="a completion cut off by a limit: zero (no answer), or read as far as it goes (strict mode)"
    )


def tfq_reward(config: RewardConfig) -> RewardFunction:
    """The reward of ``tfq``, ``mcq`` and ``short`` tasks, with the parts ``accuracy`` and ``format`` (0 or 1 each).

    Open questions and puzzles are abstained from. What a limit cut off earns 0 in both parts, or is scored as it is
    where ``truncated`` or the mode says so. A fault of the scoring is a reward error, never a 0.

    Raises:
        AsterismError: (when called) a task's stored answer cannot be read.
    """

    def scored(task: Task, text: str) -> Reward:
        if task.kind not in ("tfq", "mcq", "short"):
            return Reward.abstain(f"kind_{task.kind}")
        return score(task, text, config)

    truncated: Truncated = "read" if config.mode == "reference" else config.truncated
    return per_completion(scored, truncated=truncated)


def score(task: Task, text: str, config: RewardConfig) -> Reward:
    """The reward of one completion.

    Raises:
        AsterismError: the task's stored answer cannot be read.
    """
    result = grade(task, text)
    accuracy = float(result.correct is True)
    if config.mode == "reference":
        accuracy = reference_accuracy(text, str(task.answer))
    form = float(check_format(text, config.mode, min_think_characters=config.min_think_characters).ok)
    weight = config.accuracy_weight
    return Reward(
        weight * accuracy + (1 - weight) * form,
        parts={"accuracy": accuracy, "format": form},
        reason=str(result.reading.reason),
    )
