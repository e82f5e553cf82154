"""LLaVA."""

from transformers import PreTrainedConfig

from asterism.policy.family import Family
from asterism.policy.inputs import VisionInputs


class Llava(Family):
    """LLaVA: a CLIP or SigLIP tower, a small projector, any language model."""

    model_types = ("llava",)
    vision_tokens = ("<image>",)

    def features(self, config: PreTrainedConfig, vision: VisionInputs) -> int:
        pixels = vision.tensors["pixel_values"]  # [images, 3, height, width]
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


FAMILY = Llava()
