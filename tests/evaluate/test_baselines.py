"""Other pictures, and none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.task import Task
from asterism.evaluate.baselines import constant_results, majority_truth, shuffle_images, without_images
from asterism.evaluate.units import image_of


def _image(shade: int, width: int = 2) -> Image:
    return Image.from_pixels(np.full((3, width, 3), shade, dtype=np.uint8))


def _tasks(shades: list[int]) -> list[Task]:
    return [Task(f"t{index}", (_image(shade),), "?", "T", "tfq") for index, shade in enumerate(shades)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=40).filter(lambda shades: len(set(shades)) > 1), st.integers())
def test_no_task_keeps_its_picture_and_each_picture_is_used(shades: list[int], seed: int) -> None:
    tasks = _tasks(shades)
    shuffled = shuffle_images(tasks, seed)
    given_for: dict[str, str] = {}
    for before, after in zip(tasks, shuffled, strict=True):
        old, new = before.images[0].digest, after.images[0].digest
        assert old != new
        assert given_for.setdefault(old, new) == new
        assert (after.id, after.question, after.answer) == (before.id, before.question, before.answer)
        assert image_of(after) == image_of(before)
    assert sorted(given_for.values()) == sorted(given_for)
    assert [task.images for task in shuffle_images(tasks, seed)] == [task.images for task in shuffled]


def test_seeds_give_different_shuffles() -> None:
    tasks = _tasks(list(range(30)))
    first, second = (tuple(task.images for task in shuffle_images(tasks, seed)) for seed in (1, 2))
    assert first != second


def test_pictures_go_to_tasks_with_as_many() -> None:
    pairs = [Task(f"p{n}", (_image(n), _image(n + 50)), "?", "T", "tfq") for n in range(3)]
    alone = Task("none", (), "?", "T", "tfq")
    shuffled = shuffle_images([*_tasks([1, 2, 3]), *pairs, alone], 0)
    assert [len(task.images) for task in shuffled] == [1, 1, 1, 2, 2, 2, 0]
    assert shuffled[-1] == alone


def test_a_single_picture_cannot_be_shuffled() -> None:
    with pytest.raises(AsterismError, match="only one distinct image"):
        shuffle_images(_tasks([4, 4, 4]), 0)


def test_blind_tasks_show_nothing_or_grey_of_the_same_size() -> None:
    task = Task("t", (_image(7, width=5),), "?", "T", "tfq")
    assert without_images([task])[0].images == ()
    (grey,) = without_images([task], blank=True)[0].images
    assert grey.size == (5, 3)
    assert np.unique(grey.pixels).tolist() == [128]


def test_the_majority_is_the_more_frequent_truth_whatever_its_spelling() -> None:
    tasks = [Task(str(n), (), "?", answer, "tfq") for n, answer in enumerate(["False", "F", "True"])]
    assert majority_truth(tasks) == "F"
    assert [result.score for result in constant_results(tasks, "F")] == [1.0, 1.0, 0.0]
