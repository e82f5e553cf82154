"""Decoding from joined rows equals reading whole rows, in room that is laid out in blocks."""

import gc
import weakref
from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from asterism.core.image import Image
from asterism.policy import decode_cache
from asterism.policy.decode_cache import Branch, DecodeLayer, join, joinable
from asterism.policy.inputs import Encoded
from asterism.policy.policy import Policy
from asterism.policy.prefix import Prefix
from asterism.policy.shared_cache import Seats, SharedLayer, join_shared, shareable, shared_attention
from asterism.policy.text_config import text_config
from tests.policy.tiny_families import BUILDERS

Pictures = Callable[..., Image]
Joining = Callable[[Sequence[Branch]], Prefix]
ANSWERS = torch.randint(20, 100, (5, 24), generator=torch.Generator().manual_seed(3))


def prompts(policy: Policy, picture: Pictures) -> list[Encoded]:
    """None, one picture, two: each longer than the last, and than the sliding window of the tiny Gemma 3."""
    return [
        policy.encode("Hello", []),
        policy.encode("Describe.", [picture(2, 130, 70)]),
        policy.encode("The cup is left of the hat, true or false?", [picture(0), picture(1, 64, 160)]),
    ]


def read(policy: Policy, *rows: Encoded) -> Prefix:
    return policy.read_prefix(policy.batch(rows, "left"))[1]


def places(*rows: int) -> Tensor:
    return torch.tensor(rows, dtype=torch.long)


def whole(policy: Policy, prompt: Encoded, answer: Tensor) -> Tensor:
    """Logits after each token of an answer, ``[tokens, vocabulary]``, from one pass over the whole row."""
    row = prompt.followed_by(answer.tolist())
    return policy.logits(policy.batch([row], "right"))[0, len(prompt.token_ids) :]


def read_on(policy: Policy, prefix: Prefix, answers: Tensor) -> tuple[Tensor, Prefix]:
    """Logits after each token of some answers ``[rows, tokens]``."""
    with shared_attention(text_config(policy.model.config)):  # it changes nothing where prompts are not shared
        hidden, prefix = policy.read_on(prefix, answers)
    return policy.head(hidden), prefix


def token_by_token(policy: Policy, prefix: Prefix, answers: Tensor) -> tuple[Tensor, Prefix]:
    """As :func:`read_on`, one token at a time."""
    steps = []
    for step in range(answers.shape[1]):
        logits, prefix = read_on(policy, prefix, answers[:, step : step + 1])
        steps.append(logits)
    return torch.cat(steps, dim=1), prefix


@pytest.fixture(params=["joined", "shared"])
def joining(request: pytest.FixtureRequest, policy: Policy) -> Joining:
    """Rows side by side, and over shared prompts where the policy's layers can."""
    if request.param == "joined":
        return join
    if not shareable(policy):
        pytest.skip(f"{', '.join(sorted(set(policy.layer_types)))}: prompts are not shared")
    return join_shared


def attention_layers(prefix: Prefix) -> Sequence[DecodeLayer]:
    return [layer for layer in prefix.cache.layers if isinstance(layer, DecodeLayer)]


def room_of(layer: DecodeLayer) -> int:
    """How many columns are laid out for the layer's keys."""
    column = layer.keys[:, :, :1]
    return layer.keys.untyped_storage().nbytes() // (column.numel() * column.element_size())


def assert_equal(got: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("block", [1, 5, 64])
@torch.no_grad()
def test_rows_that_join_others_read_on_as_if_alone(
    policy: Policy, picture: Pictures, joining: Joining, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(decode_cache, "BLOCK", block)
    short, middle, long = prompts(policy, picture)

    # Two rows of the short prompt run alone, then join branches of the longer ones; one of them leaves.
    running = joining([Branch(read(policy, short), places(0, 0))])
    first, running = token_by_token(policy, running, ANSWERS[:2, :7])
    assert_equal(first, torch.stack([whole(policy, short, answer[:7]) for answer in ANSWERS[:2]]))
    running = joining([Branch(running, places(1)), Branch(read(policy, middle, long), places(1, 0, 1))])
    rest = torch.stack([ANSWERS[1, 7:21], *ANSWERS[2:5, :14]])
    second, running = token_by_token(policy, running, rest)
    owners = (short, ANSWERS[1, :21]), (long, ANSWERS[2, :14]), (middle, ANSWERS[3, :14]), (long, ANSWERS[4, :14])
    assert_equal(second, torch.stack([whole(policy, prompt, answer)[-14:] for prompt, answer in owners]))

    # The longest leave: what remains is short again, and a short row joins it.
    running = joining([Branch(running, places(0)), Branch(read(policy, short), places(0))])
    third, _ = token_by_token(policy, running, torch.stack([ANSWERS[1, 21:], ANSWERS[2, :3]]))
    assert_equal(third[0], whole(policy, short, ANSWERS[1])[-3:])
    assert_equal(third[1], whole(policy, short, ANSWERS[2, :3]))


@torch.no_grad()
def test_several_tokens_at_once_are_read_as_one_by_one(
    policy: Policy, picture: Pictures, joining: Joining, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode_cache, "BLOCK", 4)
    _, middle, long = prompts(policy, picture)
    running = joining([Branch(read(policy, long), places(0)), Branch(read(policy, middle), places(0))])
    first, running = read_on(policy, running, ANSWERS[:2, :2])
    second, _ = read_on(policy, running, ANSWERS[:2, 2:15])
    expected = [whole(policy, prompt, answer[:15]) for prompt, answer in zip((long, middle), ANSWERS, strict=False)]
    assert_equal(torch.cat([first, second], dim=1), torch.stack(expected))


@torch.no_grad()
def test_selected_rows_read_on(policy: Policy, picture: Pictures, joining: Joining) -> None:
    _, middle, long = prompts(policy, picture)
    running = joining([Branch(read(policy, middle, long), places(0, 1, 0))])
    _, running = token_by_token(policy, running, ANSWERS[:3, :9])
    got, _ = token_by_token(policy, running.select(places(2, 1)), ANSWERS[[2, 1], 9:14])
    assert_equal(got[0], whole(policy, middle, ANSWERS[2, :14])[-5:])
    assert_equal(got[1], whole(policy, long, ANSWERS[1, :14])[-5:])


@torch.no_grad()
def test_a_kept_prefix_is_branched_again(policy: Policy, picture: Pictures, joining: Joining) -> None:
    _, middle, long = prompts(policy, picture)
    prefix = read(policy, middle, long)
    _, running = token_by_token(policy, joining([Branch(prefix, places(0, 1), kept=True)]), ANSWERS[:2, :4])
    joined = joining([Branch(running, places(0)), Branch(prefix.select(places(1)), places(0))])
    assert not running.cache.layers  # used up
    got, _ = token_by_token(policy, joined, torch.stack([ANSWERS[0, 4:8], ANSWERS[2, :4]]))
    assert_equal(got[0], whole(policy, middle, ANSWERS[0, :8])[-4:])
    assert_equal(got[1], whole(policy, long, ANSWERS[2, :4]))


@torch.no_grad()
def test_columns_of_rows_that_left_are_left_out(llava: Policy, picture: Pictures) -> None:
    short, _, long = prompts(llava, picture)
    running = join([Branch(read(llava, short), places(0)), Branch(read(llava, long), places(0))])
    assert running.mask.shape == (2, len(long.token_ids))
    running = join([Branch(running, places(0))])
    assert running.mask.tolist() == [[1] * len(short.token_ids)]
    assert all(layer.get_seq_length() == len(short.token_ids) for layer in attention_layers(running))


@torch.no_grad()
def test_tokens_are_written_in_place_and_a_layer_is_laid_out_anew_once_a_block(
    llava: Policy, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode_cache, "BLOCK", 8)
    running = join([Branch(read(llava, *prompts(llava, picture)[:1]), places(0, 0))])
    addresses = []
    for step in range(24):
        _, running = token_by_token(llava, running, ANSWERS[:2, step : step + 1])
        addresses.append(attention_layers(running)[0].keys.data_ptr())
        for layer in attention_layers(running):
            assert layer.get_seq_length() <= room_of(layer) <= layer.get_seq_length() + 8
    assert len(set(addresses)) == 3 and addresses == sorted(addresses, key=addresses.index)


@torch.no_grad()
def test_a_sliding_window_holds_no_more_than_the_window_and_a_block(
    picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = BUILDERS["gemma3"]()
    monkeypatch.setattr(decode_cache, "BLOCK", 4)
    running = join([Branch(read(policy, *prompts(policy, picture)[2:]), places(0, 0))])
    _, running = token_by_token(policy, running, ANSWERS[:2])
    sliding = [layer for layer in attention_layers(running) if layer.window is not None]
    assert len(sliding) == 3
    for layer in sliding:
        assert layer.keys.shape[-2] == layer.window - 1
        assert room_of(layer) <= layer.window - 1 + 4


@torch.no_grad()
def test_joined_layers_are_freed_with_their_prefix(policy: Policy, picture: Pictures) -> None:
    running = join([Branch(read(policy, *prompts(policy, picture)), places(0, 1, 2))])
    kept = [weakref.ref(layer) for layer in running.cache.layers]
    del running
    gc.collect()
    assert not any(layer() for layer in kept)


def test_rows_are_joined_through_layers_of_proven_types_only(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    assert joinable(policy)
    monkeypatch.setattr(Policy, "layer_types", ("full_attention", "chunked_attention"))
    assert not joinable(policy)


@torch.no_grad()
def test_rows_of_one_prompt_hold_its_keys_once(llava: Policy, picture: Pictures) -> None:
    short, _, long = prompts(llava, picture)
    running = join_shared([Branch(read(llava, short, long), places(1, 0, 1, 1))])
    _, running = token_by_token(llava, running, ANSWERS[:4, :3])
    for layer in running.cache.layers:
        assert isinstance(layer, SharedLayer)
        assert layer.prompt_keys.shape[::2] == (2, len(long.token_ids)) and layer.keys.shape[::2] == (4, 3)

    # What no row reads any more leaves; what all go on reading is not copied.
    before = running.cache.layers[0].prompt_keys
    running = join_shared([Branch(running, places(0, 1, 2))])
    assert running.cache.layers[0].prompt_keys is before
    running = join_shared([Branch(running, places(1))])
    assert running.cache.layers[0].prompt_keys.shape[::2] == (1, len(short.token_ids))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_seats_bring_rows_to_their_prompts_and_back(owners: list[int]) -> None:
    seats = Seats.of(torch.tensor(owners), 5)
    rows = torch.arange(1, len(owners) + 1)[:, None]
    seated = seats.gather(rows)
    assert seated.shape == (5, seats.group, 1)
    assert torch.equal(seats.scatter(seated), rows) and torch.equal(seats.owners, torch.tensor(owners))
    for prompt, of_prompt in enumerate(seated.squeeze(-1).tolist()):
        assert [row for row in of_prompt if row] == [row + 1 for row, owner in enumerate(owners) if owner == prompt]


def test_prompts_are_shared_where_every_layer_sees_all_by_the_usual_attention(policy: Policy) -> None:
    assert shareable(policy) == ("sliding_attention" not in policy.layer_types)
    text = text_config(policy.model.config)
    with shared_attention(text):
        assert not shareable(policy)
    assert text._attn_implementation == "sdpa"
