"""How two columns of numbers go together: rank correlation, plain and with a third held still, and agreement.

Every statistic here is a function of column sums, so that its interval is that of the cluster bootstrap
(:mod:`asterism.evaluate.intervals`). Ranks are those of the whole sample; ties share their mean rank.

    rho      = cov(rank x, rank y) / (sd(rank x) · sd(rank y))                              Spearman 1904
    rho_xy.z = (r_xy - r_xz · r_yz) / sqrt((1 - r_xz²)(1 - r_yz²)),  r between ranks        partial correlation
    kappa    = 1 - mean (x - y)² / mean over all pairs (i, j) of (x_i - y_j)²               Cohen 1968, squared weights
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np

from asterism.evaluate.intervals import Estimate, Floats, bootstrap, cluster_sums

FEWEST = 3
"""Pairs below which a correlation says nothing."""


def ranks(values: Sequence[float]) -> Floats:
    """Ranks from 1, ties sharing their mean: ``[n]``."""
    array = np.asarray(values, dtype=np.float64)
    _, inverse, counts = np.unique(array, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2.0)[inverse], dtype=np.float64)


def spearman(x: Sequence[float], y: Sequence[float], clusters: Sequence[Hashable], *, seed: int = 0) -> Estimate | None:
    """Spearman's rank correlation; None where a column is constant or there are fewer than three pairs."""
    columns = _moments([ranks(x), ranks(y)])
    return _estimate(columns, clusters, lambda sums: _correlation(sums, 2, 0, 1), seed)


def partial_spearman(
    x: Sequence[float], y: Sequence[float], held: Sequence[float], clusters: Sequence[Hashable], *, seed: int = 0
) -> Estimate | None:
    """The rank correlation of ``x`` and ``y`` with ``held`` held still; None where it is not defined."""
    columns = _moments([ranks(x), ranks(y), ranks(held)])

    def partial(sums: Floats) -> Floats:
        xy, xz, yz = (_correlation(sums, 3, *pair) for pair in ((0, 1), (0, 2), (1, 2)))
        return np.asarray((xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2)))

    return _estimate(columns, clusters, partial, seed)


def weighted_kappa(
    x: Sequence[float], y: Sequence[float], clusters: Sequence[Hashable], *, seed: int = 0
) -> Estimate | None:
    """Cohen's kappa with squared weights; None where both columns are one and the same constant."""
    columns = _moments([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])

    def kappa(sums: Floats) -> Floats:
        n, sx, sy, xx, xy, yy = (sums[..., column] for column in range(6))
        apart = (xx + yy - 2 * xy) / n
        by_chance = (xx + yy) / n - 2 * sx * sy / n**2
        return np.asarray(1 - apart / by_chance)

    return _estimate(columns, clusters, kappa, seed)


def _moments(columns: Sequence[Floats]) -> Floats:
    """``[n, 1 + k + k(k+1)/2]``: ones, the k columns, and their products ``(i, j)`` with ``i <= j`` in order."""
    # Centred first: a correlation stays the same, and sums of squares lose no digits. Kappa too depends on differences.
    centre = float(np.mean(np.concatenate(columns))) if columns else 0.0
    shifted = [column - centre for column in columns]
    products = [shifted[i] * shifted[j] for i in range(len(shifted)) for j in range(i, len(shifted))]
    return np.stack([np.ones_like(shifted[0]), *shifted, *products], axis=1)


def _correlation(sums: Floats, count: int, i: int, j: int) -> Floats:
    n = sums[..., 0]

    def covariance(a: int, b: int) -> Floats:
        place = 1 + count + sum(count - row for row in range(a)) + b - a
        return np.asarray(sums[..., place] / n - sums[..., 1 + a] * sums[..., 1 + b] / n**2)

    spread = np.sqrt(np.maximum(covariance(i, i), 0.0) * np.maximum(covariance(j, j), 0.0))
    return np.asarray(np.clip(covariance(i, j) / np.where(spread > 1e-9, spread, np.nan), -1.0, 1.0))


def _estimate(
    columns: Floats, clusters: Sequence[Hashable], statistic: Callable[[Floats], Floats], seed: int
) -> Estimate | None:
    if len(columns) < FEWEST:
        return None
    table = cluster_sums(columns, clusters)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(statistic(table.sum(axis=0)))
    if not np.isfinite(value):
        return None
    low, high = bootstrap(table, _finite(statistic), seed=seed) if len(table) > 1 else (-1.0, 1.0)
    return Estimate(value, max(-1.0, low), min(1.0, high), len(columns), len(table), bounds=(-1.0, 1.0))


def _finite(statistic: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    def finite(sums: Floats) -> Floats:
        values = statistic(sums)
        return np.where(np.isfinite(values), values, np.nan)

    return finite
