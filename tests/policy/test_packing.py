"""The mask of a packed row: who sees whom, the same for both ways of saying it."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.attention.flex_attention import create_mask

from asterism.policy.packing import Pieces


def test_a_rest_sees_its_own_prefix_and_itself_up_to_each_token() -> None:
    # Prefix 0 of two tokens, prefix 1 of one; rest 2 goes on from 0, rest 3 from 1.
    pieces = Pieces(own=torch.tensor([0, 0, 1, 2, 2, 3]), seen=torch.tensor([0, 0, 1, 0, 0, 1]))
    visible = pieces.dense(torch.float32)[0, 0] == 0
    assert visible.int().tolist() == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [1, 1, 0, 1, 0, 0],
        [1, 1, 0, 1, 1, 0],
        [0, 0, 1, 0, 0, 1],
    ]


@given(lengths=st.lists(st.integers(1, 40), min_size=2, max_size=8), prefixes=st.integers(1, 3))
def test_the_mask_for_flex_attention_is_the_dense_one(lengths: list[int], prefixes: int) -> None:
    prefixes = min(prefixes, len(lengths) - 1)
    own = torch.arange(len(lengths))
    seen = torch.where(own < prefixes, own, own % prefixes)
    counts = torch.tensor(lengths)
    pieces = Pieces(own.repeat_interleave(counts), seen.repeat_interleave(counts))
    total = sum(lengths)
    blocks = pieces.blocks()
    asked = create_mask(blocks.mask_mod, 1, 1, total, total, device="cpu")[0, 0]
    assert torch.equal(asked, pieces.dense(torch.float32)[0, 0] == 0)
    assert blocks.shape == (1, 1, total, total)
    tiles = blocks.to_dense()[0, 0].bool()  # [query blocks, key blocks]
    side = blocks.BLOCK_SIZE[0]
    for query, key in asked.nonzero().tolist():
        assert tiles[query // side, key // side]
