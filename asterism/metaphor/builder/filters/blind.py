"""Statements that can be judged without the image.

A model that is not shown the image is asked several times whether the statement is true, and may say that it cannot
know. A statement is answerable where at least ``share`` of ``samples`` answers give its label: with 12 samples and a
share of 0.9, at most one answer may be wrong or unknown, which a guesser of true or false manages in 13 of 4,096
statements. Asking stops as soon as the outcome is settled.

A model that calls whatever it cannot know true (or false) tells nothing by saying so. It is asked first about
statements that nobody can judge (:data:`UNKNOWABLE`); a label that it gives to most of them is not held against any
statement.
"""

from collections.abc import Sequence
from math import ceil, sqrt

UNKNOWABLE = {
    "en": (
        "The object on the left is larger than the one on the right.",
        "There are four people in the picture.",
        "The person in the middle is wearing a hat.",
        "The background is blue.",
        "The word written at the top is 'home'.",
        "The animal is facing to the left.",
        "The second panel shows a window.",
        "The door in the picture is open.",
        "The thing that is held up stands for ambition.",
        "The smaller figure stands for the past.",
        "The picture praises what it shows.",
        "The picture warns against haste.",
    ),
    "zh": (
        "左边的物体比右边的大。",
        "画面中有四个人。",
        "中间的人戴着帽子。",
        "背景是蓝色的。",
        "最上方写着“家”字。",
        "动物面朝左边。",
        "第二格画了一扇窗。",
        "画中的门是开着的。",
        "被举起的东西象征野心。",
        "较小的人物象征过去。",
        "这幅画赞美了它所描绘的事物。",
        "这幅画告诫人们不要急躁。",
    ),
}
"""Statements about no image in particular, by language."""
GUESSED = 0.7
"""A label given to more than this share of unknowable statements (by the lower end of its 95 % interval) is a guess."""


def needed(samples: int, share: float) -> int:
    """How many right answers of ``samples`` make a statement answerable."""
    return max(1, ceil(samples * share - 1e-9))


def answerable(answers: Sequence[str | None], label: str, samples: int, share: float) -> bool | None:
    """Whether a statement is answerable blind, None as long as further answers could change the outcome.

    Args:
        answers: ``T``, ``F`` or None (unknown, unreadable) so far, in order.
    """
    right = sum(answer == label for answer in answers)
    if right >= needed(samples, share):
        return True
    if len(answers) - right > samples - needed(samples, share):
        return False
    return None


def guessed_labels(answers: Sequence[str | None]) -> frozenset[str]:
    """The labels that a model gives to statements it cannot know, from its answers to :data:`UNKNOWABLE`."""
    return frozenset(label for label in "TF" if _at_least(answers.count(label), len(answers)) > GUESSED)


def _at_least(count: int, total: int) -> float:
    """The lower end of Wilson's 95 % interval of a share."""
    if not total:
        return 0.0
    z, share = 1.96, count / total
    middle = share + z * z / (2 * total)
    return (middle - z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))) / (1 + z * z / total)
