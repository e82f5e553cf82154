"""What counts as paid: rewards have any scale, and bonuses beside the verdict.

First the plain right answer and a plainly wrong one are scored in each usual form. The form in which they lie furthest
apart is the reward's own (``home``), and halfway between the two is where a completion counts as paid. A bonus for form
or brevity moves both, so that it moves no verdict.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asterism.audit.gold import gold_of, other_answer
from asterism.audit.target import Target
from asterism.audit.wrappings import CORE, TAGGED, Wrapping
from asterism.core.reward import Reward
from asterism.core.seeds import rng_for
from asterism.core.task import Task

ACCURACY = "accuracy"
_LEAST = 0.05
_PROBED = 60
"""Tasks that the scale is taken from."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of a reward: of its part ``part``, or of the whole where that is empty.

    ``right`` and ``wrong`` are mean values, ``reward`` the mean whole reward, of a right answer in the form ``home``.
    """

    part: str
    home: Wrapping
    right: float
    wrong: float
    reward: float

    @property
    def gap(self) -> float:
        """How much more a right answer earns than a wrong one."""
        return self.right - self.wrong

    @property
    def contrast(self) -> float:
        """The gap as a share of the larger of the two values."""
        return self.gap / max(abs(self.right), abs(self.wrong), 1e-9)

    @property
    def tells(self) -> bool:
        """Whether a right answer earns clearly more than a wrong one: by more than a character's brevity would."""
        return self.contrast > _LEAST

    @property
    def threshold(self) -> float:
        """The least value that counts as paid."""
        return (self.right + self.wrong) / 2

    def paid(self, reward: Reward) -> bool:
        """Whether a reward says that the answer is right."""
        value = part_of(reward, self.part)
        return value is not None and self.tells and value >= self.threshold


def part_of(reward: Reward, part: str) -> float | None:
    """A part of a reward, the whole where ``part`` is empty; None where there is none."""
    if reward.value is None or not part:
        return reward.value
    return reward.parts.get(part)


def scale_of(target: Target, tasks: Sequence[Task], *, part: str = "", seed: int = 0) -> Scale:
    """The scale of a reward over some tasks.

    Without ``part`` it is that of the part ``accuracy`` where the reward has one; else of the part, or of the whole,
    that tells right from wrong most clearly and by at least half the largest gap.
    """
    found = [scale for form in CORE for scale in _in_form(target, tasks, form, part, seed)]
    widest = max((scale.gap for scale in found), default=0.0)
    clear = [scale for scale in found if scale.gap > 0 and scale.gap >= widest / 2]
    return max(clear, key=lambda scale: round(scale.contrast, 6), default=Scale(part, TAGGED, 0.0, 0.0, 0.0))


def _in_form(target: Target, tasks: Sequence[Task], form: Wrapping, part: str, seed: int) -> Iterator[Scale]:
    """The scale of each part when answers are given in one form."""
    right, wrong = _scored(target, tasks, form, seed)
    reward = _mean([each.value or 0.0 for each in right])
    for name in [part] if part else _parts(right):
        high, low = (_mean([part_of(each, name) or 0.0 for each in rewards]) for rewards in (right, wrong))
        yield Scale(name, form, high, low, reward)


def _scored(target: Target, tasks: Sequence[Task], form: Wrapping, seed: int) -> tuple[list[Reward], list[Reward]]:
    """Rewards of right answers and of wrong ones in a form, of tasks where both were given one."""
    right: list[Reward] = []
    wrong: list[Reward] = []
    for task in tasks:
        gold = gold_of(task)
        if gold is None or not form.fits(gold, gold.text) or len(right) == _PROBED:
            continue
        texts = [form.wrap(gold.text), form.wrap(other_answer(gold, rng_for(seed, "scale", task.id)))]
        first, second = target.rewards(task, texts)
        if first.status == second.status == "ok":
            right.append(first)
            wrong.append(second)
    return right, wrong


def _parts(rewards: Sequence[Reward]) -> list[str]:
    """The parts to look at: accuracy alone, where there is one, else the whole first."""
    names = dict.fromkeys(name for reward in rewards for name in reward.parts)
    return [ACCURACY] if ACCURACY in names else ["", *names]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
