"""Letters as masks, drawn once from DejaVu Sans, so that text has the same pixels on every machine.

Rasterising a font depends on the version of FreeType; scaling a mask by areas in whole numbers does not.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
from numpy.typing import NDArray

HERE = Path(__file__).parent
EM = 96
"""Pixels of the masters' em square."""
CHARACTERS = "".join(map(chr, range(32, 127))) + "×÷−·°±√≤≥≠∞←↑→↓●○■□▲△★☆✕✓"

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Glyph:
    """The ink of a character in an em of some size: its mask ``[height, width]``, where it lies, how far the pen moves.

    ``left`` and ``top`` are from the pen and from the top of the line.
    """

    mask: Mask
    left: int
    top: int
    advance: int


@cache
def glyph(character: str, size: int) -> Glyph:
    """A character in an em of ``size`` pixels; one that is not there is a question mark."""
    master = _masters().get(character) or _masters()["?"]
    if size == EM:
        return master
    left, right = _scaled(master.left, size), _scaled(master.left + master.mask.shape[1], size, up=True)
    top, bottom = _scaled(master.top, size), _scaled(master.top + master.mask.shape[0], size, up=True)
    advance = max(1, (master.advance * size + EM // 2) // EM)
    if not master.mask.size:
        return Glyph(master.mask, 0, 0, advance)
    rows = _weights(top, bottom, master.top, master.mask.shape[0], size)
    columns = _weights(left, right, master.left, master.mask.shape[1], size)
    ink = rows @ master.mask.astype(np.int64) @ columns.T
    mask = (ink + EM * EM // 2) // (EM * EM)
    return Glyph(np.minimum(mask, 255).astype(np.uint8), left, top, advance)


def width_of(text: str, size: int) -> int:
    """Pixels that the pen moves over a line of text."""
    return sum(glyph(character, size).advance for character in text)


def draw_masters(font: Path, folder: Path = HERE) -> None:
    """Draw the masters of a TrueType font anew: ``masters.png`` and ``masters.json``."""
    face = PIL.ImageFont.truetype(str(font), EM, layout_engine=PIL.ImageFont.Layout.BASIC)
    ascent, descent = face.getmetrics()
    height = ascent + descent
    sheet, known, x = PIL.Image.new("L", (EM * 2 * len(CHARACTERS), height)), {}, 0
    pen = PIL.ImageDraw.Draw(sheet)
    for character in CHARACTERS:
        left, top, right, bottom = face.getbbox(character)
        advance = round(face.getlength(character))
        pen.text((x - left, 0), character, fill=255, font=face)
        known[character] = {"x": x, "left": left, "top": top, "width": right - left, "height": bottom - top}
        known[character]["advance"] = advance
        x += int(right - left) + 2
    sheet.crop((0, 0, x, height)).save(folder / "masters.png", optimize=True)
    (folder / "masters.json").write_text(json.dumps({"line": height, "glyphs": known}), encoding="utf-8")


@cache
def _masters() -> dict[str, Glyph]:
    known = json.loads((HERE / "masters.json").read_text(encoding="utf-8"))["glyphs"]
    sheet = np.asarray(PIL.Image.open(HERE / "masters.png").convert("L"))
    found = {}
    for character, at in known.items():
        mask = sheet[at["top"] : at["top"] + at["height"], at["x"] : at["x"] + at["width"]]
        found[character] = Glyph(mask, at["left"], at["top"], at["advance"])
    return found


def _scaled(master: int, size: int, *, up: bool = False) -> int:
    return -(-master * size // EM) if up else master * size // EM


def _weights(first: int, last: int, offset: int, count: int, size: int) -> NDArray[np.int64]:
    """How much of each master pixel falls on each pixel, ``[pixels, master pixels]`` in units of 1 / EM pixels."""
    starts = (np.arange(first, last) * EM)[:, None]
    masters = ((np.arange(count) + offset) * size)[None]
    overlap = np.minimum(starts + EM, masters + size) - np.maximum(starts, masters)
    return overlap.clip(0)
