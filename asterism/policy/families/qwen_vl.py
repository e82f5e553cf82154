"""The Qwen-VL models."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel

from asterism.policy.family import Family
from asterism.policy.inputs import ModelInputs, VisionInputs
from asterism.policy.positions import counted_positions


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

    def random_image(self, config: PreTrainedConfig, generator: torch.Generator) -> VisionInputs:
        vision = config.vision_config
        rows, columns = 2 * vision.spatial_merge_size, 3 * vision.spatial_merge_size
        length = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2
        pixels = torch.randn(rows * columns, length, generator=generator)
        return VisionInputs({"pixel_values": pixels, "image_grid_thw": torch.tensor([[1, rows, columns]])})


FAMILY = QwenVL()
