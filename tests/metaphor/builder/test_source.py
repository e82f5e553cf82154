import json
from pathlib import Path
from typing import Any

import pytest

from asterism.core.errors import AsterismError
from asterism.metaphor.builder.source import read_sources


def written(folder: Path, *lines: Any) -> Path:
    file = folder / "records.jsonl"
    file.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines), encoding="utf-8")
    return file


def test_the_explanation_is_found_wherever_a_corpus_keeps_it(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        {"id": "a", "image": "a.png", "explanation": " plain "},
        {"id": "b", "images": ["b.png", "c.png"], "meta": {"explanation": "in meta", "domain": "Life"}},
        {"id": "c", "meta": {"explanation": "long", "metaphorical_meaning": "short"}},
        {"id": 4, "image": None, "explanation": None, "answer": None},
    )
    sources = {each.id: each for each in read_sources(file)}
    assert {name: each.explanation for name, each in sources.items()} == {
        "a": "plain",
        "b": "in meta",
        "c": "short\nlong",
        "4": "",
    }
    assert sources["b"].meta == {"domain": "Life"}
    assert sources["b"].image is not None
    assert sources["b"].image.path == tmp_path / "b.png"
    assert sources["4"].image is None


def test_real_records_are_read(data_folder: Path) -> None:
    english, chinese = (read_sources(data_folder / name) for name in ("ii_bench", "cii_bench"))
    assert (len(english), len(chinese)) == (120, 80)
    assert all(each.explanation and each.image is not None and each.image.exists() for each in (*english, *chinese))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "holds no records"),
        (["{"], r"records\.jsonl:1: "),
        ([{"image": "a.png"}], r"records\.jsonl:1: id: Field required"),
        ([{"id": "a", "meta": "x"}], r"records\.jsonl:1: meta: "),
    ],
)
def test_what_is_no_record_is_refused_with_its_line(tmp_path: Path, lines: list[Any], message: str) -> None:
    with pytest.raises(AsterismError, match=message):
        read_sources(written(tmp_path, *lines))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match="no records found"):
        read_sources(tmp_path)
