"""A sample of what a policy wrote while it learned, small enough to travel inside one page."""

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL.Image import Resampling

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.lines import read_texts
from asterism.core.results.rollout import ROLLOUTS, RolloutRecord, has_entropies, read_rollouts

MOST_GROUPS = 60
_MOST_SIDE = 448
_MOST_PNG_BYTES = 60_000


@dataclass(frozen=True, slots=True)
class SampledRollouts:
    """Groups spread over a run, their images as data URIs by file name, and how many groups there were."""

    groups: list[RolloutRecord] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=dict)
    total: int = 0

    def as_json(self) -> dict[str, Any]:
        """What the page's script reads: the records without token ids, each with its prompt as one text."""
        return {"groups": [_group_json(group) for group in self.groups], "images": self.images}


def sample_rollouts(folder: Path, *, most: int = MOST_GROUPS) -> SampledRollouts:
    """At most ``most`` groups of ``folder/rollouts.jsonl``, evenly spread, in the order of their steps.

    Where some groups come with the entropy of every token, the sample is of those. An image that is missing or broken
    is left out; the page then says so. The file is read line by line, so any size will do.

    Raises:
        AsterismError: a line is no group.
    """
    file = folder / ROLLOUTS
    if not file.is_file():
        return SampledRollouts()
    every = [(number, has_entropies(text)) for number, text in read_texts(file)]
    numbers = [number for number, coloured in every if coloured] or [number for number, _ in every]
    chosen = {numbers[at] for at in _spread(len(numbers), most)}
    groups = sorted(read_rollouts(file, chosen), key=lambda group: group.step)
    names = dict.fromkeys(name for group in groups for name in _images_of(group))
    found = {name: _data_uri(folder, name) for name in names}
    return SampledRollouts(groups, {name: uri for name, uri in found.items() if uri is not None}, len(every))


def _group_json(group: RolloutRecord) -> dict[str, Any]:
    values = group.as_json()
    values["prompt_text"] = group.prompt_text
    for shown, episode in zip(values["episodes"], group.episodes, strict=True):
        shown["right"] = episode.right
        for trajectory in shown["trajectories"]:
            for segment in trajectory["segments"]:
                segment.pop("token_ids", None)
    values.pop("prompt")
    return values


def _images_of(group: RolloutRecord) -> Iterator[str]:
    yield from group.images
    for episode in group.episodes:
        for trajectory in episode.trajectories:
            for segment in trajectory.segments:
                yield from segment.images


def _spread(count: int, most: int) -> Sequence[int]:
    if count <= most:
        return range(count)
    return [round(index * (count - 1) / (most - 1)) for index in range(most)]


def _data_uri(folder: Path, name: str) -> str | None:
    """The image, at most 448 pixels wide and high; PNG, or JPEG where PNG would be large. None if unreadable, or if its
    name leads out of the folder."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        return None
    try:
        image = Image.open(path).pil()
    except AsterismError:
        return None
    image.thumbnail((_MOST_SIDE, _MOST_SIDE), Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    kind = "png"
    if buffer.tell() > _MOST_PNG_BYTES:
        buffer, kind = io.BytesIO(), "jpeg"
        image.save(buffer, format="JPEG", quality=82)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
