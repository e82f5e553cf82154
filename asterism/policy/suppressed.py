"""Tokens that must never be sampled."""

from transformers import PreTrainedConfig, PreTrainedTokenizerBase

from asterism.policy.family import Family
from asterism.policy.text_config import text_config


def suppressed_token_ids(
    family: Family, config: PreTrainedConfig, tokenizer: PreTrainedTokenizerBase
) -> tuple[int, ...]:
    """Token ids that must never be sampled, ascending.

    Image and video placeholders and their brackets, padding (unless it is also the end-of-text token, the only
    way to stop), and rows of the output layer for which the tokenizer has no token.
    """
    vocabulary = tokenizer.get_vocab()
    named = {vocabulary[token] for token in family.vision_tokens if token in vocabulary}
    configured = {
        value
        for name, value in config.to_dict().items()
        if name.endswith(("_token_id", "_token_index"))
        and name.startswith(("image", "video", "vision", "boi", "eoi"))
        and isinstance(value, int)
    }
    padding = {tokenizer.pad_token_id} - {None, tokenizer.eos_token_id}
    size = text_config(config).vocab_size
    unnamed = set(range(size)) - set(vocabulary.values())
    return tuple(sorted(token for token in named | configured | padding | unnamed if token < size))
