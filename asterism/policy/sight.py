"""Every distinct image is seen once per pass, and not again while the weights that see it stay as they are."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers.utils.generic import ModelOutput

from asterism.policy.inputs import VisionInputs

if TYPE_CHECKING:
    from asterism.policy.policy import Policy

Features = tuple[Tensor, ...]
"""What the model makes of one image: features ``[tokens, width]``, and one more such tensor for each deep layer."""

REMEMBERED_MIB = 256


class Sight:
    """Features of images by their digest, the most recent up to a limit of memory.

    They are remembered without gradient, for passes that take none through the vision part: sampling, measuring,
    scoring, and training with a frozen tower and projector. A change of any weight on the way empties the memory.
    """

    def __init__(self, *, mebibytes: int = REMEMBERED_MIB) -> None:
        self.mebibytes = mebibytes
        self.seen = 0
        """Images that went through the vision part so far."""
        self.patches = 0
        """Patches of theirs that the tower read."""
        self.features = 0
        """Feature vectors that the projector made of them."""
        self._remembered: OrderedDict[str, Features] = OrderedDict()
        self._bytes = 0
        self._weights: tuple[tuple[int, int], ...] = ()

    def look(self, policy: "Policy", vision: VisionInputs) -> Mapping[str, Any]:
        """What the language model is to be given instead of pixels: keyword arguments of its forward pass."""
        if not vision.tensors:
            return {}
        trained = torch.is_grad_enabled() and any(weight.requires_grad for weight in policy.vision_parameters)
        found = self._fresh(policy, vision) if trained else self._recalled(policy, vision)
        return {
            "mm_encoder_outputs": {
                "image": _output([found[digest] for digest in vision.digests], policy.family.stacked)
            }
        }

    def _fresh(self, policy: "Policy", vision: VisionInputs) -> dict[str, Features]:
        places = {digest: place for place, digest in reversed(list(enumerate(vision.digests)))}
        chosen = sorted(places.values())
        with policy.clock("vision"):
            features = self._see(policy, policy.family.select(vision, chosen))
        return dict(zip((vision.digests[place] for place in chosen), features, strict=True))

    def _see(self, policy: "Policy", vision: VisionInputs) -> list[Features]:
        """The features of each image, counted."""
        patches = sum(policy.family.patches(policy.model.config, vision))
        sizes = policy.family.sizes(policy.model.config, vision)
        self.seen += len(sizes)
        self.patches += patches
        self.features += sum(sizes)
        policy.clock.count(patches)
        return _features(policy, vision, sizes)

    def _recalled(self, policy: "Policy", vision: VisionInputs) -> dict[str, Features]:
        self._forget_if_changed(policy)
        found: dict[str, Features] = {}
        for place, digest in enumerate(vision.digests):
            if digest in found:
                continue
            if digest in self._remembered:
                found[digest] = self._remembered[digest]
            else:
                # One at a time: the last bits depend on what else is in a pass, and a run that is resumed, with an
                # empty memory, must see the same bits. Not in inference mode, or else what is remembered could not
                # take part in a later training pass.
                with torch.inference_mode(False), torch.no_grad():
                    found |= self._fresh(policy, policy.family.select(vision, [place]))
            self._remember(digest, found[digest])
        return found

    def _forget_if_changed(self, policy: "Policy") -> None:
        # Written to in place, or (another precision, another device) laid elsewhere.
        weights = tuple((weight._version, weight.data_ptr()) for weight in policy.vision_parameters)
        if weights != self._weights:
            self._remembered.clear()
            self._bytes, self._weights = 0, weights

    def _remember(self, digest: str, features: Features) -> None:
        if digest not in self._remembered:
            self._remembered[digest] = features
            self._bytes += _size(features)
        self._remembered.move_to_end(digest)
        while self._bytes > self.mebibytes * 2**20:
            self._bytes -= _size(self._remembered.popitem(last=False)[1])


def _features(policy: "Policy", vision: VisionInputs, sizes: list[int]) -> list[Features]:
    """The features of each image, of which there are ``sizes``."""
    body: Any = policy.model.base_model
    output = body.get_image_features(**vision.tensors, return_dict=True)
    layers = (output.pooler_output, *(output.get("deepstack_features") or ()))
    # A layer is one tensor, or one for each image or row; in every case the images follow one another.
    joined = [torch.cat([part.flatten(0, -2) for part in layer]) for layer in layers]
    return list(zip(*(torch.split(layer, sizes) for layer in joined), strict=True))


def _output(features: list[Features], stacked: bool) -> ModelOutput:
    """What ``get_image_features`` would have given for all these images."""
    pooled, *deep = zip(*features, strict=True)
    return ModelOutput(  # type: ignore[no-untyped-call]
        pooler_output=torch.stack(pooled) if stacked else pooled, deepstack_features=deep
    )


def _size(features: Features) -> int:
    return sum(each.numel() * each.element_size() for each in features)
