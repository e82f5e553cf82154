"""What has been read already: a cache, and where each row goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import Cache, DynamicCache, PreTrainedConfig
from transformers.cache_utils import LinearAttentionLayer

from asterism.core.errors import AsterismError
from asterism.policy.family import Family

if TYPE_CHECKING:
    from asterism.policy.policy import Policy


PROVEN_LAYERS: Mapping[str, tuple[str, ...]] = {
    "branch": ("full_attention", "sliding_attention", "linear_attention"),
    "row": ("full_attention",),
}
"""For each form of sharing, the layer types for which it equals reading whole rows, gradient included."""


def unproven_layers(policy_layers: Sequence[str], family: Family, sharing: str) -> list[str]:
    """The layer types for which a form of sharing is not proven; ``none`` shares nothing and is always proven."""
    if sharing == "none":
        return []
    unproven = sorted(set(policy_layers) - set(PROVEN_LAYERS[sharing]))
    return unproven if family.causal or sharing == "branch" else [*unproven, "bidirectional_images"]


def refuse_unproven(policy: "Policy", sharing: str) -> None:
    """Refuse a form of sharing for layers that it is not proven for.

    Raises:
        AsterismError: a language layer is of such a type; the error names it.
    """
    unproven = unproven_layers(policy.layer_types, policy.family, sharing)
    if unproven:
        raise AsterismError(
            f"sharing: {sharing} is not proven for layers of type {', '.join(unproven)}",
            where=f"model type {policy.model.config.model_type}",
            remedy="Set optimiser.sharing to none (every answer is then read with its prompt)"
            + (" or to branch." if sharing == "row" else "."),
        )


@dataclass(frozen=True, slots=True)
class Prefix:
    """The cached tokens of some rows.

    ``mask`` is ``[rows, cached]``, ``next_positions`` ``[rows]``. The cache is one mutable object: a prefix is used
    up by selecting from it or by reading on, and the one returned takes its place.
    """

    cache: Cache
    mask: Tensor
    next_positions: Tensor

    def select(self, index: Tensor) -> "Prefix":
        """The rows at ``index`` ``[rows']``: repeats branch a row, omissions drop one.

        With two rows, ``[0, 0, 0, 1, 1, 1]`` gives three branches of each. Differentiable.
        """
        # Layer by layer: it serves linear attention too, which batch_repeat_interleave does not.
        cache: Any = self.cache
        cache.reorder_cache(index)
        return Prefix(self.cache, self.mask[index], self.next_positions[index])


class RecurrentLayer(LinearAttentionLayer):
    """A linear-attention layer's cache that replaces its states instead of overwriting them.

    transformers copies a new state into the old tensor, which the backward pass through the prefix still needs.
    """

    def update_conv_state(
        self, conv_states: Tensor, state_idx: int = 0, conv_kernel_size: int | None = None, **kwargs: Any
    ) -> Tensor:
        """Keep the last inputs of the convolution; returns all that the next ones may look back on."""
        if not self.is_conv_states_initialized[state_idx]:
            self.lazy_initialization(conv_states=conv_states, state_idx=state_idx, conv_kernel_size=conv_kernel_size)
        kept, before = self.conv_kernel_size[state_idx] or 0, self.conv_states[state_idx]
        if before is not None and self.has_previous_state[state_idx]:
            seen = torch.cat([before, conv_states], dim=-1)
        else:
            seen = F.pad(conv_states, (max(0, kept - conv_states.shape[-1]), 0))
        self.has_previous_state[state_idx] = True
        self.conv_states[state_idx] = seen[..., -kept:]
        return seen

    def update_recurrent_state(self, recurrent_states: Tensor, state_idx: int = 0, **kwargs: Any) -> Tensor:
        """Keep the new state, ``[rows, heads, key, value]``."""
        if not self.is_recurrent_states_initialized[state_idx]:
            self.lazy_initialization(recurrent_states=recurrent_states, state_idx=state_idx)
        self.recurrent_states[state_idx] = recurrent_states
        return recurrent_states


def new_cache(text_config: PreTrainedConfig) -> DynamicCache:
    """An empty cache for a language model, through which gradients can flow."""
    cache = DynamicCache(config=text_config)
    cache.layers = [RecurrentLayer() if type(layer) is LinearAttentionLayer else layer for layer in cache.layers]
    return cache
