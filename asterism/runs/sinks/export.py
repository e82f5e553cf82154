"""What every sink has in common: names of figures, and which groups are exported."""

from collections.abc import Iterator

from asterism.core.results.metrics import StepMetrics, ValidationMetrics
from asterism.core.results.rollout import RolloutRecord
from asterism.core.results.summary import RunSummary


def tagged(line: StepMetrics | ValidationMetrics) -> dict[str, float]:
    """The figures of a line by tag.

    >>> tagged(StepMetrics(1, figures={"kl": 0.5}, success={"maze": 1.0}))["train/kl"]
    0.5
    >>> tagged(ValidationMetrics(1, {"accuracy": 0.25}))
    {'validation/accuracy': 0.25}
    """
    return {_tag(name): value for name, value in line.flat().items()}


def results(summary: RunSummary) -> Iterator[tuple[str, float]]:
    """Every metric of every condition and baseline by tag: ``results/after/accuracy``."""
    for name, condition in summary.conditions.items():
        for metric, estimate in condition.metrics.items():
            yield f"results/{name}/{metric}", estimate.value
    for name, baseline in summary.baselines.items():
        for metric, value in baseline.metrics.items():
            yield f"baselines/{name}/{metric}", value


class FirstGroups:
    """Chooses the first group of every n-th step, from the first on: enough to look at, little to keep."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._last = 0

    def take(self, record: RolloutRecord) -> bool:
        """Whether this group is exported."""
        if record.step == self._last or (record.step - 1) % self._every:
            return False
        self._last = record.step
        return True


def _tag(name: str) -> str:
    for section in ("validation", "success"):
        if name.startswith(f"{section}."):
            return f"{section}/{name.removeprefix(f'{section}.')}"
    return f"train/{name}"
