"""Where else the figures of a run go, beside its own files."""

from pathlib import Path
from typing import Protocol

from asterism.core.results.metrics import StepMetrics, ValidationMetrics
from asterism.core.results.rollout import RolloutRecord
from asterism.core.results.summary import RunSummary


class Sink(Protocol):
    """An experiment tracker. Each call comes after the run's own file has the same content."""

    def metrics(self, line: StepMetrics | ValidationMetrics) -> None:
        """The figures of a step, or of a validation."""

    def rollout(self, record: RolloutRecord, folder: Path) -> None:
        """A group of episodes; its images are files in the run's ``folder``."""

    def summary(self, summary: RunSummary) -> None:
        """What the run came to."""

    def flush(self) -> None:
        """Have everything on disk; training has ended."""

    def close(self) -> None:
        """Nothing more follows."""
