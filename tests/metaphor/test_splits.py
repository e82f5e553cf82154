from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.seeds import rng_for
from asterism.core.task import Task
from asterism.metaphor.leakage import groups_of_tasks, leakage, shared
from asterism.metaphor.near_duplicates.grouping import NearDuplicates
from asterism.metaphor.splits import HIGH_LEVEL, Splits, SplitWish, chance_of_leak, split_tasks, take_exactly

DOMAINS = ("Life", "Society", "Art")


def task(name: str, **meta: Any) -> Task:
    return Task(name, (), "What is meant?", "A", "mcq", options=("a", "b"), meta=meta)


def paper() -> tuple[list[Task], list[int]]:
    """1,434 records with the sharing of II-Bench: 120 pictures in two records, 46 in three; 6 pairs in test-1..15."""
    names = [f"ii_bench/dev-{n}" for n in range(1, 36)] + [f"ii_bench/test-{n}" for n in range(1, 1400)]
    bench, rest = names[:50], names[50:]
    pairs = [(bench[35 + 2 * n], bench[36 + 2 * n]) for n in range(6)]
    shared_rest = [rest[2 * n : 2 * n + 2] for n in range(114)] + [rest[228 + 3 * n : 231 + 3 * n] for n in range(46)]
    group: dict[str, int] = {}
    for number, members in enumerate([*pairs, *shared_rest]):
        group.update(dict.fromkeys(members, number))
    groups = [group.get(name, 1000 + place) for place, name in enumerate(names)]
    rng = rng_for("paper")
    return [task(name, domain=rng.choice(DOMAINS), record=name) for name in names], groups


PAPER_TASKS, PAPER_GROUPS = paper()


def named(splits: Splits) -> dict[str, tuple[int, ...]]:
    return {part.name: part.places for part in (*splits.parts, *splits.subsets)}


def is_disjoint(groups: Sequence[int], splits: Splits) -> bool:
    sides = [{groups[place] for place in part.places} for part in splits.parts]
    return not any(a & b for a, b in combinations(sides, 2))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("stratify", [(), ("domain",)])
def test_the_sizes_of_the_paper_are_met_exactly(seed: int, stratify: tuple[str, ...]) -> None:
    assert sorted(Counter(Counter(PAPER_GROUPS).values()).items()) == [(1, 1056), (2, 120), (3, 46)]
    wish = SplitWish({"train": 1384, "bench": 50}, lite=100, small=10, seed=seed, stratify=stratify)
    splits = split_tasks(PAPER_TASKS, PAPER_GROUPS, wish)
    places = named(splits)
    assert {name: len(own) for name, own in places.items()} == {"train": 1384, "bench": 50, "lite": 100, "small": 10}
    assert sorted(places["train"] + places["bench"]) == list(range(1434))
    assert set(places["small"]) < set(places["lite"]) < set(places["train"])
    assert len({PAPER_GROUPS[place] for place in places["lite"]}) == 100
    assert is_disjoint(PAPER_GROUPS, splits)
    assert splits.left == ()


def test_the_high_level_bench_is_fixed_by_ids_and_its_twins_are_left_out() -> None:
    groups = list(PAPER_GROUPS)
    groups[60] = groups[0]  # a further record shows the picture of dev-1
    splits = split_tasks(PAPER_TASKS, groups, SplitWish({"train": None}, ids={"bench": HIGH_LEVEL}))
    places = named(splits)
    assert [PAPER_TASKS[place].id.rpartition("/")[2] for place in places["bench"]] == [
        *(f"dev-{n}" for n in range(1, 36)),
        *(f"test-{n}" for n in range(1, 16)),
    ]
    assert len({groups[place] for place in places["bench"]}) == 44
    assert splits.twins == splits.left == tuple(sorted(p for p in range(50, 1434) if groups[p] == groups[0]))
    assert len(places["train"]) == 1384 - len(splits.twins)
    assert is_disjoint(groups, splits)


def test_the_same_seed_gives_the_same_splits_and_another_others() -> None:
    a, b, c = (split_tasks(PAPER_TASKS, PAPER_GROUPS, SplitWish({"bench": 50}, seed=seed)) for seed in (1, 1, 2))
    assert named(a) == named(b)
    overlap = set(named(a)["bench"]) & set(named(c)["bench"])
    assert len(overlap) < 15


def test_strata_keep_their_shares() -> None:
    wish = SplitWish({"bench": 300, "train": None}, stratify=("domain",))
    bench = named(split_tasks(PAPER_TASKS, PAPER_GROUPS, wish))["bench"]
    whole = Counter(each.meta["domain"] for each in PAPER_TASKS)
    part = Counter(PAPER_TASKS[place].meta["domain"] for place in bench)
    for domain in DOMAINS:
        assert abs(part[domain] / 300 - whole[domain] / 1434) < 0.02


@given(st.lists(st.integers(1, 9), max_size=14), st.integers(1, 60))
def test_the_nearest_possible_sum_is_taken(weights: list[int], target: int) -> None:
    sums = {sum(part) for size in range(len(weights) + 1) for part in combinations(weights, size)}
    nearest = min(abs(total - target) for total in sums)
    taken = sum(weights[place] for place in take_exactly(weights, target))
    assert abs(taken - target) == nearest
    assert taken <= target or target - nearest not in sums


@given(st.lists(st.integers(0, 8), min_size=1, max_size=30), st.integers(1, 15), st.integers(1, 15), st.integers(0, 9))
def test_no_group_is_ever_torn(groups: list[int], first: int, second: int, seed: int) -> None:
    tasks = [task(str(place)) for place in range(len(groups))]
    wish = SplitWish({"a": first, "b": second, "c": None}, seed=seed)
    if first + second > len(groups):
        with pytest.raises(AsterismError, match="are asked for and there are"):
            split_tasks(tasks, groups, wish)
        return
    splits = split_tasks(tasks, groups, wish)
    assert is_disjoint(groups, splits)
    assert sorted(place for part in splits.parts for place in part.places) == list(range(len(groups)))


def test_sizes_may_count_pictures_or_a_meta_field() -> None:
    tasks = [task(f"{record}/{n}", record=record) for record in range(20) for n in range(7)]
    groups = [place // 14 for place in range(140)]  # two records a picture
    for count, size, records in (("images", 3, 42), ("record", 6, 42), ("records", 28, 28)):
        (part,) = split_tasks(tasks, groups, SplitWish({"bench": size}, count=count)).parts
        assert (part.size, len(part.places)) == (size, records)
    (part,) = split_tasks(tasks, groups, SplitWish({"bench": 5}, count="record")).parts
    assert (part.asked, part.size) == (5, 4)


def test_lite_takes_flawless_records_first() -> None:
    tasks = [task(str(place), explanation_short=place % 2 == 0) for place in range(40)]
    groups = [place // 2 for place in range(40)]
    lite = named(split_tasks(tasks, groups, SplitWish({"train": None}, lite=15)))["lite"]
    assert len(lite) == 15
    assert all(place % 2 for place in lite)


@pytest.mark.parametrize(
    ("wish", "complaint"),
    [
        (SplitWish({"train": 9}), "9 records are asked for and there are 8"),
        (SplitWish({"a": 2}, ids={"a": frozenset(["1"])}), "split 'a' is asked for twice"),
        (SplitWish({}, ids={"a": frozenset(["1", "x"])}), "split a: 1 of 2 ids are not among the records"),
        (SplitWish({}, ids={"a": frozenset("0"), "b": frozenset("1")}), "splits a and b share an image"),
        (SplitWish({"a": 2}, count="sentence"), "record 0 has no meta.sentence"),
        (SplitWish({"a": 2}, lite=3), "lite of 3 is larger"),
    ],
)
def test_impossible_wishes_are_refused(wish: SplitWish, complaint: str) -> None:
    tasks = [task(str(place)) for place in range(8)]
    with pytest.raises(AsterismError, match=complaint):
        split_tasks(tasks, [0, 0, 1, 1, 2, 3, 4, 5], wish)


def test_records_share_a_group_by_picture_and_by_field() -> None:
    from asterism.core.image import Image

    picture = Image.open("a.png")
    tasks = [
        Task("a", (picture, picture), "?", "T", "tfq"),
        Task("b", (picture,), "?", "T", "tfq", meta={"sentence": 1}),
        Task("c", (picture,), "?", "T", "tfq", meta={"sentence": 1}),
        Task("d", (), "?", "T", "tfq"),
    ]
    assert groups_of_tasks(tasks, [0, 1, 1, 2]) == [0, 0, 1, 2]
    assert groups_of_tasks(tasks, [0, 1, 1, 2], ["sentence"]) == [0, 0, 0, 1]


def test_sharing_is_counted_as_in_the_paper_s_corpus() -> None:
    found = shared([frozenset([group]) for group in PAPER_GROUPS])
    assert (found.distinct, found.records_sharing, found.pairs) == (1222, 378, 120 + 3 * 46)


def test_the_chance_of_a_leak_is_what_dealing_records_singly_gives() -> None:
    dealt = list(range(12))
    rng = rng_for("deal")
    hits = 0
    for _ in range(4000):
        rng.shuffle(dealt)
        bench, train = set(dealt[:3]), set(dealt[3:10])
        hits += 0 in bench and bool({1, 2} & train)
    assert abs(hits / 4000 - 3 / 12 * chance_of_leak(3, 7, 12, 2)) < 0.02
    assert chance_of_leak(50, 1384, 1434, 0) == 0


def test_the_report_says_what_a_split_by_record_would_have_torn() -> None:
    from asterism.core.image import Image

    tasks = [
        Task(each.id, (Image.open("a"),), each.question, "A", "mcq", ("a", "b"), "", each.meta) for each in PAPER_TASKS
    ]
    marks = tuple(map(str, PAPER_GROUPS))
    near_duplicates = NearDuplicates(marks, marks, tuple(PAPER_GROUPS), (), ())
    splits = split_tasks(tasks, PAPER_GROUPS, SplitWish({"train": 1384, "bench": 50}))
    report = leakage(tasks, near_duplicates, PAPER_GROUPS, splits, fields=["domain"])
    assert report["disjoint"] is True
    assert report["images"]["likeness"] == {"distinct": 1222, "records_sharing": 378, "pairs": 258}
    assert report["by_record"]["pairs"] == 258
    assert 12.5 < report["by_record"]["expected_records_with_a_twin_elsewhere"]["bench"] < 13.5
    assert abs(report["by_record"]["expected_pairs_across"] - 258 * 2 * 1384 * 50 / (1434 * 1433)) < 0.01
    assert sum(report["splits"]["bench"]["strata"].values()) == 50


def test_a_torn_group_is_reported() -> None:
    tasks = [task("a"), task("b"), task("c")]
    splits = split_tasks(tasks, [0, 1, 2], SplitWish({"x": 1, "y": 2}))
    report = leakage(tasks, NearDuplicates((), (), (), (), ()), [0, 0, 0], splits)
    assert report["disjoint"] is False
    assert report["crossing"] == [["a", "b", "c"]]
