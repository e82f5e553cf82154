from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from asterism.answers.grade import grade
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.records import read_records, write_records
from asterism.core.task import Task
from asterism.metaphor.data import PanelSource, SceneSource, load_tasks, scene_tasks, tasks_by_scene, tasks_of_spec
from asterism.metaphor.scenes.drawing import draw
from asterism.metaphor.scenes.sampling import held_out
from asterism.metaphor.scenes.scene import Figure, Scene
from asterism.metaphor.scenes.spec import NamedScene

SCENE = Scene(Figure("key", "red"), "traps", Figure("heart", "blue"), "mint", Figure("star", "green"))
EVERY_KIND = SceneSource(count=4, seed=3, kinds=("tfq", "mcq", "osq"))


def by_scene(tasks: Sequence[Task]) -> list[list[Task]]:
    return [list(group) for _, group in groupby(tasks, key=lambda task: task.meta["scene"])]


def told(task: Task) -> tuple[object, ...]:
    return task.id, task.question, task.options, task.answer, task.kind, task.family, task.meta, task.images[0].digest


def test_written_and_read_again_tasks_are_the_same(tmp_path: Path) -> None:
    tasks = list(scene_tasks(EVERY_KIND))
    write_records(tmp_path, tasks)
    read = read_records(tmp_path)
    assert list(map(told, read)) == [told(task) for task in sorted(tasks, key=lambda task: task.id)]
    assert len(list((tmp_path / "images").iterdir())) == 4
    assert list(map(told, load_tasks(PanelSource(source="records", path=tmp_path)))) == list(map(told, read))


def test_a_scene_depends_on_seed_and_index_and_not_on_how_many_there_are() -> None:
    few, many = (list(tasks_by_scene(SceneSource(count=count, seed=5))) for count in (2, 5))
    assert [list(map(told, tasks)) for tasks in few] == [list(map(told, tasks)) for tasks in many[:2]]
    other = list(scene_tasks(SceneSource(count=2, seed=6)))
    assert {task.images[0] for task in other}.isdisjoint(task.images[0] for tasks in many for task in tasks)


def test_meta_holds_the_scene_and_how_the_statement_was_made() -> None:
    for task in scene_tasks(SceneSource(count=6, split="all", seed=1)):
        graph, meta = task.meta["graph"], task.meta
        bystander = Figure(**graph["bystander"]) if graph["bystander"] else None
        figures = {**graph, "subject": Figure(**graph["subject"]), "object": Figure(**graph["object"])}
        scene = Scene(**{**figures, "bystander": bystander})
        assert draw(scene) == task.images[0]
        assert tuple(meta["triple"]) == scene.triple
        assert meta["held_out"] == held_out(scene.triple)
        assert meta["level"] in ("literal", "symbolic", "implication")
        assert (meta["falsified"] == "") == (task.answer == "T")
        assert meta["form"]


def test_every_trace_earns_its_own_answer() -> None:
    kinds = Counter()
    for task in scene_tasks(EVERY_KIND):
        kinds[task.kind] += 1
        if task.kind != "osq":
            assert grade(task, task.meta["trace"]).correct is True
    assert kinds == {"tfq": 32, "mcq": 4, "osq": 4}


@pytest.mark.parametrize("statements", [6, 8, 10])
def test_statements_are_balanced_in_every_scene_also_with_twins(statements: int) -> None:
    source = SceneSource(count=40, split="held_out", twins=True, statements=statements, seed=2)
    for tasks in tasks_by_scene(source):
        assert len({task.question for task in tasks}) == statements
        assert sum(task.answer == "T" for task in tasks) == statements / 2
        assert {task.meta["level"] for task in tasks} == {"literal", "symbolic", "implication"}


def test_the_probe_stands_in_both_twins_with_opposite_answers() -> None:
    scenes = by_scene(list(scene_tasks(SceneSource(count=40, split="held_out", twins=True, seed=2))))
    for first, second in zip(scenes[::2], scenes[1::2], strict=True):
        probes = [[task for task in side if task.meta["twin_probe"]] for side in (first, second)]
        assert [len(side) for side in probes] == [1, 1]
        (own,), (other,) = probes
        assert own.question == other.question
        assert (own.answer, other.answer) == ("T", "F")
        assert (own.meta["falsified"], other.meta["falsified"]) == ("", "roles")
        assert own.meta["twin"] == other.meta["twin"]
        assert (own.meta["twin_side"], other.meta["twin_side"]) == (0, 1)
        assert own.meta["triple"] == other.meta["triple"][::-1]
        assert {**own.meta["graph"], "jitter": 0} == {
            **other.meta["graph"],
            "subject": other.meta["graph"]["object"],
            "object": other.meta["graph"]["subject"],
            "jitter": 0,
        }
        assert own.images[0] != other.images[0]


def test_a_last_scene_without_a_partner_is_no_twin() -> None:
    scenes = by_scene(list(scene_tasks(SceneSource(count=3, twins=True))))
    assert ["twin" in side[0].meta for side in scenes] == [True, True, False]
    assert len({side[0].images[0] for side in scenes}) == 3


def test_a_described_scene_is_told_as_it_was_described() -> None:
    tasks = tasks_of_spec(NamedScene("cage", SCENE), SceneSource(statements=10))
    assert [task.id for task in tasks] == [f"cage/{number}" for number in range(10)]
    assert {task.images[0] for task in tasks} == {draw(SCENE)}
    assert all(task.meta["description"].startswith("I see key red that traps heart blue") for task in tasks)
    again = tasks_of_spec(NamedScene("cage", SCENE), SceneSource(statements=10))
    other = tasks_of_spec(NamedScene("cage", SCENE), SceneSource(statements=10, seed=1))
    assert list(map(told, tasks)) == list(map(told, again))
    assert [task.question for task in tasks] != [task.question for task in other]


def test_the_twin_of_a_described_scene_swaps_the_roles_and_nothing_else() -> None:
    tasks = tasks_of_spec(NamedScene("cage", SCENE, twin=True), SceneSource())
    own, other = by_scene(tasks)
    assert (own[0].meta["scene"], other[0].meta["scene"]) == ("cage", "cage-twin")
    assert other[0].images[0] == draw(SCENE.twin())
    probes = [task for task in tasks if task.meta["twin_probe"]]
    assert [(task.question, task.answer) for task in probes] == [
        ("Here opportunity imprisons love.", "T"),
        ("Here opportunity imprisons love.", "F"),
    ]


def test_records_with_panels_are_cut(tmp_path: Path) -> None:
    picture = Image.from_pixels(np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3))
    write_records(tmp_path, [Task("a", (picture,), "Is it?", "T", "tfq")])
    (task,) = load_tasks(PanelSource(source="records", path=tmp_path, panels=3))
    assert [image.size for image in task.images] == [(2, 4)] * 3


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"count": 0}, "count"),
        ({"statements": 5}, "statements"),
        ({"kinds": ["short"]}, "kinds"),
        ({"kinds": []}, "kinds"),
        ({"splt": "train"}, "Did you mean 'split'"),
    ],
)
def test_a_source_that_cannot_be_is_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(AsterismError, match=words):
        SceneSource.parse(values, where="test")
