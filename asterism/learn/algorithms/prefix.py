"""Prefix rollouts: answers that begin where the expert leaves off.

Where no rollout of a group is right, as many new ones begin with a prefix of the expert's completion and take their
place. The prefix is read and not trained on; what follows is learned from as in GRPO. After POPE, arXiv 2601.18779.
"""

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.seeds import rng_for
from asterism.learn.algorithms.algorithm import AlgorithmContext, AlgorithmSettings, Expert, ExpertUse
from asterism.learn.algorithms.expert_fields import EXPERT_TOKENS, GRADIENTS_EVERY
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.algorithms.success import fails


class PrefixConfig(Config):
    """How much of the expert is given."""

    kind: Literal["prefix"] = Field(description="where nothing succeeds, rollouts begin with a part of the expert")
    least: float = Field(0.1, ge=0, le=1, description="smallest share of the expert's tokens that is given")
    most: float = Field(0.9, ge=0, lt=1, description="largest share of the expert's tokens that is given")
    expert_tokens: int | None = EXPERT_TOKENS
    gradients_every: int = GRADIENTS_EVERY

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least > self.most:
            raise ValueError("least must not lie above most")
        return self

    def build(self, settings: AlgorithmSettings) -> "Prefix":
        """The algorithm."""
        return Prefix(self, settings)


class Prefix(Grpo):
    """Groups in which nothing succeeds are played again from a prefix of the expert's."""

    experts: ExpertUse = "checked"

    def __init__(self, config: PrefixConfig, settings: AlgorithmSettings) -> None:
        super().__init__(settings)
        self.config = config
        self.expert_tokens = config.expert_tokens
        self.gradients_every = config.gradients_every

    def response_prefix(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> tuple[int, ...]:
        """A share of the expert's tokens drawn by name; never all of them, nor its end of text."""
        if expert is None or not fails(group, 1):
            return ()
        rng = rng_for("prefix", context.seed, context.step, group.task.id)
        tokens = expert.sample.trajectory.segments[-1].token_ids[:-1]
        share = self.config.least + (self.config.most - self.config.least) * rng.random()
        return tokens[: min(math.ceil(share * len(tokens)), len(tokens) - 1)]
