"""Pillow images of any mode as RGB pixels over white."""

import numpy as np
import PIL.Image
import PIL.ImageOps
from numpy.typing import NDArray

_SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N")
_SIXTEEN_BIT_FORMATS = ("PNG", "PPM")
"""Formats whose grey of more than 8 bits Pillow gives on the scale of 16 bits, also in its mode ``I`` of 32 bits."""
_PHOTOMETRIC = 262
_STEPS = {"L;2": 85, "L;4": 17}
"""What Pillow multiplies grey of 2 and 4 bits with, but not the key of what is transparent in it."""


def flatten(image: PIL.Image.Image) -> NDArray[np.uint8]:
    """The pixels of an image as a viewer shows it, ``[height, width, 3]``.

    It is turned as EXIF says. Of 16 bits the upper 8 are kept. Whatever is transparent is laid over white: an alpha
    channel, the alphas of a palette, and the one colour that a PNG calls transparent (``tRNS``).

    Raises:
        ValueError: the pixels are floating-point numbers or 32-bit integers, which have no agreed range.
    """
    raw = _raw_mode(image)  # known until it is loaded
    upright = PIL.ImageOps.exif_transpose(image)
    _refuse_without_range(upright.mode, image.format)
    key = upright.info.get("transparency")
    if upright.mode in (*_SIXTEEN_BITS, "I"):
        values = np.asarray(upright).astype(np.int64)
        if _white_is_zero(image):
            values = 65535 - values
        return _grey(np.clip(values >> 8, 0, 255), values == key if isinstance(key, int) else None)
    if upright.mode in ("1", "L") and isinstance(key, int):
        values = np.asarray(upright.convert("L"))
        return _grey(values, values == key * _STEPS.get(raw, 1))
    if upright.mode == "RGB" and isinstance(key, tuple):
        colour = np.array(key) >> (8 if raw.startswith("RGB;16") else 0)  # of 16 bits Pillow has kept the upper 8
        pixels = np.array(upright, dtype=np.uint8)
        pixels[(pixels == colour).all(axis=-1)] = 255
        return pixels
    if upright.has_transparency_data:
        rgba = (upright.convert("LA") if upright.mode == "La" else upright).convert("RGBA")
        upright = PIL.Image.alpha_composite(PIL.Image.new("RGBA", rgba.size, "white"), rgba)
    return np.asarray(upright.convert("RGB"), dtype=np.uint8)


def _raw_mode(image: PIL.Image.Image) -> str:
    """How the samples lie in the file, such as ``L;4``; empty where there is no file or it has been read."""
    tiles = getattr(image, "tile", None)
    described = tiles[0][3] if tiles else ""
    return described if isinstance(described, str) else ""


def _white_is_zero(image: PIL.Image.Image) -> bool:
    """Whether a TIFF counts from white to black, which Pillow undoes for 8 bits and not for 16."""
    tags = getattr(image, "tag_v2", None)
    return tags is not None and tags.get(_PHOTOMETRIC) == 0


def _refuse_without_range(mode: str, form: str | None) -> None:
    if mode == "F":
        raise ValueError("floating-point pixels (mode F) have no agreed range; save it with 8 or 16 bits")
    if mode == "I" and form not in _SIXTEEN_BIT_FORMATS:
        raise ValueError("32-bit pixels (mode I) have no agreed range; save it with 8 or 16 bits")


def _grey(values: NDArray[np.integer], transparent: NDArray[np.bool_] | None) -> NDArray[np.uint8]:
    """Grey ``[height, width]`` as RGB, white where it is transparent."""
    shown = values if transparent is None else np.where(transparent, 255, values)
    return np.repeat(shown.astype(np.uint8)[:, :, None], 3, axis=2)
