"""Configurations of causal language models whose output layer is more than a matrix."""

from collections.abc import Callable
from typing import Any

from transformers import (
    Cohere2Config,
    Gemma2Config,
    Gemma3nTextConfig,
    GraniteConfig,
    ModernBertDecoderConfig,
    PreTrainedConfig,
)

SMALL: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 99,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 1,
}
WINDOW = 8
"""Tokens that a sliding layer sees: fewer than a prompt has."""


def cohere2() -> PreTrainedConfig:
    """Logits are scaled."""
    return Cohere2Config(**SMALL, logit_scale=0.25, sliding_window=WINDOW)


def granite() -> PreTrainedConfig:
    """Logits are divided."""
    return GraniteConfig(**SMALL, logits_scaling=4.0)


def gemma2() -> PreTrainedConfig:
    """Logits are capped, so low here that it shows."""
    return Gemma2Config(**SMALL, final_logit_softcapping=2.0, sliding_window=WINDOW, query_pre_attn_scalar=8)


def modernbert_decoder() -> PreTrainedConfig:
    """States are transformed before the matrix."""
    return ModernBertDecoderConfig(**SMALL, local_attention=WINDOW, cls_token_id=1, sep_token_id=1)


def gemma3n() -> PreTrainedConfig:
    """Logits are capped; the states before them are a mean of several streams."""
    return Gemma3nTextConfig(
        **SMALL,
        final_logit_softcapping=2.0,
        vocab_size_per_layer_input=99,
        hidden_size_per_layer_input=8,
        altup_num_inputs=2,
        laurel_rank=4,
        num_kv_shared_layers=0,
        sliding_window=WINDOW,
        activation_sparsity_pattern=[0.0] * 4,
    )


HEADS: dict[str, Callable[[], PreTrainedConfig]] = {
    "cohere2": cohere2,
    "granite": granite,
    "gemma2": gemma2,
    "modernbert_decoder": modernbert_decoder,
    "gemma3n": gemma3n,
}
