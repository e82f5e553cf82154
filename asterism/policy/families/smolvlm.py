"""SmolVLM2."""

import torch
from transformers import PreTrainedConfig

from asterism.policy.family import Family
from asterism.policy.inputs import VisionInputs


class SmolVLM(Family):
    """SmolVLM2: images are cut into square tiles of one size; the whole image, scaled down, is the last of them.

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
    images_along = 1

    def features(self, config: PreTrainedConfig, vision: VisionInputs) -> int:
        _, tiles, _, height, width = vision.tensors["pixel_values"].shape  # [1, tiles, 3, height, width]
        size = config.vision_config.patch_size
        return int(tiles * ((height // size) * (width // size) // config.scale_factor**2))

    def random_image(self, config: PreTrainedConfig, generator: torch.Generator) -> VisionInputs:
        tile = super().random_image(config, generator).tensors["pixel_values"]
        return VisionInputs({"pixel_values": tile[None]})


FAMILY = SmolVLM()
