"""What an answer to a puzzle earns.

    R = (1 − w) · accuracy + w · format,   w = 0

``accuracy`` is the verifier's verdict, 1 or 0; ``format`` is 1 where the text is one closed block of thinking and,
after it, an answer in ``\\boxed{}``.
"""

from pydantic import Field

from asterism.answers.blocks import find_blocks
from asterism.answers.grade import grade
from asterism.answers.text import boxes
from asterism.core.config import Config
from asterism.core.reward import Reward, RewardFunction, Truncated, per_completion
from asterism.core.task import Task
from asterism.helix.entry import verify_answer
from asterism.helix.prompts import is_puzzle
from asterism.helix.records import entry_of_task


class RewardConfig(Config):
    """What a completion earns for being right and for having the asked form."""

    format_weight: float = Field(0.0, ge=0, lt=1, description="share of the form; accuracy has the rest")
    truncated: Truncated = Field(
        "zero", description="a completion cut off by a limit: zero (no answer), or read as far as it goes"
    )


def verified_reward(config: RewardConfig) -> RewardFunction:
    """The reward of puzzles, by their verifiers, and of ``tfq``, ``mcq`` and ``short`` tasks, by their stored answers.

    Other kinds are abstained from. A fault of a verifier is a reward error, never a 0.

    Raises:
        AsterismError: (when called) a task's stored answer or state cannot be read.
    """

    def scored(task: Task, text: str) -> Reward:
        if not is_puzzle(task) and task.kind not in ("tfq", "mcq", "short"):
            return Reward.abstain(f"kind_{task.kind}")
        right, reason = _verdict(task, text)
        parts = {"accuracy": float(right), "format": float(well_formed(text))}
        weight = config.format_weight
        return Reward((1 - weight) * parts["accuracy"] + weight * parts["format"], parts, reason=reason)

    return per_completion(scored, truncated=config.truncated)


def well_formed(text: str) -> bool:
    """Whether a text is one closed block of thinking and a boxed answer after it."""
    blocks = find_blocks(text)
    return len(blocks.thoughts) == 1 and bool(blocks.thoughts[0].strip()) and bool(boxes(blocks.outside))


def _verdict(task: Task, text: str) -> tuple[bool, str]:
    if is_puzzle(task):
        verdict = verify_answer(text, entry_of_task(task))
        return verdict.right, verdict.code
    graded = grade(task, text)
    return graded.correct is True, str(graded.reading.reason)
