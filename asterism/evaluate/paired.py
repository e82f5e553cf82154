"""How much better one run is than another over the same tasks."""

from collections.abc import Sequence

from asterism.core.results.estimate import Interval
from asterism.core.results.result import Result
from asterism.core.results.summary import PairedDifference
from asterism.core.task import Task
from asterism.evaluate import units
from asterism.evaluate.units import UnitsOf

NamedRun = tuple[str, Sequence[Result]]
"""A run's name and its results."""


def paired_difference(
    metric: str,
    tasks: Sequence[Task],
    a: NamedRun,
    b: NamedRun,
    units_of: UnitsOf,
    *,
    cluster_key: str | None = None,
    bounds: Interval | None = (-1.0, 1.0),
    seed: int = 0,
) -> list[PairedDifference]:
    """The difference ``a - b`` in one metric, unit by unit; empty where no unit of that metric was measured.

    Raises:
        AsterismError: the runs do not hold the same tasks and samples.
    """
    first, second = (units_of(units.join(tasks, results), cluster_key) for _, results in (a, b))
    gap = units.difference(first, second, bounds=bounds, seed=seed)
    return [] if gap is None else [PairedDifference(a[0], b[0], metric, gap)]
