"""Which records show the same picture."""

from pathlib import Path

import numpy as np
import pytest

from asterism.core.image import Image
from asterism.core.task import Task
from asterism.evaluate.images import name_images
from asterism.evaluate.units import image_of


def _files(folder: Path) -> list[Path]:
    shades = [np.full((4, 5, 3), shade, dtype=np.uint8) for shade in (10, 20)]
    names = [folder / name for name in ("a.png", "same.png", "other.png", "same.bmp", "broken.png")]
    for path, pixels in zip(names, (shades[0], shades[0], shades[1], shades[0]), strict=False):
        Image.from_pixels(pixels).pil().save(path)
    names[4].write_bytes(b"no picture")
    return names


def test_records_are_grouped_by_what_their_pictures_show(tmp_path: Path) -> None:
    tasks = [Task(path.name, (Image.open(path),), "?", "T", "tfq") for path in _files(tmp_path)]
    named = name_images([*tasks, Task("none", (), "?", "T", "tfq")], tmp_path / "book.json")
    a, same, other, bitmap, broken, none = map(image_of, named)
    assert a == same == bitmap == Image.open(tmp_path / "a.png").digest
    assert len({a, other, broken, none}) == 4
    assert broken.startswith("file:")


def test_what_is_known_of_a_picture_is_not_found_out_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths, book = _files(tmp_path), tmp_path / "book.json"
    tasks = [Task(path.name, (Image.open(path),), "?", "T", "tfq") for path in paths]
    before = list(map(image_of, name_images(tasks, book)))

    def decoded(image: Image) -> str:
        raise AssertionError("decoded again")

    monkeypatch.setattr(Image, "digest", property(decoded))
    fresh = [Task(path.name, (Image.open(path),), "?", "T", "tfq") for path in paths]
    assert list(map(image_of, name_images(fresh, book))) == before
