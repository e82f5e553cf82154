"""Trajectories into micro-batches: what is shared, where states lie, and portions within the budget."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.batch import Row, Sharing, collate, micro_batches, rows_of
from asterism.policy.encoder import Encoder
from asterism.policy.inputs import Encoded
from asterism.policy.policy import Policy

Pictures = Callable[..., Image]


def answered(prompt: Segment, *answer: int) -> Trajectory:
    return Trajectory((prompt, Segment("model", answer, trainable=True)))


def test_what_all_answers_begin_with_is_shared_but_never_the_last_token(llava: Policy, picture: Pictures) -> None:
    prompt = Segment("prompt", (), "The cup is left.", (picture(0),))
    alone = Segment("prompt", (), "Hello", ())
    length = len(llava.encode(prompt.text, prompt.images).token_ids)
    told = [answered(prompt, 50, 51, 52), answered(alone, 60), answered(prompt, 50, 51), answered(prompt, 50, 51, 53)]
    rows = rows_of(told, Encoder(llava))
    assert [row.group for row in rows] == [0, 1, 0, 0]
    assert [row.shared for row in rows] == [length + 1, len(rows[1].whole.token_ids) - 1, length + 1, length + 1]
    batch = collate(rows, llava)
    assert [len(prefix.token_ids) for prefix in batch.prefixes] == [length + 1, rows[1].shared]
    assert [rest.token_ids for rest in batch.rests] == [(51,), (), (), (51,)]
    assert batch.branch.tolist() == [0, 1, 0, 0]
    assert batch.counts == [3, 1, 2, 3]


def test_an_answer_that_leaves_the_context_is_refused(llava: Policy) -> None:
    """Beyond it positions were never trained, and some models give all tokens other rotary frequencies."""
    prompt = Segment("prompt", (), "Hello", ())
    room = llava.context_length - len(llava.encode(prompt.text, ()).token_ids)
    rows_of([answered(prompt, *(60,) * room)], Encoder(llava))
    with pytest.raises(AsterismError, match="Hello: 513 tokens are more than the model's context of 512"):
        rows_of([answered(prompt, *(60,) * (room + 1))], Encoder(llava))


def test_rows_that_share_nothing_are_each_read_whole(llava: Policy, picture: Pictures) -> None:
    prompt = Segment("prompt", (), "The cup is left.", (picture(0),))
    rows = rows_of([answered(prompt, 50, 51), answered(prompt, 50, 52)], Encoder(llava), "none")
    batch = collate(rows, llava, "none")
    assert [row.group for row in rows] == [0, 1]
    assert not batch.rests
    assert [prefix.token_ids for prefix in batch.prefixes] == [row.whole.token_ids[:-1] for row in rows]


def test_equal_text_over_other_pictures_is_shared_up_to_the_picture_that_differs(
    llava: Policy, picture: Pictures
) -> None:
    prompt = Segment("prompt", (), "Look.", (picture(0),))
    marks = tuple(llava.encode("", (picture(1),)).token_ids)
    turn = Segment("model", (50,), trainable=True)
    told = [Trajectory((prompt, turn, Segment("tool", marks, images=(picture(seed),)), turn)) for seed in (1, 2)]
    rows = rows_of(told, Encoder(llava))
    place = llava.model.config.image_token_id
    opening = rows[0].whole.token_ids[: rows[0].shared]
    assert opening.count(place) == 16
    assert rows[0].whole.token_ids[rows[0].shared] == place


def test_a_row_is_cut_between_its_pictures_and_never_inside_one(policy: Policy, picture: Pictures) -> None:
    row = policy.encode("Compare them.", (picture(0), picture(1)))
    count = policy.family.count(row.vision)
    for place in range(len(row.token_ids) + 1):
        kept = policy.whole_images(row, place, count)
        assert kept <= place
        before, after = policy.cut(row, kept)
        assert before.token_ids + after.token_ids == row.token_ids
        assert before.vision.digests + after.vision.digests == row.vision.digests
        for part in (before, after):
            if part.token_ids:
                policy.check(part, where="part")
    assert policy.whole_images(row, len(row.token_ids), count) == len(row.token_ids)
    assert policy.whole_images(row, len(row.token_ids), 0) == row.token_ids.index(policy.model.config.image_token_id)


rows = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 30)), min_size=1, max_size=25)


@given(drawn=rows, budget=st.integers(1, 300), sharing=st.sampled_from(["branch", "row", "none"]))
def test_portions_hold_every_row_once_within_the_budget(
    drawn: list[tuple[int, int]], budget: int, sharing: Sharing
) -> None:
    shared = {group: 3 + 4 * group for group, _ in drawn}
    made = [
        Row(Encoded((7,) * (shared[group] + 1 + rest)), (True,) * (shared[group] + 1 + rest), group, shared[group])
        for group, rest in drawn
    ]
    portions = micro_batches(made, budget, sharing)
    assert sorted(place for portion in portions for place in portion) == list(range(len(made)))
    for portion in portions:
        assert len(portion) == 1 or tokens([made[place] for place in portion], sharing) <= budget


def tokens(rows: list[Row], sharing: Sharing) -> int:
    """What one pass reads, counted plainly."""
    prefixes = {row.group: row.shared for row in rows}.values()
    rests = [len(row.whole.token_ids) - 1 - row.shared for row in rows]
    if sharing == "row":
        return sum(prefixes) + sum(rests)
    return len(prefixes) * max(prefixes) + len(rests) * max(rests)


def test_portions_are_as_even_as_their_number_allows() -> None:
    made = [Row(Encoded((7,) * 11), (True,) * 11, group, 10) for group in range(10)]
    assert [len(portion) for portion in micro_batches(made, 60)] == [5, 5]
    assert [len(portion) for portion in micro_batches(made, 90)] == [5, 5]
