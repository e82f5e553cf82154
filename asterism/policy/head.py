"""A model's output layer by itself: from hidden states to the logits that ``model(**inputs)`` would give.

For most models it is one matrix. Others scale the logits (Cohere, Granite), cap them (Gemma 2) or transform the states
first (ModernBERT), and each writes that in its own ``forward``. So that ``forward`` is what runs here, on a copy of the
model whose body is replaced by the given states; where it turns out to do no more than its matrix, the matrix alone.
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from asterism.core.errors import AsterismError
from asterism.policy.text_config import text_config


class _Given:
    """What a body would return: hidden states, and nothing of all else that a model may hand on."""

    def __init__(self, hidden: Tensor) -> None:
        self.last_hidden_state = hidden

    def __getitem__(self, place: int) -> Tensor:
        return (self.last_hidden_state,)[place]

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


class _Body(nn.Module):
    """Stands where the body of a model was."""

    def __init__(self, hidden: Tensor) -> None:
        super().__init__()
        self._given = _Given(hidden)

    def forward(self, *args: Any, **kwargs: Any) -> _Given:
        """The given states, whatever is asked."""
        return self._given


def own_logits(model: PreTrainedModel, hidden: Tensor) -> Tensor:
    """Logits of hidden states by the model's own ``forward``, ``[..., width]`` to ``[..., vocabulary]``."""
    # The copy shares everything with the model but the one entry for its body.
    states = hidden.reshape(1, -1, hidden.shape[-1])
    bodiless: Any = copy.copy(model)
    bodiless._modules = {**model._modules, model.base_model_prefix: _Body(states)}
    # Some models compare the number of tokens; none of them is read.
    tokens = torch.zeros(states.shape[:2], dtype=torch.long, device=states.device)
    logits: Tensor = bodiless(input_ids=tokens, use_cache=False).logits
    return logits.reshape(*hidden.shape[:-1], logits.shape[-1])


@torch.no_grad()
def is_one_matrix(model: PreTrainedModel) -> bool:
    """Whether the output layer takes hidden states as they are and its result is not touched any more.

    Told from what goes through it, not from values: a cap changes small logits by nothing that shows.

    Raises:
        AsterismError: the model's ``forward`` needs more of its body than hidden states.
    """
    untyped: Any = model
    layer = untyped.get_output_embeddings()
    hidden = torch.linspace(-1, 1, int(text_config(model.config).hidden_size), device=model.device, dtype=model.dtype)
    seen: list[Tensor] = []
    given: list[Tensor] = []

    def watch(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
        seen.append(args[0])
        given.append(torch.linspace(-1, 1, output.numel(), device=output.device, dtype=output.dtype).view_as(output))
        return given[-1].clone()

    handle = layer.register_forward_hook(watch)
    try:
        logits = own_logits(model, hidden)
    except (AttributeError, TypeError, ValueError) as error:
        raise AsterismError(
            f"the output layer of this model cannot be run by itself ({error})",
            where=f"model type {model.config.model_type}",
            remedy="Use a model of another type.",
        ) from error
    finally:
        handle.remove()
    return (
        len(seen) == 1
        and torch.equal(seen[0].flatten(), hidden)
        and logits.dtype == given[0].dtype
        and torch.equal(logits.flatten(), given[0].flatten())
    )
