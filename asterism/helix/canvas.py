"""An image drawn from lines, discs, polygons and letters, the same to the last bit on every machine.

Coverage is computed from distances by sums, products and square roots alone, which IEEE arithmetic fixes, and is kept
in sixteenths; no drawing library takes part whose rounding changes between versions. All that is drawn is noted with
its box, so that a test can tell what overlaps what.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from asterism.core.image import Image
from asterism.helix.glyphs import glyph

RGB = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Anchor = Literal["middle", "left", "right"]

WHITE: RGB = (255, 255, 255)
BLACK: RGB = (20, 20, 20)
GREY: RGB = (150, 150, 150)
PALE: RGB = (232, 232, 232)
BLUE: RGB = (31, 95, 168)
RED: RGB = (190, 30, 45)
GREEN: RGB = (22, 110, 60)
ORANGE: RGB = (200, 90, 10)
PURPLE: RGB = (110, 50, 140)
TINTS: tuple[RGB, ...] = (
    (255, 224, 204),
    (211, 232, 255),
    (216, 243, 214),
    (250, 222, 240),
    (255, 246, 196),
    (223, 219, 250),
    (206, 240, 240),
    (236, 228, 214),
)
"""Fills on which black letters read well; neighbours in this order look different."""

SMALLEST_TEXT = 14
"""Pixels of the smallest em that may be drawn on an image whose long side is 448."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn: what it is, the box of its ink, its colour, and for letters the text and the em in pixels."""

    kind: Literal["text", "shape"]
    box: Box
    colour: RGB
    text: str = ""
    size: int = 0


@dataclass(slots=True)
class Canvas:
    """``width`` × ``height`` pixels; x grows to the right, y downwards, whole numbers are edges between pixels."""

    width: int
    height: int
    background: RGB = WHITE
    marks: list[Mark] = field(default_factory=list)
    _pixels: NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        row = np.tile(np.array(self.background, np.int32), self.width)  # whole rows are copied 20 times as fast
        self._pixels = np.tile(row, (self.height, 1)).reshape(self.height, self.width, 3)

    def image(self) -> Image:
        """What has been drawn."""
        return Image.from_pixels(self._pixels.astype(np.uint8))

    def rectangle(self, box: Box, fill: RGB) -> None:
        """A filled rectangle; its edges are rounded to pixels."""
        left, top, right, bottom = (round(edge) for edge in box)
        self._pixels[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = fill
        self._note("shape", (left, top, right, bottom), fill)

    def frame(self, box: Box, colour: RGB = BLACK, width: int = 2) -> None:
        """The outline of a rectangle, its line centred on the edges."""
        left, top, right, bottom = box
        for start, end in (
            ((left, top), (right, top)),
            ((left, bottom), (right, bottom)),
            ((left, top), (left, bottom)),
            ((right, top), (right, bottom)),
        ):
            self.line(start, end, colour, width)

    def line(self, start: Point, end: Point, colour: RGB = BLACK, width: float = 2) -> None:
        """A line with square ends where it runs along an axis, else with round ones."""
        (x0, y0), (x1, y1) = start, end
        if x0 == x1 or y0 == y1:
            left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
            first_x, first_y = round(left - width / 2), round(top - width / 2)
            last_x, last_y = first_x + round(right - left + width), first_y + round(bottom - top + width)
            self.rectangle((first_x, first_y, last_x, last_y), colour)
            return
        self.path((start, end), colour, width)

    def path(self, points: Sequence[Point], colour: RGB = BLACK, width: float = 2) -> None:
        """A line through points, with round ends and joints."""
        reach = width / 2 + 1
        x, y, box = self._grid(points, reach)
        distance = np.full(x.shape, 1e9)
        for (x0, y0), (x1, y1) in pairwise(points):
            dx, dy = x1 - x0, y1 - y0
            length = dx * dx + dy * dy
            along = np.clip(((x - x0) * dx + (y - y0) * dy) / length, 0, 1) if length else np.zeros_like(x)
            nearest = np.sqrt((x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2)
            distance = np.minimum(distance, nearest)
        self._cover(box, distance - width / 2, colour)

    def disc(self, centre: Point, radius: float, fill: RGB) -> None:
        """A filled circle."""
        x, y, box = self._grid([centre], radius + 1)
        self._cover(box, np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2) - radius, fill)

    def ring(self, centre: Point, radius: float, colour: RGB = BLACK, width: float = 2) -> None:
        """The outline of a circle, its line centred on it."""
        x, y, box = self._grid([centre], radius + width)
        away = np.abs(np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2) - radius)
        self._cover(box, away - width / 2, colour)

    def polygon(self, points: Sequence[Point], fill: RGB) -> None:
        """A filled convex polygon, its corners in order."""
        x, y, box = self._grid(points, 1)
        area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True))
        turn = 1 if area > 0 else -1
        outside = np.full(x.shape, -1e9)
        for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
            dx, dy = x1 - x0, y1 - y0
            length = float(np.sqrt(dx * dx + dy * dy))
            outside = np.maximum(outside, turn * (dy * (x - x0) - dx * (y - y0)) / length)
        self._cover(box, outside, fill)

    def arrow(self, start: Point, end: Point, colour: RGB = BLACK, width: float = 2, head: float = 10) -> None:
        """A line with a pointed head at its end."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        length = float(np.sqrt(dx * dx + dy * dy))
        ux, uy = dx / length, dy / length
        base = (end[0] - ux * head, end[1] - uy * head)
        self.line(start, base, colour, width)
        side = head * 0.45
        self.polygon(
            [end, (base[0] - uy * side, base[1] + ux * side), (base[0] + uy * side, base[1] - ux * side)], colour
        )

    def text(self, at: Point, text: str, size: int, colour: RGB = BLACK, anchor: Anchor = "middle") -> Box:
        """One line of text, its ink centred at ``at``, or beginning or ending there; returns the box of its ink."""
        pieces, pen = [], 0
        for character in text:
            piece = glyph(character, size)
            pieces.append((pen + piece.left, piece))
            pen += piece.advance
        inked = [(x, piece) for x, piece in pieces if piece.mask.size]
        if not inked:
            return (at[0], at[1], at[0], at[1])
        left = min(x for x, _ in inked)
        right = max(x + piece.mask.shape[1] for x, piece in inked)
        top = min(piece.top for _, piece in inked)
        bottom = max(piece.top + piece.mask.shape[0] for _, piece in inked)
        shift = {"middle": (left + right) / 2, "left": left, "right": right}[anchor]
        dx, dy = round(at[0] - shift), round(at[1] - (top + bottom) / 2)
        for x, piece in inked:
            self._stamp(piece.mask, x + dx, piece.top + dy, colour)
        box = (left + dx, top + dy, right + dx, bottom + dy)
        self._note("text", box, colour, text, size)
        return box

    def _grid(self, points: Sequence[Point], reach: float) -> tuple[NDArray[np.float64], NDArray[np.float64], Box]:
        """Middles of the pixels around points, ``[rows, columns]`` each, and their box."""
        left = max(0, int(min(x for x, _ in points) - reach))
        top = max(0, int(min(y for _, y in points) - reach))
        right = min(self.width, int(max(x for x, _ in points) + reach) + 1)
        bottom = min(self.height, int(max(y for _, y in points) + reach) + 1)
        rows, columns = np.arange(top, max(top, bottom)) + 0.5, np.arange(left, max(left, right)) + 0.5
        y, x = np.meshgrid(rows, columns, indexing="ij")
        return x, y, (left, top, right, bottom)

    def _cover(self, box: Box, distance: NDArray[np.float64], colour: RGB) -> None:
        """Lay a colour over a shape, given each pixel's distance outside its edge."""
        share = np.floor(np.clip(0.5 - distance, 0, 1) * 16 + 0.5).astype(np.int32)[..., None]
        left, top, right, bottom = (int(edge) for edge in box)
        under = self._pixels[top:bottom, left:right]
        under[:] = (under * (16 - share) + np.array(colour, np.int32) * share + 8) // 16
        self._note("shape", box, colour)

    def _stamp(self, mask: NDArray[np.uint8], left: int, top: int, colour: RGB) -> None:
        rows, columns = slice(max(0, top), top + mask.shape[0]), slice(max(0, left), left + mask.shape[1])
        under = self._pixels[rows, columns]
        ink = mask[rows.start - top : rows.start - top + under.shape[0], columns.start - left :][:, : under.shape[1]]
        share = ink.astype(np.int32)[..., None]
        under[:] = (under * (255 - share) + np.array(colour, np.int32) * share + 127) // 255

    def _note(self, kind: Literal["text", "shape"], box: Box, colour: RGB, text: str = "", size: int = 0) -> None:
        self.marks.append(Mark(kind, box, colour, text, size))
