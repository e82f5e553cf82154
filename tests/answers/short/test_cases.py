"""Right, wrong and unreadable answers of every kind and class, with the reason."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from asterism.answers.grade import grade
from asterism.answers.reading import Reason
from asterism.core.task import Task

CASES: dict[str, list[list[Any]]] = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
WHOLE: dict[str, list[list[Any]]] = yaml.safe_load(Path(__file__).with_name("whole.yaml").read_text(encoding="utf-8"))


def _verdict(gold: str, completion: str) -> tuple[str, Reason]:
    result = grade(Task("t", images=(), question="?", answer=gold, kind="short"), completion)
    if result.reading.value is None:
        return "unreadable", result.reading.reason
    return "right" if result.correct else "wrong", result.reading.reason


def _each(cases: dict[str, list[list[Any]]]) -> Any:
    named = [pytest.param(case, id=f"{name}-{case[:2]}") for name, listed in cases.items() for case in listed]
    return pytest.mark.parametrize("case", named)


@_each(CASES)
def test_an_answer_block_is_judged_as_told(case: list[Any]) -> None:
    gold, answer, verdict, *reason = case
    expected = Reason(reason[0]) if reason else Reason.TAGGED
    assert _verdict(gold, f"<think>hm, 99</think>\n<answer>{answer}</answer>") == (verdict, expected)


@_each(WHOLE)
def test_a_whole_completion_is_judged_as_told(case: list[Any]) -> None:
    gold, completion, verdict, reason = case
    assert _verdict(gold, completion) == (verdict, Reason(reason))


def test_there_are_enough_cases() -> None:
    assert sum(len(cases) for cases in (*CASES.values(), *WHOLE.values())) >= 320
