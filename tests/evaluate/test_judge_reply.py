"""A judge's marks: every form that was met, and what must hold for any reply."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.evaluate.judge_reply import JudgeReply, JudgeReplyLog, Unread, read_judge_replies, read_marks

NAMES = ("surface", "emotion", "domain", "rhetoric", "depth")

FORMS = [
    ("[4 points]", 4, ""),
    ("It sees the deer and what it stands for. [3 points]", 3, ""),
    ("On a scale of 1-5: [5 points]", 5, ""),
    ("Out of 5 I give 2 for form.\n**[4 points]**", 4, ""),
    ("[1 point]", 1, ""),
    ("[ 2 Points ]", 2, ""),
    ("【５ points】", 5, ""),
    ("You asked for [n points]. [2 points]", 2, ""),
    ("<think>[1 points]? no</think>[4 points]", 4, ""),
    ("[3 points] ... in sum [3 points]", 3, ""),
    ("[10 points]", None, Unread.OFF_SCALE),
    ("[0 points]", None, Unread.OFF_SCALE),
    ("[6 points]", None, Unread.OFF_SCALE),
    ("[4.5 points]", None, Unread.NOT_WHOLE),
    ("[4/5 points]", None, Unread.NOT_WHOLE),
    ("[3-4 points]", None, Unread.NOT_WHOLE),
    ("[-1 points]", None, Unread.NOT_WHOLE),
    ("[2 points], no, [3 points]", None, Unread.AMBIGUOUS),
    ("I'm sorry, I can't help with that.", None, Unread.MISSING),
    ("4 points", None, Unread.MISSING),
    ("Score: 4", None, Unread.MISSING),
    ("这个回答很好，4分。", None, Unread.MISSING),
    ("[4分]", None, Unread.MISSING),
    ("[n points]", None, Unread.MISSING),
    ("<think>[4 points]", None, Unread.MISSING),
    ("", None, Unread.MISSING),
]


@pytest.mark.parametrize(("reply", "mark", "reason"), FORMS)
def test_a_mark_is_read_strictly(reply: str, mark: int | None, reason: str) -> None:
    marks = read_marks(reply)
    assert (marks.overall, marks.reason) == (mark, reason)


def test_finer_marks_stand_behind_their_names() -> None:
    reply = "1. **Surface:** [4 points]\n- emotion = [2 points]\ndomain [9 points]\nrhetoric: none\noverall: [3 points]"
    marks = read_marks(reply, NAMES)
    assert (marks.overall, marks.parts) == (3, {"surface": 4, "emotion": 2})
    assert read_marks("surface: [4 points]", NAMES).overall is None
    assert read_marks("surface: [4 points], emotion: [2 points], overall: [1 points]", NAMES).parts == {
        "surface": 4,
        "emotion": 2,
    }


@given(st.text(), st.text(st.characters(exclude_characters="[]【】〔〕［］<>＜＞〈〉&")))
def test_no_reply_gives_a_mark_off_the_scale_and_none_without_brackets_gives_one(any_text: str, plain: str) -> None:
    assert read_marks(any_text, NAMES).overall in (None, 1, 2, 3, 4, 5)
    assert read_marks(plain, NAMES).overall is None


@given(st.integers(-20, 20), st.text(st.characters(exclude_characters="[]【】〔〕［］<>＜＞〈〉&"), max_size=40))
def test_a_whole_mark_on_the_scale_is_read_wherever_it_stands(mark: int, words: str) -> None:
    found = read_marks(f"{words}\n{words} [{mark} points] {words}")
    assert found.overall == (mark if 1 <= mark <= 5 else None)


def test_verdicts_survive_a_torn_line(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    first = JudgeReply("a", 0, 0, 1, "[3 points]", tokens=4)
    assert read_judge_replies(file) == []
    with JudgeReplyLog(file) as log:
        log.append(first)
    with file.open("a") as torn:
        torn.write('{"id": "b"')
    assert read_judge_replies(file) == [first]
    file.write_text('{"id": "b"}\n')
    with pytest.raises(AsterismError, match=r"verdicts.jsonl:1: sample"):
        read_judge_replies(file)
