"""What is kept of an image to compare it with others: a few thousand pixels of it, and of it without its margins."""

from dataclasses import dataclass

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from asterism.core.image import Image

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Views = NDArray[np.float16]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of width and height."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
FRAME_PIXELS = 128 * 128
"""A frame is scaled down to this many pixels, its shape kept."""
MARGIN_PIXELS = 256 * 256
"""Margins are looked for in an image of this many pixels."""
PLAIN = 20
"""Levels by which the pixels of a margin may lie above or below its middle: what JPEG at quality 60 does to one."""
STRAY = 0.04
"""Share of the pixels of a line that may lie further off: where JPEG smears a corner."""
MARGINS = 4
"""Margins of different colours that may lie one in the other."""
VIEW = 24
"""A view is this many pixels wide and high."""
INSETS = (0.0, 0.03)
"""Shares cut off each side for a view: none, and as much as a slight crop takes."""
_MEAN_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Thumbnails of an image, 60 to 110 kB.

    ``frames`` holds the whole image and, where it has plain margins, what stands inside them. ``views`` holds unit
    vectors, the view of frame ``f`` with inset ``i`` in row ``f * len(INSETS) + i``: their dot product is near 1 for
    near-duplicates.
    """

    frames: tuple[Pixels, ...]  # each [height, width, 3]
    views: Views  # [2 * insets, features]; the rows of a missing second frame repeat the first's

    def frame_of(self, row: int) -> int:
        """The number of the frame that a row of ``views`` shows."""
        return min(row // len(INSETS), len(self.frames) - 1)


def describe(image: Image) -> Descriptor:
    """The descriptor of an image.

    Raises:
        AsterismError: the image cannot be decoded.
    """
    middle = _shrunk(PIL.Image.fromarray(image.pixels), MARGIN_PIXELS)
    inner = content_box(np.asarray(middle))
    boxes = [(0, 0, middle.width, middle.height)]
    if inner != boxes[0]:
        boxes.append(inner)
    frames = [_shrunk(middle.crop(box), FRAME_PIXELS) for box in boxes]
    views = [_view(frame, inset) for frame in (frames[0], frames[-1]) for inset in INSETS]
    return Descriptor(tuple(np.asarray(frame) for frame in frames), np.stack(views).astype(np.float16))


def region_of_view(descriptor: Descriptor, row: int) -> tuple[Pixels, Box]:
    """The frame of a row of ``views``, and the part of the frame that it shows."""
    cut = INSETS[row % len(INSETS)]
    return descriptor.frames[descriptor.frame_of(row)], (cut, cut, 1 - cut, 1 - cut)


def content_box(pixels: Pixels) -> tuple[int, int, int, int]:
    """Left, top, right, bottom (pixels) of what stands inside plain margins, one in the other.

    An image that is hardly more than margin is left whole.
    """
    box = [0, 0, pixels.shape[1], pixels.shape[0]]
    for _ in range(MARGINS):
        for axis in (0, 1):  # rows, then columns
            part = pixels[box[1] : box[3], box[0] : box[2]].astype(np.int16)
            middle = np.median(part, axis=1 - axis).astype(np.int16)  # [lines, 3]
            away = np.abs(part - np.expand_dims(middle, 1 - axis)).max(axis=2) > PLAIN
            plain = away.mean(axis=1 - axis) <= STRAY
            first, last = _plain_lines(middle, plain), _plain_lines(middle[::-1], plain[::-1])
            if first + last < 0.9 * len(middle):
                box[1 - axis] += first
                box[3 - axis] -= last
    return box[0], box[1], box[2], box[3]


def _plain_lines(middle: NDArray[np.int16], plain: NDArray[np.bool_]) -> int:
    """How many lines from the first on are plain and of one colour."""
    same = plain & (np.abs(middle - middle[0]).max(axis=1) <= PLAIN)
    return len(same) if same.all() else int(np.argmin(same))


def _shrunk(image: PIL.Image.Image, pixels: int) -> PIL.Image.Image:
    factor = (pixels / (image.width * image.height)) ** 0.5
    if factor >= 1:
        return image
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return image.resize(size, PIL.Image.Resampling.BILINEAR)


def _view(frame: PIL.Image.Image, inset: float) -> Floats:
    width, height = frame.size
    box = (width * inset, height * inset, width * (1 - inset), height * (1 - inset))
    small = np.asarray(frame.resize((VIEW, VIEW), PIL.Image.Resampling.BILINEAR, box=box), dtype=np.float32)
    mean = small.mean(axis=(0, 1))
    # What tells images apart is how they vary; the mean counts only for those that hardly do.
    vector = np.concatenate([(small - mean).ravel(), _MEAN_WEIGHT * (mean - 128)])
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), dtype=np.float32)
