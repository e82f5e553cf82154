import pytest

from asterism.answers.reference import reference_accuracy


def accuracy(answer: str, gold: str = "T") -> float:
    return reference_accuracy(f"<answer>{answer}</answer>", gold)


@pytest.mark.parametrize(
    "answer",
    ["T", "t", r"\boxed{T}", "(T)", "[T]", "$T$", r"T\%", "x=T", "T+0", "2T-T", "F-F+T", "T^1", "T**1", "--T", "T*T/T",
     "T^2/T", "0.5T+0.5T", r"\frac{2T}{2}", r"\text{T}"],
)  # fmt: skip
def test_what_equals_the_label_as_mathematics_is_right(answer: str) -> None:
    assert accuracy(answer) == 1.0


@pytest.mark.parametrize(
    "answer",
    ["", "F", "True", "T.", "**T**", "T (True)", "T or F", "T/F", "T,F", "T!", "xyz=T", "x=y=T", "T+1", "-T", "2T"],
)
def test_what_does_not_is_wrong(answer: str) -> None:
    assert accuracy(answer) == 0.0


@pytest.mark.parametrize(
    "answer", ["9**9**9**9", "(T+1)^9", "((((T+F)^8)^8)^8)^8", "(" * 60 + "T", "1/0", "T/(T-T)", "T^", "T^-1", "9" * 60]
)
def test_expressions_without_bounds_are_wrong_at_once(answer: str) -> None:
    assert accuracy(answer) == 0.0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("T", 1.0),
        ("  T\n", 1.0),
        ("Answer: T", 0.0),
        ("<answer>T</answer><answer>F</answer>", 1.0),
        ("<answer>\nT\n</answer>", 0.0),
        ("<answer>\n<answer>T</answer>", 1.0),
        ("<ANSWER>T</ANSWER>", 0.0),
    ],
)
def test_the_first_block_on_one_line_is_taken_or_else_everything(text: str, value: float) -> None:
    assert reference_accuracy(text, "T") == value
