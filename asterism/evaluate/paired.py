"""How much better one run is than another over the same tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asterism.core.task import Task
from asterism.evaluate import units
from asterism.evaluate.intervals import Estimate
from asterism.evaluate.result import Result
from asterism.evaluate.units import UnitsOf

NamedRun = tuple[str, Sequence[Result]]
"""A run's name and its results."""


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """How much better run ``a`` is than run ``b`` over the same tasks."""

    a: str
    b: str
    metric: str
    estimate: Estimate

    def as_json(self) -> dict[str, Any]:
        """The form that ``summary.json`` holds under ``paired``."""
        return {
            "a": self.a,
            "b": self.b,
            "metric": self.metric,
            "difference": self.estimate.value,
            "interval": list(self.estimate.interval),
            "n": self.estimate.n,
            "clusters": self.estimate.clusters,
        }


def paired_difference(
    metric: str,
    tasks: Sequence[Task],
    a: NamedRun,
    b: NamedRun,
    units_of: UnitsOf,
    *,
    cluster_key: str | None = None,
    seed: int = 0,
) -> list[PairedDifference]:
    """The difference ``a - b`` in one metric, unit by unit; empty where no unit of that metric was measured.

    Raises:
        AsterismError: the runs do not hold the same tasks and samples.
    """
    first, second = (units_of(units.join(tasks, results), cluster_key) for _, results in (a, b))
    gap = units.difference(first, second, seed=seed)
    return [] if gap is None else [PairedDifference(a[0], b[0], metric, gap)]
