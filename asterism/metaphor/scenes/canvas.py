"""A board to draw on, measured in 192 units whatever its pixels."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import PIL.Image
import PIL.ImageChops
import PIL.ImageDraw

from asterism.metaphor.scenes.glyphs import glyph_mask, halo_mask
from asterism.metaphor.scenes.palette import COLOUR_RGB, RGB
from asterism.metaphor.scenes.scene import Figure

SIDE = 192
"""Units along each side of the board."""
SUPERSAMPLING = 2
"""Pixels drawn for each pixel kept, along each side: lines come out anti-aliased."""
_MARGIN = 3

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Placement:
    """A figure and the box of its ink, in units before mirroring."""

    figure: Figure
    left: float
    top: float
    right: float
    bottom: float
    extent: int

    @property
    def x(self) -> float:
        """The middle of the box, from the left."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """The middle of the box, from the top."""
        return (self.top + self.bottom) / 2

    def moved(self, dx: float) -> "Placement":
        """The same figure further right by ``dx`` units."""
        return replace(self, left=self.left + dx, right=self.right + dx)


@dataclass(slots=True)
class Canvas:
    """Pixels, and how units become pixels: scaled, shifted as a whole and perhaps mirrored."""

    size: int
    background: RGB
    mirrored: bool
    rng: random.Random
    shift: Point = field(init=False)
    scale: float = field(init=False)
    image: PIL.Image.Image = field(init=False)
    pen: PIL.ImageDraw.ImageDraw = field(init=False)

    def __post_init__(self) -> None:
        side = self.size * SUPERSAMPLING
        self.scale = side / SIDE
        self.shift = (self.rng.uniform(-5, 5), self.rng.uniform(-5, 5))
        self.image = PIL.Image.new("RGB", (side, side), self.background)
        self.pen = PIL.ImageDraw.Draw(self.image)

    def finish(self) -> PIL.Image.Image:
        """The image at its final size, ``size`` × ``size`` pixels."""
        return self.image.reduce(SUPERSAMPLING)

    def place(self, figure: Figure, x: float, bottom: float, size: float) -> Placement:
        """Room for a figure that stands on ``bottom`` around ``x``, its longer side about ``size`` (± 8 %) units."""
        extent = max(4, round(size * self.rng.uniform(0.92, 1.08) * self.scale))
        width, height = (side / self.scale for side in glyph_mask(figure.symbol, extent).size)
        x = min(max(x, width / 2 + _MARGIN + abs(self.shift[0])), SIDE - width / 2 - _MARGIN - abs(self.shift[0]))
        bottom = max(bottom, height + _MARGIN + abs(self.shift[1]))
        return Placement(figure, x - width / 2, bottom - height, x + width / 2, bottom, extent)

    def stamp(self, place: Placement, *, halo: float = 0) -> None:
        """Draw a placed figure, with a rim of background colour ``halo`` units wide."""
        colour = COLOUR_RGB[place.figure.colour]
        left, top = self._corner(place)
        if halo:
            margin = max(1, round(halo * self.scale))
            rim = halo_mask(place.figure.symbol, place.extent, margin)
            self.image.paste(self.background, (left - margin, top - margin), rim)
        self.image.paste(colour, (left, top), glyph_mask(place.figure.symbol, place.extent))

    def touch(self, place: Placement, side: Literal["top", "bottom", "right"]) -> Point:
        """Where the ink of a placed figure reaches one side of its box, as near to the side's middle as it can be."""
        ink = np.asarray(glyph_mask(place.figure.symbol, place.extent)) > 127
        if self.mirrored:
            ink = ink[:, ::-1]
        depth = max(1, place.extent // 16)
        strips = {"top": ink[:depth].any(0), "bottom": ink[-depth:].any(0), "right": ink[:, -depth:].any(1)}
        inked = np.flatnonzero(strips[side])
        offset = float(inked[np.abs(inked - strips[side].size / 2).argmin()]) / self.scale
        if side == "right":
            return place.right - 1, place.top + offset
        return place.left + offset, place.top + 1 if side == "top" else place.bottom - 1

    def stamp_halves(self, place: Placement, crack: Sequence[Point], apart: Point) -> None:
        """Draw a placed figure in two pieces, torn along ``crack`` (units, top to bottom) and moved ``apart``."""
        ink = glyph_mask(place.figure.symbol, place.extent)
        colour = COLOUR_RGB[place.figure.colour]
        left, top = self._corner(place)
        edge = [(x - left, y - top) for x, y in (self.point(*corner) for corner in crack)]
        side = PIL.Image.new("L", ink.size)
        PIL.ImageDraw.Draw(side).polygon([(-9999, edge[0][1]), *edge, (-9999, edge[-1][1])], fill=255)
        for sign, piece in ((-1, PIL.ImageChops.multiply(ink, side)), (1, PIL.ImageChops.subtract(ink, side))):
            dx, dy = round(sign * apart[0] * self.scale), round(sign * apart[1] * self.scale)
            self.image.paste(colour, (left + dx, top + dy), piece)

    def point(self, x: float, y: float) -> Point:
        """Units to pixels."""
        x += self.shift[0]
        return (SIDE - x if self.mirrored else x) * self.scale, (y + self.shift[1]) * self.scale

    def polygon(self, points: Sequence[Point], fill: RGB, outline: RGB | None = None, width: float = 1.5) -> None:
        """A filled shape, with an outline where a colour for it is given."""
        self.pen.polygon([self.point(*point) for point in points], fill=fill)
        if outline is not None:
            self.line([*points, points[0]], outline, width)

    def box(self, left: float, top: float, right: float, bottom: float, fill: RGB, outline: RGB | None = None) -> None:
        """A filled rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], fill, outline)

    def disc(self, x: float, y: float, radius: float, fill: RGB) -> None:
        """A filled circle."""
        x, y = self.point(x, y)
        radius *= self.scale
        self.pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)

    def line(self, points: Sequence[Point], colour: RGB, width: float) -> None:
        """A line through points, with round joints and ends."""
        thick = max(1, round(width * self.scale))
        self.pen.line([self.point(*point) for point in points], fill=colour, width=thick, joint="curve")
        if thick > 3:
            for x, y in (points[0], points[-1]):
                self.disc(x, y, width / 2 - 0.25, colour)

    def curve(self, points: Sequence[Point], colour: RGB, width: float) -> None:
        """A line through the points of a smooth curve, without the dents that joints of short pieces leave."""
        left, right = [], []
        for here, before, after in zip(points, [points[0], *points], [*points[1:], points[-1]], strict=False):
            dx, dy = after[0] - before[0], after[1] - before[1]
            half = width / 2 / math.hypot(dx, dy)
            left.append((here[0] - dy * half, here[1] + dx * half))
            right.append((here[0] + dy * half, here[1] - dx * half))
        self.polygon([*left, *reversed(right)], colour)

    def arrow(self, start: Point, end: Point, colour: RGB, width: float) -> None:
        """A straight arrow; its head is about three widths long."""
        angle = math.atan2(end[1] - start[1], end[0] - start[0])
        head = 3 * width
        back = (end[0] - head * math.cos(angle), end[1] - head * math.sin(angle))
        across = (-math.sin(angle) * head * 0.7, math.cos(angle) * head * 0.7)
        self.line([start, back], colour, width)
        self.polygon(
            [end, (back[0] + across[0], back[1] + across[1]), (back[0] - across[0], back[1] - across[1])], colour
        )

    def _corner(self, place: Placement) -> tuple[int, int]:
        width = place.right - place.left
        x, y = self.point(place.x, place.top)
        return round(x - width * self.scale / 2), round(y)


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float, steps: int = 16) -> list[Point]:
    """Points on an ellipse from ``start`` to ``end`` degrees, clockwise from three o'clock."""
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


def bend(start: Point, pull: Point, end: Point, steps: int = 16) -> list[Point]:
    """Points on the quadratic curve from ``start`` towards ``pull`` to ``end``."""
    shares = [step / steps for step in range(steps + 1)]
    return [
        (
            (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * pull[0] + t**2 * end[0],
            (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * pull[1] + t**2 * end[1],
        )
        for t in shares
    ]
