"""The measured models: LLaVA-type, random weights, a vocabulary of made-up words so that token counts are exact."""

from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    CLIPVisionConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    Qwen2Config,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from asterism.policy.tiny import ASSISTANT, CHAT_TEMPLATE, END, IMAGE, PAD, USER

PATCH_SIZE = 8
CONTEXT = 4096
FRAME_TOKENS = 2
"""Tokens of a prompt that are neither image nor text: who speaks, and the cue to answer."""


@dataclass(frozen=True, slots=True)
class Size:
    """Widths and depths of the two towers."""

    vocabulary: int
    vision_width: int
    vision_layers: int
    vision_heads: int
    width: int
    inner: int
    layers: int
    heads: int
    tied: bool


SIZES = {
    "small": Size(1200, 160, 5, 5, 192, 536, 6, 6, tied=True),
    "large": Size(8192, 512, 10, 8, 768, 2048, 8, 12, tied=False),
}


def words(size: str) -> list[str]:
    """The words that a model of this size knows; special tokens are not among them."""
    return [f"w{number}" for number in range(SIZES[size].vocabulary - 5)]


def save_model(size: str, image_tokens: int, folder: Path) -> int:
    """Write a model whose images become ``image_tokens`` tokens, with its processor; returns its parameter count."""
    side = PATCH_SIZE * round(image_tokens**0.5)
    tokenizer = _tokenizer(words(size))
    model = LlavaForConditionalGeneration(_config(SIZES[size], side, tokenizer))
    _draw(model)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    _processor(tokenizer, side).save_pretrained(folder)
    return sum(parameter.numel() for parameter in model.parameters())


def _tokenizer(known: list[str]) -> PreTrainedTokenizerFast:
    vocabulary = {token: place for place, token in enumerate([PAD, END, USER, ASSISTANT, IMAGE, *known])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=known[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens([PAD, END, USER, ASSISTANT, IMAGE])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        extra_special_tokens={"image_token": IMAGE},
        model_max_length=CONTEXT,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def _processor(tokenizer: PreTrainedTokenizerFast, side: int) -> LlavaProcessor:
    square = {"height": side, "width": side}
    return LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size=square, crop_size=square, do_center_crop=False),
        tokenizer=tokenizer,
        patch_size=PATCH_SIZE,
        vision_feature_select_strategy="default",
        image_token=IMAGE,
        num_additional_image_tokens=1,
        chat_template=CHAT_TEMPLATE,
    )


def _config(size: Size, side: int, tokenizer: PreTrainedTokenizerFast) -> LlavaConfig:
    vision = CLIPVisionConfig(
        hidden_size=size.vision_width,
        intermediate_size=size.vision_width * 4 if size.width > 500 else size.vision_width * 3,
        num_hidden_layers=size.vision_layers,
        num_attention_heads=size.vision_heads,
        image_size=side,
        patch_size=PATCH_SIZE,
    )
    text = Qwen2Config(
        vocab_size=size.vocabulary,
        hidden_size=size.width,
        intermediate_size=size.inner,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=size.tied,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=tokenizer.vocab[IMAGE],
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        image_seq_length=(side // PATCH_SIZE) ** 2,
        tie_word_embeddings=size.tied,
    )


def _draw(model: LlavaForConditionalGeneration) -> None:
    """Weights large enough for predictions that differ: those of the usual scale make every logit nearly the same."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                scale = parameter[0].numel() ** -0.5
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * scale)
