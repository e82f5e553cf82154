"""The precision in which weights are trained."""

import torch

from asterism.core.errors import AsterismError
from asterism.policy.policy import Policy


def refuse_half_precision(policy: Policy) -> None:
    """See that what is trained is held in float32.

    AdamW's steps at published rates are smaller than the last bit of a bfloat16 weight: at 1e-6 less than 1 % of the
    weights would change at all. Adapters are held in float32 whatever the model's type.

    Raises:
        AsterismError: a trained weight is held in half precision.
    """
    kinds = {weight.dtype for weight in policy.trainable_parameters()} & {torch.bfloat16, torch.float16}
    if kinds:
        name = str(min(kinds, key=str)).removeprefix("torch.")
        raise AsterismError(
            f"weights in {name} are not trained: most updates would be rounded away",
            where="model.dtype",
            remedy="Set model.dtype to float32, or train adapters, which are held in float32: model.lora.rank=64.",
        )
