"""A right answer is read in any wrapping, a near miss is not, and the time is linear in the length."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.answers.options import LETTERS, read_option
from asterism.answers.truth import read_truth

WRAPPINGS = [
    "{}", "<answer>{}</answer>", "<think>A, B or C?</think><answer>{}</answer>", r"\boxed{{{}}}", "**{}**", "`{}`",
    "Answer: {}", "**Answer:** {}", "The answer is {}.", "So the final answer is {}.", "The correct answer is {}",
    "### Final Answer\n\n{}", "I looked twice.\n\n{}", '{{"answer": "{}"}}', "<|begin_of_box|>{}<|end_of_box|>",
    "答案是{}。", "答案：{}", "正确答案是 {}", "正確答案是{}", "最終答案：{}", "My answer is {}.", "Final answer: {}",
    "Perhaps not at once. The answer is {}.", r"The answer is \boxed{{{}}}.", "the answer must be {}",
    "Hmm.\nAnswer: {}\n", "&lt;answer&gt;{}&lt;/answer&gt;", "<ANSWER> {} </ANSWER>", "> Answer: {}",
    "There is no doubt that the answer is {}.", "因此，答案是{}。", "```\nAnswer: {}\n```",
]  # fmt: skip
WITHHELD = [
    "The answer is not {}.", "I don't think the answer is {}.", "Perhaps the answer is {}.", "Maybe {}?",
    "The answer might be {}.", "<answer>probably {}</answer>",
    "I doubt that the answer is {}.", "If the answer is {}, ok.",
    "答案可能是{}。", "我不认为答案是{}。", "我不認為答案是{}。", "也許答案是{}", "<think>The answer is {}.</think>",
    "<answer>{}", "Could the answer be {}?", "The answer is {} or something else, I am not sure",
]  # fmt: skip
WORDS = ["lantern", "bridge", "harbour", "violin", "orchard", "glacier", "saddle", "thimble", "compass", "anvil"]
TRUE, FALSE = ["T", "True", "yes", "正确", "對", "correct"], ["F", "False", "no", "错误", "錯", "incorrect"]
options = st.lists(st.sampled_from(WORDS), min_size=2, max_size=10, unique=True)


@given(options, st.sampled_from(WRAPPINGS), st.data())
def test_a_right_choice_is_read_in_any_wrapping(words: list[str], wrapping: str, data: st.DataObject) -> None:
    gold = data.draw(st.integers(0, len(words) - 1))
    letter = LETTERS[gold]
    for said in (letter, f"({letter})", words[gold], f"{letter}. {words[gold]}", f"{letter} ({words[gold]})"):
        assert read_option(wrapping.format(said), words).value == letter, wrapping.format(said)


@given(options, st.sampled_from(WRAPPINGS), st.data())
def test_a_near_miss_is_never_the_right_choice(words: list[str], wrapping: str, data: st.DataObject) -> None:
    gold = data.draw(st.integers(0, len(words) - 1))
    other = data.draw(st.integers(0, len(words) - 1).filter(lambda place: place != gold))
    letter, wrong = LETTERS[gold], LETTERS[other]
    misses = [
        wrong, words[other], f"{letter}. {words[other]}", f"{letter} or {wrong}", f"{letter} and {wrong}",
        f"{words[gold]}s and {words[other]}", f"not {letter}", f"{words[gold]}ry",
        f"{wrong}, not {letter}", f"see figure {letter}", f"vitamin {letter}", f"{letter}?",
    ]  # fmt: skip
    for said in misses:
        assert read_option(wrapping.format(said), words).value != letter, wrapping.format(said)


@given(options, st.sampled_from(WITHHELD), st.data())
def test_what_is_denied_or_doubted_is_no_choice(words: list[str], wrapping: str, data: st.DataObject) -> None:
    gold = data.draw(st.integers(0, len(words) - 1))
    for said in (LETTERS[gold], f"({LETTERS[gold]})", words[gold]):
        assert not read_option(wrapping.format(said), words).valid, wrapping.format(said)


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize(("words", "value"), [(TRUE, "T"), (FALSE, "F")])
def test_a_truth_value_is_read_in_any_wrapping(wrapping: str, words: list[str], value: str) -> None:
    assert {word: read_truth(wrapping.format(word)).value for word in words} == dict.fromkeys(words, value)


@pytest.mark.parametrize("wrapping", WITHHELD)
def test_a_doubted_truth_value_is_none(wrapping: str) -> None:
    found = {word: read_truth(wrapping.format(word)).value for word in ("true", "正确")}
    if wrapping != "The answer is not {}.":  # what is not true is false
        assert found == {"true": None, "正确": None}


PIECES = [
    "the answer is not ", "perhaps the answer is ", "答案可能是", '"answer": "', "\"'", "wait, (A) ", "选", "A, B and ",
    "figure A and B, ", "<|begin_of_box|>", "it is not true that the statement is false because ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_four_times_the_text_takes_no_more_than_eight_times_the_time(piece: str) -> None:
    for read in (read_truth, lambda text: read_option(text, WORDS)):
        read(piece * 8)  # expressions are compiled once
        short, long = (min(_seconds(read, piece * count) for _ in range(3)) for count in (4_000, 16_000))
        assert long < 8 * short + 0.02


def _seconds(read: object, text: str) -> float:
    start = time.process_time()
    read(text)  # type: ignore[operator]
    return time.process_time() - start
