"""When the expert term of a group is on.

    xi = 1[ sum_i 1(R_i = 1) < R_hat ]                                          (AHPO, arXiv 2510.08540)

R_i is the raw correctness of rollout i, the reward's part ``accuracy``, and never its shaped value. A rollout without a
reward (the grader failed or abstained) is not taken for a failure: the gate is on only where fewer than R_hat rollouts
would be right even if all of those were.
"""

from asterism.core.episode import Group
from asterism.core.errors import AsterismError
from asterism.core.reward import Reward


def is_right(reward: Reward) -> bool:
    """Whether a rollout was right, whatever else its reward is made of.

    Raises:
        AsterismError: the reward has no part ``accuracy``.
    """
    if reward.status != "ok":
        return False
    if "accuracy" not in reward.parts:
        raise AsterismError(
            "a reward has no part named accuracy, which this algorithm counts",
            remedy="Give every reward that part, 1 where the answer is right.",
        )
    return reward.parts["accuracy"] == 1


def most_right(group: Group) -> int:
    """How many rollouts of a group were right, or might have been."""
    return sum(reward.status != "ok" or is_right(reward) for reward in group.rewards)


def fails(group: Group, r_hat: int) -> bool:
    """Whether fewer than ``r_hat`` rollouts of a group were right: a function of its rewards alone."""
    return most_right(group) < r_hat
