"""What has been read already: a cache, and where each row goes on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor
from transformers import Cache, DynamicCache, PreTrainedConfig
from transformers.cache_utils import LinearAttentionLayer

from asterism.core.errors import AsterismError

if TYPE_CHECKING:
    from asterism.policy.policy import Policy


PROVEN_LAYERS = ("full_attention", "sliding_attention", "linear_attention")
"""Layer types for which reading on from a branched cache equals reading the whole row, gradient included."""


def refuse_unproven(policy: "Policy") -> None:
    """Refuse to branch prefixes through layers that it is not proven for.

    Raises:
        AsterismError: a language layer is of such a type; the error names it.
    """
    unproven = sorted(set(policy.layer_types) - set(PROVEN_LAYERS))
    if unproven:
        raise AsterismError(
            f"prefix sharing is not proven for layers of type {', '.join(unproven)}",
            where=f"model type {policy.model.config.model_type}",
            remedy="Set optimiser.sharing to none: every answer is then read with its prompt.",
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
    """A linear-attention layer's cache that replaces its recurrent state instead of overwriting it.

    transformers copies the new state into the old tensor, which the backward pass through the prefix still needs.
    """

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
