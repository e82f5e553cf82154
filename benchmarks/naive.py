"""The naive path: every answer is sampled and scored as a whole row, with its own copy of prompt and pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from asterism.core.image import Image
from asterism.core.seeds import derive_seed
from asterism.policy.encoder import Encoder
from asterism.policy.inputs import Encoded, VisionInputs
from asterism.policy.policy import Policy
from asterism.policy.sight import Sight
from asterism.rollout.engine import Completion, Request, SamplingConfig
from asterism.rollout.local import LocalEngine


class Copies(Encoder):
    """Gives a copy of what another encoder remembers each time, so that no two prompts are one."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder.policy)
        self._encoder = encoder

    def encode(self, prompt: str, images: Sequence[Image], *, where: str = "prompt") -> Encoded:
        """The prompt as the model reads it."""
        return replace(self._encoder.encode(prompt, images, where=where))


class NaiveEngine:
    """Samples without a shared prefill: each sample is a request of its own."""

    def __init__(self, policy: Policy, *, encoder: Encoder, never: Sequence[int] = ()) -> None:
        self._engine = LocalEngine(policy, encoder=Copies(encoder), never=never)

    def generate(
        self,
        requests: Sequence[Request],
        sampling: SamplingConfig,
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Completion]:
        """All samples of all requests, ordered by request, then sample."""
        alone = [
            replace(request, samples=1, seed=derive_seed("alone", request.seed, sample))
            for request in requests
            for sample in range(request.samples)
        ]
        return self._engine.generate(alone, sampling, on_progress=on_progress)


class EveryCopy(Sight):
    """Lets the model see every copy of a picture."""

    def look(self, policy: Policy, vision: VisionInputs) -> Mapping[str, Any]:
        """The pixels as they are."""
        return vision.tensors


def see_every_copy(policy: Policy) -> None:
    """From now on this policy's pictures are neither shared nor remembered."""
    object.__setattr__(policy, "sight", EveryCopy())
