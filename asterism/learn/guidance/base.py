"""What every way of using experts has in common."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.sample import Sample
from asterism.learn.advantages import advantages, samples_of
from asterism.learn.guidance.entry import Entry, Expert, Setting
from asterism.learn.losses import LossConfig, Scales


class Guidance(Config):
    """How experts take part in learning from groups; as it stands here, not at all: the group enters as in GRPO."""

    uses_experts: ClassVar[bool] = True

    expert_tokens: int | None = Field(
        None,
        ge=1,
        description="longest expert completion, tokens; longer ones are left out. null: what the context holds",
    )
    gradients_every: int = Field(
        0, ge=0, description="steps between measurements of both terms' gradients (two more backward passes); 0: never"
    )

    def enter(self, group: Group, expert: Expert | None, setting: Setting) -> Entry:
        """What of a group is trained on. A function of what is given: whoever asks is told the same."""
        values = advantages(group, setting.advantage)
        return Entry(tuple(samples_of(group.trajectories, values, kl=setting.kl)), values)

    def opening(self, group: Group, expert: Expert | None, setting: Setting) -> tuple[int, ...]:
        """Tokens with which rollouts of the task shall begin that stand in for these; none where these are kept."""
        return ()

    def scales(self, entries: Sequence[Entry], loss: LossConfig) -> Scales:
        """How the terms of one update add up; each over the samples that carry it."""
        return Scales.of(counted(entries), loss)


def counted(entries: Sequence[Entry]) -> list[Sample]:
    """The samples of an update that count in its denominators."""
    return [sample for entry in entries for sample in (*entry.samples, *entry.silent)]
