import pytest

from asterism.answers.grade import gold_value, grade, read_answer
from asterism.answers.reading import Reason
from asterism.core.errors import AsterismError
from asterism.core.task import Kind, Task


def task(kind: Kind, answer: str | None, options: tuple[str, ...] = ()) -> Task:
    return Task(id="task-7", images=(), question="?", answer=answer, kind=kind, options=options)


@pytest.mark.parametrize("gold", ["T", "True", "true", "TRUE", "yes", "1", "正确"])
def test_truth_labels_in_any_spelling(gold: str) -> None:
    assert grade(task("tfq", gold), "<answer>True</answer>").correct is True
    assert grade(task("tfq", gold), "<answer>F</answer>").correct is False


def test_true_and_false_as_options_of_a_truth_question_do_no_harm() -> None:
    assert grade(task("tfq", "False", ("True", "False")), "<answer>F</answer>").correct is True


@pytest.mark.parametrize("gold", ["B", "b", "(B)", "the moon"])
def test_option_labels_as_letter_or_text(gold: str) -> None:
    assert gold_value(task("mcq", gold, ("the sun", "the moon"))) == "B"


@pytest.mark.parametrize(
    ("gold", "answer", "correct"),
    [
        ("1,200", "1200.0", True),
        ("1/2", "0.5", True),
        ("50", "50 %", True),
        ("0.5", "50%", True),
        ("50%", "0.5", True),
        ("50", "0.5", False),
        ("8", "eight", True),
        ("8", "eighteen", False),
        ("Yes", "yes.", True),
        ("no", "Yes", False),
        ("the Eiffel Tower", "**Eiffel tower**", True),
        ("Topeka", "Reno", False),
        ("红色", "红色。", True),
    ],
)
def test_short_answers(gold: str, answer: str, correct: bool) -> None:
    assert grade(task("short", gold), f"<think>hm</think><answer>{answer}</answer>").correct is correct


def test_short_answers_in_prose_and_boxes() -> None:
    assert grade(task("short", "red"), "It is dark. The answer is red.").correct is True
    assert grade(task("short", "red"), r"So we have \boxed{\text{Red}}.").correct is True


@pytest.mark.parametrize("kind", ["osq", "verified"])
def test_open_answers_are_read_word_for_word_and_not_graded(kind: Kind) -> None:
    result = grade(task(kind, "a reference"), "<think>hm</think><answer>\n**Time** passes, T or F.\n</answer>")
    assert (result.correct, result.reading.value) == (None, "**Time** passes, T or F.")
    assert read_answer(task(kind, None), "<think>hm</think>").reason is Reason.MISSING
    assert read_answer(task(kind, None), "<answer>cut").reason is Reason.UNCLOSED
    assert read_answer(task(kind, None), "x" * 20_001).reason is Reason.TOO_LONG


def test_an_answer_that_cannot_be_read_is_not_correct() -> None:
    result = grade(task("tfq", "T"), "no idea")
    assert (result.correct, result.reading.value) == (False, None)


@pytest.mark.parametrize(
    "broken",
    [task("tfq", "perhaps"), task("tfq", None), task("mcq", "E", ("a", "b")), task("mcq", "", ("a", "b")),
     task("short", " . "), task("osq", "free")],
)  # fmt: skip
def test_a_stored_answer_that_cannot_be_read_names_the_task(broken: Task) -> None:
    with pytest.raises(AsterismError, match="task-7"):
        gold_value(broken)
