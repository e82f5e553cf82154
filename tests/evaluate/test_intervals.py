"""Intervals: known values, and what must hold for any data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.evaluate.intervals import bootstrap, cluster_sums, estimate_difference, estimate_mean, wilson

clustered = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.integers(0, 8)), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("p", "n", "low", "high"),
    [(0.74, 50, 0.6045, 0.8413), (0.25, 4, 0.0456, 0.6994), (0.0, 10, 0.0, 0.2775), (1.0, 10, 0.7225, 1.0)],
)
def test_wilson_gives_the_published_values(p: float, n: int, low: float, high: float) -> None:
    assert wilson(p, n) == pytest.approx((low, high), abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(clustered)
def test_an_interval_encloses_its_value_and_stays_in_range(data: list[tuple[float, int]]) -> None:
    values, clusters = [value for value, _ in data], [cluster for _, cluster in data]
    found = estimate_mean(values, clusters)
    assert found.value == pytest.approx(np.mean(values))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.n == len(values)
    assert found.clusters == len(set(clusters))
    assert found == estimate_mean(values, clusters)


@settings(max_examples=60, deadline=None)
@given(clustered, st.data())
def test_a_difference_and_its_reverse_mirror_each_other(data: list[tuple[float, int]], draw: st.DataObject) -> None:
    before, clusters = [value for value, _ in data], [cluster for _, cluster in data]
    after = draw.draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=len(data), max_size=len(data)))
    there, back = estimate_difference(after, before, clusters), estimate_difference(before, after, clusters)
    assert -1 <= there.low <= there.value <= there.high <= 1
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))


def test_clusters_that_stand_or_fall_together_widen_the_interval() -> None:
    values = [1.0, 0.0] * 20
    alone = estimate_mean(values, range(40))
    together = estimate_mean(sorted(values), [index // 10 for index in range(40)])
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_the_bootstrap_agrees_with_the_normal_interval_for_many_equal_clusters() -> None:
    rng = np.random.default_rng(3)
    rates = rng.beta(4, 2, size=400)
    values = (rng.random((400, 5)) < rates[:, None]).astype(float)
    found = estimate_mean(values.ravel().tolist(), np.repeat(np.arange(400), 5).tolist())
    means = values.mean(axis=1)
    reach = 1.96 * means.std(ddof=1) / 20
    assert (found.low, found.high) == pytest.approx((means.mean() - reach, means.mean() + reach), abs=0.004)


def test_identical_clusters_do_not_claim_certainty() -> None:
    assert estimate_mean([1.0] * 30, [index // 10 for index in range(30)]).low == pytest.approx(wilson(1.0, 3)[0])
    same = estimate_difference([1.0] * 20, [1.0] * 20, range(20))
    assert (same.value, same.low, same.high) == (0.0, -wilson(0.0, 20)[1], wilson(0.0, 20)[1])
    assert estimate_difference([1.0], [0.0], ["only"]).interval == (-1.0, 1.0)


def test_a_seed_names_the_draws() -> None:
    table = cluster_sums(np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 4.0]]), ["a", "b", "a"])
    assert table.tolist() == [[4.0, 6.0], [0.0, 1.0]]
    many = np.random.default_rng(0).random((50, 1))
    first, again, other = (bootstrap(many, lambda sums: sums[..., 0], seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_values_without_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="cluster labels"):
        estimate_mean([1.0], [])
    with pytest.raises(ValueError, match="same units"):
        estimate_difference([1.0], [1.0, 0.0], ["a"])


def test_values_without_bounds_may_be_any_size() -> None:
    one = estimate_mean([2.0], ["a"], bounds=None)
    assert (one.value, one.low, one.high, one.bounds) == (2.0, 2.0, 2.0, None)
    several = estimate_mean([1.0, 3.0, -2.0, 2.0], list("abcd"), bounds=None)
    assert several.low < several.value == 1.0 < several.high
    gap = estimate_difference([5.0, 7.0], [1.0, 3.0], list("ab"), bounds=None)
    assert (gap.value, gap.low, gap.high, gap.bounds) == (4.0, 4.0, 4.0, None)
