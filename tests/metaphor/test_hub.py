import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.task import Task
from asterism.metaphor.hub import read_hub, write_hub

PIXELS = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
PICTURES = [Image.from_pixels(PIXELS + shift) for shift in range(3)]
STATEMENTS = st.text(min_size=1, max_size=30).filter(lambda text: text.strip() and "<image>" not in text)


def statement(name: str, answer: str | None = "T", **entries: Any) -> Task:
    return Task(
        **{"id": name, "images": (PICTURES[0],), "question": "A cat?", "answer": answer, "kind": "tfq", **entries}
    )


def held(tasks: list[Task]) -> list[Any]:
    """What the layout can hold."""
    return [(task.images, task.question, task.answer, task.kind) for task in tasks]


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(PICTURES), max_size=3), STATEMENTS, st.sampled_from("TF")),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("hub")
    tasks = [statement(str(n), answer, images=tuple(i), question=text) for n, (i, text, answer) in enumerate(rows)]
    files = write_hub(folder, tasks, name="test")
    assert files.rows == len(tasks)
    assert files.images == len({image.digest for task in tasks for image in task.images})
    for path in (files.parquet, files.lines, folder):
        assert held(read_hub(path)) == held(tasks)


def test_statements_about_one_picture_form_a_group(tmp_path: Path) -> None:
    tasks = [statement(str(n), images=(PICTURES[n % 2],), question=f"Number {n}?") for n in range(6)]
    back = read_hub(write_hub(tmp_path, tasks).parquet)
    assert [task.meta["image"] for task in back[:2]] == [image.digest[:16] for image in PICTURES[:2]]
    assert [task.id for task in back if task.images == (PICTURES[1],)] == [
        f"{PICTURES[1].digest[:16]}/{place}" for place in range(3)
    ]
    assert back[0].images[0] is back[2].images[0]


def test_a_picture_asked_often_takes_its_room_once(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    picture = Image.from_pixels(noise)
    parquet = write_hub(tmp_path, [statement(str(n), images=(picture,)) for n in range(40)]).parquet
    assert parquet.stat().st_size < 1.2 * len(picture.png())


def test_the_parquet_file_tells_datasets_that_its_bytes_are_pictures(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    schema = pq.read_schema(write_hub(tmp_path, [statement("a")]).parquet)
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert features["images"] == {"feature": {"_type": "Image"}, "_type": "Sequence"}
    assert schema.names == list(features) == ["images", "problem", "answer"]


@pytest.mark.parametrize(
    ("answer", "label"), [("T", "T"), ("False", "F"), ("true", "T"), (True, "T"), (False, "F"), (0, "F"), (" F ", "F")]
)
def test_every_written_form_of_a_label_is_read(tmp_path: Path, answer: Any, label: str) -> None:
    PICTURES[0].save(tmp_path / "a.png")
    row = {"images": ["a.png"], "problem": "Look at <image> and judge: a cat.", "answer": answer}
    (tmp_path / "rows.json").write_text(json.dumps([row]))
    (task,) = read_hub(tmp_path)
    assert (task.answer, task.question) == (label, "Look at  and judge: a cat.")


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"problem": "A cat?", "answer": "T"}, "no column images"),
        ({"images": ["a.png"], "answer": "T"}, "no text in problem"),
        ({"images": ["a.png"], "problem": "<image> ", "answer": "T"}, "no text in problem"),
        ({"images": ["a.png"], "problem": "A cat?"}, "answer None is no truth value"),
        ({"images": ["a.png"], "problem": "A cat?", "answer": "C"}, "answer 'C' is no truth value"),
        ({"images": ["a.png"], "problem": "A cat?", "answer": 0.5}, "answer 0.5 is no truth value"),
        ({"images": ["b.png"], "problem": "A cat?", "answer": "T"}, "image not found"),
        ({"images": [None], "problem": "A cat?", "answer": "T"}, "holds no image"),
        ({"images": [{"bytes": None}], "problem": "A cat?", "answer": "T"}, "holds no image"),
        ([], "not a JSON object"),
        ("{", "not a JSON object"),
    ],
)
def test_a_broken_row_is_refused_by_name(tmp_path: Path, row: Any, complaint: str) -> None:
    PICTURES[0].save(tmp_path / "a.png")
    (tmp_path / "rows.jsonl").write_text(row if isinstance(row, str) else json.dumps(row))
    with pytest.raises(AsterismError, match=complaint) as caught:
        read_hub(tmp_path)
    assert caught.value.where and caught.value.remedy


@pytest.mark.parametrize("task", [statement("a", None), statement("a", "B", kind="mcq", options=("a", "b"))])
def test_what_the_layout_cannot_hold_is_refused_and_leaves_nothing(tmp_path: Path, task: Task) -> None:
    with pytest.raises(AsterismError, match=r"task a: a .* has no place in the hub layout"):
        write_hub(tmp_path, [statement("fine"), task])
    assert [file.name for file in tmp_path.iterdir()] == ["images"]


def test_a_broken_parquet_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match="no table found"):
        read_hub(tmp_path)
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(AsterismError, match=r"a\.parquet: cannot be read"):
        read_hub(tmp_path)


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(AsterismError, match=r"asterism\[data\]"):
        write_hub(tmp_path, [statement("a")])
