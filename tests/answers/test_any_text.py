"""What must hold for every text, however long or odd."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.answers.format import check_format
from asterism.answers.options import read_option
from asterism.answers.reading import Reading, Reason
from asterism.answers.reference import reference_accuracy
from asterism.answers.short.stored import read_short
from asterism.answers.truth import read_truth
from asterism.answers.words import read_open

OPTIONS = ("a cat", "two dogs", "5", "T")
SHORT = ("12", "x^2-1", "5 cm", "{1, 2}", "[1, 2)", "2:3", "7:45", "y = 2x+1", "a red cat")
READERS: dict[str, Callable[[str], Reading]] = {
    "truth": read_truth,
    "option": lambda text: read_option(text, OPTIONS),
    **{f"short {gold}": partial(read_short, label=gold) for gold in SHORT},
    "open": read_open,
}
PIECES = [
    *("<think>", "</think>", "<answer>", "</answer>", "&lt;answer&gt;", "&#999999999;", "\\boxed{", "}", "{", "\\frac"),
    *("$", "**", "`", "```\n", "-", "/", "%", "=", ".", ",", ":", "[", "_", "#", ">", " ", "\n", "\r", "\x00", "🙂"),
    *("T", "F", "true", "false", "not ", "or ", "A", "B", "(C)", "I", "a cat", "12", "1,2", "e9", "9**9", "Answer"),
    *(" is ", "答案", "是", "不", "对", "Ｔ", "\u0301", "\u200b"),
    *(
        "\\{",
        "x^{",
        "_2",
        "^",
        "√",
        "½",
        "!",
        "±",
        "百分之",
        "五万",
        " million",
        " cm",
        "x",
        "π",
        "{",
        "≤",
        "about ",
        "\ue400",
    ),
]
texts = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
each_reader = pytest.mark.parametrize("name", READERS)


@each_reader
@settings(max_examples=300)
@given(text=texts, space=st.sampled_from([" ", "\n", " \n\t", "\r\n"]))
def test_reading_never_raises_and_surrounding_white_space_changes_nothing(name: str, text: str, space: str) -> None:
    reading = READERS[name](text)
    assert reading.reason.valid is (reading.value is not None)
    assert READERS[name](space + text + space) == reading


@given(texts)
def test_format_and_reference_never_raise(text: str) -> None:
    assert check_format(text).ok in (True, False)
    assert reference_accuracy(text, "T") in (0.0, 1.0)
    assert reference_accuracy(f"<answer>{text}</answer>", "T") in (0.0, 1.0)


thoughts = st.text(max_size=100).filter(lambda text: not set("<＜〈&") & set(text) and text.strip() != "")
gaps = st.sampled_from(["", " ", "\n", "\n\n"])


@given(thoughts, gaps, st.sampled_from("TF"), gaps)
def test_a_well_formed_completion_reads_back(thought: str, gap: str, label: str, pad: str) -> None:
    text = f"<think>{thought}</think>{gap}<answer>{pad}{label}{pad}</answer>"
    assert read_truth(text) == Reading(label, Reason.TAGGED)
    assert check_format(text).ok


@given(thoughts, st.integers(0, 9))
def test_a_well_formed_choice_reads_back(thought: str, index: int) -> None:
    options = [f"meaning number {i}" for i in range(10)]
    for answer in ("ABCDEFGHIJ"[index], options[index], f"({'ABCDEFGHIJ'[index]}) {options[index]}"):
        reading = read_option(f"<think>{thought}</think><answer>{answer}</answer>", options)
        assert reading == Reading("ABCDEFGHIJ"[index], Reason.TAGGED)


HEAVY_READERS = ("truth", "option", "short 12", "short x^2-1", "short a red cat", "open")
TAGS = ["<think>", "</think>", "<answer>", "</answer>", "<answer>T</answer>", "<answer>T\n"]
HEAVY = [
    *TAGS,
    *("\\boxed{", "\\boxed{T}", "}", "Answer: T\n", "true ", "T. ", "(", " ", "\n", "*", "`", "9", "1,", "９", "&"),
    *("&lt;", "\u0301\u0316", "<", "is A ", "对", "[A."),
]


@pytest.mark.parametrize("piece", HEAVY)
def test_a_megabyte_of_anything_is_read_in_seconds(piece: str) -> None:
    text = piece * (900_000 // len(piece))
    for framed in (text, f"<answer>{text}</answer>", f"<answer>{text[:4000]}</answer>"):
        for name, read in READERS.items():
            if name in HEAVY_READERS:
                assert _seconds(read, framed) < 20, name
        assert _seconds(lambda given: reference_accuracy(given, "T"), framed) < 20


@pytest.mark.parametrize("tag", TAGS)
def test_ten_megabytes_of_tags_are_read_in_seconds(tag: str) -> None:
    text = tag * (10_000_000 // len(tag))
    assert _seconds(read_truth, text) < 30
    assert _seconds(lambda given: reference_accuracy(given, "T"), text) < 30
    assert _seconds(check_format, text) < 30
    assert _seconds(lambda given: check_format(given, "reference"), text) < 30


def _seconds(call: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    call(text)
    return time.process_time() - start


def test_nothing_in_an_answer_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    attack = "__import__('pathlib').Path('ran').touch()"
    for read in READERS.values():
        read(f"<answer>{attack}</answer>")
        read(f"Answer: {attack}")
    reference_accuracy(f"<answer>{attack}</answer>", "T")
    assert not (tmp_path / "ran").exists()
