"""The pieces that a completion's tokens stand for."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asterism.learn.token_entropy import pieces_of
from asterism.policy.policy import Policy
from asterism.policy.tiny import tiny_folder


@pytest.fixture(scope="module")
def tiny() -> Policy:
    return Policy.load(tiny_folder())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(text=st.text(st.sampled_from("aé猫🐈 .<>\n"), max_size=24))
def test_the_pieces_of_any_text_make_the_text(llava: Policy, text: str) -> None:
    token_ids = llava.tokenizer(text, add_special_tokens=False)["input_ids"]
    pieces = pieces_of(token_ids, llava)
    assert len(pieces) == len(token_ids) and "".join(pieces) == llava.decode(token_ids)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_any_tokens_have_one_piece_each(llava: Policy, data: st.DataObject) -> None:
    token_ids = data.draw(st.lists(st.integers(0, llava.vocabulary_size - 1), max_size=20))
    assert len(pieces_of(token_ids, llava)) == len(token_ids)


def test_words_keep_their_spaces_and_special_tokens_their_names(tiny: Policy) -> None:
    text = "<think>I see key red.</think><answer>T</answer>"
    token_ids = [*tiny.tokenizer(text, add_special_tokens=False)["input_ids"], tiny.tokenizer.eos_token_id]
    pieces = pieces_of(token_ids, tiny)
    assert "".join(pieces[:-1]) == tiny.decode(token_ids)
    assert pieces[-1] == tiny.tokenizer.eos_token
    assert " see" in pieces or "see " in pieces
