import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.records import link_records, read_records, take_meta, write_records
from asterism.core.task import KINDS, Task

PIXELS = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
PICTURES = [Image.from_pixels(PIXELS + shift) for shift in range(3)]
TEXT = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def record(**entries: Any) -> dict[str, Any]:
    return {"id": "a", "image": "a.png", "question": "A cat?", "answer": "T", "kind": "tfq", **entries}


def written(folder: Path, *lines: Any) -> Path:
    """A records file of the lines (text as it is, anything else as JSON) beside one picture."""
    PICTURES[0].save(folder / "a.png")
    file = folder / "records.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return file


def test_a_record_becomes_a_task(tmp_path: Path) -> None:
    file = written(tmp_path, record(family="cats", meta={"n": 1}, source="ignored"))
    (task,) = read_records(file)
    assert (task.id, task.question, task.answer, task.kind) == ("a", "A cat?", "T", "tfq")
    assert (task.family, task.meta, task.options) == ("cats", {"n": 1}, ())
    assert task.images == (PICTURES[0],)


def test_a_folder_stands_for_its_records_file(tmp_path: Path) -> None:
    written(tmp_path, record())
    assert [task.id for task in read_records(tmp_path)] == ["a"]


def test_null_is_read_as_absent(tmp_path: Path) -> None:
    file = written(tmp_path, record(options=None, family=None, meta=None), record(id="b", image=None))
    first, second = read_records(file)
    assert (first.options, first.family, first.meta, second.images) == ((), "", {}, ())


def test_numbers_among_options_and_as_answer_are_read_as_text(tmp_path: Path) -> None:
    file = written(tmp_path, record(kind="mcq", options=[250, 2.5, "none"]), record(id="b", kind="short", answer=7))
    assert read_records(file)[0].options == ("250", "2.5", "none")
    assert read_records(file)[1].answer == "7"


def test_blank_lines_and_a_byte_order_mark_are_no_records(tmp_path: Path) -> None:
    file = written(tmp_path, "\ufeff" + json.dumps(record()), "", "   ")
    assert len(read_records(file)) == 1


def test_several_pictures_keep_their_order(tmp_path: Path) -> None:
    PICTURES[1].save(tmp_path / "b.png")
    (task,) = read_records(written(tmp_path, record(image=None, images=["b.png", "a.png"])))
    assert task.images == (PICTURES[1], PICTURES[0])


BAD = {
    "no JSON": ("{", "Invalid JSON"),
    "a list": ("[]", "object"),
    "a word": ('"a"', "object"),
    "no id": ({"question": "?", "answer": "T", "kind": "tfq"}, "id: Field required"),
    "empty id": (record(id=""), "id: String should have at least 1 character"),
    "numeric id": (record(id=5), "id: Input should be a valid string"),
    "no question": ({"id": "a", "answer": "T", "kind": "tfq"}, "question: Field required"),
    "null question": (record(question=None), "question: Field required"),
    "unknown kind": (record(kind="tf"), "kind: Input should be 'tfq', 'mcq'"),
    "no kind": ({"id": "a", "question": "?", "answer": "T"}, "kind: Field required"),
    "no answer": ({"id": "a", "question": "?", "kind": "tfq"}, "answer: a tfq record needs one"),
    "null answer": (record(answer=None, kind="osq"), "answer: a osq record needs one"),
    "blank answer": (record(answer=" \n"), "answer: a tfq record needs one"),
    "boolean answer": (record(answer=True), "answer: Input should be a valid string"),
    "no options": (record(kind="mcq"), "options: a mcq record needs at least two"),
    "options as text": (record(options="A, B"), "options: Input should be a valid"),
    "option is an object": (record(options=["A", {}]), "options.1: Input should be a valid string"),
    "images as text": (record(images="a.png"), "images: Input should be a valid"),
    "image is a number": (record(image=3), "images.0: Input should be a valid string"),
    "missing image": (record(image="b.png"), "images: .*b.png is missing"),
    "image is the folder": (record(image="."), "images: .* is missing"),
    "image is base64": (record(image="iVBOR" * 2000), r"images: .{200,400}… \(\d+ characters\) is missing"),
    "meta as text": (record(meta="x"), "meta: Input should be an object"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_record_is_named_by_file_line_and_field(tmp_path: Path, case: str) -> None:
    line, complaint = BAD[case]
    file = written(tmp_path, record(id="fine"), "", line)
    with pytest.raises(AsterismError, match=complaint) as caught:
        read_records(file)
    assert caught.value.where == f"{file}:3"
    assert caught.value.remedy
    assert len(str(caught.value).splitlines()) == 2


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, record(), record(id="b"), record(question="Another?"))
    with pytest.raises(AsterismError, match=r"records\.jsonl:3: id 'a' occurs twice"):
        read_records(file)


def test_a_verified_record_needs_no_answer(tmp_path: Path) -> None:
    (task,) = read_records(written(tmp_path, record(kind="verified", answer=None)))
    assert task.answer is None


@pytest.mark.parametrize("content", ["", "\n\n", None])
def test_a_file_without_records_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "records.jsonl").write_text(content)
    with pytest.raises(AsterismError, match=r"records\.jsonl: .*no records"):
        read_records(tmp_path)


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "records.jsonl").write_bytes(json.dumps(record(question="Où ?"), ensure_ascii=False).encode("latin-1"))
    with pytest.raises(AsterismError, match="not UTF-8"):
        read_records(tmp_path)


@given(st.permutations(range(8)))
def test_tasks_do_not_depend_on_the_order_of_lines(tmp_path_factory: pytest.TempPathFactory, order: list[int]) -> None:
    folder = tmp_path_factory.mktemp("order")
    tasks = read_records(written(folder, *(record(id=f"task-{index}") for index in order)))
    assert [task.id for task in tasks] == [f"task-{index}" for index in range(8)]


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    kind = draw(st.sampled_from(KINDS))
    answered = TEXT.filter(str.strip)
    return Task(
        id=draw(st.text(min_size=1, max_size=8)),
        images=tuple(draw(st.lists(st.sampled_from(PICTURES), max_size=2))),
        question=draw(TEXT),
        answer=draw(answered | st.none() if kind == "verified" else answered),
        kind=kind,
        options=tuple(draw(st.lists(TEXT, min_size=2, max_size=6))) if kind == "mcq" else (),
        family=draw(TEXT),
        meta=draw(st.dictionaries(TEXT, JSON, max_size=3)),
    )


@given(st.lists(tasks(), min_size=1, max_size=4, unique_by=lambda task: task.id))
def test_what_is_written_is_read_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, given_tasks: list[Task]
) -> None:
    file = write_records(tmp_path_factory.mktemp("round"), given_tasks)
    assert read_records(file) == sorted(given_tasks, key=lambda task: task.id)


def test_a_picture_of_many_tasks_is_written_once(tmp_path: Path) -> None:
    tasks = [Task(f"t{i}", (PICTURES[i % 2],), "?", "T", "tfq") for i in range(6)]
    random.Random(0).shuffle(tasks)
    write_records(tmp_path, tasks)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "records.jsonl"]
    assert len(list((tmp_path / "images").iterdir())) == 2


def test_writing_two_tasks_of_one_id_is_refused_and_leaves_the_older_file(tmp_path: Path) -> None:
    task = Task("a", (), "?", "T", "tfq")
    before = write_records(tmp_path, [task]).read_bytes()
    with pytest.raises(AsterismError, match="id 'a' occurs twice"):
        write_records(tmp_path, [task, task])
    assert (tmp_path / "records.jsonl").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["records.jsonl"]


def test_records_may_be_written_over_the_file_they_came_from(tmp_path: Path) -> None:
    file = write_records(tmp_path, [Task("a", (PICTURES[0],), "?", "T", "tfq")])
    (task,) = read_records(file)
    write_records(tmp_path, [take_meta(task, seen=True)])
    assert read_records(file) == [take_meta(task, seen=True)]


def test_entries_are_added_to_meta_of_a_copy() -> None:
    task = Task("a", (), "?", "T", "tfq", meta={"n": 1})
    assert take_meta(task, m=2).meta == {"n": 1, "m": 2}
    assert task.meta == {"n": 1}


@pytest.mark.parametrize(
    "name", ["nlvr_eval", "cii_bench", "math_vision", "misleading_chartqa", "opencqa", "tabmwp", "sroie"]
)
def test_real_records_are_read_and_survive_a_round_trip(data_folder: Path, tmp_path: Path, name: str) -> None:
    real = read_records(data_folder / name)[:12]
    assert read_records(write_records(tmp_path, real)) == real


@pytest.mark.parametrize("kind", ["tfq", "mcq", "osq"])
@pytest.mark.parametrize("answer", [None, "", " \n"])
def test_a_withheld_answer_passes_only_where_it_is_allowed(tmp_path: Path, kind: str, answer: str | None) -> None:
    file = written(tmp_path, record(kind=kind, answer=answer, options=["a", "b"]))
    (task,) = read_records(file, unanswered=True)
    assert task.answer is None
    with pytest.raises(AsterismError, match="needs one"):
        read_records(file)


def test_a_short_record_always_needs_its_answer(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match="a short record needs one"):
        read_records(written(tmp_path, record(kind="short", answer=None)), unanswered=True)


@pytest.mark.parametrize("copy", [False, True])
def test_linked_records_show_the_same_pictures(tmp_path: Path, copy: bool) -> None:
    picture = tmp_path / "source" / "a.jpg"
    picture.parent.mkdir()
    PICTURES[0].pil().save(picture)
    tasks = [Task("a", (Image.open(picture), PICTURES[1]), "A cat?", "T", "tfq"), Task("b", (), "A dog?", "F", "tfq")]
    back = read_records(link_records(tmp_path / "out" / "train", tasks, copy=copy))
    assert [(task.id, task.images, task.answer) for task in back] == [(t.id, t.images, t.answer) for t in tasks]
    path = back[0].images[0].path
    assert path is not None
    assert (path.resolve() == picture) is not copy
    assert path.read_bytes() == picture.read_bytes()
    assert path.suffix == ".jpg"
