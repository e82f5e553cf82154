"""Comparing prefix sharing with plain rows, for a model's configuration on disk."""

from pathlib import Path
from typing import Literal

import torch

from asterism.learn.verify import Verdict, read_config, verify_prefix


def verify_configuration(
    config: Path,
    *,
    seed: int,
    answers: int,
    dtype: Literal["float32", "float64"],
    sharing: Literal["branch", "row"],
) -> Verdict:
    """The errors of sharing for a model of this configuration with random weights, or the layer type it refuses.

    Raises:
        AsterismError: the configuration is missing or broken.
    """
    precision = {"float32": torch.float32, "float64": torch.float64}[dtype]
    return verify_prefix(read_config(config), seed=seed, answers=answers, dtype=precision, sharing=sharing)
