"""Every stored answer of the optional data folder reads back from the ways in which a model may give it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from asterism.answers.grade import gold_value, grade
from asterism.core.task import Task

DATA = Path(os.environ.get("ASTERISM_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
FOLDERS = ["cii_bench", "geometry3k_examples", "math_vision_geometry", "nlvr_eval", "scienceqa", "sroie", "tabmwp"]


def _task(row: dict[str, Any]) -> Task:
    options = tuple(str(option) for option in row.get("options") or ())
    return Task(row["id"], images=(), question=row["question"], answer=row["answer"], kind=row["kind"], options=options)


def _ways(task: Task) -> list[str]:
    gold = gold_value(task)
    ways = [f"<think>hm</think><answer>{task.answer}</answer>", f"<answer>\n**{task.answer}**\n</answer>"]
    if task.kind == "mcq":
        option = task.options["ABCDEFGHIJ".index(gold)]
        ways += [f"({gold})", f"<answer>{option}</answer>", f"<answer>{gold}. {option}</answer>"]
        ways += [f"The answer is {gold}. {option}", f"I looked.\nThe correct option is ({gold})"]
    return ways


@pytest.mark.parametrize("folder", FOLDERS)
def test_stored_answers_read_back(folder: str) -> None:
    file = DATA / folder / "records.jsonl"
    if not file.is_file():
        pytest.skip(f"no data at {file} (set ASTERISM_DATA)")
    tasks = [_task(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
    wrong = [(task.id, way) for task in tasks for way in _ways(task) if not grade(task, way).correct]
    assert not wrong
