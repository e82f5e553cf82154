"""The naive path: every answer is sampled and scored as a whole row, with its own copy of prompt and images."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from asterism.policy.inputs import Encoded, VisionInputs
from asterism.policy.policy import Policy
from asterism.policy.sight import Sight
from asterism.rollout.engine import Request
from asterism.rollout.local import LocalEngine


class NaiveEngine(LocalEngine):
    """Samples without a shared prefill: every context is an object of its own, so none is taken for another."""

    def _context(self, request: Request, work: Any) -> Encoded:
        return replace(super()._context(request, work))

    def _shares(self, requests: Sequence[Request]) -> bool:
        return False


class EveryCopy(Sight):
    """Lets the model see every copy of an image."""

    def look(self, policy: Policy, vision: VisionInputs) -> Mapping[str, Any]:
        """The pixels as they are."""
        return vision.tensors


def see_every_copy(policy: Policy) -> None:
    """From now on this policy's images are neither shared nor remembered."""
    object.__setattr__(policy, "sight", EveryCopy())
