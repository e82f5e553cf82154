"""A table of somebody else's becomes tasks: every form of image, every column, nothing left out unsaid."""

import base64
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.records import read_records, write_records
from asterism.core.task import Task
from asterism.records.source import DataSource, load_tasks

SAVED = Path(__file__).parent / "saved"
"""A set with two splits as version 5.2 of the library ``datasets`` saves it: three rows and one."""


def image(shade: int) -> Image:
    return Image.from_pixels(np.full((6, 8, 3), shade, dtype=np.uint8))


def jsonl(file: Path, rows: Sequence[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def tasks_of(path: Path, **settings: Any) -> list[Task]:
    return load_tasks(DataSource.parse({"path": str(path), **settings}, where="test"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    image(90).save(tmp_path / "pictures" / "a.png")
    image(200).save(tmp_path / "pictures" / "b.png")
    return tmp_path


def test_columns_of_other_names_are_read(folder: Path) -> None:
    row = {"uid": 7, "img": "a.png", "problem": "How many?", "solution": 4, "topic": "counting", "day": "Monday"}
    columns = {"id": "uid", "images": "img", "question": "problem", "answer": "solution", "family": "topic"}
    (task,) = tasks_of(jsonl(folder / "d.jsonl", [row]), columns=columns, images=str(folder / "pictures"))
    assert (task.id, task.question, task.answer, task.kind, task.family) == ("7", "How many?", "4", "short", "counting")
    assert task.images == (image(90),)
    assert task.meta == row  # a reward gets every column as it was


def test_columns_of_our_own_names_need_no_map_and_null_counts_as_absent(folder: Path) -> None:
    rows = [
        {"question": "One?", "image": "pictures/a.png", "answer": True, "options": None},
        {"question": "Two?", "images": ["pictures/a.png", "pictures/b.png"], "options": ["x", 3], "answer": "B"},
        {"question": "Three?", "images": None, "answer": None, "id": None, "meta": {"trace": "Because."}},
    ]
    first, second, third = tasks_of(jsonl(folder / "d.jsonl", rows))
    assert [first.id, first.kind, first.answer] == ["d-000001", "short", "True"]
    assert (second.kind, second.options, len(second.images)) == ("mcq", ("x", "3"), 2)
    assert second.images[0] is first.images[0]
    assert (third.id, third.kind, third.images, third.answer) == ("d-000003", "verified", (), None)
    assert third.meta["trace"] == "Because."


@pytest.mark.parametrize("form", ["path", "bytes", "dict", "dict of path", "base64", "data uri", "list"])
def test_every_form_of_an_image_is_read(folder: Path, form: str) -> None:
    data = (folder / "pictures" / "b.png").read_bytes()
    text = base64.b64encode(data).decode()
    cell = {
        "path": "pictures/b.png",
        "bytes": data,
        "dict": {"bytes": data, "path": "not_there.png"},
        "dict of path": {"bytes": None, "path": "pictures/b.png"},
        "base64": text,
        "data uri": f"data:image/png;base64,{text}",
        "list": [{"bytes": data, "path": None}, {"bytes": None, "path": "pictures/b.png"}],
    }[form]
    pq.write_table(pa.Table.from_pylist([{"question": "?", "picture": cell, "answer": "a"}]), folder / "d.parquet")
    (task,) = tasks_of(folder / "d.parquet", columns={"images": "picture"})
    assert task.images == (image(200),) * (2 if form == "list" else 1)
    assert ("picture" in task.meta) == (form == "path")


def test_a_set_that_datasets_has_saved_is_read_split_by_split() -> None:
    columns = {"id": "uid", "images": "picture", "question": "problem", "options": "choices", "answer": "label"}
    tasks = tasks_of(SAVED, columns=columns, answer_index=0, split="train")
    assert [task.id for task in tasks] == ["11", "12", "13"]
    assert [task.answer for task in tasks] == ["A", "A", "A"]
    assert tasks[1].options == ("green", "red") and tasks[0].kind == "mcq"
    assert tuple(tasks[1].images[0].pixels[0, 0]) == (0, 128, 0)
    assert tasks_of(SAVED / "test", columns=columns, answer_index=0)[0].question == "Which colour now?"
    with pytest.raises(AsterismError, match=r"holds several splits\nSet split to one of: train, test"):
        tasks_of(SAVED, columns=columns)
    with pytest.raises(AsterismError, match="no split 'dev'"):
        tasks_of(SAVED, columns=columns, split="dev")


def test_a_folder_of_the_hub_needs_the_name_of_its_split(folder: Path) -> None:
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"):
        pq.write_table(pa.table({"question": [name], "answer": ["1"]}), folder / f"{name}.parquet")
    with pytest.raises(AsterismError, match=r"holds several splits\nSet split to one of: test, train"):
        tasks_of(folder)
    assert [task.id for task in tasks_of(folder, split="train")] == ["train-000001", "train-000002"]
    with pytest.raises(AsterismError, match="no split 'dev'"):
        tasks_of(folder, split="dev")


def test_our_own_records_are_read_as_ever(folder: Path) -> None:
    write_records(folder / "own", [Task("b", (image(1),), "?", "T", "tfq"), Task("a", (image(2),), "?", "F", "tfq")])
    assert tasks_of(folder / "own") == read_records(folder / "own")
    assert len(tasks_of(folder / "own", limit=1)) == 1
    (first, *_) = tasks_of(folder / "own", kind="short")  # and with settings as any other table
    assert (first.kind, first.answer, first.images) == ("short", "T", (image(1),))


def test_options_may_be_a_mapping_or_json(folder: Path) -> None:
    rows = [
        {"question": "?", "options": {"A": "x", "B": "y", "C": None}, "answer": "B"},
        {"question": "?", "options": '["x", "y"]', "answer": "B"},
    ]
    assert [task.options for task in tasks_of(jsonl(folder / "d.jsonl", rows))] == [("x", "y"), ("x", "y")]


def test_a_trace_of_another_name_is_an_experts_completion(folder: Path) -> None:
    (task,) = tasks_of(
        jsonl(folder / "d.jsonl", [{"question": "?", "answer": "1", "cot": "So it is 1."}]), columns={"trace": "cot"}
    )
    assert task.meta["trace"] == "So it is 1."


def test_meta_can_be_written_as_json(folder: Path) -> None:
    pq.write_table(pa.table({"question": ["?"], "answer": ["1"], "day": [date(2026, 1, 2)]}), folder / "d.parquet")
    (task,) = tasks_of(folder / "d.parquet")
    assert task.meta["day"] == "2026-01-02"
    write_records(folder / "again", [task])


@pytest.mark.parametrize(
    ("row", "settings", "message"),
    [
        ({"qestion": "?"}, {}, "row 1: there is no column 'question'\nDid you mean 'qestion'? Name it: columns: {que"),
        ({"prompt": "?"}, {}, "Columns: prompt."),
        ({"question": "?"}, {"columns": {"answer": "anwser"}}, "there is no column 'anwser' for answer"),
        ({"question": 3.5, "answer": "x", "image": "gone.png"}, {}, "gone.png is missing"),
        ({"question": ["?"]}, {}, "question: holds list, not a text or a number"),
        ({"question": "?", "answer": ["a", "b"]}, {}, "answer: holds list"),
        ({"question": "?", "options": "x, y"}, {}, "options: holds str, not a list"),
        ({"question": "?", "kind": "geometry"}, {}, "kind 'geometry' is none of tfq, mcq"),
        ({"question": "?", "options": ["only"], "answer": "A"}, {}, "needs two options"),
        ({"question": "?", "options": ["x", "y"], "answer": 2}, {"answer_index": 0}, "answer: 2 is none of 2 options"),
        ({"question": "?", "options": ["x", "y"], "answer": "x"}, {"answer_index": 0}, "answer: 'x' is no number"),
        ({"question": "?", "shown": "pictures/a.png"}, {}, "column 'shown' holds images, and no column is read as im"),
        ({"question": "?", "image": 3}, {}, "holds int, not an image"),
    ],
)
def test_a_faulty_row_is_refused_with_its_number(
    folder: Path, row: dict[str, Any], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(AsterismError) as caught:
        tasks_of(jsonl(folder / "d.jsonl", [row]), **settings)
    assert message in str(caught.value) and "d.jsonl" in str(caught.value)


def test_an_image_in_bytes_that_nothing_reads_is_refused(folder: Path) -> None:
    pq.write_table(pa.table({"question": ["?"], "scan": [b"\x89PNG..."]}), folder / "d.parquet")
    with pytest.raises(AsterismError, match=r"column 'scan' holds images.*\nWrite columns: \{images: scan\}"):
        tasks_of(folder / "d.parquet")


def test_an_id_that_occurs_twice_and_an_empty_file_are_refused(folder: Path) -> None:
    rows = [{"id": 1, "question": "?"}, {"id": 1, "question": "!"}]
    with pytest.raises(AsterismError, match="row 2: id '1' occurs twice"):
        tasks_of(jsonl(folder / "d.jsonl", rows))
    with pytest.raises(AsterismError, match="holds no records"):
        tasks_of(jsonl(folder / "d.jsonl", []))


def test_a_word_that_looks_like_base64_is_text(folder: Path) -> None:
    long = "the cat sat on the mat and looked at the dog for a very long time indeed and more"
    (task,) = tasks_of(jsonl(folder / "d.jsonl", [{"question": long, "answer": "1"}]))
    assert task.meta["question"] == long
