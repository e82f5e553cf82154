"""Images of a task cut into windows, each with what stands in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

import numpy as np
import PIL.Image

from asterism.core.errors import AsterismError
from asterism.core.seeds import rng_for
from asterism.helix.catalogue import puzzle_of
from asterism.helix.entry import fingerprint
from asterism.helix.puzzle import Puzzle
from benchmarks.helix.reading.reader import Sample, Windows
from benchmarks.helix.reading.signs import GRIDS, Frame, Part, Spot

WHITE = 255
DRAWS = 8
"""Draws for each image that is wanted, before a level is taken to have no more distinct instances."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The windows of some images, a sample for each part, and the fingerprints of their states."""

    samples: list[Sample]
    states: frozenset[str]


def drawn(
    task: str,
    seed: int,
    images: int,
    shares: Mapping[int, int],
    most: int | None = None,
    *,
    passed: frozenset[str] = frozenset(),
) -> Drawn:
    """Windows of images of distinct instances, ``shares`` hundredths of them of each level.

    States in ``passed`` are passed over. Of one part at most ``most`` places are taken from an image, at random.

    Raises:
        AsterismError: a level has too few instances, or an image is of another size than its frame.
    """
    puzzle, grid = puzzle_of(task), GRIDS[task]
    rng = rng_for("reading", task, seed)
    windows: list[list[Windows]] = [[] for _ in grid.parts]
    signs: list[list[str]] = [[] for _ in grid.parts]
    origins: list[list[int]] = [[] for _ in grid.parts]
    states: set[str] = set()
    for level, share in shares.items():
        for state in instances(puzzle, level, seed, images * share // 100, states, passed):
            frame = grid.frame(state)
            image = paper(puzzle, state, frame)
            for place, part in enumerate(grid.parts):
                spots = chosen(part.spots(state), most, rng)
                windows[place] += [window(image, frame, part, spot) for spot in spots]
                signs[place] += [spot.signs for spot in spots]
                origins[place] += [len(states)] * len(spots)
    samples = [Sample(np.stack(w), s, o) for w, s, o in zip(windows, signs, origins, strict=True)]
    return Drawn(samples, frozenset(states))


def instances(
    puzzle: Puzzle[Any], level: int, seed: int, wanted: int, states: set[str], passed: frozenset[str]
) -> Iterator[Any]:
    """So many distinct instances of a level; their fingerprints are added to ``states``."""
    found = 0
    for index in count():
        if found == wanted:
            return
        if index == DRAWS * wanted:
            raise AsterismError(f"{puzzle.name}: level {level} has too few distinct instances for {wanted:,} images")
        state = puzzle.instance(level, seed, index)
        mark = fingerprint(puzzle, state)
        if mark not in states and mark not in passed:
            states.add(mark)
            found += 1
            yield state


def chosen(spots: list[Spot], most: int | None, rng: Random) -> list[Spot]:
    """All spots, or so many at random."""
    return spots if most is None or len(spots) <= most else rng.sample(spots, most)


def paper(puzzle: Puzzle[Any], state: Any, frame: Frame) -> PIL.Image.Image:
    """The image of a state.

    Raises:
        AsterismError: it is not as large as the frame.
    """
    image = puzzle.draw(state).image().pil()
    if image.size != (frame.width, frame.height):
        raise AsterismError(
            f"{puzzle.name}: an image of {image.size}, not {(frame.width, frame.height)}",
            where="signs.py",
            remedy="Give the grid's frame the margins that the task draws with.",
        )
    return image


def window(image: PIL.Image.Image, frame: Frame, part: Part, spot: Spot) -> Windows:
    """What is around a spot, scaled: ``[height, width, 3]``; white beyond the image's edge."""
    x = frame.left + (spot.column + 0.5) * frame.side
    y = frame.top + (spot.row + 0.5) * frame.side
    across, down = (extent * frame.side / 2 for extent in part.span)
    box = (round(x - across), round(y - down), round(x + across), round(y + down))
    if box[0] < 0 or box[1] < 0 or box[2] > image.width or box[3] > image.height:
        whole = PIL.Image.new("RGB", (box[2] - box[0], box[3] - box[1]), (WHITE,) * 3)
        whole.paste(image, (-box[0], -box[1]))
        image, box = whole, (0, 0, *whole.size)
    return np.asarray(image.resize(part.pixels, PIL.Image.Resampling.BILINEAR, box=box))
