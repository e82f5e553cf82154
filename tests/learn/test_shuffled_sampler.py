"""Every task once an epoch, in an order that only the ids, the seed and the epoch decide."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.task import Task
from asterism.core.task_sampler import SampledTask
from asterism.learn.shuffled_sampler import ShuffledSampler

ROOT = Path(__file__).parents[2]
names = st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=12, unique=True)
takes = st.lists(st.integers(0, 17), min_size=1, max_size=12)
seeds = st.integers(-5, 2**40)


def tasks_of(ids: list[str]) -> list[Task]:
    return [Task(name, (), "?", "T", "tfq") for name in ids]


def walk(order: ShuffledSampler, sizes: list[int]) -> list[tuple[str, int]]:
    return [(drawn.task.id, drawn.epoch) for size in sizes for drawn in order.next(size)]


@given(names, takes, seeds)
def test_every_task_comes_exactly_once_an_epoch_whatever_is_taken_at_a_time(
    ids: list[str], sizes: list[int], seed: int
) -> None:
    drawn = walk(ShuffledSampler(tasks_of(ids), seed), sizes)
    assert len(drawn) == sum(sizes)
    assert [epoch for _, epoch in drawn] == [place // len(ids) for place in range(len(drawn))]
    assert max(Counter(drawn).values(), default=1) == 1
    for epoch in range(len(drawn) // len(ids)):
        assert sorted(name for name, of in drawn if of == epoch) == sorted(ids)


@given(names, takes, takes, seeds)
def test_the_order_does_not_depend_on_how_many_are_taken_at_a_time(
    ids: list[str], sizes: list[int], others: list[int], seed: int
) -> None:
    one, two = walk(ShuffledSampler(tasks_of(ids), seed), sizes), walk(ShuffledSampler(tasks_of(ids), seed), others)
    shared = min(len(one), len(two))
    assert one[:shared] == two[:shared]


@given(names, seeds, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_the_input(ids: list[str], seed: int, rng: object) -> None:
    mixed = list(ids)
    rng.shuffle(mixed)  # type: ignore[attr-defined]
    sizes = [3 * len(ids)]
    assert walk(ShuffledSampler(tasks_of(mixed), seed), sizes) == walk(ShuffledSampler(tasks_of(ids), seed), sizes)


@given(names, takes, takes, seeds)
def test_a_walk_that_seeks_a_cursor_goes_on_where_it_was_taken(
    ids: list[str], before: list[int], after: list[int], seed: int
) -> None:
    order = ShuffledSampler(tasks_of(ids), seed)
    walk(order, before)
    state = order.state_dict()
    expected = walk(order, after)
    resumed = ShuffledSampler(tasks_of(ids[::-1]), seed)
    resumed.next(5)  # wherever it stood
    resumed.load_state_dict(state)
    assert walk(resumed, after) == expected


def test_epochs_and_seeds_are_shuffled_differently() -> None:
    ids = [f"{number:02d}" for number in range(20)]
    walks = [walk(ShuffledSampler(tasks_of(ids), seed), [20, 20]) for seed in (0, 1)]
    orders = [tuple(name for name, _ in part) for one in walks for part in (one[:20], one[20:])]
    assert len(set(orders)) == 4
    assert tuple(ids) not in orders


def test_the_order_does_not_depend_on_the_hash_seed() -> None:
    code = (
        "from asterism.core.task import Task\n"
        "from asterism.learn.shuffled_sampler import ShuffledSampler\n"
        "tasks = [Task(name, (), '?', 'T', 'tfq') for name in {f'task-{n}' for n in range(30)}]\n"
        "print([drawn.task.id for drawn in ShuffledSampler(tasks, 7).next(70)])"
    )
    here = [drawn.task.id for drawn in ShuffledSampler(tasks_of([f"task-{n}" for n in range(30)]), 7).next(70)]
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
        told = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
        ).stdout
        assert told.strip() == str(here)


def test_a_drawn_task_carries_its_epoch() -> None:
    (task,) = tasks_of(["only"])
    assert ShuffledSampler([task], 0).next(3) == [SampledTask(task, 0), SampledTask(task, 1), SampledTask(task, 2)]


def test_no_tasks_are_refused() -> None:
    with pytest.raises(AsterismError, match="no tasks to train on"):
        ShuffledSampler([], 0)


@given(names, takes, seeds, st.integers(0, 30))
def test_peeking_tells_what_comes_next_and_goes_nowhere(ids: list[str], sizes: list[int], seed: int, far: int) -> None:
    order = ShuffledSampler(tasks_of(ids), seed)
    for size in sizes:
        order.next(size)
        state, ahead = order.state_dict(), order.peek(far)
        assert order.state_dict() == state
        again = ShuffledSampler(tasks_of(ids), seed)
        again.load_state_dict(state)
        assert again.next(far) == ahead
