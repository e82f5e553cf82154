"""What a policy is shown before the same trained tokens."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from asterism.core.image import Image
from asterism.core.seeds import rng_for
from asterism.core.trajectory import Segment, Trajectory
from asterism.policy.policy import Policy

Conditioning = Callable[[Trajectory], Trajectory]
"""Another trajectory with the same trained tokens: another prompt, other images, other things that tools said."""


def unchanged(trajectory: Trajectory) -> Trajectory:
    """What the policy was shown when the trajectory was sampled."""
    return trajectory


@dataclass(frozen=True, slots=True)
class WithoutImages:
    """No image anywhere: neither in the prompt nor in what tools returned later.

    ``placeholders`` are the token ids that stand for images in this policy's rows.
    """

    placeholders: frozenset[int]

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """For the rows of a policy."""
        vocabulary = policy.tokenizer.get_vocab()
        named = {vocabulary[token] for token in policy.family.vision_tokens if token in vocabulary}
        return cls(frozenset({*named, policy.model.config.image_token_id}))

    def __call__(self, trajectory: Trajectory) -> Trajectory:
        prompt, *rest = trajectory.segments
        blind = replace(prompt, images=(), token_ids=())  # the template is rendered anew, without placeholders
        return replace(trajectory, segments=(blind, *map(self._blinded, rest)))

    def _blinded(self, segment: Segment) -> Segment:
        if not segment.images:
            return segment
        kept = tuple(token for token in segment.token_ids if token not in self.placeholders)
        return replace(segment, images=(), token_ids=kept)


@dataclass(frozen=True, slots=True)
class MaskedImages:
    """Every image with a share of its patches black, in the prompt and in later turns.

    Which patches is drawn by name from the image's own digest, so an image is masked the same in every pass.
    PAPO, arXiv 2507.06448, masks 0.6 of patches of 14 pixels.
    """

    share: float = 0.6
    patch: int = 14

    def __call__(self, trajectory: Trajectory) -> Trajectory:
        segments = tuple(
            replace(segment, images=tuple(map(self.masked, segment.images))) if segment.images else segment
            for segment in trajectory.segments
        )
        return replace(trajectory, segments=segments)

    def masked(self, image: Image) -> Image:
        """The image, of the same size, with black patches."""
        pixels = np.array(image.pixels)
        rng = rng_for("masked image", image.digest, self.patch)
        for top in range(0, pixels.shape[0], self.patch):
            for left in range(0, pixels.shape[1], self.patch):
                if rng.random() < self.share:
                    pixels[top : top + self.patch, left : left + self.patch] = 0
        return Image.from_pixels(pixels)
