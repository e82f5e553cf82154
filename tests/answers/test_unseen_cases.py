"""Cases that were written from the rules of docs/answers.md alone, by writers who had not seen the readers.

What is still misread is marked ``missed`` in the file, so that a change shows what it wins and what it loses.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from asterism.answers.grade import grade
from asterism.core.task import Task

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("unseen_cases.jsonl").read_text(encoding="utf-8").splitlines()
]
CLASSES = sorted({(case["kind"], case["class"]) for case in CASES})


def paid(case: dict[str, Any]) -> bool:
    task = Task("case", (), "?", case["gold"], case["kind"], options=tuple(case.get("options", ())))
    return grade(task, case["completion"]).correct is True


@pytest.mark.parametrize(("kind", "name"), CLASSES)
def test_what_is_right_is_paid_and_nothing_else(kind: str, name: str) -> None:
    cases = [case for case in CASES if (case["kind"], case["class"]) == (kind, name)]
    missed = [case for case in cases if paid(case) != (case["expect"] == "right")]
    assert missed == [case for case in cases if case.get("missed")]


def test_few_are_missed_and_every_kind_and_language_is_there() -> None:
    assert len(CASES) > 2_000
    assert sum("missed" in case for case in CASES) <= 0.01 * len(CASES)
    assert {case["kind"] for case in CASES} == {"tfq", "mcq", "short"}
    assert {case["language"] for case in CASES} == {"en", "zh", "zh-Hant"}
