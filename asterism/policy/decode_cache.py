"""A cache to decode from: tokens are written into room laid out beforehand, and rows of several prefixes are joined.

transformers' ``DynamicCache`` lays every layer's keys and values anew at each token. Where gradients flow it must; in
decoding it costs more than attention does. Here room for ``BLOCK`` more tokens lies behind those written.

Joined rows are aligned at their last token, so that one column is written a step for all of them. A row of four tokens
and one of two, with room for three more::

    a b c d . . .      mask  1 1 1 1
    0 0 e f . . .            0 0 1 1

Keys carry their rotary position and a sliding window counts columns back from the last, so full and sliding attention
do not see in which column a row begins; linear attention has one state a row and no columns. Layers of another kind may
count columns from the first (chunked attention does), so their rows are not joined: see ``joinable``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import pad
from transformers import Cache
from transformers.cache_utils import CacheLayerMixin, DynamicSlidingWindowLayer, LinearAttentionLayer

from asterism.policy.prefix import PROVEN_LAYERS, Prefix, RecurrentLayer

if TYPE_CHECKING:
    from asterism.policy.policy import Policy

BLOCK = 64
"""Columns of room laid out at a time: a layer is copied once in so many tokens."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The rows of a prefix at ``index`` ``[rows]``: repeats branch a row, omissions drop one.

    Joining uses the prefix up, unless it is ``kept`` for more rows to come.
    """

    prefix: Prefix
    index: Tensor
    kept: bool = False


def joinable(policy: "Policy") -> bool:
    """Whether rows of several prefixes of this policy can be joined."""
    return set(policy.layer_types) <= set(PROVEN_LAYERS["branch"])


def join(branches: Sequence[Branch]) -> Prefix:
    """One prefix of all these rows, in their order, to read on from without gradient.

    Columns in which no row has a token are left out. Prefixes are used up layer by layer, so that no more than one
    layer lies in memory twice.
    """
    masks = [branch.prefix.mask[branch.index] for branch in branches]  # [rows, tokens] each
    width = max(int(mask.sum(-1).max()) for mask in masks)
    mask = torch.cat([pad(mask, (width - mask.shape[-1], 0)) for mask in masks])
    positions = torch.cat([branch.prefix.next_positions[branch.index] for branch in branches])
    indices = [branch.index for branch in branches]
    stacks = [branch.prefix.cache.layers[::-1] for branch in branches]
    for branch in branches:
        if not branch.kept:
            branch.prefix.cache.layers.clear()
    layers: list[Any] = []
    while stacks[0]:
        layers.append(_joined([stack.pop() for stack in stacks], indices, width))
    return Prefix(Cache(layers), mask, positions)


class DecodeLayer(CacheLayerMixin):  # type: ignore[no-untyped-call]
    """The keys and values of one attention layer, ``[rows, heads, tokens, width]``, with room for more behind them.

    ``keys`` and ``values`` are what the window leaves of the tokens so far, or all of them where ``window`` is None.
    ``length`` counts all tokens, those that have left the window too.
    """

    keys: Tensor
    values: Tensor
    _start: int
    _end: int

    def __init__(self, keys: Tensor, values: Tensor, *, room: int, length: int, window: int | None) -> None:
        """``keys`` and ``values`` are taken over; their last ``room`` columns are still to be written."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.window = window
        self.is_sliding = window is not None
        self.length = length
        self.is_initialized = True
        self._take(keys, values, room)

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Nothing: a layer is made from tokens."""

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Write new tokens ``[rows, heads, new, width]``; returns all that any of them may attend to."""
        new = key_states.shape[-2]
        if self._end + new > self._keys.shape[-2]:
            room = max(BLOCK, new)
            self._take(pad(self.keys, (0, 0, 0, room)), pad(self.values, (0, 0, 0, room)), room)
        self._keys[:, :, self._end : self._end + new] = key_states
        self._values[:, :, self._end : self._end + new] = value_states
        self._end += new
        self.length += new
        seen = self._written()
        if self.window is not None:
            self._start = max(self._start, self._end - (self.window - 1))
        self.keys, self.values = self._written()
        return seen

    def reorder_cache(self, beam_idx: Tensor) -> None:
        """Keep the rows at ``beam_idx`` ``[rows]``."""
        held = self._end - self._start
        keys, values = (aligned([each], [beam_idx], held, room=BLOCK) for each in (self.keys, self.values))
        self._take(keys, values, BLOCK)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """How many columns ``update`` will return, and how many lie before them."""
        held = self._end - self._start
        return held + query_length, self.length - held

    def get_seq_length(self) -> int:
        """Tokens so far."""
        return self.length

    def get_max_length(self) -> int:
        """No limit."""
        return -1

    def row(self, row: int) -> tuple[Tensor, Tensor]:
        """Keys and values of one row, ``[1, heads, tokens, width]``."""
        return _row(self.keys, self.values, row)

    def _take(self, keys: Tensor, values: Tensor, room: int) -> None:
        self._keys, self._values = keys, values
        self._start, self._end = 0, keys.shape[-2] - room
        self.keys, self.values = self._written()

    def _written(self) -> tuple[Tensor, Tensor]:
        columns = slice(self._start, self._end)
        return self._keys[:, :, columns], self._values[:, :, columns]


def _joined(layers: Sequence[Any], indices: Sequence[Tensor], width: int) -> DecodeLayer | RecurrentLayer:
    """One layer of the chosen rows of some layers, of which ``width`` tokens are seen."""
    if isinstance(layers[0], LinearAttentionLayer):
        return joined_states(layers, indices)
    window = _window(layers[0])
    held = width if window is None else min(width, window - 1)
    keys = aligned([layer.keys for layer in layers], indices, held, room=BLOCK)
    values = aligned([layer.values for layer in layers], indices, held, room=BLOCK)
    return DecodeLayer(keys, values, room=BLOCK, length=width, window=window)


def joined_states(layers: Sequence[LinearAttentionLayer], indices: Sequence[Tensor]) -> RecurrentLayer:
    """The states of the chosen rows of some layers of linear attention."""
    joined = RecurrentLayer(layers[0].number_of_states)
    for place in range(joined.number_of_states):
        pairs = [(layer.conv_states[place], layer.recurrent_states[place]) for layer in layers]
        conv, recurrent = (
            torch.cat([state[index] for state, index in zip(states, indices, strict=True)])
            for states in zip(*pairs, strict=True)
        )
        joined.update_conv_state(conv, place)
        joined.update_recurrent_state(recurrent, place)
    return joined


def aligned(tensors: Sequence[Tensor], indices: Sequence[Tensor], tokens: int, *, room: int) -> Tensor:
    """The last ``tokens`` columns of chosen rows and ``room`` more, ``[rows, heads, tokens + room, width]``.

    Zero where a row has fewer: what is masked is multiplied by 0 all the same.
    """
    _, heads, _, width = tensors[0].shape
    aligned = tensors[0].new_empty(sum(map(len, indices)), heads, tokens + room, width)
    places = torch.split(aligned, [len(index) for index in indices])
    for tensor, index, place in zip(tensors, indices, places, strict=True):
        shared = min(tokens, tensor.shape[-2])
        place[:, :, : tokens - shared] = 0
        place[:, :, tokens - shared : tokens] = tensor[:, :, tensor.shape[-2] - shared :].index_select(0, index)
    return aligned


def _row(keys: Tensor, values: Tensor, row: int) -> tuple[Tensor, Tensor]:
    return keys[row : row + 1], values[row : row + 1]


def _window(layer: CacheLayerMixin) -> int | None:
    if isinstance(layer, DecodeLayer):
        return layer.window
    return int(layer.sliding_window) if isinstance(layer, DynamicSlidingWindowLayer) else None


def extract(prefix: Prefix, row: int) -> Prefix:
    """A copy of one row of a prefix, without the columns in which it has no token, to be kept and read on from later.

    ``prefix`` may be of any kind that decoding knows, fresh from a prompt or joined; it is left as it is.
    """
    real = prefix.mask[row].bool()
    layers: list[Any] = [_extracted(layer, row, real) for layer in prefix.cache.layers]
    ones = torch.ones_like(prefix.mask[row][real])[None]
    return Prefix(Cache(layers), ones, prefix.next_positions[row : row + 1].clone())


def _extracted(layer: Any, row: int, real: Tensor) -> DecodeLayer | RecurrentLayer:
    index = torch.tensor([row], device=real.device)
    if isinstance(layer, LinearAttentionLayer):
        return joined_states([layer], [index])
    keys, values = layer.row(row) if isinstance(layer, DecodeLayer) else _row(layer.keys, layer.values, row)
    held = real[len(real) - keys.shape[-2] :]  # a window holds the last columns alone
    room = keys.new_zeros(1, keys.shape[1], BLOCK, keys.shape[-1])
    kept = [torch.cat([each[:, :, held], room], dim=-2) for each in (keys, values)]
    return DecodeLayer(kept[0], kept[1], room=BLOCK, length=int(real.sum()), window=_window(layer))
