"""Image grids: symbols scattered over a background, with the name of what each patch shows.

The vision tower learns to name symbols here before it meets scenes. Difficulty 0 is black symbols of one size in a
grid; at 1 they come in all colours and sizes, out of line and overlapping.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asterism.metaphor.scenes.glyphs import glyph_mask
from asterism.metaphor.scenes.palette import BACKGROUND_RGB, COLOUR_RGB
from asterism.metaphor.scenes.scene import BACKGROUNDS, COLOURS
from asterism.metaphor.scenes.symbols import SYMBOLS
from asterism.policy.tiny import IMAGE_SIZE, PATCH_SIZE

NAMES = tuple(SYMBOLS)
NOTHING = len(NAMES)
"""Class of a patch that shows no symbol."""
NO_COLOUR = len(COLOURS)

GRID = IMAGE_SIZE // PATCH_SIZE
_CELL = 32
_LEAST_INK = 0.06
"""A patch shows a symbol when this share of it is that symbol's ink."""

Pixels = NDArray[np.uint8]
Classes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ImageGrids:
    """``pixels`` ``[n, side, side, 3]``; the symbol and the colour of each patch, ``[n, patches]``."""

    pixels: Pixels
    symbols: Classes
    colours: Classes


def draw_grids(rng: np.random.Generator, count: int, difficulty: float) -> ImageGrids:
    """``count`` image grids of a difficulty in [0, 1]."""
    drawn = [_grid(rng, difficulty) for _ in range(count)]
    return ImageGrids(*(np.stack(column) for column in zip(*drawn, strict=True)))


def _grid(rng: np.random.Generator, difficulty: float) -> tuple[Pixels, Classes, Classes]:
    coloured = rng.random() < difficulty
    ground = BACKGROUNDS[rng.integers(len(BACKGROUNDS))] if coloured else "white"
    canvas = np.tile(np.array(BACKGROUND_RGB[ground], np.float32), (IMAGE_SIZE, IMAGE_SIZE, 1))
    most_ink = np.full((GRID, GRID), _LEAST_INK)
    symbols = np.full((GRID, GRID), NOTHING)
    colours = np.full((GRID, GRID), NO_COLOUR)
    for cell in range((IMAGE_SIZE // _CELL) ** 2):
        if rng.random() < 0.25:
            continue
        symbol = int(rng.integers(len(NAMES)))
        colour = int(rng.integers(len(COLOURS))) if coloured else COLOURS.index("black")
        small = rng.random() < 0.25 * difficulty
        extent = int(rng.integers(13, 18)) if small else round(_CELL + difficulty * rng.uniform(-5, 6))
        ink = np.asarray(glyph_mask(NAMES[symbol], extent), dtype=np.float32) / np.float32(255)
        top, left = _place(rng, cell, ink.shape, difficulty)
        ink_by_patch = _stamp(canvas, ink, top, left, colour)
        shown = ink_by_patch > most_ink
        most_ink[shown] = ink_by_patch[shown]
        symbols[shown], colours[shown] = symbol, colour
    return canvas.round().astype(np.uint8), symbols.ravel(), colours.ravel()


def _place(rng: np.random.Generator, cell: int, shape: tuple[int, ...], difficulty: float) -> tuple[int, int]:
    row, column = divmod(cell, IMAGE_SIZE // _CELL)
    top = round(row * _CELL + (_CELL - shape[0]) / 2 + difficulty * rng.uniform(-12, 12))
    left = round(column * _CELL + (_CELL - shape[1]) / 2 + difficulty * rng.uniform(-12, 12))
    return min(max(top, 0), IMAGE_SIZE - shape[0]), min(max(left, 0), IMAGE_SIZE - shape[1])


def _stamp(
    canvas: NDArray[np.float32], ink: NDArray[np.float32], top: int, left: int, colour: int
) -> NDArray[np.float32]:
    """Draw the ink and tell its share of each patch, ``[GRID, GRID]``."""
    box = (slice(top, top + ink.shape[0]), slice(left, left + ink.shape[1]))
    canvas[box] += (np.array(COLOUR_RGB[COLOURS[colour]], np.float32) - canvas[box]) * ink[..., None]
    whole = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)
    whole[box] = ink
    shares: NDArray[np.float32] = whole.reshape(GRID, PATCH_SIZE, GRID, PATCH_SIZE).mean((1, 3))
    return shares
