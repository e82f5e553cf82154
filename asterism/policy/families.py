"""What differs between families of vision-language models, one small class each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from asterism.core.errors import AsterismError
from asterism.policy.inputs import ModelInputs, VisionInputs


class Family:
    """How one family of models names its parts, counts its picture tokens and places its positions.

    A subclass says which ``model_types`` it serves, which parameter-name prefixes make up the three parts, which
    special tokens stand for vision, along which dimension its vision tensors count pictures, and how many features
    the model makes of some pictures.
    """

    model_types: ClassVar[tuple[str, ...]]
    vision: ClassVar[tuple[str, ...]] = ("model.vision_tower.",)
    projector: ClassVar[tuple[str, ...]] = ("model.multi_modal_projector.",)
    language: ClassVar[tuple[str, ...]] = ("model.language_model.", "lm_head.")
    vision_tokens: ClassVar[tuple[str, ...]]
    vision_tensors: ClassVar[tuple[str, ...]] = ("pixel_values",)
    pictures_along: ClassVar[int] = 0
    causal: ClassVar[bool] = True
    """Whether a token of the language model sees none that come after it."""
    stacked: ClassVar[bool] = False
    """Whether the model wants the features of its pictures as one tensor; else as a tuple of one each."""

    def features(self, config: PreTrainedConfig, vision: VisionInputs) -> int:
        """How many feature vectors, and so placeholder tokens, the model makes of these pictures."""
        raise NotImplementedError

    def count(self, vision: VisionInputs) -> int:
        """How many pictures (or tiles) these are."""
        return int(vision.tensors["pixel_values"].shape[self.pictures_along]) if vision.tensors else 0

    def sizes(self, config: PreTrainedConfig, vision: VisionInputs) -> list[int]:
        """How many feature vectors the model makes of each picture (or tile)."""
        count = self.count(vision)
        return [self.features(config, vision) // count] * count

    def patches(self, config: PreTrainedConfig, vision: VisionInputs) -> list[int]:
        """How many patches the vision tower reads of each picture (or tile)."""
        pixels = vision.tensors["pixel_values"]  # [..., height, width]
        size = config.vision_config.patch_size
        down, across = size if isinstance(size, list | tuple) else (size, size)
        return [pixels.shape[-2] // down * (pixels.shape[-1] // across)] * self.count(vision)

    def select(self, vision: VisionInputs, places: Sequence[int]) -> VisionInputs:
        """The pictures (or tiles) at some places, in that order."""
        index = torch.tensor(places, dtype=torch.long)
        tensors = {
            name: tensor.index_select(self.pictures_along, index.to(tensor.device))
            for name, tensor in vision.tensors.items()
        }
        return VisionInputs(tensors, tuple(vision.digests[place] for place in places) if vision.digests else ())

    def named(self, vision: VisionInputs) -> VisionInputs:
        """The same with the digest of each picture."""
        digests = []
        for place in range(self.count(vision)):
            digest = blake2b(digest_size=16)
            for _, tensor in sorted(self.select(vision, [place]).tensors.items()):
                digest.update(f"{tuple(tensor.shape)}".encode())
                digest.update(tensor.contiguous().numpy().tobytes())
            digests.append(digest.hexdigest())
        return replace(vision, digests=tuple(digests))

    def positions(self, model: PreTrainedModel, token_ids: Tensor, mask: Tensor, vision: VisionInputs) -> Tensor:
        """Positions of padded rows from their first token on, ``[rows, tokens]`` or ``[3, rows, tokens]``."""
        return counted_positions(mask)

    def extras(self, config: PreTrainedConfig, inputs: ModelInputs) -> Mapping[str, Tensor]:
        """Further keyword tensors for a forward pass."""
        return {}

    def own_position_inputs(self, config: PreTrainedConfig, inputs: ModelInputs) -> Mapping[str, Tensor]:
        """What the model needs to place positions itself, where it is given none."""
        return {}

    def random_picture(self, config: PreTrainedConfig, generator: torch.Generator) -> VisionInputs:
        """One picture of noise at the model's own size."""
        size = config.vision_config.image_size
        height, width = size if isinstance(size, list | tuple) else (size, size)
        return VisionInputs({"pixel_values": torch.randn(1, 3, height, width, generator=generator)})

    def served_name(self, config: PreTrainedConfig, name: str) -> str:
        """The name under which vLLM reads a weight that transformers saved as ``name``."""
        return name

    def parts(self, model: PreTrainedModel) -> Mapping[int, frozenset[str]]:
        """For each parameter (by ``id``), the parts ``vision``, ``projector``, ``language`` that hold it.

        A parameter tied between two parts belongs to both.

        Raises:
            AsterismError: a parameter belongs to no part.
        """
        found: dict[int, frozenset[str]] = {}
        for name, parameter in model.named_parameters(remove_duplicate=False):
            found[id(parameter)] = found.get(id(parameter), frozenset()) | {self._part(name)}
        return found

    def _part(self, name: str) -> str:
        # The projector of some families lies inside the vision module, so it is asked first.
        for part, prefixes in (("projector", self.projector), ("vision", self.vision), ("language", self.language)):
            if name.startswith(prefixes):
                return part
        raise AsterismError(
            f"parameter {name!r} belongs to no known part of a {self.model_types[0]} model",
            remedy="Use a transformers release in the supported range.",
        )


class TextOnly(Family):
    """A causal language model that sees nothing."""

    model_types = ()
    vision_tokens = ()
    vision_tensors = ()


class Llava(Family):
    """LLaVA: a CLIP or SigLIP tower, a small projector, any language model."""

    model_types = ("llava",)
    vision_tokens = ("<image>",)

    def features(self, config: PreTrainedConfig, vision: VisionInputs) -> int:
        pixels = vision.tensors["pixel_values"]  # [pictures, 3, height, width]
        size = config.vision_config.patch_size
        patches = (pixels.shape[2] // size) * (pixels.shape[3] // size)
        has_class_token = config.vision_config.model_type == "clip_vision_model"
        dropped = config.vision_feature_select_strategy == "default"
        return int(pixels.shape[0] * (patches + has_class_token - dropped))

    def served_name(self, config: PreTrainedConfig, name: str) -> str:
        # vLLM keeps a module around these towers that transformers has given up.
        tower, within = "vision_tower.", "vision_tower.vision_model."
        wrapped = config.vision_config.model_type in ("clip_vision_model", "siglip_vision_model")
        if not wrapped or not name.startswith(tower) or name.startswith(within):
            return name
        return within + name.removeprefix(tower)


class InternVL(Family):
    """InternVL 2.5 and 3: pictures are cut into tiles, each tile is one row of ``pixel_values``."""

    model_types = ("internvl",)
    stacked = True
    vision_tokens = ("<IMG_CONTEXT>", "<img>", "</img>", "<video>")

    def features(self, config: PreTrainedConfig, vision: VisionInputs) -> int:
        pixels = vision.tensors["pixel_values"]  # [tiles, 3, height, width]
        height, width = config.vision_config.patch_size
        patches = (pixels.shape[2] // height) * (pixels.shape[3] // width)
        return int(pixels.shape[0] * int(patches * config.downsample_ratio**2))


class Gemma3(Family):
    """Gemma 3: picture tokens attend to one another in both directions, marked by ``token_type_ids``."""

    model_types = ("gemma3",)
    causal = False
    stacked = True
    vision_tokens = ("<start_of_image>", "<end_of_image>", "<image_soft_token>")

    def features(self, config: PreTrainedConfig, vision: VisionInputs) -> int:
        return int(vision.tensors["pixel_values"].shape[0]) * int(config.mm_tokens_per_image)

    def extras(self, config: PreTrainedConfig, inputs: ModelInputs) -> Mapping[str, Tensor]:
        if not inputs.vision.tensors:
            return {}
        kinds = (inputs.token_ids == config.image_token_id).long()
        cached = inputs.mask.shape[1] - kinds.shape[1]
        return {"token_type_ids": F.pad(kinds, (cached, 0))}  # the mask is laid over cached tokens too


class QwenVL(Family):
    """Qwen2-VL, Qwen2.5-VL, Qwen3-VL and Qwen3.5: rotary positions in time, height and width.

    The positions are always computed here and passed on: left to itself the model keeps the last batch's offsets
    and would apply them to another batch's cache.
    """

    model_types = ("qwen2_5_vl", "qwen3_vl", "qwen3_5", "qwen2_vl")
    vision = ("model.visual.",)
    projector = ("model.visual.merger.", "model.visual.deepstack_merger_list.")
    vision_tokens = ("<|image_pad|>", "<|video_pad|>", "<|vision_pad|>", "<|vision_start|>", "<|vision_end|>")
    vision_tensors = ("pixel_values", "image_grid_thw")

    def features(self, config: PreTrainedConfig, vision: VisionInputs) -> int:
        return sum(self.sizes(config, vision))

    def sizes(self, config: PreTrainedConfig, vision: VisionInputs) -> list[int]:
        return [count // config.vision_config.spatial_merge_size**2 for count in self.patches(config, vision)]

    def patches(self, config: PreTrainedConfig, vision: VisionInputs) -> list[int]:
        patches: list[int] = vision.tensors["image_grid_thw"].prod(-1).tolist()
        return patches

    def count(self, vision: VisionInputs) -> int:
        return len(vision.tensors["image_grid_thw"]) if vision.tensors else 0

    def select(self, vision: VisionInputs, places: Sequence[int]) -> VisionInputs:
        grids = vision.tensors["image_grid_thw"]
        patches = torch.split(vision.tensors["pixel_values"], grids.prod(-1).tolist())
        chosen = {
            "pixel_values": torch.cat([patches[place] for place in places]),
            "image_grid_thw": grids[list(places)],
        }
        return VisionInputs(chosen, tuple(vision.digests[place] for place in places) if vision.digests else ())

    def positions(self, model: PreTrainedModel, token_ids: Tensor, mask: Tensor, vision: VisionInputs) -> Tensor:
        if not vision.tensors:
            return counted_positions(mask).expand(3, -1, -1)
        kinds = (token_ids == model.config.image_token_id).int()
        body: Any = model.base_model
        positions: Tensor = body.get_rope_index(
            token_ids, mm_token_type_ids=kinds, image_grid_thw=vision.tensors["image_grid_thw"], attention_mask=mask
        )[0]
        return positions

    def own_position_inputs(self, config: PreTrainedConfig, inputs: ModelInputs) -> Mapping[str, Tensor]:
        return {"mm_token_type_ids": (inputs.token_ids == config.image_token_id).int()}

    def random_picture(self, config: PreTrainedConfig, generator: torch.Generator) -> VisionInputs:
        vision = config.vision_config
        rows, columns = 2 * vision.spatial_merge_size, 3 * vision.spatial_merge_size
        length = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2
        pixels = torch.randn(rows * columns, length, generator=generator)
        return VisionInputs({"pixel_values": pixels, "image_grid_thw": torch.tensor([[1, rows, columns]])})


class SmolVLM(Family):
    """SmolVLM2: pictures are cut into square tiles of one size; the whole picture, scaled down, is the last of them.

    The model takes ``[prompts, tiles, 3, height, width]``, padded with tiles of zeros. The tiles of all prompts are
    put into one row instead, ``[1, tiles, ...]``: it reads them in the same order, and nothing is padded (so the mask
    of padded pixels is left out too).
    """

    model_types = ("smolvlm",)
    vision = ("model.vision_model.",)
    projector = ("model.connector.",)
    language = ("model.text_model.", "lm_head.")
    vision_tokens = (
        "<image>",
        "<fake_token_around_image>",
        "<global-img>",
        "<video>",
        *(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)),
    )
    pictures_along = 1

    def features(self, config: PreTrainedConfig, vision: VisionInputs) -> int:
        _, tiles, _, height, width = vision.tensors["pixel_values"].shape  # [1, tiles, 3, height, width]
        size = config.vision_config.patch_size
        return int(tiles * ((height // size) * (width // size) // config.scale_factor**2))

    def random_picture(self, config: PreTrainedConfig, generator: torch.Generator) -> VisionInputs:
        tile = super().random_picture(config, generator).tensors["pixel_values"]
        return VisionInputs({"pixel_values": tile[None]})


FAMILIES: tuple[Family, ...] = (Llava(), QwenVL(), InternVL(), Gemma3(), SmolVLM())


def family_of(config: PreTrainedConfig) -> Family:
    """The family of a model's configuration.

    Raises:
        AsterismError: no family serves its ``model_type``.
    """
    for family in FAMILIES:
        if config.model_type in family.model_types:
            return family
    known = ", ".join(sorted(kind for family in FAMILIES for kind in family.model_types))
    raise AsterismError(
        f"model type {config.model_type!r} has no family here", remedy=f"Use a model of one of the types {known}."
    )


def counted_positions(mask: Tensor) -> Tensor:
    """Positions 0, 1, 2, ... of the real tokens of each row, 0 where padded, ``[rows, tokens]``."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


def next_positions(positions: Tensor, mask: Tensor) -> Tensor:
    """The position that follows each row's last real token, ``[rows]``."""
    flat = positions.amax(0) if positions.dim() == 3 else positions
    return flat.masked_fill(mask == 0, -1).amax(-1) + 1


def suppressed_token_ids(
    family: Family, config: PreTrainedConfig, tokenizer: PreTrainedTokenizerBase
) -> tuple[int, ...]:
    """Token ids that must never be sampled, ascending.

    Picture and video placeholders and their brackets, padding (unless it is also the end-of-text token, the only
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


def text_config(config: PreTrainedConfig) -> Any:
    """The language model's part of a configuration."""
    return config.get_text_config()
