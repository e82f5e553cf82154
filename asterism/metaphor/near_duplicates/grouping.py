"""Groups of near-duplicate images: equal bytes, equal pixels, or re-encoded, scaled, slightly cropped or bordered.

Two stages. Retrieval: thumbnail descriptors of all images are compared with each other (one matrix product), which
gives each image a few candidates. Verification: each candidate pair is registered and compared pixel by pixel, which
tells drawings of one style apart: a block of another colour counts, however small its share.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from scipy.cluster.hierarchy import DisjointSet

from asterism.core.image import Image
from asterism.metaphor.near_duplicates.descriptor import (
    Box,
    Descriptor,
    Floats,
    Pixels,
    Views,
    describe,
    region_of_view,
)
from asterism.metaphor.near_duplicates.registration import register, residual

CUT = 0.1
"""Of two near-duplicates neither shows more than this share of its width or height beyond the other at one side."""
WORST = 48.0
"""Levels of 255 by which near-duplicates may differ at one place; see ``Residual`` in ``registration``."""
MEAN = 2.0
"""Levels by which they may differ over all."""
MIN_SIMILARITY = 0.6
"""Least dot product of two views of a candidate pair."""
MAX_CANDIDATES = 16
"""Candidates of each image that are verified, those of the largest dot product."""
_PRODUCT_BYTES = 64 * 1024 * 1024

Advance = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Match:
    """A verified pair of near-duplicates (indices into the sequence that was given), and what differs between them."""

    a: int
    b: int
    worst: float
    mean: float

    @property
    def close(self) -> bool:
        """Whether they differ by no more than half of both limits."""
        return self.worst <= WORST / 2 and self.mean <= MEAN / 2


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """The groups of a sequence of images; ``files``, ``pixels`` and ``groups`` have one entry an image.

    ``files`` and ``pixels`` are digests, ``groups`` numbers the groups in the order of their first image.
    ``matches`` join images of different pixels; ``cut`` are those that the guard against chains dropped.
    """

    files: tuple[str, ...]
    pixels: tuple[str, ...]
    groups: tuple[int, ...]
    matches: tuple[Match, ...]
    cut: tuple[Match, ...]


def group_images(images: Sequence[Image], *, advance: Advance = lambda: None) -> NearDuplicates:
    """Group near-duplicates. ``advance`` is called once per image, when it has been read.

    A group is a connected component of the matches. There is one guard against chains of faint matches: where some
    image of a group does not match the group's centre (the image with most matches), only close matches count in that
    group, those that differ by at most half of both limits.

    Each file is decoded once and let go; at most about 110 kB stay in memory for each distinct image. Retrieval takes
    time with the square of their number (seconds for 1,500), verification with the number of candidates.

    Raises:
        AsterismError: an image is missing or cannot be decoded.
    """
    files, pixels, descriptors = _read(images, advance)
    first: dict[str, int] = {}
    for place, digest in enumerate(pixels):
        first.setdefault(digest, place)
    places = list(first.values())  # of the distinct images
    distinct = [descriptors[pixels[place]] for place in places]
    kept, cut = _without_chains(_matches(distinct), distinct)
    joined = DisjointSet(range(len(images)))
    for place, digest in enumerate(pixels):
        joined.merge(place, first[digest])
    for match in kept:
        joined.merge(places[match.a], places[match.b])
    return NearDuplicates(
        files=tuple(files),
        pixels=tuple(pixels),
        groups=tuple(component_numbers(joined)),
        matches=tuple(replace(match, a=places[match.a], b=places[match.b]) for match in kept),
        cut=tuple(replace(match, a=places[match.a], b=places[match.b]) for match in cut),
    )


def component_numbers(joined: DisjointSet) -> list[int]:
    """The component of each of the numbers from 0 on; components are numbered in the order of their first members.

    >>> joined = DisjointSet(range(4))
    >>> joined.merge(1, 3)
    True
    >>> component_numbers(joined)
    [0, 1, 2, 1]
    """
    number = {member: order for order, members in enumerate(joined.subsets()) for member in members}
    return [number[place] for place in range(len(number))]


def match_of(descriptors: Sequence[Descriptor], a: int, b: int) -> Match | None:
    """The match of two descriptors, or None where they are no near-duplicates.

    Margins may have been found in one of the two only, so each pair of frames is tried, the likeliest first.
    """
    for (frame_a, part_a), (frame_b, part_b) in _starting_regions(descriptors[a], descriptors[b]):
        placement = register(frame_a, frame_b, part_a, part_b)
        if placement is not None and placement.cut <= CUT:
            apart = residual(frame_a, frame_b, placement)
            if apart.worst <= WORST and apart.mean <= MEAN:
                return Match(a, b, apart.worst, apart.mean)
    return None


def _starting_regions(a: Descriptor, b: Descriptor) -> Iterator[tuple[tuple[Pixels, Box], tuple[Pixels, Box]]]:
    """The best pair of views for each pair of frames, those most alike first."""
    seen = _float(a.views) @ _float(b.views).T
    tried: set[tuple[int, int]] = set()
    for flat in np.argsort(-seen, axis=None):
        row_a, row_b = (int(row) for row in np.unravel_index(flat, seen.shape))
        if seen[row_a, row_b] < MIN_SIMILARITY:
            return
        frames = a.frame_of(row_a), b.frame_of(row_b)
        if frames not in tried:
            tried.add(frames)
            yield region_of_view(a, row_a), region_of_view(b, row_b)


def _read(images: Sequence[Image], advance: Advance) -> tuple[list[str], list[str], dict[str, Descriptor]]:
    """The digest of each image's file and of its pixels, and a descriptor for each of the latter."""
    known: dict[Path, tuple[str, str]] = {}
    descriptors: dict[str, Descriptor] = {}
    digests = []
    for image in images:
        path = image.path.resolve() if image.path is not None else None
        if path is None or path not in known:
            stored = image.encoded() if image.is_encoded else image.digest.encode()  # mere pixels have no bytes yet
            found = sha256(stored).hexdigest(), image.digest
            if image.digest not in descriptors:
                descriptors[image.digest] = describe(image)
            image.forget()
            digests.append(found)
            if path is not None:
                known[path] = found
        else:
            digests.append(known[path])
        advance()
    return [file for file, _ in digests], [pixels for _, pixels in digests], descriptors


def _matches(descriptors: Sequence[Descriptor]) -> list[Match]:
    found = (match_of(descriptors, a, b) for a, b in _candidates(descriptors))
    return [match for match in found if match is not None]


def _candidates(descriptors: Sequence[Descriptor]) -> list[tuple[int, int]]:
    """The pairs to verify, in order."""
    count = len(descriptors)
    if count < 2:
        return []
    rows = len(descriptors[0].views)
    views = np.stack([descriptor.views for descriptor in descriptors])  # [images, rows, features]
    block = max(1, _PRODUCT_BYTES // (4 * rows * rows * count))
    pairs: set[tuple[int, int]] = set()
    for start in range(0, count, block):
        part = views[start : start + block]
        best = np.full((len(part), count), -1.0, dtype=np.float32)
        for row in range(rows):
            other = _float(views[:, row])  # [images, features]
            product = _float(part).reshape(-1, other.shape[1]) @ other.T  # [part * rows, images]
            best = np.maximum(best, product.reshape(len(part), rows, count).max(axis=1))
        best[np.arange(len(part)), start + np.arange(len(part))] = -1.0
        wanted = min(MAX_CANDIDATES, count - 1)
        nearest = np.argpartition(best, -wanted, axis=1)[:, -wanted:]
        for offset, others in enumerate(nearest):
            place = start + offset
            near = (int(other) for other in others if best[offset, other] >= MIN_SIMILARITY)
            pairs.update((min(place, other), max(place, other)) for other in near)
    return sorted(pairs)


def _without_chains(found: list[Match], descriptors: Sequence[Descriptor]) -> tuple[list[Match], list[Match]]:
    """The matches that count, and those that the guard drops; see :func:`group_images`."""
    joined = DisjointSet(range(len(descriptors)))
    for match in found:
        joined.merge(match.a, match.b)
    group_of = component_numbers(joined)
    inside: dict[int, list[Match]] = {}
    for match in found:
        inside.setdefault(group_of[match.a], []).append(match)
    chains = {group for group, matches in inside.items() if _is_chain(matches, descriptors)}
    cut = [match for match in found if group_of[match.a] in chains and not match.close]
    dropped = set(cut)
    return [match for match in found if match not in dropped], cut


def _is_chain(matches: list[Match], descriptors: Sequence[Descriptor]) -> bool:
    ends = Counter(place for match in matches for place in (match.a, match.b))
    centre = max(ends, key=lambda place: (ends[place], -place))
    beside = {place for match in matches for place in (match.a, match.b) if centre in (match.a, match.b)}
    return any(match_of(descriptors, *sorted((centre, place))) is None for place in sorted(set(ends) - beside))


def _float(values: Views) -> Floats:
    return values.astype(np.float32)
