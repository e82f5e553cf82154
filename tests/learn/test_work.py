"""The floating-point operations of an update, by the formula and by hand."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.image import Image
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.batch import Row, Sharing, rows_of
from asterism.learn.work import Price, Work, causal_pairs
from asterism.policy.encoder import Encoder
from asterism.policy.policy import FreezeConfig, Policy

Pictures = Callable[..., Image]
PARTS = ("language", "vision", "projector")


Read = tuple[Trajectory, Row]


def read(policy: Policy, text: str, images: Sequence[Image], answer: int) -> Read:
    """A trajectory with its row; the answer has so many tokens."""
    written = Segment("model", (60,) * answer, trainable=True)  # a letter in every family's vocabulary
    trajectory = Trajectory((Segment("prompt", (), text, tuple(images)), written))
    return trajectory, rows_of([trajectory], Encoder(policy))[0]


def work_of(price: Price, reads: Sequence[Read], *, patches: int = 10**6, features: int = 10**6) -> Work:
    return price.work([each for each, _ in reads], [row for _, row in reads], patches=patches, features=features)


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
    one, other = [picture(1)], [picture(2)]
    p, q = len(llava.encode("One?", one).token_ids), len(llava.encode("And the other?", other).token_ids)
    count = parameters(llava)
    reads = [read(llava, "One?", one, 3), read(llava, "One?", one, 5), read(llava, "And the other?", other, 2)]
    work = work_of(Price.of(llava), reads)

    unique = p + q + 3 + 5 + 2
    assert work.unique == unique
    assert work.delivered == 2 * p + q + 3 + 5 + 2
    pairs = p * (p + 1) // 2 + q * (q + 1) // 2 + (3 * p + 3 * 4 // 2) + (5 * p + 5 * 6 // 2) + (2 * q + 2 * 3 // 2)
    attention = 3 * 4 * 4 * 4 * 8 * pairs
    patches = features = 2 * 16
    parts = 6 * count["language"] * unique + 6 * count["vision"] * patches + 6 * count["projector"] * features
    assert work.flops == parts + attention


def test_frozen_parts_cost_a_third_and_a_remembered_picture_nothing(llava: Policy, picture: Pictures) -> None:
    one, count = read(llava, "One?", [picture(1)], 4), parameters(llava)
    length = len(one[1].whole.token_ids)
    attention = 4 * 4 * 4 * 8 * causal_pairs(length)

    llava.freeze(FreezeConfig(vision=True, projector=True))
    price = Price.of(llava)
    language = 6 * count["language"] * length + 3 * attention
    assert work_of(price, [one], patches=0, features=0).flops == language
    seen = 2 * 16 * (count["vision"] + count["projector"])
    assert work_of(price, [one]).flops == language + seen

    llava.freeze(FreezeConfig(language=True))
    assert work_of(Price.of(llava), [one]).flops == 2 * count["language"] * length + attention + 3 * seen


def test_what_is_seen_again_counts_once(llava: Policy, picture: Pictures) -> None:
    price = Price.of(llava)
    one, twice = read(llava, "One?", [picture(1)], 1), read(llava, "Two!", [picture(1), picture(1)], 1)
    once = work_of(price, [one, twice], patches=16, features=16)
    assert work_of(price, [one, twice], patches=64, features=64) == once
    again = read(llava, "One?", [picture(1)], 1)
    assert work_of(price, [one, again]).unique == len(one[1].whole.token_ids) + 1
    unlike = read(llava, "One?", [picture(2)], 1)
    assert work_of(price, [one, unlike]).unique == 2 * len(one[1].whole.token_ids)


@pytest.mark.parametrize("sharing", ["branch", "none"])
def test_work_does_not_depend_on_how_rows_are_shared(llava: Policy, picture: Pictures, sharing: Sharing) -> None:
    trajectories = [read(llava, "One?", [picture(1)], answer)[0] for answer in (2, 3)]
    rows = rows_of(trajectories, Encoder(llava), sharing)
    price = Price.of(llava)
    apart = work_of(price, [read(llava, "One?", [picture(1)], answer) for answer in (2, 3)])
    assert price.work(trajectories, rows, patches=99, features=99) == apart


def test_every_family_has_a_price(policy: Policy, picture: Pictures) -> None:
    one = read(policy, "One?", [picture(1)], 2)
    vision, config = one[1].whole.vision, policy.model.config
    patches, features = sum(policy.family.patches(config, vision)), sum(policy.family.sizes(config, vision))
    assert patches >= features > 0
    work = work_of(Price.of(policy), [one])
    parts = 6 * sum(weight.numel() for weight in policy.model.parameters())
    assert features * parts * 0.1 < work.flops < (patches + work.unique) * parts * 2
    assert len(Price.of(policy).layers) == sum(kind != "linear_attention" for kind in policy.layer_types)


def test_no_rows_are_no_work_and_work_adds_up(llava: Policy) -> None:
    assert work_of(Price.of(llava), []) == Work()
    assert Work(1, 2, 3) + Work(10, 20, 30) == Work(11, 22, 33)


@pytest.mark.parametrize("window", [3, 1000])
def test_a_window_bounds_the_pairs(llava: Policy, window: int) -> None:
    price = Price(llava, token=0, patch=0, feature=0, layers=((10, window),), passes=1)
    one = read(llava, "One?", [], 2)
    length = len(one[1].whole.token_ids)
    pairs = sum(min(place + 1, window) for place in range(length))
    assert work_of(price, [one]).flops == 4 * 10 * pairs
