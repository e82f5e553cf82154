"""Which pictures are one picture: byte for byte, pixel for pixel, or re-encoded, scaled, slightly cropped or bordered.

Two stages. Small views of all pictures are compared with each other (one matrix product), which finds for each picture
the few that look like it from afar. Each such pair is then laid over each other as well as it goes and compared place
by place, which tells drawings of one style apart: a block of another colour counts, however small its share.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from asterism.core.alignment import align, difference
from asterism.core.image import Image
from asterism.core.sketch import Box, Floats, Pixels, Sketch, Views, place_of_view, sketch
from asterism.core.unions import Unions

CUT = 0.1
"""Of two alike pictures neither shows more than this share of its width or height beyond the other at one side."""
WORST = 48.0
"""Levels of 255 by which alike pictures may differ at one place; see :class:`asterism.core.alignment.Difference`."""
MEAN = 2.0
"""Levels by which they may differ over all."""
SEEN_FROM_AFAR = 0.6
"""Least dot product of two views for a closer look."""
CLOSER_LOOKS = 16
"""Pictures that are looked at closely for each, those most alike from afar."""
_PRODUCT_BYTES = 64 * 1024 * 1024

Advance = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Match:
    """Two alike pictures (their places in the sequence that was asked about), and what differs between them."""

    a: int
    b: int
    worst: float
    mean: float

    @property
    def close(self) -> bool:
        """Whether they differ by no more than half of what is let pass."""
        return self.worst <= WORST / 2 and self.mean <= MEAN / 2


@dataclass(frozen=True, slots=True)
class Likeness:
    """The groups of a sequence of pictures; ``files``, ``pixels`` and ``groups`` have one entry a picture.

    ``files`` and ``pixels`` are digests, ``groups`` numbers groups of alike pictures in the order of their first.
    ``matches`` join pictures of different pixels; ``cut`` are those that the guard against chains dropped.
    """

    files: tuple[str, ...]
    pixels: tuple[str, ...]
    groups: tuple[int, ...]
    matches: tuple[Match, ...]
    cut: tuple[Match, ...]


def group_pictures(images: Sequence[Image], *, advance: Advance = lambda: None) -> Likeness:
    """Group alike pictures. ``advance`` is called once a picture, when it has been read.

    A group is whatever a chain of matches joins: of two pictures that match, both are in one group. There is one guard
    against chains of faint likeness: where some picture of a group does not match the group's centre (the picture with
    most matches), only close matches hold in that group, those that differ by at most half of what is let pass.

    Each file is decoded once and let go; about 110 kB at most stay in memory for each distinct picture. The first stage
    takes time with the square of their number (seconds for 1,500), the second with the number of closer looks.

    Raises:
        AsterismError: a picture is missing or cannot be decoded.
    """
    files, pixels, sketches = _read(images, advance)
    first: dict[str, int] = {}
    for place, digest in enumerate(pixels):
        first.setdefault(digest, place)
    places = list(first.values())  # of the distinct pictures
    drawn = [sketches[pixels[place]] for place in places]
    kept, cut = _without_chains(_matches(drawn), drawn)
    unions = Unions(len(images))
    for place, digest in enumerate(pixels):
        unions.join(place, first[digest])
    for match in kept:
        unions.join(places[match.a], places[match.b])
    return Likeness(
        files=tuple(files),
        pixels=tuple(pixels),
        groups=tuple(unions.numbers()),
        matches=tuple(replace(match, a=places[match.a], b=places[match.b]) for match in kept),
        cut=tuple(replace(match, a=places[match.a], b=places[match.b]) for match in cut),
    )


def match_of(sketches: Sequence[Sketch], a: int, b: int) -> Match | None:
    """The match of two sketches, or None where they show different pictures.

    Margins may have been found in one of the two only, so each pair of frames is tried, the likeliest first.
    """
    for (frame_a, part_a), (frame_b, part_b) in _guesses(sketches[a], sketches[b]):
        placement = align(frame_a, frame_b, part_a, part_b)
        if placement is not None and placement.cut <= CUT:
            apart = difference(frame_a, frame_b, placement)
            if apart.worst <= WORST and apart.mean <= MEAN:
                return Match(a, b, apart.worst, apart.mean)
    return None


def _guesses(a: Sketch, b: Sketch) -> Iterator[tuple[tuple[Pixels, Box], tuple[Pixels, Box]]]:
    """The best pair of views for each pair of frames, those most alike first."""
    seen = _float(a.views) @ _float(b.views).T
    tried: set[tuple[int, int]] = set()
    for flat in np.argsort(-seen, axis=None):
        row_a, row_b = (int(row) for row in np.unravel_index(flat, seen.shape))
        if seen[row_a, row_b] < SEEN_FROM_AFAR:
            return
        frames = a.frame_of(row_a), b.frame_of(row_b)
        if frames not in tried:
            tried.add(frames)
            yield place_of_view(a, row_a), place_of_view(b, row_b)


def _read(images: Sequence[Image], advance: Advance) -> tuple[list[str], list[str], dict[str, Sketch]]:
    """The digest of each picture's file and of its pixels, and a sketch for each of the latter."""
    known: dict[Path, tuple[str, str]] = {}
    sketches: dict[str, Sketch] = {}
    digests = []
    for image in images:
        path = image.path.resolve() if image.path is not None else None
        if path is None or path not in known:
            stored = image.encoded() if image.is_encoded else image.digest.encode()  # mere pixels have no bytes yet
            found = sha256(stored).hexdigest(), image.digest
            if image.digest not in sketches:
                sketches[image.digest] = sketch(image)
            image.forget()
            digests.append(found)
            if path is not None:
                known[path] = found
        else:
            digests.append(known[path])
        advance()
    return [file for file, _ in digests], [pixels for _, pixels in digests], sketches


def _matches(sketches: Sequence[Sketch]) -> list[Match]:
    found = (match_of(sketches, a, b) for a, b in _alike_from_afar(sketches))
    return [match for match in found if match is not None]


def _alike_from_afar(sketches: Sequence[Sketch]) -> list[tuple[int, int]]:
    """The pairs that deserve a closer look, in order."""
    count = len(sketches)
    if count < 2:
        return []
    rows = len(sketches[0].views)
    views = np.stack([drawn.views for drawn in sketches])  # [pictures, rows, features]
    block = max(1, _PRODUCT_BYTES // (4 * rows * rows * count))
    pairs: set[tuple[int, int]] = set()
    for start in range(0, count, block):
        part = views[start : start + block]
        best = np.full((len(part), count), -1.0, dtype=np.float32)
        for row in range(rows):
            other = _float(views[:, row])  # [pictures, features]
            product = _float(part).reshape(-1, other.shape[1]) @ other.T  # [part * rows, pictures]
            best = np.maximum(best, product.reshape(len(part), rows, count).max(axis=1))
        best[np.arange(len(part)), start + np.arange(len(part))] = -1.0
        looks = min(CLOSER_LOOKS, count - 1)
        nearest = np.argpartition(best, -looks, axis=1)[:, -looks:]
        for offset, others in enumerate(nearest):
            place = start + offset
            near = (int(other) for other in others if best[offset, other] >= SEEN_FROM_AFAR)
            pairs.update((min(place, other), max(place, other)) for other in near)
    return sorted(pairs)


def _without_chains(found: list[Match], sketches: Sequence[Sketch]) -> tuple[list[Match], list[Match]]:
    """The matches that hold, and those that the guard drops; see :func:`group_pictures`."""
    unions = Unions(len(sketches))
    for match in found:
        unions.join(match.a, match.b)
    group_of = unions.numbers()
    inside: dict[int, list[Match]] = {}
    for match in found:
        inside.setdefault(group_of[match.a], []).append(match)
    chains = {group for group, matches in inside.items() if _is_chain(matches, sketches)}
    cut = [match for match in found if group_of[match.a] in chains and not match.close]
    dropped = set(cut)
    return [match for match in found if match not in dropped], cut


def _is_chain(matches: list[Match], sketches: Sequence[Sketch]) -> bool:
    ends = Counter(place for match in matches for place in (match.a, match.b))
    centre = max(ends, key=lambda place: (ends[place], -place))
    beside = {place for match in matches for place in (match.a, match.b) if centre in (match.a, match.b)}
    return any(match_of(sketches, *sorted((centre, place))) is None for place in sorted(set(ends) - beside))


def _float(values: Views) -> Floats:
    return values.astype(np.float32)
