"""From a recipe's ``log`` section to the sinks of a run."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.results.sink import Sink
from asterism.runs.sinks.config import LogConfig


def check_packages(config: LogConfig) -> None:
    """See that what the chosen sinks need is installed, before anything is loaded.

    Raises:
        AsterismError: a package is missing; the extra that brings it is named.
    """
    for wanted, package in ((config.tensorboard, "tensorboard"), (config.wandb is not None, "wandb")):
        if wanted and find_spec(package) is None:
            raise AsterismError(
                f"log.{package} needs the package {package}, which is not installed",
                remedy=f"pip install 'asterism[{package}]', or leave log.{package} out.",
            )


def open_sinks(config: LogConfig, folder: Path, settings: Mapping[str, Any], *, resumed_at: int = 0) -> list[Sink]:
    """The sinks that a recipe chooses, for a run in ``folder``.

    Args:
        settings: the resolved recipe, shown beside the figures.
        resumed_at: the step of the checkpoint that a resumed run begins from; later figures of the sinks are replaced.

    Raises:
        AsterismError: a package is missing.
    """
    check_packages(config)
    sinks: list[Sink] = []
    if config.tensorboard:
        from asterism.runs.sinks.tensorboard import TensorBoardSink

        sinks.append(TensorBoardSink(folder, rollouts_every=config.rollouts_every, resumed_at=resumed_at))
    if config.wandb is not None:
        from asterism.runs.sinks.wandb import WandbSink

        sinks.append(WandbSink(folder, config, settings))
    return sinks
