"""The naive path: every answer is sampled and scored as a whole row, with its own copy of prompt and pictures."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from asterism.policy.inputs import VisionInputs
from asterism.policy.policy import Policy
from asterism.policy.prefix import Prefix
from asterism.policy.sight import Sight
from asterism.rollout.local import LocalEngine, _Row


class NaiveEngine(LocalEngine):
    """Samples without a shared prefill."""

    def _prefill(self, batch: list[_Row]) -> tuple[Tensor, Prefix]:
        hidden, prefix = self.policy.read_prefix(self.policy.batch([row.prompt for row in batch], "left"))
        return self.policy.head(hidden[:, -1]), prefix


class EveryCopy(Sight):
    """Lets the model see every copy of a picture."""

    def look(self, policy: Policy, vision: VisionInputs) -> Mapping[str, Any]:
        """The pixels as they are."""
        return vision.tensors


def see_every_copy(policy: Policy) -> None:
    """From now on this policy's pictures are neither shared nor remembered."""
    object.__setattr__(policy, "sight", EveryCopy())
