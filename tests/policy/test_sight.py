"""Pictures are seen once: the same numbers, fewer passes through the vision part."""

from collections.abc import Callable

import pytest
import torch

from asterism.core.image import Image
from asterism.policy.inputs import ModelInputs
from asterism.policy.policy import FreezeConfig, Policy

Pictures = Callable[..., Image]


def inputs_of(policy: Policy, pictures: list[list[Image]]) -> ModelInputs:
    return policy.batch([policy.encode("Describe.", images) for images in pictures], "left")


def plain(policy: Policy, inputs: ModelInputs) -> torch.Tensor:
    body = policy.model.base_model
    output: torch.Tensor = body(
        input_ids=inputs.token_ids,
        attention_mask=inputs.mask,
        position_ids=inputs.positions,
        **inputs.vision.tensors,
        **policy.family.extras(policy.model.config, inputs),
    ).last_hidden_state
    return output


def test_the_same_picture_in_many_rows_is_seen_once(policy: Policy, picture: Pictures) -> None:
    policy.sight.__init__()  # type: ignore[misc]
    one, other = picture(1), picture(2)
    rows = inputs_of(policy, [[one], [other, one], [one]])
    with torch.no_grad():
        torch.testing.assert_close(policy.read(rows), plain(policy, rows), atol=1e-5, rtol=1e-5)
    distinct = len(set(rows.vision.digests))
    assert distinct < len(rows.vision.digests)
    assert policy.sight.seen == distinct
    with torch.no_grad():
        policy.read(rows)
    assert policy.sight.seen == distinct  # remembered


def test_gradients_through_a_shared_picture_are_those_of_plain_rows(policy: Policy, picture: Pictures) -> None:
    one = picture(1)
    rows = inputs_of(policy, [[one], [picture(2), one]])
    found = []
    for hidden in (policy.read(rows), plain(policy, rows)):
        policy.model.zero_grad(set_to_none=True)
        direction = torch.randn(hidden.shape, generator=torch.Generator().manual_seed(0))
        (hidden * direction * rows.mask[..., None]).sum().backward()  # type: ignore[no-untyped-call]
        grads = [w.grad.clone() for w in policy.vision_parameters if w.grad is not None]
        found.append(torch.cat([grad.flatten() for grad in grads]))
    policy.model.zero_grad(set_to_none=True)
    assert found[0].abs().max() > 0
    torch.testing.assert_close(found[0], found[1], atol=1e-4 * float(found[1].abs().max()), rtol=1e-4)


def test_a_changed_weight_empties_the_memory(policy: Policy, picture: Pictures) -> None:
    rows = inputs_of(policy, [[picture(3)]])
    with torch.no_grad():
        policy.read(rows)
        seen = policy.sight.seen
        policy.vision_parameters[0].mul_(1.0)
        policy.read(rows)
    assert policy.sight.seen > seen


def test_weights_of_another_precision_empty_the_memory(policy: Policy, picture: Pictures) -> None:
    with torch.no_grad():
        policy.read(inputs_of(policy, [[picture(3)]]))
        seen = policy.sight.seen
        try:
            policy.model.double()  # type: ignore[no-untyped-call]
            policy.read(inputs_of(policy, [[picture(3)]]))
        finally:
            policy.model.float()  # type: ignore[no-untyped-call]
    assert policy.sight.seen > seen


def test_features_of_a_frozen_tower_serve_sampling_and_training(policy: Policy, picture: Pictures) -> None:
    policy.freeze(FreezeConfig(vision=True, projector=True))
    try:
        rows = inputs_of(policy, [[picture(4)]])
        with torch.inference_mode():
            policy.read(rows)
        seen = policy.sight.seen
        policy.read(rows).sum().backward()  # type: ignore[no-untyped-call]
        assert policy.sight.seen == seen
    finally:
        policy.freeze(FreezeConfig())
        policy.model.zero_grad(set_to_none=True)


@pytest.mark.parametrize("mebibytes", [0, 256])
def test_the_memory_is_bounded(policy: Policy, picture: Pictures, mebibytes: int) -> None:
    policy.sight.__init__(mebibytes=mebibytes)  # type: ignore[misc]
    rows = inputs_of(policy, [[picture(5)], [picture(6)]])
    with torch.no_grad():
        policy.read(rows)
        policy.read(rows)
    distinct = len(set(rows.vision.digests))
    assert policy.sight.seen == distinct * (2 if mebibytes == 0 else 1)
    policy.sight.__init__()  # type: ignore[misc]
