"""What of a group and its expert enters an update."""

from dataclasses import dataclass

from asterism.core.reward import Reward
from asterism.core.sample import Sample
from asterism.learn.advantages import AdvantageConfig


@dataclass(frozen=True, slots=True)
class Expert:
    """An expert's completion of a task, imitation weight 1 on every token, and the reward that it earns."""

    sample: Sample
    reward: Reward


@dataclass(frozen=True, slots=True)
class Setting:
    """What a method needs to know beside the group: ``step`` counts from 0, ``kl`` says whether there is a KL term."""

    advantage: AdvantageConfig
    kl: bool
    step: int
    seed: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What of one group is trained on.

    ``advantages`` are those of the rollouts, None where one is not trained on; ``expert`` is the expert's sample where
    it is among ``samples``. ``silent`` are rollouts that are left out but counted by denominators, as if their weights
    were 0. ``gate`` tells whether the expert term is on for this group, whether or not there is an expert; None where
    the method has no gate.
    """

    samples: tuple[Sample, ...]
    advantages: tuple[float | None, ...]
    expert: Sample | None = None
    silent: tuple[Sample, ...] = ()
    gate: bool | None = None
