import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.task import Task
from asterism.metaphor.panels import split_panels


def columns(width: int) -> Image:
    """A picture whose every column has a grey of its own."""
    return Image.from_pixels(np.tile(np.arange(width, dtype=np.uint8)[None, :, None], (3, 1, 3)))


def task_with(*images: Image) -> Task:
    return Task("nlvr-1", images, "There is a box.", "T", "tfq")


@given(st.integers(1, 200), st.integers(1, 9))
def test_panels_are_the_picture_again_when_laid_side_by_side(width: int, panels: int) -> None:
    if width < panels:
        return
    cut = split_panels(task_with(columns(width)), panels)
    assert len(cut) == panels
    assert np.array_equal(np.concatenate([image.pixels for image in cut], axis=1), columns(width).pixels)
    widths = [image.size[0] for image in cut]
    assert max(widths) - min(widths) <= 1


def test_each_picture_is_cut_in_turn() -> None:
    cut = split_panels(task_with(columns(4), columns(6)), 2)
    assert [image.size[0] for image in cut] == [2, 2, 3, 3]
    assert split_panels(task_with(), 3) == ()


def test_a_picture_too_narrow_is_refused_and_named() -> None:
    with pytest.raises(AsterismError, match=r"nlvr-1: an image 2 pixels wide cannot be cut into 3 panels"):
        split_panels(task_with(columns(2)), 3)
