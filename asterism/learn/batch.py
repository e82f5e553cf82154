"""Trajectories into micro-batches: what the rows of a group share is read once, what follows lies side by side.

Two answers to one prompt, ``p p a b c`` and ``p p a d e``, begin with the same three tokens. Nothing is predicted from
a row's last token, so it is never read::

    prefixes  p p a      read once
    branch    0 0        both rows go on from prefix 0
    rests     b          padded on the right
              d

A row that shares with no other is a prefix of its own, and nothing is left to go on with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

import torch
from torch import Tensor

from asterism.core.trajectory import Trajectory
from asterism.policy.encoder import Encoder
from asterism.policy.inputs import Encoded
from asterism.policy.policy import Policy

Sharing = Literal["branch", "row", "none"]
"""How rows share what they begin with: its cache is branched to them (``branch``), they lie behind it in one packed row
under a mask (``row``), or not at all."""


@dataclass(frozen=True, slots=True)
class Row:
    """A trajectory as the model reads it, and how much of it is shared.

    ``trained`` has one entry per token. The first ``shared`` tokens are those of every row of the same ``group``; at
    least the last token is the row's own.
    """

    whole: Encoded
    trained: tuple[bool, ...]
    group: int
    shared: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one forward pass.

    ``branch`` ``[rows]`` tells the prefix that each row goes on from; ``rests`` (one a row, or none at all) how. For
    the trained tokens, row after row, ``sources`` ``[tokens]`` is the place of the state that predicts each, in the
    flattened states of all prefixes and then all rests, and ``targets`` ``[tokens]`` its id; ``counts`` has their
    number in each row.
    """

    sharing: Sharing
    prefixes: tuple[Encoded, ...]
    branch: Tensor
    rests: tuple[Encoded, ...]
    sources: Tensor
    targets: Tensor
    counts: list[int]


def rows_of(trajectories: Sequence[Trajectory], encoder: Encoder, sharing: Sharing = "branch") -> list[Row]:
    """The rows of some trajectories; those that open with the same prompt are a group.

    Raises:
        AsterismError: the tokens of a prompt are not those that the encoder makes of its text and images, a later
            segment's placeholders do not equal the features of its images, or a row exceeds the model's context.
    """
    wholes = [encoder.whole(trajectory.segments) for trajectory in trajectories]
    groups = _groups(trajectories, wholes, sharing)
    rows: list[Row | None] = [None] * len(wholes)
    for number, members in enumerate(groups):
        shared = common_tokens([wholes[index] for index in members], encoder.policy)
        for index in members:
            trained = trajectories[index].trained
            trained = (False,) * (len(wholes[index].token_ids) - len(trained)) + trained  # a prompt without token ids
            rows[index] = Row(wholes[index], trained, number, shared)
    return [row for row in rows if row is not None]


def collate(rows: Sequence[Row], policy: Policy, sharing: Sharing = "branch") -> Batch:
    """One batch of rows; of rows of one group the shared beginning stands once."""
    places: dict[int, int] = {}
    prefixes: list[Encoded] = []
    rests: list[Encoded] = []
    for row in rows:
        prefix, rest = policy.cut(row.whole, row.shared)
        if places.setdefault(row.group, len(prefixes)) == len(prefixes):
            prefixes.append(prefix)
        rests.append(replace(rest, token_ids=rest.token_ids[:-1]))
    if not any(rest.token_ids for rest in rests):
        rests = []
    branch = [places[row.group] for row in rows]
    starts = _packed if sharing == "row" and rests else _padded
    before, after = starts([len(prefix.token_ids) for prefix in prefixes], [len(rest.token_ids) for rest in rests])
    sources = [
        before[place] + index - 1 if index <= row.shared else after[number] + index - 1 - row.shared
        for number, (row, place) in enumerate(zip(rows, branch, strict=True))
        for index in _trained(row)
    ]
    targets = [row.whole.token_ids[index] for row in rows for index in _trained(row)]
    counts = [len(_trained(row)) for row in rows]
    device = policy.device
    return Batch(
        sharing,
        tuple(prefixes),
        torch.tensor(branch, device=device),
        tuple(rests),
        torch.tensor(sources, dtype=torch.long, device=device),
        torch.tensor(targets, dtype=torch.long, device=device),
        counts,
    )


def micro_batches(rows: Sequence[Row], budget: int, sharing: Sharing = "branch") -> list[list[int]]:
    """The places of rows in portions of at most ``budget`` tokens, as few and as even as they can be in this order.

    A portion's tokens are what one pass reads, padding included: each prefix once, and every rest. Groups of like
    length stand together, so that little is padded. A single row over the budget is a portion of its own.
    """
    longest: dict[int, int] = {}
    for row in rows:
        longest[row.group] = max(longest.get(row.group, 0), len(row.whole.token_ids))
    order = sorted(
        range(len(rows)), key=lambda place: (rows[place].shared, longest[rows[place].group], rows[place].group)
    )
    portions = _portions(rows, order, budget, sharing)
    low, high = 1, budget  # the smallest budget that needs no more portions gives the most even ones
    while low < high:
        middle = (low + high) // 2
        tried = _portions(rows, order, middle, sharing)
        if len(tried) <= len(portions):
            portions, high = tried, middle
        else:
            low = middle + 1
    return portions


def _portions(rows: Sequence[Row], order: Sequence[int], budget: int, sharing: Sharing) -> list[list[int]]:
    portions: list[list[int]] = []
    size = _Size(sharing)
    for place in order:
        if not portions or size.after(rows[place]) > budget:
            portions.append([])
            size = _Size(sharing)
        portions[-1].append(place)
        size.add(rows[place])
    return portions


class _Size:
    """The tokens that one pass over some rows reads."""

    def __init__(self, sharing: Sharing) -> None:
        self.packed = sharing == "row"
        self.groups: set[int] = set()
        self.prefix = self.rest = self.rows = self.tokens = 0

    def after(self, row: Row) -> int:
        """The tokens with one more row."""
        new, rest = row.group not in self.groups, len(row.whole.token_ids) - 1 - row.shared
        if self.packed:
            return self.tokens + new * row.shared + rest
        prefixes = (len(self.groups) + new) * max(self.prefix, row.shared)
        return prefixes + (self.rows + 1) * max(self.rest, rest)

    def add(self, row: Row) -> None:
        """Take the row in."""
        self.tokens = self.after(row)
        self.prefix = max(self.prefix, row.shared)
        self.rest = max(self.rest, len(row.whole.token_ids) - 1 - row.shared)
        self.groups.add(row.group)
        self.rows += 1


def _groups(trajectories: Sequence[Trajectory], wholes: Sequence[Encoded], sharing: Sharing) -> list[list[int]]:
    if sharing == "none":
        return [[index] for index in range(len(wholes))]
    members: dict[object, list[int]] = {}
    for index, (trajectory, whole) in enumerate(zip(trajectories, wholes, strict=True)):
        prompt = trajectory.segments[0]
        length = len(whole.token_ids) - sum(len(segment.token_ids) for segment in trajectory.segments[1:])
        images = tuple(image.digest for image in prompt.images)
        members.setdefault((whole.token_ids[:length], images), []).append(index)
    return list(members.values())


def common_tokens(wholes: Sequence[Encoded], policy: Policy) -> int:
    """How many tokens all rows begin with: whole images only, and short of every row's last token."""
    least, most = min(whole.token_ids for whole in wholes), max(whole.token_ids for whole in wholes)
    same = next((place for place, (a, b) in enumerate(zip(least, most, strict=False)) if a != b), len(least))
    same = min(same, *(len(whole.token_ids) - 1 for whole in wholes))
    few, many = min(whole.vision.digests for whole in wholes), max(whole.vision.digests for whole in wholes)
    images = next((place for place, (a, b) in enumerate(zip(few, many, strict=False)) if a != b), len(few))
    return policy.whole_images(wholes[0], same, images)


def _trained(row: Row) -> list[int]:
    return [index for index, trained in enumerate(row.trained) if trained]


def _padded(prefixes: Sequence[int], rests: Sequence[int]) -> tuple[list[int], list[int]]:
    """Where each prefix (padded on the left) and each rest (on the right) begins in the flattened states."""
    width, longest = max(prefixes), max(rests, default=0)
    before = [(number + 1) * width - length for number, length in enumerate(prefixes)]
    return before, [len(prefixes) * width + number * longest for number in range(len(rests))]


def _packed(prefixes: Sequence[int], rests: Sequence[int]) -> tuple[list[int], list[int]]:
    """Where each prefix and each rest begins in one row without padding: all prefixes, then all rests."""
    starts = [0, *accumulate((*prefixes, *rests))]
    return starts[: len(prefixes)], starts[len(prefixes) : -1]
