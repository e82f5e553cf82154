import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.image import Image
from asterism.core.records import read_records
from asterism.metaphor.scenes.scene import RELATIONS
from asterism.metaphor.scenes.symbols import SYMBOLS

PLAIN = {"subject": "key", "relation": "traps", "object": "heart"}


def asterism(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["metaphor", *map(str, arguments)])


def spec(folder: Path, scenes: Any) -> Path:
    file = folder / "mine.json"
    file.write_text(scenes if isinstance(scenes, str) else json.dumps(scenes), encoding="utf-8")
    return file


def refused(result: Result, folder: Path) -> str:
    """What stderr says of a refusal: one or two lines, exit code 2, no traceback, nothing written."""
    assert result.exit_code == 2
    assert result.stderr.startswith("asterism: ")
    assert len(result.stderr.splitlines()) <= 2
    assert not folder.exists()
    return result.stderr


def test_export_writes_records_with_their_pictures(tmp_path: Path) -> None:
    result = asterism("export", "--n", 4, "--seed", 1, "--out", tmp_path / "data", "--kinds", "tfq,mcq,osq")
    assert result.exit_code == 0, result.stderr
    assert f"Results: {tmp_path / 'data' / 'records.jsonl'} (40 records about 4 images)" in result.stdout
    assert "Rendering scenes" in result.stderr
    tasks = read_records(tmp_path / "data")
    assert len(tasks) == 40
    assert {task.images[0].size for task in tasks} == {(192, 192)}


def test_export_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert asterism("export", "--n", 3, "--seed", seed, "--out", tmp_path / folder).exit_code == 0
    files = {folder: (tmp_path / folder / "records.jsonl").read_bytes() for folder in "abc"}
    assert files["a"] == files["b"] != files["c"]


@pytest.mark.parametrize(("split", "held_out"), [("train", {False}), ("held_out", {True}), ("all", {False, True})])
def test_export_keeps_to_its_split(tmp_path: Path, split: str, held_out: set[bool]) -> None:
    assert asterism("export", "--n", 30, "--out", tmp_path / "data", "--split", split, "--twins").exit_code == 0
    tasks = read_records(tmp_path / "data")
    assert {task.meta["held_out"] for task in tasks} == held_out
    assert len([task for task in tasks if task.meta["twin_probe"]]) == 30


def test_json_is_all_that_stdout_holds(tmp_path: Path) -> None:
    export = asterism("export", "--n", 2, "--out", tmp_path / "e", "--statements", 6, "--json")
    scenes = asterism("scenes", "--spec", spec(tmp_path, [PLAIN]), "--out", tmp_path / "s", "--json")
    gallery = asterism("gallery", "--out", tmp_path / "g.png", "--json")
    assert (export.stderr, scenes.stderr, gallery.stderr) == ("", "", "")
    assert json.loads(export.stdout) == {"file": str(tmp_path / "e/records.jsonl"), "records": 12, "images": 2}
    assert json.loads(scenes.stdout) == {"file": str(tmp_path / "s/records.jsonl"), "records": 8, "images": 1}
    assert json.loads(gallery.stdout) == {"image": str(tmp_path / "g.png"), "size": [1088, 524]}


def test_scenes_renders_what_is_described(tmp_path: Path) -> None:
    described = [{**PLAIN, "id": "cage", "twin": True}, {**PLAIN, "relation": "lifts", "background": "mint"}]
    result = asterism("scenes", "--spec", spec(tmp_path, described), "--out", tmp_path / "data", "--statements", 10)
    assert result.exit_code == 0, result.stderr
    tasks = read_records(tmp_path / "data")
    assert {task.meta["scene"] for task in tasks} == {"cage", "cage-twin", "scene-002"}
    assert len(tasks) == 30
    assert len({task.images[0] for task in tasks}) == 3
    assert {task.meta["graph"]["background"] for task in tasks if task.meta["scene"] == "scene-002"} == {"mint"}


def test_the_example_of_the_documentation_is_rendered(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "metaphor.md").read_text(encoding="utf-8")
    example = page.partition("```json\n")[2].partition("```")[0]
    result = asterism("scenes", "--spec", spec(tmp_path, example), "--out", tmp_path / "data")
    assert result.exit_code == 0, result.stderr
    assert {task.meta["scene"] for task in read_records(tmp_path / "data")} == {"cage", "cage-twin", "scene-002"}


def test_an_exported_graph_can_be_described_again(tmp_path: Path) -> None:
    asterism("export", "--n", 3, "--out", tmp_path / "a")
    graphs = {task.meta["scene"]: task.meta["graph"] for task in read_records(tmp_path / "a")}
    described = [{"id": name, **graph} for name, graph in graphs.items()]
    result = asterism("scenes", "--spec", spec(tmp_path, described), "--out", tmp_path / "b")
    assert result.exit_code == 0, result.stderr
    names = [{path.name for path in (tmp_path / folder / "images").iterdir()} for folder in "ab"]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("scenes", "message"),
    [
        ([], "mine.json: holds no scenes"),
        ("[{", "mine.json: not valid JSON"),
        (
            [PLAIN, {**PLAIN, "subject": "hart"}],
            "mine.json: scene 2 of 2: subject.symbol: unknown word 'hart'\nDid you",
        ),
        ([{**PLAIN, "relation": "trap"}], "scene 1 of 1: relation: unknown word 'trap'\nDid you mean 'traps'?"),
        ([{**PLAIN, "object": "key"}], "scene 1 of 1: subject and object are both 'key'"),
        ([{**PLAIN, "colour": "red"}], "scene 1 of 1: unknown key 'colour'"),
        ([{**PLAIN, "id": "a"}, {**PLAIN, "id": "a"}], "scene 2 of 2: id 'a' appears twice"),
        ([{"subject": "key"}], "scene 1 of 1: relation: Field required"),
    ],
)
def test_scenes_refuses_a_faulty_description(tmp_path: Path, scenes: Any, message: str) -> None:
    result = asterism("scenes", "--spec", spec(tmp_path, scenes), "--out", tmp_path / "data")
    assert message in refused(result, tmp_path / "data")


def test_scenes_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = asterism("scenes", "--spec", tmp_path / "absent.json", "--out", tmp_path / "data")
    assert "absent.json: cannot be read (No such file or directory)" in refused(result, tmp_path / "data")


@pytest.mark.parametrize(
    ("kinds", "message"),
    [("tfg", "unknown kind 'tfg'\nDid you mean 'tfq'?"), ("tfq,short", "unknown kind 'short'"), (",", "no kind")],
)
def test_unknown_kinds_are_refused(tmp_path: Path, kinds: str, message: str) -> None:
    assert message in refused(asterism("export", "--n", 1, "--out", tmp_path / "d", "--kinds", kinds), tmp_path / "d")
    file = spec(tmp_path, [PLAIN])
    result = asterism("scenes", "--spec", file, "--out", tmp_path / "d", "--kinds", kinds)
    assert message in refused(result, tmp_path / "d")


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["--n", "0"], "--n"),
        (["--n", "many"], "--n"),
        (["--n", "1", "--statements", "5"], "--statements"),
        (["--n", "1", "--statements", "11"], "--statements"),
        (["--n", "1", "--split", "test"], "--split"),
        ([], "--n"),
    ],
)
def test_numbers_and_names_out_of_range_are_refused(tmp_path: Path, arguments: list[str], option: str) -> None:
    result = asterism("export", "--out", tmp_path / "data", *arguments)
    assert result.exit_code == 2
    assert option in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_folder_that_is_a_file_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    result = asterism("export", "--n", 1, "--out", tmp_path / "taken")
    assert result.exit_code == 2
    assert "records.jsonl: cannot be written" in result.stderr
    assert (tmp_path / "taken").read_text() == "mine"


def test_list_names_every_word() -> None:
    shown = asterism("list").stdout
    listed = json.loads(asterism("list", "--json").stdout)
    assert listed["symbols"] == {name: symbol.concept for name, symbol in SYMBOLS.items()}
    assert listed["relations"].keys() == RELATIONS.keys()
    words = [*SYMBOLS, *listed["symbols"].values(), *RELATIONS, *listed["colours"], *listed["backgrounds"]]
    words += [relation.meaning for relation in RELATIONS.values()]
    assert all(word in shown for word in words)
    assert max(map(len, shown.splitlines())) <= 100


def test_gallery_draws_a_sheet(tmp_path: Path) -> None:
    result = asterism("gallery", "--out", tmp_path / "new" / "sheet.png")
    assert (result.exit_code, result.stdout) == (0, f"Results: {tmp_path / 'new' / 'sheet.png'}\n")
    assert Image.open(tmp_path / "new" / "sheet.png").size == (1088, 524)


def test_gallery_refuses_a_name_that_is_no_png(tmp_path: Path) -> None:
    result = asterism("gallery", "--out", tmp_path / "sheet.jpg")
    assert "the sheet is a PNG file" in refused(result, tmp_path / "sheet.jpg")
