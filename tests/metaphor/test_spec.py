import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.metaphor.scenes.sampling import sample_scene
from asterism.metaphor.scenes.scene import Figure, Scene
from asterism.metaphor.scenes.spec import NamedScene, graph_of, read_scenes

PLAIN = {"subject": "key", "relation": "traps", "object": "heart"}
FULL = {
    "id": "cage",
    "subject": {"symbol": "key", "colour": "green"},
    "relation": "traps",
    "object": {"symbol": "heart"},
    "background": "sky",
    "bystander": "star",
    "mirrored": True,
    "jitter": 7,
    "twin": True,
}
CAGE = Scene(Figure("key", "green"), "traps", Figure("heart", "blue"), "sky", Figure("star", "black"), True, 7)


def spec(folder: Path, text: str) -> Path:
    file = folder / "spec.json"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(file: Path) -> str:
    with pytest.raises(AsterismError) as caught:
        read_scenes(file)
    message = str(caught.value)
    assert message.startswith(str(file))
    assert 1 <= message.count("\n") <= 1
    return message.removeprefix(str(file))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([FULL, PLAIN]),
        json.dumps({"scenes": [FULL, PLAIN]}, indent=2),
        f"{json.dumps(FULL)}\n\n{json.dumps(PLAIN)}\n",
        f"\ufeff{json.dumps(FULL)}\r\n{json.dumps(PLAIN)}",
    ],
)
def test_a_list_an_object_and_lines_say_the_same(tmp_path: Path, text: str) -> None:
    first, second = read_scenes(spec(tmp_path, text))
    assert first == NamedScene("cage", CAGE, twin=True)
    assert first.names == ("cage", "cage-twin")
    assert second == NamedScene("scene-002", Scene(Figure("key", "red"), "traps", Figure("heart", "blue"), "white"))
    assert second.names == ("scene-002",)


def test_a_single_scene_needs_no_list(tmp_path: Path) -> None:
    (only,) = read_scenes(spec(tmp_path, json.dumps(FULL, indent=1)))
    assert only.scene == CAGE


@given(st.integers(0, 10**6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_graph_of_a_scene_describes_it(tmp_path: Path, seed: int) -> None:
    scene = sample_scene(seed, "all", 0)
    (read,) = read_scenes(spec(tmp_path, json.dumps([graph_of(scene)])))
    assert read.scene == scene


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"subject": "hart"}, "subject.symbol: unknown word 'hart'\nDid you mean 'heart'?"),
        ({"object": {"symbol": "key", "colour": "blu"}}, "object.colour: unknown word 'blu'\nDid you mean 'blue'?"),
        ({"bystander": "tre"}, "bystander.symbol: unknown word 'tre'\nDid you mean 'tree'?"),
        ({"relation": "trap"}, "relation: unknown word 'trap'\nDid you mean 'traps'?"),
        ({"background": "creme"}, "background: unknown word 'creme'\nDid you mean 'cream'?"),
        ({"subject": ""}, "subject.symbol: unknown word ''\nDid you mean"),
        ({"object": "key"}, "subject and object are both 'key'"),
        ({"bystander": "heart"}, "bystander: 'heart' is in the scene already"),
        ({"backgroud": "white"}, "unknown key 'backgroud'\nDid you mean 'background'?"),
        ({"subject": {"symbol": "key", "color": "red"}}, "'subject.color'\nDid you mean 'subject.colour'?"),
        ({"subject": 7}, "subject: "),
        ({"subject": None}, "subject: "),
        ({"jitter": -1}, "jitter: "),
        ({"jitter": 1.5}, "jitter: "),
        ({"mirrored": "perhaps"}, "mirrored: "),
        ({"id": ""}, "id: "),
        ({"id": 3}, "id: "),
        ({"id": "\ud800"}, "id: "),
    ],
)
def test_a_faulty_scene_is_refused_with_its_place(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    faulty = {**PLAIN, **change}
    in_list = refusal(spec(tmp_path, json.dumps([FULL, faulty])))
    assert in_list.startswith(": scene 2 of 2: ")
    assert message in in_list
    in_lines = refusal(spec(tmp_path, f"{json.dumps(FULL)}\n{json.dumps(faulty)}"))
    assert in_lines.startswith(":2: ")
    assert message in in_lines


@pytest.mark.parametrize("missing", ["subject", "relation", "object"])
def test_a_scene_without_a_part_is_refused(tmp_path: Path, missing: str) -> None:
    rest = {key: value for key, value in PLAIN.items() if key != missing}
    assert refusal(spec(tmp_path, json.dumps([rest]))).startswith(f": scene 1 of 1: {missing}: Field required\n")


@pytest.mark.parametrize("ids", [("a", "a"), ("a-twin", "a"), ("scene-002", None)])
def test_an_id_that_stands_twice_is_refused(tmp_path: Path, ids: tuple[str, str | None]) -> None:
    entries = [{**PLAIN, "id": ids[0]}, {**PLAIN, "id": ids[1], "twin": True}]
    assert "appears twice\nGive every scene its own id." in refusal(spec(tmp_path, json.dumps(entries)))


@pytest.mark.parametrize("text", ["", " \n\n", "[]", '{"scenes": []}'])
def test_no_scenes_are_refused(tmp_path: Path, text: str) -> None:
    assert refusal(spec(tmp_path, text)).startswith(": holds no scenes\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"subject": "key"', ": not valid JSON (Expecting ',' delimiter: line 1"),
        ("subject: key", ": not valid JSON ("),
        ('{"subject":\n "key"', ": not valid JSON ("),
        (f"{json.dumps(PLAIN)}\n{{broken", ":2: not valid JSON ("),
        (f"{json.dumps(PLAIN)}\n[1]", ":2: a scene is an object, not [1]"),
        ("[[" * 100_000, ": not valid JSON ("),
        ("[" + "9" * 5000 + "]", ": not valid JSON ("),
        ("7", ": holds no list of scenes"),
        ('{"scenes": 7}', ": holds no list of scenes"),
        ('{"scenes": [], "size": 3}', ": unknown key 'size' beside 'scenes'"),
        ("[7]", ": scene 1 of 1: a scene is an object, not 7"),
        ("[null]", ": scene 1 of 1: a scene is an object, not null"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(spec(tmp_path, text)).startswith(message)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "absent.json")
    assert "cannot be read" in refusal(tmp_path)
    latin = tmp_path / "latin.json"
    latin.write_bytes('{"id": "é"}'.encode("latin-1"))
    assert "not UTF-8" in refusal(latin)
