"""The learning rate as a pure function of the step."""

import math
from typing import Literal

from pydantic import Field

from asterism.core.config import Config


class ScheduleConfig(Config):
    """Warm-up, then constant, linear or cosine."""

    learning_rate: float = Field(1e-6, ge=0, description="peak learning rate")
    kind: Literal["constant", "linear", "cosine"] = Field("constant", description="what follows the warm-up")
    warmup_steps: int = Field(0, ge=0, description="optimiser steps over which the rate rises linearly to its peak")
    final_fraction: float = Field(
        0.0, ge=0, le=1, description="share of the peak at which linear and cosine end, at total_steps"
    )


def learning_rate(step: int, total_steps: int, config: ScheduleConfig) -> float:
    """The learning rate of optimiser step ``step`` (from 0) out of ``total_steps``.

    With w warm-up steps: peak * (step + 1) / w for step < w, so that the first step already learns; after it
    p = (step - w) / (total_steps - w), held within 0 and 1, falls linearly or as (1 + cos(pi p)) / 2 from the peak
    to final_fraction * peak. Nothing is remembered between steps, so a resumed run needs only its step.
    """
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    progress = min(1.0, (step - config.warmup_steps) / max(1, total_steps - config.warmup_steps))
    height = {"constant": 1.0, "linear": 1.0 - progress, "cosine": (1 + math.cos(math.pi * progress)) / 2}[config.kind]
    if config.kind == "constant":
        return config.learning_rate
    return config.learning_rate * (config.final_fraction + (1 - config.final_fraction) * height)
