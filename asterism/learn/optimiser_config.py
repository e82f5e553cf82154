"""The optimiser of a recipe."""

from pydantic import Field

from asterism.core.config import Config
from asterism.learn.batch import Sharing
from asterism.learn.schedule import ScheduleConfig


class OptimiserConfig(Config):
    """AdamW and how its step is held in."""

    schedule: ScheduleConfig = Field(ScheduleConfig(), description="learning rate over optimiser steps")
    weight_decay: float = Field(0.01, ge=0, description="decoupled weight decay")
    betas: tuple[float, float] = Field((0.9, 0.999), description="AdamW momentum coefficients")
    epsilon: float = Field(1e-8, gt=0, description="AdamW epsilon")
    max_grad_norm: float = Field(1.0, gt=0, description="gradients are scaled down to this global norm")
    tokens_per_micro_batch: int = Field(
        8192, ge=1, description="most prompt and answer tokens of one forward and backward pass; bounds memory"
    )
    sharing: Sharing = Field(
        "branch",
        description="branch: what answers to one prompt begin with is read once, its cache branched; row: they lie in "
        "one packed row under a mask (attention in full only); none: each is read whole",
    )
    stop_after_skips: int = Field(
        3,
        ge=1,
        description="a step whose loss or gradient is not finite is skipped; the run stops after so many in a row",
    )
    checkpointing: bool = Field(
        False, description="layers forget their activations and run again in the backward pass: less memory, more time"
    )
