"""A cache to decode from in which rows of one prompt read one copy of its keys and values.

A decoding step over a joined cache (:mod:`asterism.policy.decode_cache`) reads every row's own copy of its prompt. With
G samples of a long prompt that is nearly all of what a step reads, G times the same. Here a layer holds the prompts'
keys once, ``[prompts, heads, tokens, width]``, and behind them what each row has written. One softmax goes over both::

    prompts   a b c d     rows   a b c d | x y       mask  1 1 1 1 1 1
              0 0 e f            a b c d | z                1 1 1 1 0 1   (written tokens stand on the right)
                                 0 0 e f | u v              0 0 1 1 1 1

Columns no longer count tokens back from the last, so this serves full attention only; linear attention has one state a
row and is joined as before.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from transformers import AttentionInterface, AttentionMaskInterface, Cache, PreTrainedConfig
from transformers.cache_utils import LinearAttentionLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from asterism.policy import decode_cache
from asterism.policy.decode_cache import Branch, DecodeLayer, aligned, joined_states
from asterism.policy.prefix import Prefix
from asterism.policy.text_config import text_config

if TYPE_CHECKING:
    from asterism.policy.policy import Policy

NAME = "asterism_shared"
LAYERS = ("full_attention", "linear_attention")
"""Layer types that can be decoded over shared prompts."""


def shareable(policy: "Policy") -> bool:
    """Whether this policy can decode over shared prompts: by its layer types and by how it attends."""
    plain = text_config(policy.model.config)._attn_implementation == "sdpa"
    return plain and set(policy.layer_types) <= set(LAYERS)


@dataclass(frozen=True, slots=True)
class Seats:
    """Which prompt each row goes on from: row ``i`` has seat ``place[i]`` of ``prompts × group`` seats.

    ``group`` is the most rows that any prompt has; a prompt with fewer leaves seats empty.
    """

    prompts: int
    group: int
    place: Tensor
    full: bool
    """Whether rows fill the seats in order, so that nothing needs to be moved."""

    @classmethod
    def of(cls, owners: Tensor, prompts: int) -> "Seats":
        """The seats of rows that go on from the prompts at ``owners`` ``[rows]``."""
        counts = torch.bincount(owners, minlength=prompts)
        group = int(counts.max())
        order = owners.argsort(stable=True)
        among = torch.arange(len(owners), device=owners.device) - (counts.cumsum(0) - counts)[owners[order]]
        place = torch.empty_like(owners)
        place[order] = owners[order] * group + among
        every = torch.arange(prompts * group, device=owners.device)
        return cls(prompts, group, place, torch.equal(place, every))

    @property
    def owners(self) -> Tensor:
        """The prompt of each row, ``[rows]``."""
        return self.place // self.group

    def gather(self, rows: Tensor) -> Tensor:
        """What belongs to rows ``[rows, ...]``, by prompt and seat: ``[prompts, group, ...]``, zero on empty seats."""
        if not self.full:
            seated = rows.new_zeros(self.prompts * self.group, *rows.shape[1:])
            rows = seated.index_copy_(0, self.place, rows)
        return rows.reshape(self.prompts, self.group, *rows.shape[1:])

    def scatter(self, seated: Tensor) -> Tensor:
        """Back to rows: ``[prompts, group, ...]`` to ``[rows, ...]``."""
        rows = seated.flatten(0, 1)
        return rows if self.full else rows[self.place]


class SharedLayer(DecodeLayer):  # type: ignore[no-untyped-call]
    """The keys and values of one layer of full attention: those of the prompts once, then each row's own.

    ``keys`` and ``values`` (of :class:`DecodeLayer`) are the rows' own.
    """

    def __init__(self, prompts: tuple[Tensor, Tensor], own: tuple[Tensor, Tensor], *, seats: Seats, room: int) -> None:
        """Keys and values of the prompts, and of the rows with ``room`` columns still to be written."""
        self.prompt_keys, self.prompt_values = prompts
        self.seats = seats
        super().__init__(*own, room=room, length=prompts[0].shape[-2] + own[0].shape[-2] - room, window=None)

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> Any:
        """Write new tokens of the rows; returns the layer itself, twice, for :func:`attend` to read from."""
        super().update(key_states, value_states)
        return self, self

    def reorder_cache(self, beam_idx: Tensor) -> None:
        """Keep the rows at ``beam_idx`` ``[rows]``; every prompt stays."""
        super().reorder_cache(beam_idx)
        self.seats = Seats.of(self.seats.owners[beam_idx], self.seats.prompts)

    def row(self, row: int) -> tuple[Tensor, Tensor]:
        """Keys and values of one row: its prompt's, then its own."""
        owner = int(self.seats.owners[row])
        keys, values = super().row(row)
        prompt_keys, prompt_values = self.prompt_keys[owner : owner + 1], self.prompt_values[owner : owner + 1]
        return torch.cat([prompt_keys, keys], dim=-2), torch.cat([prompt_values, values], dim=-2)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """All columns count, prompts' and rows', from the first."""
        return self.length + query_length, 0

    def attend(self, query: Tensor, mask: Tensor | None, scaling: float) -> Tensor:
        """Attention of new tokens, ``[rows, query heads, new, width]`` to the same.

        ``mask`` is True where a token may look, ``[rows, 1, new, columns]``; None where all may look everywhere.
        """
        rows, heads, new, width = query.shape
        query = query.reshape(rows, self.keys.shape[1], -1, width)  # several heads may read one head's keys
        before = self._of_prompts(query, self.prompt_keys.transpose(-1, -2))
        scores = torch.cat([before, query @ self.keys.transpose(-1, -2)], dim=-1) * scaling
        if mask is not None:
            scores = scores.masked_fill(~mask.repeat(1, 1, scores.shape[-2] // new, 1), float("-inf"))
        weights = scores.softmax(-1, dtype=torch.float32).to(query.dtype)
        tokens = self.prompt_keys.shape[-2]
        seen = self._of_prompts(weights[..., :tokens], self.prompt_values) + weights[..., tokens:] @ self.values
        return seen.reshape(rows, heads, new, -1)

    def _of_prompts(self, rows: Tensor, prompts: Tensor) -> Tensor:
        """Each row ``[rows, heads, n, a]`` times its prompt's ``[prompts, heads, a, b]``, in one product a prompt."""
        seated = self.seats.gather(rows).transpose(1, 2)  # [prompts, heads, group, n, a]
        product = seated.flatten(2, 3) @ prompts
        return self.seats.scatter(product.reshape(*seated.shape[:-1], -1).transpose(1, 2))


def attend(
    module: nn.Module, query: Tensor, key: Any, value: Any, attention_mask: Tensor | None, **options: Any
) -> tuple[Tensor, None]:
    """An attention function of transformers: over shared prompts where the cache holds them, as usual elsewhere."""
    if not isinstance(key, SharedLayer):
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    scaling = options.get("scaling") or query.shape[-1] ** -0.5
    return key.attend(query, attention_mask, scaling).transpose(1, 2).contiguous(), None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)


@contextmanager
def shared_attention(config: PreTrainedConfig) -> Iterator[None]:
    """The language model of this configuration attends over shared prompts inside."""
    before = config._attn_implementation
    config._attn_implementation = NAME
    try:
        yield
    finally:
        config._attn_implementation = before


def join_shared(branches: Sequence[Branch]) -> Prefix:
    """One prefix of all these rows, in their order, to read on from without gradient; see ``decode_cache.join``.

    Prompts of which no row is left, and columns in which no row has a token, are left out.
    """
    parts = [_Part.of(branch) for branch in branches]
    tokens = max(int(part.prompt_mask.sum(-1).max()) for part in parts)
    written = max(int(part.own_mask.sum(-1).max()) for part in parts)
    numbered = torch.tensor([len(part.chosen) for part in parts]).cumsum(0).tolist()
    owners = torch.cat([part.owners + end - len(part.chosen) for part, end in zip(parts, numbered, strict=True)])
    seats = Seats.of(owners, numbered[-1])
    mask = torch.cat([torch.cat([_widened(p.prompt_mask, tokens), _widened(p.own_mask, written)], -1) for p in parts])
    stacks = [branch.prefix.cache.layers[::-1] for branch in branches]
    for branch in branches:
        if not branch.kept:
            branch.prefix.cache.layers.clear()
    layers: list[Any] = []
    while stacks[0]:
        layers.append(_joined([stack.pop() for stack in stacks], parts, seats, tokens, written))
    positions = torch.cat([branch.prefix.next_positions[branch.index] for branch in branches])
    return Prefix(Cache(layers), mask, positions)


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of one branch: which prompts of its layers they need, and which of these each row has."""

    rows: Tensor
    chosen: Tensor
    owners: Tensor
    prompt_mask: Tensor
    own_mask: Tensor

    @classmethod
    def of(cls, branch: Branch) -> "_Part":
        running = next((layer for layer in branch.prefix.cache.layers if isinstance(layer, SharedLayer)), None)
        owners = branch.index if running is None else running.seats.owners[branch.index]
        mask = branch.prefix.mask[branch.index]
        tokens = mask.shape[-1] if running is None else running.prompt_keys.shape[-2]
        chosen, numbered = torch.unique(owners, return_inverse=True)
        return cls(branch.index, chosen, numbered, mask[:, :tokens], mask[:, tokens:])


def _joined(layers: Sequence[Any], parts: Sequence[_Part], seats: Seats, tokens: int, written: int) -> Any:
    rows, chosen = [part.rows for part in parts], [part.chosen for part in parts]
    if isinstance(layers[0], LinearAttentionLayer):
        return joined_states(layers, rows)
    pieces = list(zip(*map(_pieces, layers), strict=True))
    prompts = [_gathered(tensors, chosen, tokens) for tensors in pieces[:2]]
    own = [aligned(tensors, rows, written, room=decode_cache.BLOCK) for tensors in pieces[2:]]
    return SharedLayer((prompts[0], prompts[1]), (own[0], own[1]), seats=seats, room=decode_cache.BLOCK)


def _pieces(layer: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Keys and values of a layer's prompts, then of its rows: none yet where only prompts were read."""
    if isinstance(layer, SharedLayer):
        return layer.prompt_keys, layer.prompt_values, layer.keys, layer.values
    return layer.keys, layer.values, layer.keys[:, :, :0], layer.values[:, :, :0]


def _gathered(tensors: Sequence[Tensor], chosen: Sequence[Tensor], tokens: int) -> Tensor:
    """The chosen prompts of all parts, the last ``tokens`` columns of each; the same tensor where all stay."""
    if len(tensors) == 1 and tensors[0].shape[0] == len(chosen[0]) and tensors[0].shape[-2] == tokens:
        return tensors[0]
    return aligned(tensors, chosen, tokens, room=0)


def _widened(mask: Tensor, columns: int) -> Tensor:
    """A mask whose last ``columns`` columns are kept, or that is padded to them on the left."""
    return pad(mask, (columns - mask.shape[-1], 0))
