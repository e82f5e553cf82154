"""Image registration: the crop and the stretch that lay one image over another best, and what still differs then.

The fit is Gauss-Newton on the squared difference of brightness, coarse to fine (Lucas and Kanade 1981), over four
numbers: position_b = scale * position_a + offset, for width and height each.
"""

from dataclasses import dataclass

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from asterism.metaphor.near_duplicates.descriptor import WHOLE, Box, Floats, Pixels

_LEVELS = ((16, 5), (32, 4), (64, 4))
"""Side of the grid, and steps on it."""
_ROUGH_SIDE, _ROUGH = 32, 100.0
"""A place of that grid that differs by more levels than this is no matter of a fit still to be refined."""
_FARTHEST = 0.06
"""A step moves no edge by a larger share of the image."""
_NOISE = 16.0
"""Levels of difference at one place that coarse JPEG makes anywhere."""
_RIM = 3
"""Pixels of the comparison grid at its edge that do not count: a border cut off leaves a blend of itself there."""
_LEAST = 0.5
"""A placement that leaves a smaller share of a side in common is given up."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an image ``b`` lies on an image ``a``: ``common`` parts of both show the same."""

    a: Box
    b: Box

    @property
    def cut(self) -> float:
        """The largest share of its width or height that either image has beyond the other at one side."""
        return max(max(box[0], box[1], 1 - box[2], 1 - box[3]) for box in (self.a, self.b))


@dataclass(frozen=True, slots=True)
class Residual:
    """What differs in brightness or colour (YCbCr) between two images laid over each other, in levels of 255.

    Only what no small shift explains counts, as re-encoding and scaling move edges. ``worst`` is the largest mean over
    3 × 3 pixels of the comparison grid, ``mean`` the mean over all of what is more than JPEG noise.
    """

    worst: float
    mean: float


def register(a: Pixels, b: Pixels, part_a: Box = WHOLE, part_b: Box = WHOLE) -> Placement | None:
    """The placement that fits best, from the guess that ``part_a`` of ``a`` shows what ``part_b`` of ``b`` does.

    None where no fit leaves half of each side in common, or where what is common plainly shows something else.
    """
    grey_a, grey_b = _grey(a), _grey(b)
    first, second = np.array(part_a), np.array(part_b)
    scale = (second[2:] - second[:2]) / (first[2:] - first[:2])
    offset = second[:2] - scale * first[:2]
    for side, steps in _LEVELS:
        for _ in range(steps):
            placement = _common(scale, offset)
            if placement is None:
                return None
            move = _step(_sampled(grey_a, placement.a, (side, side)), _sampled(grey_b, placement.b, (side, side)))
            corner_a, extent_a = _corner_and_extent(placement.a)
            corner_b, extent_b = _corner_and_extent(placement.b)
            scale = extent_b * (1 + move[1::2]) / extent_a
            offset = corner_b + extent_b * move[::2] - scale * corner_a
            if np.abs(move).max() < 0.05 / side:
                break
        if side == _ROUGH_SIDE and _worst_rough(grey_a, grey_b, _common(scale, offset)) > _ROUGH:
            return None
    return _common(scale, offset)


def residual(a: Pixels, b: Pixels, placement: Placement) -> Residual:
    """What differs in the common part, on a grid as fine as the coarser of the two."""
    sizes = [_corner_and_extent(box)[1] * (p.shape[1], p.shape[0]) for p, box in ((a, placement.a), (b, placement.b))]
    width, height = (max(3, round(float(side))) for side in np.minimum(*sizes))
    first = _smoothed(_sampled(_brightness_and_colour(a), placement.a, (width, height)))
    second = _smoothed(_sampled(_brightness_and_colour(b), placement.b, (width, height)))
    apart = _smoothed(np.maximum(_outside(first, second), _outside(second, first)))
    if min(width, height) > 8 * _RIM:
        apart = apart[_RIM:-_RIM, _RIM:-_RIM]
    return Residual(float(apart.max()), float(np.maximum(apart.max(axis=2) - _NOISE, 0).mean()))


def _worst_rough(a: PIL.Image.Image, b: PIL.Image.Image, placement: Placement | None) -> float:
    """The largest difference in brightness on the middle grid, away from its edge; it spares the fine one."""
    if placement is None:
        return 255.0
    size = (_ROUGH_SIDE, _ROUGH_SIDE)
    return float(np.abs(_sampled(a, placement.a, size) - _sampled(b, placement.b, size))[2:-2, 2:-2].max())


def _corner_and_extent(box: Box) -> tuple[Doubles, Doubles]:
    corners = np.array(box)
    return corners[:2], corners[2:] - corners[:2]


def _common(scale: Doubles, offset: Doubles) -> Placement | None:
    low = np.maximum(0.0, -offset / scale)
    high = np.minimum(1.0, (1 - offset) / scale)
    if (high - low).min() < _LEAST or ((high - low) * scale).min() < _LEAST:
        return None
    first = [float(edge) for edge in (*low, *high)]
    second = [float(edge) for edge in np.clip((*(scale * low + offset), *(scale * high + offset)), 0, 1)]
    return Placement((first[0], first[1], first[2], first[3]), (second[0], second[1], second[2], second[3]))


def _grey(pixels: Pixels) -> PIL.Image.Image:
    return PIL.Image.fromarray(pixels).convert("L")


def _sampled(image: PIL.Image.Image, part: Box, size: tuple[int, int]) -> Floats:
    width, height = image.size
    box = (part[0] * width, part[1] * height, min(width, part[2] * width), min(height, part[3] * height))
    return np.asarray(image.resize(size, PIL.Image.Resampling.BILINEAR, box=box), dtype=np.float32)


def _step(a: Floats, b: Floats) -> Doubles:
    """Offset and stretch along x, then along y, by which ``b`` is to be sampled elsewhere; shares of its extent."""
    side = len(a)
    places = (np.arange(side, dtype=np.float32) + 0.5) / side
    down, across = np.gradient((a + b) / 2)
    slopes = (across, across * places, down, down * places[:, None])
    jacobian = side * np.stack([slope.ravel() for slope in slopes], axis=1).astype(np.float64)  # [pixels, 4]
    normal = jacobian.T @ jacobian
    normal += np.eye(4) * (1e-3 * np.trace(normal) / 4 + 1e-6)  # a plain image has no slope to go by
    move = np.linalg.solve(normal, jacobian.T @ (a - b).ravel().astype(np.float64))
    return np.asarray(np.clip(move, -_FARTHEST, _FARTHEST))


def _brightness_and_colour(pixels: Pixels) -> PIL.Image.Image:
    return PIL.Image.fromarray(pixels).convert("YCbCr")


def _outside(a: Floats, b: Floats) -> Floats:
    """By how much each value of ``a`` lies outside the range of ``b`` there and around. ``[h, w, 3]``

    Around is one pixel for brightness and two for colour, which JPEG keeps at half the resolution.
    """
    found = np.empty_like(a)
    for channels, reach in ((slice(0, 1), 1), (slice(1, 3), 2)):
        around = _shifts(b[..., channels], reach)
        part = a[..., channels]
        found[..., channels] = np.maximum(np.maximum(part - around.max(axis=0), around.min(axis=0) - part), 0)
    return found


def _smoothed(values: Floats) -> Floats:
    return np.asarray(_shifts(values, 1).mean(axis=0))


def _shifts(values: Floats, reach: int) -> Floats:
    """The values at and around each place, ``[(2 reach + 1)², h, w, c]``; beyond the edge stand those of the edge."""
    height, width = values.shape[:2]
    padded = np.pad(values, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    moves = range(2 * reach + 1)
    return np.stack([padded[y : y + height, x : x + width] for y in moves for x in moves])
