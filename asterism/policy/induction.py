"""Starting weights that can look a word up: find where it stood before, and say what followed it.

An induction circuit (Olsson et al. 2022, arXiv 2209.11895) is two attention heads in a row: one writes beside each
token what the token before it was, the next looks for places so marked with the present token. Small models come upon
it late; laid into the random starting weights, it is there from the first step, and training takes it from there.
"""

from typing import Any

import torch
from torch import Tensor

from asterism.policy.policy import Policy

HEADS = 2
SHARPNESS = 7.0
"""Size of the biases by which the first head points one token back."""
MATCHING = 1.6
"""Scale of queries and keys that compare words."""
LOUDNESS = 2.0
"""Size of what is found, in lengths of a token's embedding."""
FAST, SLOW = 0.1, 0.05
"""Radians a token: rotary dimensions that turn faster tell places apart; those that turn slower hardly move."""


@torch.no_grad()
def lay_induction(policy: Policy, *, seed: int) -> None:
    """Write the circuit into the first heads of the first two layers of a random Qwen2 language model, in place."""
    body: Any = policy.model.get_decoder()  # type: ignore[no-untyped-call]
    first, second = (layer.self_attn for layer in body.layers[:2])
    width, size = body.config.hidden_size, first.head_dim
    length = float(body.embed_tokens.weight.norm(dim=-1).mean())
    turns = body.rotary_emb.inv_freq.repeat(2)  # [size]: how fast each dimension of a head turns
    slow = (turns < SLOW).float()[:, None]
    basis = torch.linalg.qr(torch.randn(width, width, generator=torch.Generator().manual_seed(seed)))[0]
    for head in range(HEADS):
        rows = slice(head * size, (head + 1) * size)
        word, before = basis[:, 2 * head * size : 2 * (head + 1) * size].T.split(size)
        _point_back(first, rows, turns)
        first.v_proj.weight[rows] = word
        first.o_proj.weight[:, rows] = before.T * (length / size**0.5)
        second.q_proj.weight[rows] = MATCHING * slow * word
        second.k_proj.weight[rows] = MATCHING * slow * before
        second.v_proj.weight[rows] = word
        second.o_proj.weight[:, rows] = word.T * (LOUDNESS * length / size**0.5)


def _point_back(attention: Any, rows: slice, turns: Tensor) -> None:
    """The head attends to the token before, whatever the words: a key's bias, turned one place on, is the query's."""
    half = len(turns) // 2
    strength = SHARPNESS * (turns[:half] > FAST).float()
    angles = turns[:half]
    attention.q_proj.weight[rows] = 0
    attention.k_proj.weight[rows] = 0
    attention.q_proj.bias[rows] = torch.cat([strength * angles.cos(), -strength * angles.sin()])
    attention.k_proj.bias[rows] = torch.cat([strength, torch.zeros(half)])
