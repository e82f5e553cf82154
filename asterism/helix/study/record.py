"""One finished run of the study: an arm with a seed, what it spent, and how it fared on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from asterism.core.errors import AsterismError


@dataclass(frozen=True, slots=True)
class Moment:
    """A run on the way: what was spent, the share of right sampled answers by task, and KL(base || new) in nats."""

    step: int
    tokens: int
    new: Mapping[str, float]
    old: Mapping[str, float]
    kl: float

    @property
    def new_mean(self) -> float:
        """Mean success over the new tasks."""
        return sum(self.new.values()) / len(self.new)

    @property
    def old_mean(self) -> float:
        """Mean success over the old skills."""
        return sum(self.old.values()) / len(self.old)


@dataclass(frozen=True, slots=True)
class ArmRun:
    """One arm with one seed: its settings, what it spent, how it fared; ``greedy`` is the last at temperature 0."""

    arm: str
    seed: int
    config: Mapping[str, Any]
    tasks: tuple[str, ...]
    old_skills: tuple[str, ...]
    tokens_generated: int
    tokens_expert: int
    optimiser_steps: int
    kl_from_base: float
    greedy: Mapping[str, float]
    curve: tuple[Moment, ...]

    @property
    def last(self) -> Moment:
        """The run at its end."""
        return self.curve[-1]

    @property
    def forgotten(self) -> float:
        """How much of the old success is gone in the end."""
        return self.curve[0].old_mean - self.last.old_mean


RUN_FORM = TypeAdapter(ArmRun)
"""Reads and writes a run as JSON."""

Runs = Mapping[str, Mapping[int, ArmRun]]
"""The runs of each arm by seed."""


def read_run(file: Path) -> ArmRun:
    """A finished run.

    Raises:
        AsterismError: the file is none of this form.
    """
    try:
        return RUN_FORM.validate_json(file.read_bytes())
    except ValueError as error:
        raise AsterismError(
            "not a run of a study", where=str(file), remedy="Remove the file; the same command makes it anew."
        ) from error
