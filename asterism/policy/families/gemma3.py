"""Gemma 3."""

from collections.abc import Mapping

from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedConfig

from asterism.policy.family import Family
from asterism.policy.inputs import ModelInputs, VisionInputs


class Gemma3(Family):
    """Gemma 3: image tokens attend to one another in both directions, marked by ``token_type_ids``."""

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


FAMILY = Gemma3()
