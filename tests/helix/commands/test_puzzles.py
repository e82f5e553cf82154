import json
import re
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.image import Image
from asterism.core.records import read_records
from asterism.helix.bench import bench_entries, manifest_of
from asterism.helix.dataset import create_dataset
from asterism.helix.parquet import read_parquet
from tests.helix.toy import WalkPuzzle, walk

__all__ = ["walk"]


@pytest.fixture(autouse=True)
def _few(walk: WalkPuzzle) -> None:
    """What is tested is how commands speak; two tasks are enough for that."""


def asterism(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(app, ["helix", *map(str, arguments)])


def refused(result: Result) -> str:
    """What stderr says of a refusal: one or two lines, exit code 2, no traceback."""
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("asterism: ")
    assert len(result.stderr.splitlines()) <= 2
    return result.stderr


@pytest.fixture
def written(tmp_path: Path) -> Path:
    result = asterism("generate", "sudoku", "--level", 2, "--n", 4, "--seed", 7, "--out", tmp_path / "data")
    assert result.exit_code == 0, result.stderr
    return tmp_path / "data"


def answers(folder: Path, *values: object) -> Path:
    file = folder / "answers.jsonl"
    file.write_text("".join(f"{json.dumps(value)}\n" for value in values))
    return file


def test_list_names_every_task() -> None:
    shown = asterism("list").stdout
    listed = json.loads(asterism("list", "--json").stdout)
    shared = {"levels": [1, 2, 3, 4, 5]}
    assert listed == [
        {"id": "sudoku", "category": "puzzles", "answer": "grid", "unique": True, **shared, "parameters": ["givens"]},
        {"id": "walk", "category": "games", "answer": "moves", "unique": False, **shared, "parameters": []},
    ]
    assert re.search(r"^sudoku +Sudoku +puzzles +grid +one$", shown, re.MULTILINE)
    assert re.search(r"^walk +Walk +games +moves +several$", shown, re.MULTILINE)


def test_generate_writes_records_with_their_pictures(tmp_path: Path) -> None:
    out = tmp_path / "data"
    result = asterism("generate", "sudoku", "--level", 2, "--n", 4, "--seed", 7, "--out", out)
    assert f"Results: {out / 'records.jsonl'} (4 records of 1 task, images in {out / 'images'})" in result.stdout
    assert "Drawing instances: done, 4 in" in result.stderr
    tasks = read_records(out)
    entries = create_dataset("sudoku", level=2, size=4, seed=7)
    assert [task.question for task in tasks] == [entry.question for entry in entries]
    assert [task.images[0] for task in tasks] == [entry.images[0] for entry in entries]
    assert [dict(task.meta) for task in tasks] == [entry.metadata for entry in entries]


def test_generate_without_pictures_asks_in_text(tmp_path: Path) -> None:
    result = asterism("generate", "all", "--n", 1, "--no-images", "--language", "zh", "--out", tmp_path, "--json")
    assert json.loads(result.stdout)["records"] == 2 and result.stderr == ""
    assert not (tmp_path / "images").exists()
    tasks = read_records(tmp_path)
    assert {task.family for task in tasks} == {"helix/sudoku", "helix/walk"}
    assert all(task.question == task.meta["question_text"] and not task.images for task in tasks)


def test_generate_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert asterism("generate", "sudoku", "--n", 2, "--seed", seed, "--out", tmp_path / folder).exit_code == 0
    files = {folder: (tmp_path / folder / "records.jsonl").read_bytes() for folder in "abc"}
    assert files["a"] == files["b"] != files["c"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sudoko"], "no task 'sudoko'\nDid you mean sudoku?"),
        (["sudoku", "--level", "0"], "sudoku has no level 0\nLevels are 1 to 5."),
        (["sudoku", "--level", "6"], "sudoku has no level 6"),
        (["all", "--level", "6"], "has no level 6"),
        (["sudoku", "--n", "-1"], "--n is -1\nGive 1 or more."),
        (["sudoku", "--n", "0"], "--n is 0"),
    ],
)
def test_generate_refuses_what_cannot_be(tmp_path: Path, arguments: list[str], message: str) -> None:
    assert message in refused(asterism("generate", *arguments, "--out", tmp_path / "data"))
    assert not (tmp_path / "data").exists()


def test_a_folder_that_is_a_file_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    result = asterism("generate", "sudoku", "--n", 1, "--out", tmp_path / "taken")
    assert result.exit_code == 2
    assert "records.jsonl: cannot be written" in result.stderr
    assert (tmp_path / "taken").read_text() == "mine"


def test_score_verifies_every_answer(written: Path, tmp_path: Path) -> None:
    tasks = read_records(written)
    file = answers(
        tmp_path,
        {"id": tasks[0].id, "answer": f"<think>so</think><answer>{tasks[0].answer}</answer>"},
        {"id": tasks[1].id, "answer": tasks[1].answer},
        {"id": tasks[2].id, "answer": "12"},
    )
    found = json.loads(asterism("score", "--records", written, "--answers", file, "--json").stdout)
    assert found["overall"] == found["tasks"]["sudoku"] == 0.5
    assert found["reasons"] == {"right": 2, "form": 1, "unanswered": 1}
    shown = asterism("score", "--records", written / "records.jsonl", "--answers", file).stdout
    assert "mean of tasks  50.0 %" in shown and "unanswered" in shown


def test_score_names_what_it_does_not_know(written: Path, tmp_path: Path) -> None:
    file = answers(tmp_path, {"id": "nobody", "answer": "1"})
    message = refused(asterism("score", "--records", written, "--answers", file))
    assert "no record has the id 'nobody'" in message and "answers.jsonl" in message
    assert "no answers found" in refused(asterism("score", "--records", written, "--answers", tmp_path / "absent"))
    assert "no records found" in refused(asterism("score", "--records", tmp_path / "absent", "--answers", file))


def test_show_prints_an_instance_and_writes_its_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    entry = create_dataset("sudoku", level=3, size=3, seed=5)[2]
    result = asterism("show", "sudoku", "--level", 3, "--seed", 5, "--index", 2, "--answer", "--reasoning")
    assert result.exit_code == 0, result.stderr
    assert entry.metadata["question_text"] in result.stdout and entry.answer in result.stdout
    assert "[rules]" in result.stdout and "[answer]" in result.stdout
    assert result.stdout.endswith("Picture: sudoku-3-5-00002.png\n")
    assert Image.open(tmp_path / "sudoku-3-5-00002.png") == entry.images[0]


def test_show_writes_where_it_is_told(tmp_path: Path) -> None:
    assert asterism("show", "sudoku", "--language", "zh", "--out", tmp_path / "new" / "a.png").exit_code == 0
    assert (tmp_path / "new" / "a.png").is_file()
    assert "the image is a PNG file" in refused(asterism("show", "sudoku", "--out", tmp_path / "a.jpg"))
    assert "no task 'suduko'" in refused(asterism("show", "suduko"))


def test_the_gallery_is_one_page_that_needs_nothing_else(tmp_path: Path) -> None:
    result = asterism("gallery", "--out", tmp_path, "--seed", 3)
    assert result.stdout == f"Results: {tmp_path / 'index.html'} (10 images)\n"
    assert [file.name for file in tmp_path.iterdir()] == ["index.html"]
    page = (tmp_path / "index.html").read_text()
    assert page.count('src="data:image/png;base64,') == page.count("<img ") == 10
    assert not re.search(r"(src|href)=\"(?!data:|#)", page) and "<script" not in page
    for name, title in (("sudoku", "Sudoku"), ("walk", "Walk")):
        assert f'<section id="{name}">' in page and title in page
    answers = [create_dataset("walk", level=level, size=1, seed=3)[0].answer for level in range(1, 6)]
    assert all(f"<pre>{answer}</pre>" in page for answer in answers)


def test_the_benchmark_is_written_and_scored(tmp_path: Path) -> None:
    result = asterism("bench", "write", "--task", "walk", "--no-images", "--out", tmp_path)
    assert f"Results: {tmp_path / 'records.jsonl'} (30 records of 1 task)" in result.stdout
    tasks = read_records(tmp_path)
    file = answers(tmp_path, *({"id": task.id, "answer": task.answer} for task in tasks))
    found = json.loads(asterism("score", "--records", tmp_path, "--answers", file, "--json").stdout)
    assert found["overall"] == 1 and found["levels"] == {str(level): 1 for level in range(1, 6)}


def test_the_benchmark_is_checked_against_a_manifest(tmp_path: Path) -> None:
    manifest = manifest_of(bench_entries(["walk"]))
    first, *rest = manifest.items
    (tmp_path / "same.json").write_text(manifest.model_dump_json())
    other = manifest.model_copy(update={"items": (first.model_copy(update={"state": "0" * 64}), *rest)})
    (tmp_path / "other.json").write_text(other.model_dump_json())
    same = asterism("bench", "check", "--task", "walk", "--manifest", tmp_path / "same.json")
    assert (same.exit_code, same.stdout) == (0, "30 instances checked, 0 not as frozen\n")
    found = asterism("bench", "check", "--task", "walk", "--manifest", tmp_path / "other.json", "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout) == {"checked": 30, "different": {first.id: "another state"}}
    assert "not frozen" in refused(asterism("bench", "check", "--manifest", tmp_path / "absent.json"))


def test_answers_to_the_published_set_are_graded(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "question": "?", "answer": "CAT E (1,2) @", "category": "wordsearch"},
        {"id": "2", "question": "?", "answer": "5", "category": "h-index"},
        {"id": "3", "question": "?", "answer": "?", "category": "tapa"},
    ]
    (tmp_path / "set.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    file = answers(tmp_path, {"id": "1", "answer": "CAT E @ (1,2)"}, {"id": "2", "answer": "\\boxed{5}"})
    fair, official = (
        json.loads(
            asterism("bench", "published", "--set", tmp_path / "set.jsonl", "--answers", file, "--json", *option).stdout
        )
        for option in ([], ["--official"])
    )
    assert fair["tasks"] == {"h_index": 1, "word_search": 1} and fair["not_graded"] == 1
    assert official["tasks"] == {"h_index": 1, "word_search": 0}
    assert "1 not graded" in asterism("bench", "published", "--set", tmp_path / "set.jsonl", "--answers", file).stdout


def test_generate_writes_one_parquet_file_that_score_reads(tmp_path: Path) -> None:
    result = asterism("generate", "sudoku", "--n", 3, "--format", "parquet", "--out", tmp_path / "data")
    file = tmp_path / "data" / "records.parquet"
    assert f"Results: {file} (3 records of 1 task, with images)" in result.stdout
    entries = create_dataset("sudoku", size=3, distinct=True)
    assert list(read_parquet(file).values()) == list(entries)
    said = answers(tmp_path, *({"id": entry.id, "answer": entry.answer} for entry in entries))
    scored = json.loads(asterism("score", "--records", file, "--answers", said, "--json").stdout)
    assert scored["overall"] == 1.0 and scored["records"] == 3


def test_generate_takes_difficulty_parameters_and_mixtures(tmp_path: Path) -> None:
    result = asterism("generate", "sudoku", "--n", 1, "--set", "givens=50", "--out", tmp_path / "easy")
    assert result.exit_code == 0, result.stderr
    (task,) = read_records(tmp_path / "easy")
    assert task.meta["config"] == {"givens": 50} and sum(map(bool, task.meta["state"]["givens"])) == 50
    assert "Did you mean givens?" in refused(
        asterism("generate", "sudoku", "--set", "given=50", "--out", tmp_path / "x")
    )
    mixture = tmp_path / "mixture.yaml"
    mixture.write_text("size: 6\npictured: false\ntasks: [{task: sudoku}, {task: walk, level: 5}]\n")
    result = asterism("generate", mixture, "--out", tmp_path / "mixed")
    assert "(6 records of 2 tasks)" in result.stdout
    mixture.write_text("size:\ntasks: [{task: sudoku}]\n")
    assert "a mixture without end cannot be written" in refused(asterism("generate", mixture, "--out", tmp_path / "x"))
