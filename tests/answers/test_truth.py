import pytest

from asterism.answers.reading import Reason
from asterism.answers.truth import read_truth, truth_label
from tests.answers.parser_table import TRUTH_ROWS, ParserRow


@pytest.mark.parametrize("row", TRUTH_ROWS, ids=lambda row: row.text)
def test_parser_table(row: ParserRow) -> None:
    reading = read_truth(row.text)
    assert (reading.value, reading.reason) == (row.ours, row.our_reason), row.why


TRUE = [
    "T",
    "t",
    "True",
    "TRUE",
    "true.",
    "yes",
    "Ｔ",
    "Ｔｒｕｅ",
    "对",
    "正确",
    "是",
    "真",
    "√",
    r"\text{True}",
    "**T**",
    "$T$",
]
FALSE = [
    "F",
    "f",
    "False",
    "FALSE",
    "false!",
    "no",
    "Ｆ",
    "错",
    "错误",
    "不对",
    "不正确",
    "否",
    "假",
    "×",
    r"\mathrm{F}",
    "`F`",
]
PLACES = [
    "<answer>{}</answer>",
    "<think>T and F are possible</think>\n<answer>\n{}\n</answer>\n",
    "<Think>hm</THINK><ANSWER>{}</Answer>",
    "&lt;think&gt;hm&lt;/think&gt;&lt;answer&gt;{}&lt;/answer&gt;",
    "＜answer＞{}＜/answer＞",
    "```xml\n<answer>{}</answer>\n```",
    "reasoning that the prompt opened: <answer>F or T</answer></think><answer>{}</answer>",
    r"So \boxed{{{}}}.",
    r"<answer>\boxed{{{}}}</answer>",
    "Answer: {}",
    "**Final Answer:** {}",
    "The picture shows a cat.\n\nThe answer is {}",
    "答案：{}",
    "{}",
    "First I look, then I think.\n{}",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("words", "value"), [(TRUE, "T"), (FALSE, "F")])
def test_every_truth_word_is_read_in_every_place(words: list[str], value: str, place: str) -> None:
    assert {word: read_truth(place.format(word)).value for word in words} == dict.fromkeys(words, value)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("T (True)", "T"),
        ("True, because the cat is not black", "T"),
        ("F. The true meaning is sorrow", "F"),
        ("F because the true culprit left", "F"),
        ("The statement is not true", "F"),
        ("the statement isn't correct", "F"),
        ("It is not false.", "T"),
        ("cannot be true", "F"),
        ("False.\nThe cat is on the right.", "F"),
        ("该陈述是不正确的。", "F"),
        ("这个说法是正确的", "T"),
    ],
)
def test_phrases_in_an_answer_block(answer: str, value: str) -> None:
    assert read_truth(f"<answer>{answer}</answer>").value == value


@pytest.mark.parametrize(
    "answer",
    ["T or F", "T/F", "True/False", "true and false", "T\nF", "True. False.", "neither true nor false", "T (False)",
     "No, it is true", "正确或错误"],
)  # fmt: skip
def test_what_speaks_for_both_is_ambiguous(answer: str) -> None:
    assert read_truth(f"<answer>{answer}</answer>").reason is Reason.AMBIGUOUS


@pytest.mark.parametrize(
    "answer", ["x=T", "T+0", r"T\%", "T^1", "2T-T", "T-shirt", "No cat is here", "A", "maybe", "..."]
)
def test_what_is_no_truth_value_is_unreadable(answer: str) -> None:
    assert read_truth(f"<answer>{answer}</answer>").reason is Reason.UNREADABLE


@pytest.mark.parametrize(
    "text",
    ["I cannot tell whether it is true.", "If the statement is true, the cat sleeps.",
     "It is true that a dog is there.", "The T-shirt is truly red", "There is no cat.", "The wrong answer is T",
     "He wears a T on his cap today",
     "True love is rare"],
)  # fmt: skip
def test_truth_words_in_prose_are_no_answer(text: str) -> None:
    assert not read_truth(text).valid


@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        ("<answer>T</answer> <answer>F</answer>", None, Reason.AMBIGUOUS),
        ("<answer>T</answer> <answer>True.</answer>", "T", Reason.TAGGED),
        ("<answer>T or F</answer> <answer>F</answer>", "F", Reason.TAGGED),
        ("<answer>T</answer> <answer>F", "T", Reason.TAGGED),
        ("<answer>T</answer><answer>?</answer>", None, Reason.UNREADABLE),
        ("<answer>T", None, Reason.UNCLOSED),
        ("<answer></answer>", None, Reason.EMPTY),
        ("<think>T", None, Reason.MISSING),
        ("<think><answer>T</answer>", None, Reason.MISSING),
        ("", None, Reason.MISSING),
        ("Answer: T\nAnswer: F", None, Reason.AMBIGUOUS),
        (r"\boxed{T} or \boxed{F}", None, Reason.AMBIGUOUS),
        ("True. The cat sits there. Answer: F", None, Reason.AMBIGUOUS),
        ("Answer T or F.\nT", "T", Reason.BARE),
        (f"<answer>{'so ' * 2000}T</answer>", None, Reason.TOO_LONG),
    ],
)
def test_where_the_answer_stands(text: str, value: str | None, reason: Reason) -> None:
    reading = read_truth(text)
    assert (reading.value, reading.reason) == (value, reason)


@pytest.mark.parametrize(
    ("label", "value"),
    [("T", "T"), ("True", "T"), (" true ", "T"), ("1", "T"), ("yes", "T"), ("对", "T"), ("F", "F"), ("False", "F"),
     ("0", "F"), ("no", "F"), ("", None), ("maybe", None), ("2", None)],
)  # fmt: skip
def test_stored_labels(label: str, value: str | None) -> None:
    assert truth_label(label) == value
