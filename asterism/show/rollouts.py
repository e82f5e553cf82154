"""A sample of what a policy wrote while it learned, small enough to travel inside one page."""

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from PIL.Image import Resampling
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.show.summary import read_lines

MOST_GROUPS = 60
_MOST_SIDE = 448
_MOST_PNG_BYTES = 60_000


Finite = Annotated[float | None, AfterValidator(lambda value: value if math.isfinite(value or 0.0) else None)]
"""A number, or None where there is none or it is one that JSON cannot hold."""


class Written(BaseModel):
    """One completion of a group."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str
    reward: Finite = None
    parts: dict[str, Finite] = Field(default_factory=dict)
    reason: str = ""
    status: str = ""
    advantage: Finite = None
    pieces: tuple[str, ...] = ()
    entropies: tuple[Finite, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the answer was right: the reward's ``accuracy`` part, or a positive reward where it has none."""
        accuracy = self.parts.get("accuracy")
        return (accuracy if accuracy is not None else (self.reward or 0.0)) > 0.5


class Rollout(BaseModel):
    """One line of ``rollouts.jsonl``: a task and what was written to it in one step."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    step: int
    task: str
    question: str = ""
    prompt: str = ""
    answer: str | None = None
    images: tuple[str, ...] = ()
    completions: tuple[Written, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampled:
    """Groups spread over a run, their pictures as data URIs by file name, and how many groups there were."""

    groups: list[Rollout] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)
    total: int = 0

    def as_json(self) -> dict[str, Any]:
        """What the page's script reads."""
        groups = []
        for group in self.groups:
            entry = group.model_dump()
            for shown, written in zip(entry["completions"], group.completions, strict=True):
                shown["right"] = written.right
            groups.append(entry)
        return {"groups": groups, "pictures": self.pictures}


def sample_rollouts(folder: Path, *, most: int = MOST_GROUPS) -> Sampled:
    """At most ``most`` groups of ``folder/rollouts.jsonl``, evenly spread, in the order of their steps.

    Where some groups come with the entropy of every token, the sample is of those.

    A picture that is missing or broken is left out; the page then says so.

    Raises:
        AsterismError: a line is no group.
    """
    file = folder / "rollouts.jsonl"
    lines = read_lines(file)
    coloured = [line for line in lines if _in_colour(line)] or lines
    groups = sorted((_rollout(coloured[at], file) for at in _spread(len(coloured), most)), key=lambda one: one.step)
    names = dict.fromkeys(name for group in groups for name in group.images)
    found = {name: _data_uri(folder / name) for name in names}
    return Sampled(groups, {name: uri for name, uri in found.items() if uri is not None}, len(lines))


def _in_colour(line: dict[str, Any]) -> bool:
    completions = line.get("completions")
    return isinstance(completions, list) and any(isinstance(one, dict) and "pieces" in one for one in completions)


def _spread(count: int, most: int) -> Sequence[int]:
    if count <= most:
        return range(count)
    return [round(index * (count - 1) / (most - 1)) for index in range(most)]


def _rollout(line: dict[str, Any], file: Path) -> Rollout:
    try:
        return Rollout.model_validate(line)
    except ValidationError as error:
        first = error.errors()[0]
        raise AsterismError(
            f"{'.'.join(map(str, first['loc']))}: {first['msg']}", where=str(file), remedy="Mend or drop the line."
        ) from error


def _data_uri(path: Path) -> str | None:
    """The picture, at most 448 pixels wide and high; PNG, or JPEG where PNG would be large. None if unreadable."""
    try:
        picture = Image.open(path).pil()
    except AsterismError:
        return None
    picture.thumbnail((_MOST_SIDE, _MOST_SIDE), Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    kind = "png"
    if buffer.tell() > _MOST_PNG_BYTES:
        buffer, kind = io.BytesIO(), "jpeg"
        picture.save(buffer, format="JPEG", quality=82)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
