import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.records import read_records
from asterism.helix.serg.published_traces import load_published


def pixels(number: int) -> Image:
    return Image.from_pixels(np.full((6, 6, 3), number, dtype=np.uint8))


def written(folder: Path, rows: list[dict[str, Any]]) -> Path:
    file = folder / "rows.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return file


def row(**values: Any) -> dict[str, Any]:
    return {
        "ID": "r1",
        "Category": "Trapping rain water",
        "Difficulty": "level 3",
        "question": "How much?",
        "question_language": "Heights 4, 1, 4. How much?",
        "Initial-State": "[4, 1, 4]",
        "answer": 3,
        "rule_cot": "Bar 2 holds 3.",
        "Final CoT": "<think>It holds 3. Wait, yes.</think> Final Answer: \\boxed{3}",
        **values,
    }


def test_rows_become_records_with_both_traces(tmp_path: Path) -> None:
    pixels(7).save(tmp_path / "in" / "a.png")
    encoded = base64.b64encode((tmp_path / "in" / "a.png").read_bytes()).decode()
    rows = [
        row(image="a.png"),
        row(ID="r2", image=encoded),
        row(ID="r3", image=["a.png", "a.png"], Category="sokoban", answer="up"),
    ]
    loaded = load_published(written(tmp_path / "in", rows), tmp_path / "out")
    assert loaded.report == {"read": 3, "kept": 3, "verified": 2, "rejected": {}}
    first, second, third = read_records(tmp_path / "out")
    assert (first.id, first.question, first.answer, first.kind) == ("r1", "How much?", "3", "short")
    assert first.family == "mm_helix_100k/Trapping rain water"
    assert first.meta["trace"] == first.meta["expert_response"] == row()["Final CoT"]
    assert first.meta["rule_trace"] == "Bar 2 holds 3."
    assert (first.meta["level"], first.meta["verdict"], first.meta["teacher"]) == (3, "right", "published")
    assert first.meta["initial_state"] == [4, 1, 4]
    assert first.meta["question_text"] == "Heights 4, 1, 4. How much?"
    assert first.images[0].digest == second.images[0].digest == pixels(7).digest
    assert (len(third.images), third.meta["verdict"]) == (2, "not graded")


def test_what_cannot_be_used_is_counted_by_name(tmp_path: Path) -> None:
    rows = [
        row(),
        row(),
        row(ID="r2", **{"Final CoT": " "}),
        row(ID="r3", **{"Final CoT": "<think>4?</think>\\boxed{4}"}),
        row(ID="r4", image="missing.png"),
        row(ID="r5", question=None),
    ]
    rows[0]["image"] = None
    loaded = load_published(written(tmp_path / "in", rows), tmp_path / "out")
    assert loaded.report["rejected"] == {"id twice": 1, "no trace": 1, "answer": 1, "image": 1, "form": 1}
    assert (loaded.report["read"], loaded.report["kept"]) == (6, 1)


def test_a_missing_column_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    odd = {"ID": "1", "Category": "maze", "question": "?", "reply": "x"}
    with pytest.raises(AsterismError, match="no column for answer, trace among ID, Category, question, reply"):
        load_published(written(tmp_path / "in", [odd]), tmp_path / "out")


def test_a_file_of_no_rows_that_can_be_kept_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match="no row with a trace"):
        load_published(written(tmp_path / "in", [row(**{"Final CoT": ""})]), tmp_path / "out")
