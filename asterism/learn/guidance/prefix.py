"""Rollouts that begin where the expert leaves off.

Where no rollout of a group is right, as many new ones begin with a prefix of the expert's completion and take their
place. The prefix is read and not trained on; what follows is learned from as in GRPO. After POPE, arXiv 2601.18779.
"""

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from asterism.core.episode import Group
from asterism.core.seeds import rng_for
from asterism.learn.guidance.base import Guidance
from asterism.learn.guidance.entry import Expert, Setting
from asterism.learn.guidance.gate import fails


class Prefix(Guidance):
    """Groups in which nothing succeeds are played again from an expert's opening."""

    kind: Literal["prefix"] = Field(description="where nothing succeeds, rollouts begin with a part of the expert")
    least: float = Field(0.1, ge=0, le=1, description="smallest share of the expert's tokens that is given")
    most: float = Field(0.9, ge=0, lt=1, description="largest share of the expert's tokens that is given")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least > self.most:
            raise ValueError("least must not lie above most")
        return self

    def opening(self, group: Group, expert: Expert | None, setting: Setting) -> tuple[int, ...]:
        """A share of the expert's tokens drawn by name; never all of them, nor its end of text."""
        if expert is None or not fails(group, 1):
            return ()
        rng = rng_for("prefix", setting.seed, setting.step, group.task.id)
        tokens = expert.sample.trajectory.segments[-1].token_ids[:-1]
        share = self.least + (self.most - self.least) * rng.random()
        return tokens[: min(math.ceil(share * len(tokens)), len(tokens) - 1)]
