"""What is sampled in each step."""

from pydantic import Field

from asterism.core.config import Config
from asterism.rollout.engine import SamplingConfig


class RolloutConfig(Config):
    """What is sampled in each step."""

    prompts_per_step: int = Field(16, ge=1, description="distinct prompts a step")
    tokens_per_step: int | None = Field(
        None,
        ge=1,
        description="tokens that a step generates and uses of experts; prompts_per_step holds for the first step, and "
        "then as many are taken as keep the sum to this",
    )
    group_size: int = Field(
        8, ge=0, description="completions of each prompt (G); 0 only where the algorithm uses experts"
    )
    updates_per_step: int = Field(
        1, ge=1, description="optimiser steps on each step's rollouts, on equal shares of the prompts"
    )
    sampling: SamplingConfig = Field(SamplingConfig(), description="how completions are drawn")
    max_error_share: float = Field(
        0.1, ge=0, le=1, description="the run stops when more of a step's rewards are errors"
    )
