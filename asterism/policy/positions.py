"""Positions of tokens in padded rows."""

from torch import Tensor


def counted_positions(mask: Tensor) -> Tensor:
    """Positions 0, 1, 2, ... of the real tokens of each row, 0 where padded, ``[rows, tokens]``."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


def next_positions(positions: Tensor, mask: Tensor) -> Tensor:
    """The position that follows each row's last real token, ``[rows]``."""
    flat = positions.amax(0) if positions.dim() == 3 else positions
    return flat.masked_fill(mask == 0, -1).amax(-1) + 1
