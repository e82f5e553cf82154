"""InternVL."""

from transformers import PreTrainedConfig

from asterism.policy.family import Family
from asterism.policy.inputs import VisionInputs


class InternVL(Family):
    """InternVL 2.5 and 3: images are cut into tiles, each tile is one row of ``pixel_values``."""

    model_types = ("internvl",)
    stacked = True
    vision_tokens = ("<IMG_CONTEXT>", "<img>", "</img>", "<video>")

    def features(self, config: PreTrainedConfig, vision: VisionInputs) -> int:
        pixels = vision.tensors["pixel_values"]  # [tiles, 3, height, width]
        height, width = config.vision_config.patch_size
        patches = (pixels.shape[2] // height) * (pixels.shape[3] // width)
        return int(pixels.shape[0] * int(patches * config.downsample_ratio**2))


FAMILY = InternVL()
