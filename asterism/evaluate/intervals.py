"""How sure a figure is: 95 % intervals that respect clusters.

Statements about one image stand or fall together, so they are not independent. The interval of a mean is the
percentile interval of the cluster bootstrap: whole clusters are drawn with replacement and the statistic is computed
on what was drawn (Efron and Tibshirani, *An Introduction to the Bootstrap*, chapters 8 and 13). Where every value is
its own cluster and is 0 or 1, it is Wilson's interval (Wilson 1927):

    (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n)
"""

import math
from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from asterism.core.results.estimate import SHARE, Interval
from asterism.core.results.estimate import Estimate as Estimate
from asterism.core.seeds import numpy_rng_for

Floats = NDArray[np.float64]

Z95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""

DRAWS = 4000
_BLOCK = 1_000_000


def wilson(p: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share ``p`` seen over ``n`` independent trials; (0, 1) where n is 0."""
    if n == 0:
        return 0.0, 1.0
    z2 = Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half))


def estimate_mean(
    values: Sequence[float], clusters: Sequence[Hashable], *, bounds: Interval | None = SHARE, seed: int = 0
) -> Estimate:
    """The mean of values with its interval, clustered by ``clusters`` (one label per value).

    Values lie in [0, 1], or, with ``bounds`` None, anywhere. A bootstrap of values that are all 0 or all 1, or of a
    single cluster, has no width; there Wilson's interval over the number of clusters says how little so many clusters
    can show. Values without bounds have no such interval: theirs has no width then.

    Raises:
        ValueError: there are no values, or not one label per value.
    """
    table = _sums(values, clusters)  # [clusters, 2]: sum of values, number of values
    value = float(table[:, 0].sum() / table[:, 1].sum())
    count = len(table)
    binary = all(entry in (0.0, 1.0) for entry in values)
    if bounds is not None and (count == 1 or value in (0.0, 1.0) or (binary and count == len(values))):
        low, high = wilson(value, count)
    else:
        low, high = bootstrap(table, lambda sums: sums[..., 0] / sums[..., 1], seed=seed)
    return Estimate(value, low, high, len(values), count, bounds)


def estimate_difference(
    after: Sequence[float],
    before: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    bounds: Interval | None = (-1.0, 1.0),
    seed: int = 0,
) -> Estimate:
    """The mean of ``after - before`` over the same units, with its clustered interval.

    Values lie in [0, 1]. Where all differences are equal, the bootstrap has no width; the interval then reaches as far
    on either side as Wilson's does from a share of 0 over the same number of clusters. With ``bounds`` None values lie
    anywhere, and such an interval has no width.

    Raises:
        ValueError: the lengths differ, or there are no values.
    """
    if len(after) != len(before):
        raise ValueError(f"{len(after)} values against {len(before)}: a paired difference needs the same units")
    differences = [float(a) - float(b) for a, b in zip(after, before, strict=True)]
    table = _sums(differences, clusters)
    value = float(table[:, 0].sum() / table[:, 1].sum())
    if bounds is not None and (len(table) == 1 or len(set(differences)) == 1):
        reach = wilson(0.0, len(table))[1] if len(table) > 1 else 2.0
        low, high = max(bounds[0], value - reach), min(bounds[1], value + reach)
    else:
        low, high = bootstrap(table, lambda sums: sums[..., 0] / sums[..., 1], seed=seed)
    return Estimate(value, low, high, len(differences), len(table), bounds)


def bootstrap(table: Floats, statistic: Callable[[Floats], Floats], *, seed: int = 0) -> tuple[float, float]:
    """Percentile interval of a statistic of column sums, drawing whole clusters.

    Args:
        table: ``[clusters, columns]``, what each cluster adds to each column.
        statistic: from column sums ``[..., columns]`` to values ``[...]``; draws where it is not a number are left out.
        seed: names the private generator; the same seed gives the same interval.

    Returns:
        The 2.5 % and 97.5 % points, widened where needed so that they enclose the statistic of ``table`` itself.
    """
    rng = numpy_rng_for(seed, "bootstrap")
    count = len(table)
    rows = max(1, _BLOCK // count)
    drawn = [
        table[rng.integers(count, size=(min(rows, DRAWS - start), count))].sum(axis=1)
        for start in range(0, DRAWS, rows)
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        values = statistic(np.concatenate(drawn))  # [draws]
        own = float(statistic(table.sum(axis=0)))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return min(float(low), own), max(float(high), own)


def cluster_sums(columns: Floats, clusters: Sequence[Hashable]) -> Floats:
    """Sum the rows of ``columns`` ``[n, columns]`` by cluster label: ``[clusters, columns]``, as first seen."""
    order: dict[Hashable, int] = {}
    index = [order.setdefault(label, len(order)) for label in clusters]
    table = np.zeros((len(order), columns.shape[1]))
    np.add.at(table, index, columns)
    return table


def _sums(values: Sequence[float], clusters: Sequence[Hashable]) -> Floats:
    if not values or len(values) != len(clusters):
        raise ValueError(f"{len(values)} values with {len(clusters)} cluster labels")
    columns = np.stack([np.asarray(values, dtype=np.float64), np.ones(len(values))], axis=1)
    return cluster_sums(columns, clusters)
