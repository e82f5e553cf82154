"""What differs between families of vision-language models: one class says it all."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar

import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel

from asterism.core.errors import AsterismError
from asterism.policy import families
from asterism.policy.inputs import ModelInputs, VisionInputs
from asterism.policy.positions import counted_positions


class Family:
    """How one family of models names its parts, counts its image tokens and places its positions.

    A subclass says which ``model_types`` it serves, which parameter-name prefixes make up the three parts, which
    special tokens stand for vision, along which dimension its vision tensors count images, and how many features
    the model makes of some images.
    """

    model_types: ClassVar[tuple[str, ...]]
    vision: ClassVar[tuple[str, ...]] = ("model.vision_tower.",)
    projector: ClassVar[tuple[str, ...]] = ("model.multi_modal_projector.",)
    language: ClassVar[tuple[str, ...]] = ("model.language_model.", "lm_head.")
    vision_tokens: ClassVar[tuple[str, ...]]
    vision_tensors: ClassVar[tuple[str, ...]] = ("pixel_values",)
    images_along: ClassVar[int] = 0
    causal: ClassVar[bool] = True
    """Whether a token of the language model sees none that come after it."""
    stacked: ClassVar[bool] = False
    """Whether the model wants the features of its images as one tensor; else as a tuple of one each."""

    def features(self, config: PreTrainedConfig, vision: VisionInputs) -> int:
        """How many feature vectors, and so placeholder tokens, the model makes of these images."""
        raise NotImplementedError

    def count(self, vision: VisionInputs) -> int:
        """How many images (or tiles) these are."""
        return int(vision.tensors["pixel_values"].shape[self.images_along]) if vision.tensors else 0

    def sizes(self, config: PreTrainedConfig, vision: VisionInputs) -> list[int]:
        """How many feature vectors the model makes of each image (or tile)."""
        count = self.count(vision)
        return [self.features(config, vision) // count] * count

    def patches(self, config: PreTrainedConfig, vision: VisionInputs) -> list[int]:
        """How many patches the vision tower reads of each image (or tile)."""
        pixels = vision.tensors["pixel_values"]  # [..., height, width]
        size = config.vision_config.patch_size
        down, across = size if isinstance(size, list | tuple) else (size, size)
        return [pixels.shape[-2] // down * (pixels.shape[-1] // across)] * self.count(vision)

    def select(self, vision: VisionInputs, places: Sequence[int]) -> VisionInputs:
        """The images (or tiles) at some places, in that order."""
        index = torch.tensor(places, dtype=torch.long)
        tensors = {
            name: tensor.index_select(self.images_along, index.to(tensor.device))
            for name, tensor in vision.tensors.items()
        }
        return VisionInputs(tensors, tuple(vision.digests[place] for place in places) if vision.digests else ())

    def named(self, vision: VisionInputs) -> VisionInputs:
        """The same with the digest of each image."""
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

    def random_image(self, config: PreTrainedConfig, generator: torch.Generator) -> VisionInputs:
        """One image of noise at the model's own size."""
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


def family_of(config: PreTrainedConfig) -> Family:
    """The family of a model's configuration.

    Raises:
        AsterismError: no family serves its ``model_type``.
    """
    for family in known_families():
        if config.model_type in family.model_types:
            return family
    known = ", ".join(sorted(kind for family in known_families() for kind in family.model_types))
    raise AsterismError(
        f"model type {config.model_type!r} has no family here", remedy=f"Use a model of one of the types {known}."
    )


@cache
def known_families() -> tuple[Family, ...]:
    """The ``FAMILY`` of every file in the folder ``families``."""
    modules = (import_module(f"{families.__name__}.{found.name}") for found in iter_modules(families.__path__))
    return tuple(module.FAMILY for module in modules)
