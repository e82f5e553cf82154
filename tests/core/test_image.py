import gc
import hashlib
import os
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from asterism.core.errors import AsterismError
from asterism.core.image import MAX_PIXELS, Image

EXIF_ORIENTATION = 0x0112


def picture(width: int = 7, height: int = 5, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def empty_png(path: Path, width: int, height: int) -> Path:
    """A PNG with an honest header and no pixels behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm"])
def test_digest_is_the_same_whatever_lossless_format_holds_the_pixels(tmp_path: Path, suffix: str) -> None:
    pixels = picture()
    PIL.Image.fromarray(pixels).save(tmp_path / f"a.{suffix}")
    image = Image.open(tmp_path / f"a.{suffix}")
    assert image.digest == Image.from_pixels(pixels).digest
    assert image == Image.from_pixels(pixels)
    assert hash(image) == hash(Image.from_pixels(pixels))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(tmp_path: Path, orientation: int) -> None:
    stored = picture()
    exif = PIL.Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    PIL.Image.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    # Rows and columns of the stored picture as a viewer turns them, written out by hand from the EXIF standard.
    upright = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.transpose(1, 0, 2),
        6: stored[::-1].transpose(1, 0, 2),
        7: stored[::-1, ::-1].transpose(1, 0, 2),
        8: stored[:, ::-1].transpose(1, 0, 2),
    }[orientation]
    image = Image.open(tmp_path / "a.png")
    assert image == Image.from_pixels(upright)
    assert image.size == (upright.shape[1], upright.shape[0])


def test_same_bytes_in_another_shape_are_another_picture() -> None:
    pixels = picture(6, 4)
    assert Image.from_pixels(pixels) != Image.from_pixels(pixels.reshape(6, 4, 3))
    assert Image.from_pixels(pixels) != "a string"


def test_one_changed_pixel_is_another_picture() -> None:
    pixels = picture()
    other = pixels.copy()
    other[3, 2, 1] ^= 1
    assert Image.from_pixels(pixels) != Image.from_pixels(other)


def test_transparency_is_laid_over_white(tmp_path: Path) -> None:
    rgba = np.zeros((1, 3, 4), dtype=np.uint8)
    rgba[0, :, 3] = [0, 255, 128]
    PIL.Image.fromarray(rgba).save(tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").pixels[0, :, 0].tolist() == [255, 0, 127]


def test_transparent_colours_of_palette_grey_and_rgb_are_laid_over_white(tmp_path: Path) -> None:
    palette = PIL.Image.new("P", (1, 1), 0)
    palette.putpalette([9, 9, 9])
    palette.save(tmp_path / "palette.png", transparency=0)
    PIL.Image.new("L", (1, 1), 9).save(tmp_path / "grey.png", transparency=9)
    PIL.Image.new("RGB", (1, 1), (9, 9, 9)).save(tmp_path / "rgb.png", transparency=(9, 9, 9))
    PIL.Image.new("LA", (1, 1), (9, 0)).save(tmp_path / "la.png")
    for name in ("palette", "grey", "rgb", "la"):
        assert Image.open(tmp_path / f"{name}.png").pixels.tolist() == [[[255, 255, 255]]], name


def test_grey_and_palette_pictures_become_rgb(tmp_path: Path) -> None:
    PIL.Image.new("L", (2, 1), 77).save(tmp_path / "grey.png")
    assert Image.open(tmp_path / "grey.png").pixels.tolist() == [[[77] * 3, [77] * 3]]


def test_sixteen_bit_grey_keeps_its_shades(tmp_path: Path) -> None:
    PIL.Image.fromarray(np.array([[0, 256 * 100, 65535]], dtype=np.uint16)).save(tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").pixels[0, :, 1].tolist() == [0, 100, 255]


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    PIL.Image.fromarray(np.ones((2, 2), dtype=np.float32)).save(tmp_path / "a.tiff")
    with pytest.raises(AsterismError, match=r"a\.tiff: image cannot be decoded \(floating-point"):
        _ = Image.open(tmp_path / "a.tiff").pixels


def test_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match=r"nothing\.png: image not found\nGive a readable"):
        _ = Image.open(tmp_path / "nothing.png").digest


def test_a_name_too_long_for_a_file_is_a_missing_picture() -> None:
    with pytest.raises(AsterismError, match="image not found"):
        _ = Image.open("x" * 5000).pixels
    assert not Image.open("x" * 5000).exists()


def test_text_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("not a picture")
    with pytest.raises(AsterismError, match=r"a\.png: image cannot be decoded"):
        _ = Image.open(tmp_path / "a.png").size


def test_cut_off_picture_is_refused(tmp_path: Path) -> None:
    whole = Image.from_pixels(picture(60, 60)).png()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AsterismError, match=r"a\.png: image cannot be decoded"):
        _ = Image.open(tmp_path / "a.png").pixels


@given(st.data())
def test_damaged_bytes_give_a_picture_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    suffix = data.draw(st.sampled_from(["png", "jpeg", "gif", "bmp", "webp", "tiff"]))
    path = tmp_path_factory.mktemp("damaged") / f"a.{suffix}"
    PIL.Image.fromarray(picture()).save(path)
    raw = bytearray(path.read_bytes())
    for place, value in data.draw(st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), max_size=8)):
        raw[place] = value
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    try:
        pixels = Image.open(path).pixels
    except AsterismError as error:
        assert str(path) in str(error)
    else:
        assert pixels.dtype == np.uint8 and pixels.shape[2] == 3


@pytest.mark.parametrize("side", [8200, 12_000, 40_000])
def test_picture_over_the_budget_is_refused_without_decoding(tmp_path: Path, side: int) -> None:
    assert side * side > MAX_PIXELS
    path = empty_png(tmp_path / "huge.png", side, side)
    gc.collect()
    before = psutil.Process(os.getpid()).memory_info().rss
    started = time.perf_counter()
    with pytest.raises(AsterismError, match=r"huge\.png: image .*\nScale it down"):
        _ = Image.open(path).digest
    assert time.perf_counter() - started < 1
    assert psutil.Process(os.getpid()).memory_info().rss - before < 50 * 2**20


@pytest.mark.filterwarnings("error")
def test_refusal_of_a_large_picture_comes_alone_without_a_warning(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match="over the budget"):
        _ = Image.open(empty_png(tmp_path / "large.png", 10_000, 10_000)).pixels


def test_file_is_not_touched_before_pixels_are_asked_for(tmp_path: Path) -> None:
    image = Image.open(tmp_path / "later.png")
    Image.from_pixels(picture()).save(tmp_path / "later.png")
    assert image.size == (7, 5)


def test_forgotten_pixels_are_read_again(tmp_path: Path) -> None:
    Image.from_pixels(picture()).save(tmp_path / "a.png")
    image = Image.open(tmp_path / "a.png")
    first = image.pixels
    image.forget()
    assert image.pixels is not first
    assert np.array_equal(image.pixels, first)


def test_pixels_without_a_file_are_never_forgotten() -> None:
    image = Image.from_pixels(picture())
    image.forget()
    assert np.array_equal(image.pixels, picture())


def test_png_round_trip_keeps_the_identity(tmp_path: Path) -> None:
    image = Image.from_pixels(picture(31, 17))
    image.save(tmp_path / "deep" / "a.png")
    assert Image.open(tmp_path / "deep" / "a.png") == image
    assert Image.from_pil(image.pil()) == image
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["a.png"]


def test_painting_on_the_source_array_does_not_change_the_picture() -> None:
    pixels = picture()
    image = Image.from_pixels(pixels)
    pixels[:] = 0
    assert image == Image.from_pixels(picture())
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0, 0] = 1


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), dtype=np.uint8),
        np.zeros((4, 4, 4), dtype=np.uint8),
        np.zeros((4, 4, 3), dtype=np.float32),
        np.zeros((0, 4, 3), dtype=np.uint8),
    ],
)
def test_arrays_that_are_no_rgb_picture_are_refused(pixels: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="pixel"):
        Image.from_pixels(pixels)


def test_an_image_has_one_source(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one of them"):
        Image()
    with pytest.raises(ValueError, match="one of them"):
        Image(path=tmp_path, pixels=picture())


def test_digest_of_a_known_picture_never_changes() -> None:
    pixels = np.array([[[255, 0, 0], [0, 0, 255]]], dtype=np.uint8)
    known = hashlib.sha256(b"2x1:\xff\x00\x00\x00\x00\xff").hexdigest()
    assert Image.from_pixels(pixels).digest == known


@pytest.mark.parametrize("size", [(400, 300), (37, 1500), (3, 2), (1, 1)])
@pytest.mark.parametrize(("low", "high"), [(None, None), (None, 5000), (200_000, None), (10_000, 20_000)])
def test_a_picture_is_scaled_into_its_bounds_and_keeps_its_proportions(
    size: tuple[int, int], low: int | None, high: int | None
) -> None:
    picture = Image.from_pixels(np.full((size[1], size[0], 3), 90, dtype=np.uint8))
    scaled = picture.within(low, high)
    width, height = scaled.size
    assert (low or 1) <= width * height <= (high or max(low or 0, 1.2 * size[0] * size[1]) * 1.2 + 600)
    if min(width, height) > 20:
        assert width / height == pytest.approx(size[0] / size[1], rel=0.05)
    if (low or 0) <= size[0] * size[1] <= (high or 10**9):
        assert scaled is picture


def test_a_picture_in_bytes_is_decoded_when_needed_and_let_go(tmp_path: Path) -> None:
    PIL.Image.fromarray(picture()).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    image = Image.from_bytes(data, "row 3")
    assert image.exists()
    assert image == Image.from_pixels(picture())
    image.forget()
    assert image._pixels is None
    assert (image.pixels == picture()).all()
    assert image.encoded() == data == Image.open(tmp_path / "a.png").encoded()


def test_broken_bytes_are_refused_by_the_name_they_were_given() -> None:
    with pytest.raises(AsterismError, match="row 3: image cannot be decoded"):
        _ = Image.from_bytes(b"\x89PNG no", "row 3").pixels


def test_bytes_of_a_picture_made_of_pixels_are_its_png(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(Image.from_pixels(picture()).encoded())
    assert Image.open(tmp_path / "a") == Image.from_pixels(picture())
    with pytest.raises(AsterismError, match="image cannot be read"):
        Image.open(tmp_path / "b").encoded()
