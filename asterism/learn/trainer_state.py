"""What a trainer knows beside weights and moments, as a checkpoint holds it."""

from pydantic import JsonValue

from asterism.core.config import Config


class TrainerState(Config):
    """Steps and tokens so far, optimiser steps with those skipped in a row, the states of scheduler and sampler."""

    done: int
    tokens: int
    optimiser_steps: int
    skipped: int
    token_budget: dict[str, JsonValue]
    sampler: dict[str, JsonValue]
