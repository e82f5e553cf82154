"""Activation checkpointing through a cache: layers keep their input and what they add to the cache, nothing else.

Checkpointing as transformers does it switches the cache off, and with it the sharing of prefixes. Here the cache's
layer goes in and comes out as tensors, so that a layer can be run again from what it was given, gradients included.
"""

from collections.abc import Callable
from copy import copy
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import TreeSpec, tree_flatten, tree_unflatten
from torch.utils.checkpoint import checkpoint
from transformers import Cache, PreTrainedModel
from transformers.modeling_layers import GradientCheckpointingLayer

Forward = Callable[..., Tensor]


def checkpoint_layers(model: PreTrainedModel) -> None:
    """Let every layer of the vision tower and of the language model forget its activations until the backward pass.

    Passes without gradient are as before. A second call changes nothing.
    """
    decoder: Any = model.get_decoder()  # type: ignore[no-untyped-call]
    numbers = {id(layer): number for number, layer in enumerate(decoder.layers)}
    for layer in model.modules():
        if isinstance(layer, GradientCheckpointingLayer) and not hasattr(layer.forward, "number"):
            layer.forward = _Forgetful(layer.forward, numbers.get(id(layer)))


class _Forgetful:
    """A layer's forward pass that is run again in the backward pass; ``number`` is its place in the cache."""

    def __init__(self, forward: Forward, number: int | None) -> None:
        self.forward = forward
        self.number = number

    def __call__(self, hidden: Tensor, *args: Any, past_key_values: Cache | None = None, **kwargs: Any) -> Tensor:
        if self.number is not None:
            kwargs["past_key_values"] = past_key_values
        if not torch.is_grad_enabled():
            return self.forward(hidden, *args, **kwargs)
        if past_key_values is None or self.number is None:
            output: Tensor = checkpoint(self.forward, hidden, *args, use_reentrant=False, **kwargs)
            return output
        return self._through(past_key_values, hidden, args, kwargs)

    def _through(self, cache: Cache, hidden: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
        """Run the layer on a cache that holds its own part as it was, and keep that part as it has become."""
        number = self.number
        assert number is not None
        own = cache.layers[number]
        leaves, shape = tree_flatten(dict(vars(own)))
        shapes: list[TreeSpec] = []

        def run(hidden: Tensor, *state: Any) -> tuple[Any, ...]:
            layer, held = copy(own), copy(cache)
            vars(layer).update(tree_unflatten(list(state), shape))
            held.layers = [*cache.layers]
            held.layers[number] = layer
            output = self.forward(hidden, *args, **{**kwargs, "past_key_values": held})
            after, after_shape = tree_flatten(dict(vars(layer)))
            shapes.append(after_shape)
            return output, *after

        output, *after = checkpoint(run, hidden, *leaves, use_reentrant=False, preserve_rng_state=False)
        vars(own).update(tree_unflatten(after, shapes[0]))
        result: Tensor = output
        return result
