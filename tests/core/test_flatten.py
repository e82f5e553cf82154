"""Pixels of every kind of file, compared with samples that are written into it byte by byte here."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from asterism.core.errors import AsterismError
from asterism.core.image import Image

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
Samples = NDArray[np.int64]


def png(samples: Samples, colour: int, depth: int, *, palette: bytes = b"", trns: bytes = b"") -> bytes:
    """A PNG by the standard: ``samples`` are ``[height, width, channels]``, each of ``depth`` bits."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = samples.shape
    rows = bytearray()
    for row in samples.reshape(height, -1):
        bits = "".join(f"{value:0{depth}b}" for value in row.tolist())
        bits += "0" * (-len(bits) % 8)
        rows += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    chunks = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))]
    chunks += [chunk(b"PLTE", palette)] if palette else []
    chunks += [chunk(b"tRNS", trns)] if trns else []
    return b"\x89PNG\r\n\x1a\n" + b"".join([*chunks, chunk(b"IDAT", zlib.compress(bytes(rows))), chunk(b"IEND", b"")])


def eight(values: Samples, depth: int) -> Samples:
    """Samples on the scale of 8 bits: the upper 8 of 16, smaller ones spread evenly."""
    return values >> 8 if depth == 16 else values * 255 // (2**depth - 1)


def drawn(seed: int, colour: int, depth: int, top: int | None = None) -> Samples:
    high = 2**depth if top is None else top
    return np.random.default_rng(seed).integers(0, high, (5, 7, CHANNELS[colour]))


def over_white(rgb: Samples, alpha: Samples) -> NDArray[np.float64]:
    return rgb * (alpha / 255) + 255 * (1 - alpha / 255)


def read(data: bytes) -> Samples:
    return Image.from_bytes(data).pixels.astype(np.int64)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("transparent", [False, True])
def test_grey_of_every_depth(depth: int, transparent: bool) -> None:
    samples = drawn(depth, GREY, depth)
    key = int(samples[2, 3, 0])
    found = read(png(samples, GREY, depth, trns=struct.pack(">H", key) if transparent else b""))
    expected = eight(samples, depth)
    expected = np.where(samples == key, 255, expected) if transparent else expected
    assert np.array_equal(found, np.repeat(expected, 3, axis=2))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("transparent", [False, True])
def test_rgb_of_every_depth(depth: int, transparent: bool) -> None:
    samples = drawn(depth, RGB, depth)
    samples[0, :3] = samples[2, 3]
    key = samples[2, 3]
    trns = struct.pack(">HHH", *key.tolist()) if transparent else b""
    hidden = (samples == key).all(-1, keepdims=True) & transparent
    assert np.array_equal(read(png(samples, RGB, depth, trns=trns)), np.where(hidden, 255, eight(samples, depth)))


def test_a_colour_that_is_nearly_the_transparent_one_stays(tmp_path: Path) -> None:
    samples = np.array([[[9, 9, 9], [9, 9, 8], [9, 9, 9]]])
    found = read(png(samples, RGB, 8, trns=struct.pack(">HHH", 9, 9, 9)))
    assert found.tolist() == [[[255] * 3, [9, 9, 8], [255] * 3]]
    sixteen = np.array([[[0x0900], [0x0901]]])
    assert read(png(sixteen, GREY, 16, trns=struct.pack(">H", 0x0900)))[0, :, 0].tolist() == [255, 9]


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("alphas", [b"", b"\0", b"\xff\0", b"\x80\x10", bytes(range(0, 200, 17))])
def test_palettes_with_and_without_alphas(depth: int, alphas: bytes) -> None:
    entries = min(2**depth, 13)
    samples = drawn(depth, PALETTE, depth, entries)
    colours = np.random.default_rng(depth).integers(0, 256, (entries, 3))
    alphas = alphas[:entries]
    alpha = np.array([*alphas, *[255] * (entries - len(alphas))])
    found = read(png(samples, PALETTE, depth, palette=bytes(colours.ravel().tolist()), trns=alphas))
    index = samples[:, :, 0]
    assert np.abs(found - over_white(colours[index], alpha[index][:, :, None])).max() <= 1


@pytest.mark.parametrize("colour", [GREY_ALPHA, RGBA])
@pytest.mark.parametrize("depth", [8, 16])
def test_alpha_channels(colour: int, depth: int) -> None:
    samples = drawn(depth, colour, depth)
    values = eight(samples, depth)
    rgb = np.broadcast_to(values[:, :, :-1], (5, 7, 3))
    assert np.abs(read(png(samples, colour, depth)) - over_white(rgb, values[:, :, -1:])).max() <= 1


@given(st.integers(0, 2**32), st.sampled_from([(GREY, 4), (GREY, 16), (RGB, 8), (RGB, 16), (RGBA, 8)]))
def test_any_samples(seed: int, kind: tuple[int, int]) -> None:
    colour, depth = kind
    samples = drawn(seed, colour, depth)
    values = eight(samples, depth)
    alpha = values[:, :, -1:] if colour == RGBA else np.full((5, 7, 1), 255)
    rgb = np.broadcast_to(values[:, :, :3], (5, 7, 3))
    assert np.abs(read(png(samples, colour, depth)) - over_white(rgb, alpha)).max() <= (1 if colour == RGBA else 0)


def saved(image: PIL.Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(("order", "black_is_zero"), [("<", 1), (">", 1), ("<", 0)])
def test_sixteen_bits_of_a_tiff_in_both_orders_of_bytes_and_of_shades(order: str, black_is_zero: int) -> None:
    values = np.random.default_rng(1).integers(0, 2**16, (4, 6))
    # Header, twelve fields of a directory, pixels: TIFF 6.0, grey, one strip.
    fields = {256: 6, 257: 4, 258: 16, 259: 1, 262: black_is_zero, 273: 122, 277: 1, 278: 4, 279: 48}
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    entries = b"".join(struct.pack(f"{order}HHIHH", tag, 3, 1, value, 0) for tag, value in fields.items())
    data = head + struct.pack(f"{order}H", len(fields)) + entries + struct.pack(f"{order}I", 0)
    assert len(data) == 122
    data += values.astype(f"{order}u2").tobytes()
    shown = values if black_is_zero else 65535 - values
    assert np.array_equal(read(data), np.repeat((shown >> 8)[:, :, None], 3, axis=2))


def test_sixteen_bits_of_a_pgm() -> None:
    values = np.random.default_rng(2).integers(0, 2**16, (4, 6))
    data = b"P5 6 4 65535\n" + values.astype(">u2").tobytes()
    assert np.array_equal(read(data), np.repeat((values >> 8)[:, :, None], 3, axis=2))


@pytest.mark.parametrize(("kind", "mode"), [(np.float32, "F"), (np.int32, "I")])
def test_pixels_without_an_agreed_range_are_refused_by_name(tmp_path: Path, kind: type, mode: str) -> None:
    (tmp_path / "a.tiff").write_bytes(saved(PIL.Image.fromarray(np.ones((2, 2), dtype=kind)), "TIFF"))
    with pytest.raises(
        AsterismError, match=rf"a\.tiff: image cannot be decoded \(.*mode {mode}\) have no agreed range"
    ):
        _ = Image.open(tmp_path / "a.tiff").pixels
    with pytest.raises(ValueError, match="no agreed range"):
        Image.from_pil(PIL.Image.fromarray(np.ones((2, 2), dtype=kind)))


def test_cmyk_is_ink_on_white() -> None:
    inks = np.random.default_rng(3).integers(0, 256, (4, 6, 4))
    data = saved(PIL.Image.fromarray(inks.astype(np.uint8), "CMYK"), "TIFF")
    expected = 255 * (1 - inks[:, :, :3] / 255) * (1 - inks[:, :, 3:] / 255)
    assert np.abs(read(data) - expected).max() <= 1.5


@pytest.mark.parametrize("mode", ["LA", "PA", "La", "RGBa"])
def test_modes_in_memory_with_alpha_are_laid_over_white(mode: str) -> None:
    rgba = np.random.default_rng(4).integers(0, 256, (4, 6, 4)).astype(np.uint8)
    rgba[:, :, 1] = rgba[:, :, 2] = rgba[:, :, 0]
    rgba[:, :, 3] = np.where(rgba[:, :, 3] > 127, 255, 0)
    image = PIL.Image.fromarray(rgba)
    if mode == "PA":
        made = image.convert("L").convert("P")
        made.putalpha(image.getchannel("A"))
    else:
        made = image.convert("LA").convert(mode) if mode == "La" else image.convert(mode)
    assert made.mode == mode
    expected = over_white(rgba[:, :, :3].astype(np.int64), rgba[:, :, 3:].astype(np.int64))
    assert np.abs(Image.from_pil(made).pixels - expected).max() <= 1


def test_a_turned_image_keeps_what_is_transparent_in_it() -> None:
    samples = np.array([[[3], [200], [3]]])
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    with PIL.Image.open(io.BytesIO(png(samples, GREY, 8, trns=struct.pack(">H", 3)))) as opened:
        data = saved(opened, "PNG", exif=exif)
    assert read(data)[:, 0, 0].tolist() == [255, 200, 255]
