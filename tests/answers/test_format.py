import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.answers.format import check_format

PIECES = ["<think>", "</think>", "<answer>", "</answer>", "a", "\n", " ", "<", "answer>"]
released = re.compile(r"<think>.*?</think>.*?<answer>.*?</answer>", re.DOTALL)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_reference_mode_is_the_released_expression(text: str) -> None:
    assert check_format(text, "reference").ok == bool(released.fullmatch(text))


@given(st.lists(st.sampled_from(PIECES), max_size=3).map("".join), st.sampled_from(["", "\n", " \n "]))
def test_reference_mode_on_texts_that_nearly_match(noise: str, gap: str) -> None:
    for text in (f"<think>{noise}</think>{gap}<answer>T</answer>", f"<think>a</think>{gap}<answer>{noise}</answer>"):
        assert check_format(text, "reference").ok == bool(released.fullmatch(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<think>a</think><answer>T</answer>", "ok"),
        ("\n <think>a\nb</think>\n\n<answer>\nT\n</answer> \n", "ok"),
        ("T", "no_think"),
        ("<think>a<answer>T</answer>", "no_think_end"),
        ("<think>a</think>T", "no_answer"),
        ("<think>a</think><answer>T", "no_answer_end"),
        ("<think>a</think><answer>T</answer><answer>T</answer>", "repeated_block"),
        ("<think>a</think><answer>T</answer><Answer>T</answer >", "odd_tag"),
        ("<answer>T</answer><think>a</think>", "order"),
        ("<think>a<answer>T</answer></think>", "order"),
        ("Well: <think>a</think><answer>T</answer>", "text_outside"),
        ("<think>a</think> so <answer>T</answer>", "text_outside"),
        ("<think>a</think><answer>T</answer>.", "text_outside"),
        ("<think> \n</think><answer>T</answer>", "short_think"),
        ("<think>a</think><answer> </answer>", "empty_answer"),
    ],
)
def test_strict_mode_says_what_is_wrong(text: str, reason: str) -> None:
    verdict = check_format(text)
    assert (verdict.ok, verdict.reason) == (reason == "ok", reason)
