import pytest

from asterism.answers.blocks import find_blocks


@pytest.mark.parametrize(
    ("text", "thoughts", "answers"),
    [
        ("<think>a</think><answer>b</answer>", ("a",), ("b",)),
        ("<think>a<think>b</think>c</think><answer>d</answer>", ("abc",), ("d",)),
        ("<think>a<think>b</think><answer>c</answer>", ("ab",), ("c",)),
        ("a<answer>x</answer></think><answer>b</answer>", ("a<answer>x</answer>",), ("b",)),
        ("<think>a<answer>b</answer>", ("a<answer>b</answer>",), ()),
        ("<answer>a</answer><think>b", ("b",), ("a",)),
        ("<answer>a<think>b</think>c</answer>", ("b",), ("a\nc",)),
        ("<answer>a<answer>b</answer></answer>", (), ("b",)),
        ("< Answer >a</ ANSWER>", (), ("a",)),
        ("&lt;answer&gt;a&lt;/answer&gt;", (), ("a",)),
        ("&lt;answer&gt;a&lt;/answer&gt; <answer>b</answer>", (), ("b",)),
        ("no tags", (), ()),
    ],
)
def test_blocks(text: str, thoughts: tuple[str, ...], answers: tuple[str, ...]) -> None:
    blocks = find_blocks(text)
    assert (blocks.thoughts, blocks.answers) == (thoughts, answers)


def test_an_answer_that_is_not_closed_is_told() -> None:
    assert find_blocks("<think>a</think><answer>T").open_answer
    assert not find_blocks("<answer>T</answer>").open_answer


def test_outside_is_what_is_neither_thinking_nor_a_tag() -> None:
    assert find_blocks("<think>a</think>b<answer>c</answer>d").outside.split() == ["b", "c", "d"]
