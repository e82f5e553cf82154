"""The floating-point operations of an update, by the formula and by hand."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.image import Image
from asterism.learn.batch import Row
from asterism.learn.work import Price, Work, causal_pairs
from asterism.policy.inputs import Encoded
from asterism.policy.policy import FreezeConfig, Policy

Pictures = Callable[..., Image]
PARTS = ("language", "vision", "projector")


def row(prompt: Encoded, answer: int) -> Row:
    return Row(prompt, (5,) * answer, (True,) * answer)


def parameters(policy: Policy) -> dict[str, int]:
    """Parameters of each part, by their names."""
    prefixes = {name: getattr(policy.family, name) for name in PARTS}
    counted = dict.fromkeys(PARTS, 0)
    for name, weight in policy.model.named_parameters():
        part = next(p for p in ("projector", "vision", "language") if name.startswith(prefixes[p]))
        counted[part] += weight.numel()
    return counted


@given(st.integers(0, 40), st.integers(1, 50))
def test_pairs_are_those_that_a_causal_mask_leaves(tokens: int, window: int) -> None:
    assert causal_pairs(tokens) == sum(1 for q in range(tokens) for k in range(tokens) if k <= q)
    assert causal_pairs(tokens, window) == sum(1 for q in range(tokens) for k in range(tokens) if q - window < k <= q)


def test_a_tiny_update_costs_what_is_computed_by_hand(llava: Policy, picture: Pictures) -> None:
    # LLaVA of tests/policy/tiny_families.py: 4 layers of 4 heads of size 8; a picture of 32 × 32 has 4 × 4 patches.
    one, other = llava.encode("One?", (picture(1),)), llava.encode("And the other?", (picture(2),))
    p, q = len(one.token_ids), len(other.token_ids)
    count = parameters(llava)
    work = Price.of(llava).work([row(one, 3), row(one, 5), row(other, 2)], patches=1000, features=1000)

    unique = p + q + 3 + 5 + 2
    assert work.unique == unique
    assert work.delivered == 2 * p + q + 3 + 5 + 2
    pairs = p * (p + 1) // 2 + q * (q + 1) // 2 + (3 * p + 3 * 4 // 2) + (5 * p + 5 * 6 // 2) + (2 * q + 2 * 3 // 2)
    attention = 3 * 4 * 4 * 4 * 8 * pairs
    patches = features = 2 * 16
    parts = 6 * count["language"] * unique + 6 * count["vision"] * patches + 6 * count["projector"] * features
    assert work.flops == parts + attention


def test_frozen_parts_cost_a_third_and_a_remembered_picture_nothing(llava: Policy, picture: Pictures) -> None:
    prompt = llava.encode("One?", (picture(1),))
    rows, count = [row(prompt, 4)], parameters(llava)
    length = len(prompt.token_ids)
    attention = 4 * 4 * 4 * 8 * causal_pairs(length + 4)

    llava.freeze(FreezeConfig(vision=True, projector=True))
    price = Price.of(llava)
    language = 6 * count["language"] * (length + 4) + 3 * attention
    assert price.work(rows, patches=0, features=0).flops == language
    seen = 2 * 16 * (count["vision"] + count["projector"])
    assert price.work(rows, patches=16, features=16).flops == language + seen

    llava.freeze(FreezeConfig(language=True))
    frozen = Price.of(llava).work(rows, patches=16, features=16).flops
    assert frozen == 2 * count["language"] * (length + 4) + attention + 3 * seen


def test_what_is_seen_again_counts_once(llava: Policy, picture: Pictures) -> None:
    one = llava.encode("One?", (picture(1),))
    same = llava.encode("Two!", (picture(1), picture(1)))
    price = Price.of(llava)
    once = price.work([row(one, 1), row(same, 1)], patches=16, features=16)
    assert price.work([row(one, 1), row(same, 1)], patches=64, features=64) == once
    assert price.work([row(one, 1), row(replace(one), 1)], patches=0, features=0).unique == 2 * (len(one.token_ids) + 1)


def test_every_family_has_a_price(policy: Policy, picture: Pictures) -> None:
    prompt = policy.encode("One?", (picture(1),))
    patches = sum(policy.family.patches(policy.model.config, prompt.vision))
    features = sum(policy.family.sizes(policy.model.config, prompt.vision))
    assert patches >= features > 0
    work = Price.of(policy).work([row(prompt, 2)], patches=patches, features=features)
    parts = 6 * sum(weight.numel() for weight in policy.model.parameters())
    assert features * parts * 0.1 < work.flops < (patches + work.unique) * parts * 2
    assert len(Price.of(policy).layers) == sum(kind != "linear_attention" for kind in policy.layer_types)


def test_no_rows_are_no_work_and_work_adds_up(llava: Policy) -> None:
    assert Price.of(llava).work([], patches=0, features=0) == Work()
    assert Work(1, 2, 3) + Work(10, 20, 30) == Work(11, 22, 33)


@pytest.mark.parametrize("window", [2, 100])
def test_a_window_bounds_the_pairs(llava: Policy, window: int) -> None:
    prompt = Encoded((1, 2, 3))
    price = Price(llava, token=0, patch=0, feature=0, layers=((10, window),), passes=1)
    whole = {2: 1 + 2 + 2 + 2 + 2, 100: 1 + 2 + 3 + 4 + 5}[window]
    assert price.work([row(prompt, 2)], patches=0, features=0).flops == 4 * 10 * whole
