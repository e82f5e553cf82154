"""LoRA: low-rank updates beside weights that stay as they are, ``W x + (alpha / rank) B A x`` (arXiv 2106.09685)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn
from transformers import PreTrainedModel

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.seeds import derive_seed

NAME = "default"
"""What peft calls the one set of adapters that a policy has."""


class LoraConfig(Config):
    """Adapters in place of weights. There is no dropout: sampler and trainer must agree on every log-prob."""

    rank: int = Field(0, ge=0, description="rank of the updates; 0 trains the weights themselves")
    alpha: float = Field(32.0, gt=0, description="an update counts alpha / rank times")


def add_adapters(model: PreTrainedModel, config: LoraConfig, seed: int) -> None:
    """Train low-rank updates of the linear layers that are trained now, in place of all weights.

    The output layer keeps its weights. The updates start at zero, so the model computes what it did; they are held in
    float32 whatever the model's type. Does nothing at rank 0.

    Raises:
        AsterismError: peft is not installed, or no linear layer is trained.
    """
    if not config.rank:
        return
    peft = _peft()
    targets = _trained_layers(model)
    if not targets:
        raise AsterismError(
            "no linear layer is left to adapt", where="model.lora", remedy="Leave one part of the model unfrozen."
        )
    wanted = peft.LoraConfig(r=config.rank, lora_alpha=config.alpha, target_modules=targets, bias="none")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed("lora", seed))
        peft.inject_adapter_in_model(wanted, model, adapter_name=NAME)
    for weight in model.parameters():
        if weight.requires_grad:  # small steps would be rounded away in half precision
            weight.data = weight.data.float()


@contextmanager
def adapters_off(model: PreTrainedModel) -> Iterator[None]:
    """The model as it was before it had adapters, while the block runs."""
    layers = [layer for _, layer in _adapted_layers(model)]
    for layer in layers:
        layer.enable_adapters(False)
    try:
        yield
    finally:
        for layer in layers:
            layer.enable_adapters(True)


def merged_weights(model: PreTrainedModel) -> dict[str, Tensor]:
    """The weights of a model without adapters that computes the same, by the names that it would have."""
    updates = {name: layer.get_delta_weight(NAME) for name, layer in _adapted_layers(model)}
    merged: dict[str, Tensor] = {}
    for key, value in model.state_dict().items():
        owner, within, leaf = key.rpartition(".base_layer.")
        if not within:
            if not any(key.startswith(f"{name}.lora_") for name in updates):
                merged[key] = value
        else:
            merged[f"{owner}.{leaf}"] = value + updates[owner].to(value.dtype) if leaf == "weight" else value
    return merged


def has_adapters(model: PreTrainedModel) -> bool:
    """Whether adapters were added."""
    return any(True for _ in _adapted_layers(model))


def _trained_layers(model: Any) -> list[str]:
    head = model.get_output_embeddings()
    return [
        name
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Linear) and layer is not head and layer.weight.requires_grad
    ]


def _adapted_layers(model: PreTrainedModel) -> Iterator[tuple[str, Any]]:
    # Told by what peft gives them, so that a model without adapters needs no peft.
    return ((name, layer) for name, layer in model.named_modules() if hasattr(layer, "get_delta_weight"))


def _peft() -> Any:
    try:
        import peft
    except ImportError as error:
        raise AsterismError(
            "LoRA needs the package peft",
            where="model.lora",
            remedy='Install the extra: pip install "asterism[lora]".',
        ) from error
    return peft
