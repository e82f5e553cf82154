import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.records import link_records, read_records
from asterism.core.task import Task
from asterism.metaphor.corpora.entry import key_of
from asterism.metaphor.corpora.labels import FIELDS, SEVERAL, read_labels
from asterism.metaphor.corpora.load import OPEN_QUESTIONS, load_corpus
from asterism.metaphor.hub import write_hub

OPTIONS = ["hope", "fear", "time", "money", "love", "sleep"]
EXPLANATION = "A candle in a dark room: hope outlasts the night."


def picture(folder: Path, name: str, form: str = "JPEG", seed: int = 0) -> str:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    PIL.Image.fromarray(pixels).save(file, form)
    return name


def question(name: str = "dev-1", **entries: Any) -> dict[str, Any]:
    """A row of the repository's JSON."""
    asked = {"id": name, "question": "What is meant?", "options": OPTIONS, "correct_option": "hope", "answer": "A"}
    labels = {
        "image_type": "Poster",
        "difficulty": "Easy",
        "domain": "Life",
        "emotion": "Neutral",
        "rhetoric": ["Metaphor", "Contrast"],
        "explanation": EXPLANATION,
    }
    return {
        "local_path": entries.pop("local_path", f"images/{name}.jpg"),
        "questions": [{**asked, **{key: entries.pop(key) for key in list(entries) if key in asked}}],
        "meta_data": {**labels, **entries},
    }


def repository(folder: Path, *rows: dict[str, Any], pictures: bool = True) -> Path:
    for number, row in enumerate(rows):
        if pictures:
            picture(folder, row["local_path"], seed=number)
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "dev.json").write_text(json.dumps(list(rows), ensure_ascii=False), encoding="utf-8")
    return folder / "data"


def test_the_repository_form_becomes_questions_with_options(tmp_path: Path) -> None:
    loaded = load_corpus("ii_bench", repository(tmp_path, question(), question("test-7", answer=None)), "mcq")
    first, second = loaded.tasks
    assert (first.id, first.kind, first.answer, list(first.options)) == ("ii_bench/dev-1", "mcq", "A", OPTIONS)
    assert first.images[0].path == tmp_path / "images/dev-1.jpg"
    assert {name: first.meta[name] for name in ("split", "domain", "difficulty", "image_type", "rhetoric")} == {
        "split": "dev",
        "domain": "Life",
        "difficulty": "Easy",
        "image_type": ["Poster"],
        "rhetoric": ["Metaphor", "Contrast"],
    }
    assert first.meta["explanation"] == EXPLANATION
    assert first.meta["original"]["image_type"] == "Poster"
    assert "Apache" in first.meta["licence"]
    assert second.answer is None
    assert loaded.faults.ids == {"no key (answer None, never scored)": ["ii_bench/test-7"]}


def test_open_questions_refer_to_the_explanation(tmp_path: Path) -> None:
    (task,) = load_corpus("ii_bench", repository(tmp_path, question(answer=None)), "osq").tasks
    assert (task.kind, task.question, task.answer, task.options) == ("osq", OPEN_QUESTIONS["ii_bench"], EXPLANATION, ())


def test_chinese_labels_are_mapped_and_the_meaning_stands_before_the_explanation(tmp_path: Path) -> None:
    row = question(
        image_type={"choices": ["插画(Illustration)", "单格漫画(Single-panel Comic)"]},
        difficulty="困难",
        domain="中华传统文化",
        emotion="消极",
        rhetoric={"choices": ["隐喻", "夸张"]},
        metaphorical_meaning="希望比黑夜长久。",
        explanation="黑暗的房间里有一支蜡烛，暗示了希望。",
    )
    (task,) = load_corpus("cii_bench", repository(tmp_path, row), "osq").tasks
    assert task.question == OPEN_QUESTIONS["cii_bench"]
    assert task.answer == "希望比黑夜长久。;黑暗的房间里有一支蜡烛，暗示了希望。"
    assert {name: task.meta[name] for name in FIELDS} == {
        "image_type": ["Illustration", "Single-panel Comic"],
        "difficulty": "Hard",
        "domain": "Chinese Traditional Culture",
        "emotion": "Negative",
        "rhetoric": ["Metaphor", "Exaggerate"],
    }
    assert task.meta["original"]["rhetoric"] == {"choices": ["隐喻", "夸张"]}


def hub_row(folder: Path, number: int, **entries: Any) -> dict[str, Any]:
    name = picture(folder, f"images/dev/dev-{number}.jpg", seed=number)
    cell = {"bytes": (folder / name).read_bytes(), "path": Path(name).name}
    options = {f"option{place}": option for place, option in enumerate(OPTIONS, start=1)}
    labels = {"image_type": "['Poster', 'Logo']", "difficulty": "easy", "domain": "Life", "emotion": "Neutral"}
    said = {"rhetoric": ["Metaphor", "Contrast"], "explanation": EXPLANATION, "local_path": name}
    asked = {"id": str(number), "question": "What is meant?", "correct_option": "hope", "answer": "A"}
    return {**asked, "image": cell, **options, **labels, **said, **entries}


def test_the_hub_form_gives_the_same_tasks_as_the_repository_form(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [hub_row(tmp_path / "hub", number) for number in (0, 1)]
    (tmp_path / "set").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "set" / "dev-00000-of-00001.parquet")
    hub = load_corpus("ii_bench", tmp_path / "set", "mcq").tasks
    plain = [question(f"dev-{number}", image_type=["Poster", "Logo"]) for number in (0, 1)]
    repo = load_corpus("ii_bench", repository(tmp_path / "repo", *plain), "mcq").tasks
    assert [(t.id, t.images, t.question, t.options, t.answer) for t in hub] == [
        (t.id, t.images, t.question, t.options, t.answer) for t in repo
    ]
    for field in FIELDS:
        assert [task.meta[field] for task in hub] == [task.meta[field] for task in repo]


@pytest.mark.parametrize("stored", [None, "", "None", "none", " null "])
def test_a_withheld_key_is_counted_and_never_becomes_an_answer(tmp_path: Path, stored: Any) -> None:
    loaded = load_corpus("ii_bench", repository(tmp_path, question(answer=stored, correct_option=stored)), "mcq")
    assert loaded.tasks[0].answer is None
    assert loaded.tasks[0].meta["correct_option"] is None
    assert list(loaded.faults.ids) == ["no key (answer None, never scored)"]
    folder = tmp_path / "out"
    link_records(folder, loaded.tasks)
    with pytest.raises(AsterismError, match="a mcq record needs one"):
        read_records(folder)
    assert read_records(folder, unanswered=True)[0].answer is None


FLAWS: dict[str, tuple[dict[str, Any], str]] = {
    "one letter of explanation": ({"explanation": "?"}, "explanation too short (flagged)"),
    "key beyond the options": ({"answer": "G"}, "key names no option (answer None, never scored)"),
    "key is a word": ({"answer": "hope"}, "key names no option (answer None, never scored)"),
    "key and text differ": ({"answer": "B"}, "key and text of the right option differ (the key is kept)"),
    "unknown label": ({"domain": "Cooking"}, "unknown domain (kept as it is)"),
    "two difficulties": ({"difficulty": ["Easy", "Hard"]}, "several values of difficulty (the first is kept)"),
}


@pytest.mark.parametrize("case", FLAWS)
def test_each_flaw_is_counted_by_name(tmp_path: Path, case: str) -> None:
    entries, fault = FLAWS[case]
    loaded = load_corpus("ii_bench", repository(tmp_path, question(**entries)), "mcq")
    assert loaded.faults.ids == {fault: ["ii_bench/dev-1"]}
    assert len(loaded.tasks) == 1


def test_an_explanation_of_one_letter_is_no_reference(tmp_path: Path) -> None:
    loaded = load_corpus("ii_bench", repository(tmp_path, question(explanation="."), question("dev-2")), "osq")
    assert [task.answer for task in loaded.tasks] == [None, EXPLANATION]
    assert loaded.faults.count("no reference for an open question (answer None, never scored)") == 1


def test_missing_and_broken_pictures_are_left_out_and_a_misnamed_one_is_kept(tmp_path: Path) -> None:
    rows = [question(f"dev-{number}") for number in range(4)]
    source = repository(tmp_path, *rows)
    (tmp_path / "images/dev-0.jpg").unlink()
    (tmp_path / "images/dev-1.jpg").write_bytes(b"no picture")
    picture(tmp_path, "images/dev-2.jpg", "WEBP")
    loaded = load_corpus("ii_bench", source, "mcq")
    assert [task.id for task in loaded.tasks] == ["ii_bench/dev-2", "ii_bench/dev-3"]
    assert loaded.faults.ids == {
        "image missing (left out)": ["ii_bench/dev-0"],
        "image broken (left out)": ["ii_bench/dev-1"],
        "image in another format than its name says": ["ii_bench/dev-2"],
    }


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([question(), question()], "id 'ii_bench/dev-1' appears twice"),
        ([{"local_path": "images/a.jpg", "caption": "x"}], "unknown form of row"),
        ([question(question="")], "no question"),
        ([question(options=["a"])], "needs a list of at least two options"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(tmp_path: Path, rows: list[dict[str, Any]], complaint: str) -> None:
    with pytest.raises(AsterismError, match=complaint) as caught:
        load_corpus("ii_bench", repository(tmp_path, *rows), "mcq")
    assert "row" in str(caught.value.where)


def test_a_corpus_without_any_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match="holds no question that can be used"):
        load_corpus("ii_bench", repository(tmp_path, question(), pictures=False), "mcq")


@pytest.mark.parametrize(("corpus", "kind"), [("ii_bench", "tfq"), ("tfq", "mcq")])
def test_a_kind_that_the_corpus_has_not_is_refused(tmp_path: Path, corpus: Any, kind: Any) -> None:
    with pytest.raises(AsterismError, match="has no tasks of kind"):
        load_corpus(corpus, tmp_path, kind)


def test_tfq_sets_are_grouped_by_picture_and_carry_their_licence(tmp_path: Path) -> None:
    pixels = [np.full((4, 4, 3), shade, dtype=np.uint8) for shade in (0, 200)]
    images = [Image.from_pixels(each) for each in pixels]
    tasks = [Task(str(n), (images[n % 2],), f"Statement {n}.", "TF"[n % 2], "tfq") for n in range(6)]
    loaded = load_corpus("tfq", write_hub(tmp_path, tasks).parquet, "tfq")
    assert len({task.meta["image"] for task in loaded.tasks}) == 2
    assert [task.answer for task in loaded.tasks] == list("TFTFTF")
    assert all("CC-BY-NC" in task.meta["licence"] for task in loaded.tasks)
    assert any("contradict" in note for note in loaded.licence.notes)


@pytest.mark.parametrize(("corpus", "count", "keys"), [("ii_bench", 120, 20), ("cii_bench", 80, 80)])
def test_the_real_samples_are_read(data_folder: Path, corpus: Any, count: int, keys: int) -> None:
    loaded = load_corpus(corpus, data_folder / corpus, "mcq")
    assert len(loaded.tasks) == count
    assert sum(task.answer is not None for task in loaded.tasks) == keys
    assert all(len(task.options) == 6 and task.meta["source"].startswith("github:") for task in loaded.tasks)
    assert not any("unknown" in fault for fault in loaded.faults.ids)
    for field in FIELDS:
        words = [task.meta[field] for task in loaded.tasks]
        flat = [word for entry in words for word in entry] if field in SEVERAL else words
        assert all(word.isascii() for word in flat)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["隐喻", "Metaphor", "[", "{'a'}"]),
    lambda inner: st.lists(inner, max_size=3) | st.fixed_dictionaries({"choices": inner}),
    max_leaves=6,
)


@given(st.sampled_from(FIELDS), JSON_VALUES)
def test_any_stored_label_gives_distinct_texts_and_never_raises(field: str, stored: Any) -> None:
    labels = read_labels(field, stored)
    assert len(set(labels.values)) == len(labels.values)
    assert all(isinstance(word, str) and word for word in labels.values)
    assert labels.original == stored


@pytest.mark.parametrize(
    "stored",
    [
        ["Metaphor", "Contrast"],
        {"choices": ["隐喻", "对比"]},
        "['Metaphor', 'Contrast']",
        '{"choices": ["隐喻", "Contrast"]}',
    ],
)
def test_every_form_of_a_label_list_means_the_same(stored: Any) -> None:
    assert read_labels("rhetoric", stored).values == ("Metaphor", "Contrast")


@given(st.none() | st.text(max_size=6) | st.integers())
def test_a_key_is_a_text_or_nothing(stored: Any) -> None:
    key = key_of(stored)
    assert key is None or (key == key.strip() and key)
