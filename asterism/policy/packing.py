"""Several rows in one: groups lie end to end, and a mask keeps apart what does not belong together."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask, create_block_mask
from transformers import PreTrainedConfig


@dataclass(frozen=True, slots=True)
class Pieces:
    """What each token of a packed row belongs to, both ``[tokens]``.

    ``own`` numbers its piece (a prefix or a rest), ``seen`` the prefix that it goes on from; a prefix goes on from
    itself.
    """

    own: Tensor
    seen: Tensor

    def visible(self, batch: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        """Earlier tokens of the own piece, and all of the prefix that it goes on from."""
        related = (self.own[query] == self.own[key]) | (self.seen[query] == self.own[key])
        return (key <= query) & related

    def dense(self, dtype: torch.dtype) -> Tensor:
        """The mask to add to attention scores, ``[1, 1, tokens, tokens]``."""
        places = torch.arange(len(self.own), device=self.own.device)
        visible = self.visible(places, places, places[:, None], places[None])
        return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill(
            ~visible, torch.finfo(dtype).min
        )[None, None]

    def blocks(self) -> BlockMask:
        """The mask for FlexAttention, which skips blocks that nobody sees."""
        count = len(self.own)

        def visible(batch: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:  # it takes no bound method
            return self.visible(batch, head, query, key)

        return create_block_mask(visible, None, None, count, count, device=self.own.device)


@contextmanager
def flex_attention(config: PreTrainedConfig) -> Iterator[None]:
    """The language model attends by FlexAttention inside."""
    before = config._attn_implementation
    config._attn_implementation = "flex_attention"
    try:
        yield
    finally:
        config._attn_implementation = before
