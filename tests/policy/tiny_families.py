"""A tiny random model of every family, with a processor and a tokenizer trained on the spot."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from asterism.policy.policy import Policy

CORPUS = ["The cup is left of the hat, true or false?", "A key hides a moon. <think>", "Describe the picture briefly."]
CONTEXT = 512
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": CONTEXT,
}
QWEN_TOKENS = ("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")


def chat_template(picture: str, start: str = "") -> str:
    """A chat template whose pictures are written as ``picture``."""
    return (
        start + "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
        "{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for part in m['content'] %}"
        "{% if part['type'] == 'image' %}" + picture + "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
        "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )


def tokenizer(named: dict[str, str], bos: str | None = None) -> PreTrainedTokenizerFast:
    """A byte-level BPE with chat tokens and the model's own special tokens, by attribute name."""
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *([bos] if bos else []), *named.values()]
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(CORPUS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        bos_token=bos,
        extra_special_tokens=named,
        clean_up_tokenization_spaces=False,
    )


def _text(tokens: PreTrainedTokenizerFast, **more: Any) -> dict[str, Any]:
    ids = {"pad_token_id": tokens.pad_token_id, "eos_token_id": tokens.eos_token_id, "bos_token_id": None}
    # A few rows more than tokens, as published models have.
    return {**TEXT, "vocab_size": len(tokens) + 8, **ids, **more}


def _policy(model: Any, processor: Any) -> Policy:
    # Random weights of the usual scale make every logit nearly the same; larger ones make tests sharp.
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * parameter[0].numel() ** -0.5)
            elif name.endswith(("class_embedding", ".fc1.bias", ".fc2.bias")):
                # Drawn by transformers from the global generator: another model each time.
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.02)
            elif name.endswith("A_log"):
                # Drawn at random by transformers, and mostly so large that the state is forgotten within a token.
                parameter.copy_(torch.rand(parameter.shape, generator=generator) - 3)
    model.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    return Policy.of(model, processor)


def llava() -> Policy:
    """LLaVA: CLIP and Qwen2; needs no torchvision."""
    from transformers import CLIPVisionConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor, Qwen2Config
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokens = tokenizer({"image_token": "<image>"})
    side = {"height": 32, "width": 32}
    processor = LlavaProcessor(
        CLIPImageProcessorPil(size=side, crop_size=side),
        tokens,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=chat_template("<image>"),
    )
    vision = CLIPVisionConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=Qwen2Config(**_text(tokens)),
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
        image_seq_length=16,
    )
    return _policy(LlavaForConditionalGeneration(config), processor)


def _qwen_parts(patch_size: int) -> tuple[PreTrainedTokenizerFast, Any, dict[str, int]]:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    tokens = tokenizer(
        {"image_token": QWEN_TOKENS[0], "video_token": QWEN_TOKENS[1], "start": QWEN_TOKENS[2], "end": QWEN_TOKENS[3]}
    )
    side = patch_size * 2
    pictures = Qwen2VLImageProcessorPil(
        patch_size=patch_size, merge_size=2, size={"shortest_edge": side * side, "longest_edge": 64 * side * side}
    )
    names = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
    ids = {name: tokens.convert_tokens_to_ids(token) for name, token in zip(names, QWEN_TOKENS, strict=True)}
    return tokens, pictures, ids


_QWEN_PICTURE = "<|vision_start|><|image_pad|><|vision_end|>"
_MROPE = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [1, 1, 2]}


def qwen25_vl() -> Policy:
    """Qwen2.5-VL: windowed vision tower, rotary positions in three dimensions."""
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLVideoProcessor,
    )

    tokens, pictures, ids = _qwen_parts(14)
    processor = Qwen2_5_VLProcessor(
        pictures, tokens, Qwen2VLVideoProcessor(), chat_template=chat_template(_QWEN_PICTURE)
    )
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 4,
        "out_hidden_size": 32,
        "fullatt_block_indexes": [1],
        "window_size": 56,
    }
    config = Qwen2_5_VLConfig(vision_config=vision, text_config=_text(tokens, rope_parameters=_MROPE), **ids)
    return _policy(Qwen2_5_VLForConditionalGeneration(config), processor)


def qwen3_vl() -> Policy:
    """Qwen3-VL: features of several vision layers enter several language layers."""
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration, Qwen3VLProcessor, Qwen3VLVideoProcessor

    tokens, pictures, ids = _qwen_parts(16)
    processor = Qwen3VLProcessor(pictures, tokens, Qwen3VLVideoProcessor(), chat_template=chat_template(_QWEN_PICTURE))
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 4,
        "out_hidden_size": 32,
        "num_position_embeddings": 64,
        "deepstack_visual_indexes": [0, 1],
    }
    text = _text(tokens, head_dim=8, rope_parameters={**_MROPE, "mrope_interleaved": True})
    config = Qwen3VLConfig(vision_config=vision, text_config=text, **ids)
    return _policy(Qwen3VLForConditionalGeneration(config), processor)


def qwen35() -> Policy:
    """Qwen3.5: three linear-attention layers to one of full attention."""
    from transformers import Qwen3_5Config, Qwen3_5ForConditionalGeneration, Qwen3VLProcessor, Qwen3VLVideoProcessor

    tokens, pictures, ids = _qwen_parts(16)
    processor = Qwen3VLProcessor(pictures, tokens, Qwen3VLVideoProcessor(), chat_template=chat_template(_QWEN_PICTURE))
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 4,
        "out_hidden_size": 32,
        "num_position_embeddings": 64,
    }
    text = _text(
        tokens,
        head_dim=16,
        linear_key_head_dim=8,
        linear_value_head_dim=8,
        linear_num_key_heads=2,
        linear_num_value_heads=4,
        rope_parameters={**_MROPE, "mrope_interleaved": True, "partial_rotary_factor": 0.5},
    )
    config = Qwen3_5Config(vision_config=vision, text_config=text, **ids)
    return _policy(Qwen3_5ForConditionalGeneration(config), processor)


def internvl() -> Policy:
    """InternVL 3: pictures in tiles, Qwen2."""
    from transformers import (
        InternVLConfig,
        InternVLForConditionalGeneration,
        InternVLProcessor,
        InternVLVideoProcessor,
        Qwen2Config,
    )
    from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

    tokens = tokenizer(
        {
            "start_image_token": "<img>",
            "end_image_token": "</img>",
            "context_image_token": "<IMG_CONTEXT>",
            "video_token": "<video>",
        }
    )
    pictures = GotOcr2ImageProcessorPil(
        size={"height": 32, "width": 32}, crop_to_patches=True, min_patches=1, max_patches=4
    )
    processor = InternVLProcessor(
        pictures,
        tokens,
        InternVLVideoProcessor(size={"height": 32, "width": 32}),
        image_seq_length=4,
        chat_template=chat_template("<IMG_CONTEXT>"),
    )
    vision = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 48,
        "image_size": [32, 32],
        "patch_size": [8, 8],
    }
    config = InternVLConfig(
        vision_config=vision,
        text_config=Qwen2Config(**_text(tokens)),
        image_token_id=tokens.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
    )
    return _policy(InternVLForConditionalGeneration(config), processor)


def gemma3() -> Policy:
    """Gemma 3: sliding windows, picture tokens that see one another; the window is shorter than the prompt."""
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3Processor
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    tokens = tokenizer(
        {"image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"},
        bos="<bos>",
    )
    processor = Gemma3Processor(
        Gemma3ImageProcessorPil(size={"height": 32, "width": 32}),
        tokens,
        image_seq_length=4,
        chat_template=chat_template("<start_of_image>", start="{{ bos_token }}"),
    )
    vision = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 48,
        "image_size": 32,
        "patch_size": 8,
    }
    text = _text(
        tokens,
        head_dim=8,
        sliding_window=12,
        query_pre_attn_scalar=8,
        layer_types=["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"],
    )
    config = Gemma3Config(
        vision_config=vision,
        text_config=text,
        mm_tokens_per_image=4,
        image_token_index=tokens.convert_tokens_to_ids("<image_soft_token>"),
        boi_token_index=tokens.convert_tokens_to_ids("<start_of_image>"),
        eoi_token_index=tokens.convert_tokens_to_ids("<end_of_image>"),
    )
    return _policy(Gemma3ForConditionalGeneration(config), processor)


def smolvlm() -> Policy:
    """SmolVLM2: pictures in tiles, each announced by its row and column, Llama."""
    from transformers import (
        LlamaConfig,
        SmolVLMConfig,
        SmolVLMForConditionalGeneration,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
    )
    from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

    tiles = {f"row_{row}_col_{column}": f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)}
    named = {
        "image_token": "<image>",
        "fake_image_token": "<fake_token_around_image>",
        "global_image_token": "<global-img>",
    }
    tokens = tokenizer({**named, **tiles})
    sides: dict[str, Any] = {"size": {"longest_edge": 64}, "max_image_size": {"longest_edge": 32}}
    processor = SmolVLMProcessor(
        SmolVLMImageProcessorPil(**sides),
        tokens,
        SmolVLMVideoProcessor(**sides),
        image_seq_len=4,
        chat_template=chat_template("<image>"),
    )
    vision = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 48,
        "image_size": 32,
        "patch_size": 8,
    }
    config = SmolVLMConfig(
        vision_config=vision,
        text_config=LlamaConfig(**_text(tokens)),
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    return _policy(SmolVLMForConditionalGeneration(config), processor)


BUILDERS: dict[str, Callable[[], Policy]] = {
    "llava": llava,
    "qwen2_5_vl": qwen25_vl,
    "qwen3_vl": qwen3_vl,
    "qwen3_5": qwen35,
    "internvl": internvl,
    "gemma3": gemma3,
    "smolvlm": smolvlm,
}
NEED_TORCHVISION = ("qwen2_5_vl", "qwen3_vl", "qwen3_5", "internvl", "smolvlm")
NEED_NUM2WORDS = ("smolvlm",)


def skip_without_packages(name: str) -> None:
    """Skip the test where a package is missing that the family's processor needs."""
    if name in NEED_TORCHVISION and find_spec("torchvision") is None:
        pytest.skip(f"the {name} processor needs torchvision: python tests/install_torchvision.py")
    if name in NEED_NUM2WORDS and find_spec("num2words") is None:
        pytest.skip(f"the {name} processor needs num2words: pip install num2words")
