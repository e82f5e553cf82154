"""What the configuration of a language model says, whichever family it is of."""

from typing import Any

from transformers import PreTrainedConfig


def text_config(config: PreTrainedConfig) -> Any:
    """The language model's part of a configuration."""
    return config.get_text_config()


def layer_types(config: PreTrainedConfig) -> tuple[str, ...]:
    """The attention type of each language layer, in transformers' words (``full_attention``, ...).

    A layer whose type cannot be told is ``unknown``, so that a shortcut proven for some types refuses it.
    """
    text = text_config(config)
    values = text.to_dict()
    if values.get("layer_types"):
        return tuple(str(kind) for kind in values["layer_types"])
    # These two have no setting for anything else.
    if text.model_type in ("llama", "qwen3_vl_text"):
        return ("full_attention",) * int(text.num_hidden_layers)
    return ("unknown",) * int(text.num_hidden_layers)


def steady_positions(config: PreTrainedConfig) -> int:
    """How many tokens a row may have, with the rotary frequencies the same at every one of them.

    At most the model's context. Two kinds of scaling give all positions other frequencies once the longest row of a
    batch passes a limit: ``dynamic`` beyond the context, ``longrope`` beyond the context of the original model. What
    was read before and is in a cache then no longer fits.
    """
    text = text_config(config)
    limits = [int(text.max_position_embeddings)]
    kinds = _rope_kinds(config)
    limits += [int(each["original_max_position_embeddings"]) for each in kinds if each.get("rope_type") == "longrope"]
    return min(limits)


def changing_rope(config: PreTrainedConfig) -> str | None:
    """The kind of rotary scaling whose frequencies depend on the longest row, or None."""
    found = [str(each.get("rope_type")) for each in _rope_kinds(config)]
    return next((kind for kind in found if kind in ("dynamic", "longrope")), None)


def _rope_kinds(config: PreTrainedConfig) -> list[dict[str, Any]]:
    """The rotary settings: one, or one for each type of layer."""
    given = text_config(config).to_dict().get("rope_parameters") or {}
    return [given, *(each for each in given.values() if isinstance(each, dict))]
