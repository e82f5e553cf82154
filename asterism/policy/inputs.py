"""What a policy reads: one encoded prompt, and a padded batch of token rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Self

import torch
from torch import Tensor

Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class VisionInputs:
    """The tensors a model's vision part takes for some images.

    Opaque outside ``policy``: which tensors there are is the family's business. Every tensor has images (or
    their patches) along one dimension, the same for all, so those of several prompts are joined end to end.
    ``digests`` names each image (each tile, where an image is cut into tiles) by its content.
    """

    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    digests: tuple[str, ...] = ()

    @classmethod
    def join(cls, parts: Sequence["VisionInputs"], along: int = 0) -> Self:
        """The images of several prompts, in their order; ``along`` is the dimension that counts them."""
        found: dict[str, list[Tensor]] = {}
        for part in parts:
            for name, tensor in part.tensors.items():
                found.setdefault(name, []).append(tensor)
        joined = {name: torch.cat(tensors, along) for name, tensors in found.items()}
        return cls(joined, tuple(digest for part in parts for digest in part.digests))

    def to(self, device: torch.device, dtype: torch.dtype) -> Self:
        """The same on a device, floating-point tensors in ``dtype``."""
        moved = {
            name: tensor.to(device, dtype if tensor.is_floating_point() else None)
            for name, tensor in self.tensors.items()
        }
        return replace(self, tensors=moved)


@dataclass(frozen=True, slots=True)
class Encoded:
    """One prompt as the model reads it: chat-templated token ids, and its images."""

    token_ids: tuple[int, ...]
    vision: VisionInputs = field(default_factory=VisionInputs)

    def followed_by(self, token_ids: Sequence[int]) -> Self:
        """The prompt with what was written after it."""
        return replace(self, token_ids=(*self.token_ids, *token_ids))


@dataclass(frozen=True, slots=True)
class ModelInputs:
    """Everything one forward pass takes.

    ``token_ids`` and ``mask`` are ``[rows, tokens]`` (mask 1 where a token is real); after a prefix ``mask`` also
    covers the cached tokens, ``[rows, cached + tokens]``. ``positions`` are ``[rows, tokens]``, or
    ``[3, rows, tokens]`` (time, height, width) where the family has rotary positions in three dimensions.
    """

    token_ids: Tensor
    mask: Tensor
    positions: Tensor
    vision: VisionInputs = field(default_factory=VisionInputs)


def pad_rows(rows: Sequence[Sequence[int]], pad_id: int, side: Side, device: torch.device) -> tuple[Tensor, Tensor]:
    """Token ids and mask, both ``[rows, tokens]``, padded on one side to the longest row.

    >>> pad_rows([[5, 6], [7]], 0, "left", torch.device("cpu"))
    (tensor([[5, 6],
            [0, 7]]), tensor([[1, 1],
            [0, 1]]))
    """
    width = max(len(row) for row in rows)
    token_ids = torch.full((len(rows), width), pad_id, dtype=torch.long)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for index, row in enumerate(rows):
        span = slice(width - len(row), width) if side == "left" else slice(0, len(row))
        token_ids[index, span] = torch.tensor(row, dtype=torch.long)
        mask[index, span] = 1
    return token_ids.to(device), mask.to(device)
