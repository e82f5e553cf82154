"""Pictures as data URLs."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.llm.images import data_url
from tests.llm.asking import noise

WRITTEN: dict[str, tuple[str, dict[str, Any]]] = {
    "image/jpeg": ("JPEG", {"quality": 60}),
    "image/png": ("PNG", {}),
    "image/webp": ("WEBP", {"quality": 60}),
    "image/gif": ("GIF", {}),
}


def parts(url: str) -> tuple[str, bytes]:
    """MIME type and content of a data URL."""
    head, _, content = url.partition(";base64,")
    return head.removeprefix("data:"), base64.b64decode(content)


def shown(url: str) -> Image:
    """What another reader sees, who knows nothing of EXIF."""
    return Image.from_pixels(np.asarray(PIL.Image.open(io.BytesIO(parts(url)[1])).convert("RGB")))


@pytest.mark.parametrize("mime", WRITTEN)
def test_a_plain_file_is_sent_as_it_is_under_its_true_type_whatever_its_name(mime: str, tmp_path: Path) -> None:
    form, options = WRITTEN[mime]
    file = tmp_path / "picture.jpg"
    noise("plain").pil().save(file, format=form, **options)
    image = Image.open(file)
    assert parts(data_url(image)) == (mime, file.read_bytes())
    assert shown(data_url(image)) == image


def _turned(file: Path) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    noise("turned").pil().save(file, format="JPEG", exif=exif)


def _transparent(file: Path) -> None:
    noise("clear").pil().convert("RGBA").resize((9, 9)).rotate(45).save(file, format="PNG")


def _animated(file: Path) -> None:
    frames = [noise("frame", n).pil() for n in range(3)]
    frames[0].save(file, format="GIF", save_all=True, append_images=frames[1:])


def _print_colours(file: Path) -> None:
    noise("ink").pil().convert("CMYK").save(file, format="JPEG")


def _sixteen_bits(file: Path) -> None:
    PIL.Image.fromarray(np.arange(300, dtype=np.uint16).reshape(15, 20) * 200).save(file, format="PNG")


def _bitmap(file: Path) -> None:
    noise("bitmap").pil().save(file, format="BMP")


@pytest.mark.parametrize("write", [_turned, _transparent, _animated, _print_colours, _sixteen_bits, _bitmap])
def test_what_readers_disagree_about_is_sent_as_png_of_what_we_see(write: Any, tmp_path: Path) -> None:
    write(tmp_path / "picture")
    image = Image.open(tmp_path / "picture")
    assert parts(data_url(image))[0] == "image/png"
    assert shown(data_url(image)) == image


def test_pixels_without_a_file_are_sent_as_png() -> None:
    image = noise("drawn")
    assert parts(data_url(image))[0] == "image/png"
    assert shown(data_url(image)) == image


def test_a_file_that_changed_after_it_was_named_is_not_sent(tmp_path: Path) -> None:
    noise("before").save(tmp_path / "a.png")
    image = Image.open(tmp_path / "a.png")
    _ = image.digest
    noise("after").save(tmp_path / "a.png")
    with pytest.raises(AsterismError, match="changed"):
        data_url(image)
