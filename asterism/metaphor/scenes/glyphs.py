"""Symbols as masks: the ink of a glyph, cut to its edges and scaled."""

import functools
import io
from importlib import resources

import PIL.Image
import PIL.ImageChops
import PIL.ImageFont

from asterism.core.errors import AsterismError
from asterism.metaphor.scenes.symbols import SYMBOLS

_MASTER = 320
"""Font size, in pixels, of the glyphs that all masks are scaled down from."""


@functools.lru_cache(maxsize=2048)
def glyph_mask(symbol: str, extent: int) -> PIL.Image.Image:
    """The ink of a symbol as an ``L`` image without margins; its longer side is ``extent`` pixels."""
    master = _master(symbol)
    ratio = extent / max(master.size)
    size = (max(1, round(master.width * ratio)), max(1, round(master.height * ratio)))
    return master.resize(size, PIL.Image.Resampling.BILINEAR)


@functools.lru_cache(maxsize=512)
def halo_mask(symbol: str, extent: int, margin: int) -> PIL.Image.Image:
    """The same ink made fatter by ``margin`` pixels on every side (the image grows by twice as much)."""
    ink = glyph_mask(symbol, extent)
    halo = PIL.Image.new("L", (ink.width + 2 * margin, ink.height + 2 * margin))
    diagonal = round(margin * 0.7)
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        _lighten(halo, ink, margin + dx * margin, margin + dy * margin)
    for dx, dy in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        _lighten(halo, ink, margin + dx * diagonal, margin + dy * diagonal)
    _lighten(halo, ink, margin, margin)
    return halo


def _lighten(canvas: PIL.Image.Image, ink: PIL.Image.Image, left: int, top: int) -> None:
    box = (left, top, left + ink.width, top + ink.height)
    canvas.paste(PIL.ImageChops.lighter(canvas.crop(box), ink), box)


@functools.cache
def _master(symbol: str) -> PIL.Image.Image:
    ink, _ = _font().getmask2(SYMBOLS[symbol].glyph, mode="L")
    glyph = PIL.Image.frombytes("L", ink.size, bytes(ink))
    return glyph.crop(glyph.getbbox())


@functools.cache
def _font() -> PIL.ImageFont.FreeTypeFont:
    file = resources.files("iconipy") / "assets" / "boxicons" / "boxicons.ttf"
    if not file.is_file():
        raise AsterismError(
            "the Boxicons font is missing from the package iconipy",
            where=str(file),
            remedy="Reinstall it: pip install --force-reinstall iconipy",
        )
    return PIL.ImageFont.truetype(io.BytesIO(file.read_bytes()), _MASTER, layout_engine=PIL.ImageFont.Layout.BASIC)
