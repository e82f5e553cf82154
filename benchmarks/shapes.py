"""Shapes of published models with random weights and made-up words: nothing to download, exact token counts."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2VLVideoProcessor,
    Qwen3_5Config,
    Qwen3_5ForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from asterism.policy.policy import Policy

WORDS = [f"w{number}" for number in range(4096)]
SPECIAL = ("<pad>", "<end>", "<user>", "<assistant>", "<image>", "<film>", "<look>", "<looked>")
CHAT = (
    "{% for m in messages %}<user> {% if m['content'] is string %}{{ m['content'] }}{% else %}"
    "{% for part in m['content'] %}{% if part['type'] == 'image' %}<look><image><looked>"
    "{% else %} {{ part['text'] }}{% endif %}{% endfor %}{% endif %} <end>{% endfor %}"
    "{% if add_generation_prompt %} <assistant>{% endif %}"
)
CONTEXT = 8192
MERGE = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """A configuration; ``text`` and ``vision`` are its two towers, ``patch`` the side of a patch in pixels."""

    build: Callable[[Mapping[str, Any], Mapping[str, Any], Any], tuple[Any, Any]]
    text: Mapping[str, Any]
    vision: Mapping[str, Any]
    patch: int

    def side(self, image_tokens: int) -> int:
        """Pixels along each side of an image of so many tokens, a square number."""
        return round(image_tokens**0.5) * self.patch * MERGE

    def policy(self, device: torch.device, dtype: torch.dtype) -> Policy:
        """The model on its device, its weights drawn there."""
        tokenizer = _tokenizer()
        images = Qwen2VLImageProcessorPil(
            patch_size=self.patch, merge_size=MERGE, size={"shortest_edge": 1, "longest_edge": 2**40}
        )
        with torch.device(device), _default(dtype):
            model, processor = self.build(self._text(tokenizer), self.vision, (images, tokenizer))
        model.to(device=device, dtype=dtype).requires_grad_(True)
        model.generation_config.eos_token_id = tokenizer.eos_token_id
        return Policy.of(model, processor)

    def _text(self, tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
        ends = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
        return {"max_position_embeddings": CONTEXT, **self.text, **ends}


def _qwen25_vl(text: Mapping[str, Any], vision: Mapping[str, Any], parts: Any) -> tuple[Any, Any]:
    config = Qwen2_5_VLConfig(text_config=dict(text), vision_config=dict(vision), **_image_ids(parts[1]))
    config.tie_word_embeddings = bool(text.get("tie_word_embeddings"))
    processor = Qwen2_5_VLProcessor(*parts, Qwen2VLVideoProcessor(), chat_template=CHAT)
    return Qwen2_5_VLForConditionalGeneration(config), processor


def _qwen35(text: Mapping[str, Any], vision: Mapping[str, Any], parts: Any) -> tuple[Any, Any]:
    config = Qwen3_5Config(text_config=dict(text), vision_config=dict(vision), **_image_ids(parts[1]))
    config.tie_word_embeddings = bool(text.get("tie_word_embeddings"))
    processor = Qwen3VLProcessor(*parts, Qwen3VLVideoProcessor(), chat_template=CHAT)
    return Qwen3_5ForConditionalGeneration(config), processor


SHAPES: Mapping[str, Shape] = {
    # The configuration of Qwen/Qwen2.5-VL-3B-Instruct.
    "qwen25_vl_3b": Shape(
        _qwen25_vl,
        text={
            "vocab_size": 151936,
            "hidden_size": 2048,
            "intermediate_size": 11008,
            "num_hidden_layers": 36,
            "num_attention_heads": 16,
            "num_key_value_heads": 2,
            "tie_word_embeddings": True,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]},
        },
        vision={
            "depth": 32,
            "hidden_size": 1280,
            "intermediate_size": 3420,
            "num_heads": 16,
            "out_hidden_size": 2048,
            "fullatt_block_indexes": [7, 15, 23, 31],
            "window_size": 112,
        },
        patch=14,
    ),
    # A hybrid of the Qwen3.5 kind, of about the same size: three layers of linear attention to one of full attention.
    "qwen35_hybrid": Shape(
        _qwen35,
        text={
            "vocab_size": 151936,
            "hidden_size": 2048,
            "intermediate_size": 6144,
            "num_hidden_layers": 32,
            "num_attention_heads": 16,
            "num_key_value_heads": 2,
            "head_dim": 256,
            "linear_num_key_heads": 16,
            "linear_num_value_heads": 32,
            "linear_key_head_dim": 128,
            "linear_value_head_dim": 128,
            "tie_word_embeddings": True,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e7,
                "mrope_section": [11, 11, 10],
                "mrope_interleaved": True,
                "partial_rotary_factor": 0.25,
            },
        },
        vision={
            "depth": 24,
            "hidden_size": 1024,
            "intermediate_size": 4096,
            "num_heads": 16,
            "out_hidden_size": 2048,
            "num_position_embeddings": 2304,
        },
        patch=16,
    ),
    # For trying this out where there is no GPU.
    "tiny": Shape(
        _qwen25_vl,
        text={
            "vocab_size": 4224,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]},
        },
        vision={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 4,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1],
            "window_size": 56,
        },
        patch=14,
    ),
}


def _image_ids(tokenizer: PreTrainedTokenizerFast) -> dict[str, int]:
    names = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
    return {name: tokenizer.convert_tokens_to_ids(token) for name, token in zip(names, SPECIAL[4:], strict=True)}


def _tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.WordLevel({w: n for n, w in enumerate([*SPECIAL, *WORDS])}, unk_token=WORDS[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens(list(SPECIAL))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=SPECIAL[0],
        eos_token=SPECIAL[1],
        extra_special_tokens={"image_token": SPECIAL[4], "video_token": SPECIAL[5]},
        model_max_length=CONTEXT,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


@contextmanager
def _default(dtype: torch.dtype) -> Iterator[None]:
    """Tensors without a type are made in this one inside."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
