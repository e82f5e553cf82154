"""Where else a run's figures go, as a recipe says it."""

from typing import Literal

from pydantic import Field

from asterism.core.config import Config


class LogConfig(Config):
    """Experiment trackers that a training run is exported to, beside its own files; none unless chosen."""

    tensorboard: bool = Field(
        False, description="write event files for TensorBoard to the run's folder tensorboard/ (extra tensorboard)"
    )
    wandb: Literal["offline", "online"] | None = Field(
        None,
        description="export to Weights & Biases (extra wandb); offline: to the run's folder wandb/, for `wandb sync`",
    )
    project: str = Field("asterism", description="project in Weights & Biases")
    rollouts_every: int = Field(
        10, ge=1, description="steps between those whose first group is exported with its images and completions"
    )
