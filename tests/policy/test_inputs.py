"""Padding rows and joining pictures."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from asterism.policy.inputs import Encoded, Side, VisionInputs, pad_rows
from asterism.policy.positions import counted_positions, next_positions

rows_of_tokens = st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=8), min_size=1, max_size=5)
CPU = torch.device("cpu")


@given(rows_of_tokens, st.sampled_from(["left", "right"]))
def test_padding_keeps_every_token_in_order_and_marks_the_rest(rows: list[list[int]], side: Side) -> None:
    token_ids, mask = pad_rows(rows, 0, side, CPU)
    assert token_ids.shape == mask.shape == (len(rows), max(map(len, rows)))
    for row, ids, real in zip(rows, token_ids, mask, strict=True):
        assert ids[real.bool()].tolist() == row
        assert not ids[~real.bool()].any()
        edge = real[-1] if side == "left" else real[0]
        assert edge == 1


@given(rows_of_tokens, st.sampled_from(["left", "right"]))
def test_positions_count_real_tokens_on_either_side(rows: list[list[int]], side: Side) -> None:
    _, mask = pad_rows(rows, 0, side, CPU)
    positions = counted_positions(mask)
    for row, counted, real in zip(rows, positions, mask, strict=True):
        assert counted[real.bool()].tolist() == list(range(len(row)))
    assert next_positions(positions, mask).tolist() == [len(row) for row in rows]
    three = torch.stack([positions, positions + 2, positions + 1])
    assert next_positions(three, mask).tolist() == [len(row) + 2 for row in rows]


def test_pictures_of_several_prompts_are_joined_in_order() -> None:
    parts = [VisionInputs({"pixel_values": torch.full((count, 2), float(count))}) for count in (2, 1)]
    joined = VisionInputs.join([parts[0], VisionInputs(), parts[1]])
    assert joined.tensors["pixel_values"][:, 0].tolist() == [2.0, 2.0, 1.0]
    assert VisionInputs.join([VisionInputs()]).tensors == {}
    rows = [VisionInputs({"pixel_values": part.tensors["pixel_values"][None]}) for part in parts]
    assert VisionInputs.join(rows, along=1).tensors["pixel_values"][0, :, 0].tolist() == [2.0, 2.0, 1.0]


def test_moving_pictures_changes_the_type_of_pixels_only() -> None:
    vision = VisionInputs({"pixel_values": torch.zeros(1, 2), "image_grid_thw": torch.tensor([[1, 2, 2]])})
    moved = vision.to(CPU, torch.float64)
    assert moved.tensors["pixel_values"].dtype == torch.float64
    assert moved.tensors["image_grid_thw"].dtype == torch.long


def test_what_follows_a_prompt_leaves_the_prompt_as_it_was() -> None:
    prompt = Encoded((1, 2))
    assert prompt.followed_by([3]).token_ids == (1, 2, 3)
    assert prompt.token_ids == (1, 2)
