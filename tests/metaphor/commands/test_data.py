import json
from pathlib import Path
from typing import Any

import PIL.ImageOps
import pytest
from click.testing import Result
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.image import Image
from asterism.core.records import read_records, write_records
from asterism.core.task import Task
from asterism.metaphor.scenes.drawing import draw
from asterism.metaphor.scenes.sampling import sample_scene


def asterism(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(app, ["metaphor", *map(str, arguments)])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve records about ten pictures: two pictures come again, in a border or once more as they are."""
    folder = tmp_path_factory.mktemp("corpus")
    pictures = [draw(sample_scene(0, "all", number)) for number in range(10)]
    pictures.append(Image.from_pil(PIL.ImageOps.expand(pictures[0].pil(), 9, "black")))
    pictures.append(pictures[1])
    tasks = [
        Task(f"r{number:02d}", (picture,), "What is meant?", None, "osq", meta={"domain": "LA"[number % 2]})
        for number, picture in enumerate(pictures)
    ]
    write_records(folder, tasks)
    return folder


def ids(folder: Path) -> set[str]:
    return {task.id for task in read_records(folder, unanswered=True)}


@pytest.mark.parametrize("copy", [False, True])
def test_split_keeps_alike_pictures_together_and_says_what_it_did(corpus: Path, tmp_path: Path, copy: bool) -> None:
    out = tmp_path / "out"
    more = ["--copy"] if copy else []
    result = asterism(
        "split", "--records", corpus, "--sizes", "train=8,bench=4", "--lite", 5, "--small", 2, "--out", out, *more
    )
    assert result.exit_code == 0, result.stderr
    assert "No image is in two splits" in result.stdout
    assert f"Results: {out} (train, bench, lite, small), {out / 'leakage.json'}" in result.stdout
    train, bench, lite, small = (ids(out / name) for name in ("train", "bench", "lite", "small"))
    assert (len(train), len(bench), len(lite), len(small)) == (8, 4, 5, 2)
    assert train | bench == ids(corpus)
    assert small < lite < train
    for pair in ({"r00", "r10"}, {"r01", "r11"}):
        assert pair <= train or pair <= bench
    report = json.loads((out / "leakage.json").read_text())
    assert {name: row["distinct"] for name, row in report["images"].items()} == {
        "bytes": 11,
        "pixels": 11,
        "likeness": 10,
    }
    assert report["images"]["likeness"]["records_sharing"] == 4
    assert report["disjoint"] is True
    assert (out / "bench" / "images").exists() is copy


def test_a_size_that_groups_cannot_meet_is_told(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "ids").write_text("\n".join(f"r{number:02d}" for number in range(2, 10)))
    result = asterism(
        "split",
        "--records",
        corpus,
        "--ids",
        f"fixed={tmp_path / 'ids'}",
        "--sizes",
        "odd=3",
        "--out",
        tmp_path / "out",
    )
    assert result.exit_code == 0, result.stderr
    assert "odd: 3 cannot be met, as groups are indivisible; 2 is the nearest" in result.stdout
    assert "2 records are in no split, 0 of them for an image of a split fixed by ids" in result.stdout


def test_json_is_all_that_stdout_holds(corpus: Path, tmp_path: Path) -> None:
    result = asterism("split", "--records", corpus, "--sizes", "a=4,b=rest", "--out", tmp_path / "out", "--json")
    assert result.stderr == ""
    assert json.loads(result.stdout)["splits"]["b"]["size"] == 8


BAD: dict[str, tuple[list[str], str]] = {
    "nothing": ([], "no split is asked for"),
    "no size": (["--sizes", "train"], "--sizes: 'train' is not of the form name=value"),
    "a word": (["--sizes", "train=many"], "--sizes: 'train=many' has no size"),
    "zero": (["--sizes", "train=0"], "--sizes: 'train=0' has no size"),
    "twice": (["--sizes", "a=1,a=2"], "--sizes: split 'a' is given twice"),
    "two rests": (["--sizes", "a=rest,b=rest"], "two splits take the rest"),
    "a path": (["--sizes", "../a=1"], "is not of the form name=value"),
    "too many": (["--sizes", "a=13"], "13 records are asked for and there are 12"),
    "no ids": (["--ids", "a=missing.txt"], "--ids: cannot be read"),
    "unknown ids": (["--ids", "a=high_level"], "50 of 50 ids are not among the records"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wish_that_cannot_be_is_refused(corpus: Path, tmp_path: Path, case: str) -> None:
    arguments, complaint = BAD[case]
    result = asterism("split", "--records", corpus, "--out", tmp_path / "out", *arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert len([line for line in result.stderr.splitlines() if not line.startswith("Reading")]) <= 2
    assert not (tmp_path / "out").exists()


def source(folder: Path, **entries: Any) -> Path:
    draw(sample_scene(0, "all", 0)).save(folder / "images" / "dev-1.png")
    asked = {"id": "dev-1", "question": "What is meant?", "options": ["hope", "fear"], "answer": "A", **entries}
    meta = {"explanation": "A key traps a heart: opportunity imprisons love.", "domain": "Life"}
    row = {"local_path": "images/dev-1.png", "questions": [asked], "meta_data": meta}
    (folder / "dev.json").write_text(json.dumps([row]))
    return folder


@pytest.mark.parametrize("link", [False, True])
def test_load_writes_records_and_shows_licence_and_faults(tmp_path: Path, link: bool) -> None:
    more = ["--link"] if link else []
    out = tmp_path / "out"
    result = asterism(
        "load", "--corpus", "ii_bench", "--from", source(tmp_path, answer="None"), "--as", "mcq", "--out", out, *more
    )
    assert result.exit_code == 0, result.stderr
    assert "Licence: Apache-2.0 by the card" in result.stdout
    assert "1  no key (answer None, never scored): ii_bench/dev-1" in result.stdout
    assert "(1 records, 0 with an answer)" in result.stdout
    (task,) = read_records(out, unanswered=True)
    assert task.images == (draw(sample_scene(0, "all", 0)),)
    assert (out / "images").exists() is not link
    assert json.loads((out / "load.json").read_text())["faults"] == {
        "no key (answer None, never scored)": ["ii_bench/dev-1"]
    }


def test_load_as_open_questions_in_json(tmp_path: Path) -> None:
    result = asterism(
        "load", "--corpus", "ii_bench", "--from", source(tmp_path), "--as", "osq", "--out", tmp_path / "out", "--json"
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["answered"] == 1
    assert read_records(tmp_path / "out")[0].answer == "A key traps a heart: opportunity imprisons love."
