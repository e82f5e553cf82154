"""Where the tasks of MetaphorStar come from: rendered scenes, or records on disk."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.image import Image
from asterism.core.records import RecordSource, read_records
from asterism.core.seeds import derive_seed
from asterism.core.task import Task
from asterism.metaphor.panels import split_panels
from asterism.metaphor.scenes.drawing import draw
from asterism.metaphor.scenes.questions import (
    OPEN_QUESTION,
    OPTIONS_QUESTION,
    open_answer,
    open_trace,
    options_question,
    options_trace,
)
from asterism.metaphor.scenes.sampling import Split, held_out, sample_scene, side_of
from asterism.metaphor.scenes.scene import Scene
from asterism.metaphor.scenes.spec import NamedScene, graph_of
from asterism.metaphor.scenes.statements import Statement, role_probe, statements_for
from asterism.metaphor.scenes.traces import describe, judge

FAMILY = "metaphor/scenes"

SceneKind = Literal["tfq", "mcq", "osq"]


class SceneSource(Config):
    """Tasks about rendered metaphor scenes."""

    source: Literal["scenes"] = Field("scenes", description="scenes are sampled and drawn")
    count: int = Field(1000, ge=1, description="number of scenes (images)")
    split: Split = Field("train", description="train, held_out (triples never trained) or all")
    seed: int = Field(0, description="names the scenes together with split and index")
    statements: int = Field(8, ge=6, le=10, description="true/false statements a scene")
    twins: bool = Field(
        False, description="contrastive pairs: each second scene has the roles of the one before swapped"
    )
    kinds: tuple[SceneKind, ...] = Field(
        ("tfq",), min_length=1, description="which questions: tfq (statements), mcq (six options), osq (open)"
    )


class PanelSource(RecordSource):
    """Tasks read from records.jsonl whose images may be cut into panels."""

    panels: int = Field(1, ge=1, description="cut each image into this many panels, side by side")


Source = SceneSource | PanelSource


def load_tasks(source: Source) -> list[Task]:
    """The tasks of a source.

    Raises:
        AsterismError: records are missing or broken (see :func:`asterism.core.records.read_records`).
    """
    if isinstance(source, SceneSource):
        return list(scene_tasks(source))
    tasks = read_records(source.path)
    return tasks if source.panels == 1 else [replace(task, images=split_panels(task, source.panels)) for task in tasks]


def scene_tasks(source: SceneSource) -> Iterator[Task]:
    """The tasks about each scene of a source, in order; the same for the same source, whatever ran before."""
    for tasks in tasks_by_scene(source):
        yield from tasks


def tasks_by_scene(source: SceneSource) -> Iterator[list[Task]]:
    """The tasks of a source, scene by scene. With ``twins`` a last scene without a partner stays single."""
    for index in range(source.count):
        if source.twins and index | 1 < source.count:
            yield _sampled_twin(source, index)
        else:
            name = f"{source.split}-{source.seed}-{index:06d}"
            scene = sample_scene(source.seed, source.split, index)
            yield tasks_of_scene(scene, name, source, source.seed, source.split, index)


def tasks_of_scene(scene: Scene, name: str, source: SceneSource, *path: str | int) -> list[Task]:
    """Every task about one scene; ``path`` names the random choices of wording."""
    statements = statements_for(scene, source.split, *path, count=source.statements)
    return _tasks(scene, name, source, statements, *path)


def tasks_of_spec(described: NamedScene, source: SceneSource) -> list[Task]:
    """The tasks about a scene that somebody described, and about its twin where that is wanted.

    Of ``source`` only the seed, the number of statements and the kinds count. Its false triples lie on the scene's own
    side of the split, or else a reader that knows the training triples could tell.
    """
    scene, name = described.scene, described.name
    source = source.model_copy(update={"split": side_of(scene.triple)})
    path = ("described", source.seed, name)
    if not described.twin:
        return tasks_of_scene(scene, name, source, *path)
    pair = scene, scene.twin()
    sides = (tasks_of_twin(pair, side, described.names[side], name, source, *path, side) for side in (0, 1))
    return [task for tasks in sides for task in tasks]


def tasks_of_twin(
    pair: tuple[Scene, Scene], side: int, name: str, pair_name: str, source: SceneSource, *path: str | int
) -> list[Task]:
    """The tasks of one side of a contrastive pair (twins): both ask the same probe, true of side 0, false of side 1."""
    scene = pair[side]
    probe = role_probe(pair[0], scene)
    statements = _with_probe(statements_for(scene, source.split, *path, count=source.statements), probe)
    marks = {"twin": pair_name, "twin_side": side}
    return [
        replace(task, meta={**task.meta, **marks, "twin_probe": task.question == probe.text})
        for task in _tasks(scene, name, source, statements, *path)
    ]


def _sampled_twin(source: SceneSource, index: int) -> list[Task]:
    number, side = divmod(index, 2)
    first = sample_scene(source.seed, source.split, number)
    second = replace(first.twin(), jitter=derive_seed("twin", source.seed, number) % 2**31)
    name = f"{source.split}-{source.seed}-{number:06d}"
    path = (source.seed, source.split, "twin", number, side)
    return tasks_of_twin((first, second), side, f"{name}{'ab'[side]}", name, source, *path)


def _with_probe(statements: list[Statement], probe: Statement) -> list[Statement]:
    """The statements with the probe among them, in place of one that is as true and not the last of its level."""
    if probe.text in [statement.text for statement in statements]:
        return statements
    levels = Counter(statement.level for statement in [*statements, probe])
    place = next(i for i, each in enumerate(statements) if each.truth == probe.truth and levels[each.level] > 1)
    return [*statements[:place], probe, *statements[place + 1 :]]


def _tasks(scene: Scene, name: str, source: SceneSource, statements: list[Statement], *path: str | int) -> list[Task]:
    image = draw(scene)
    meta = _scene_meta(scene, name)
    tasks = [_statement_task(scene, name, image, meta, n, s) for n, s in enumerate(statements) if "tfq" in source.kinds]
    if "mcq" in source.kinds:
        tasks.append(_options_task(scene, name, image, meta, source, *path))
    if "osq" in source.kinds:
        extra = {"trace": open_trace(scene)}
        answer = open_answer(scene)
        tasks.append(Task(f"{name}/osq", (image,), OPEN_QUESTION, answer, "osq", family=FAMILY, meta={**meta, **extra}))
    return tasks


def _scene_meta(scene: Scene, name: str) -> dict[str, Any]:
    return {
        "scene": name,
        "triple": list(scene.triple),
        "held_out": held_out(scene.triple),
        "graph": graph_of(scene),
        "description": describe(scene),
    }


def _statement_task(
    scene: Scene, name: str, image: Image, meta: dict[str, Any], number: int, statement: Statement
) -> Task:
    extra = {
        "level": statement.level,
        "form": statement.form,
        "falsified": statement.falsified,
        "trace": judge(scene, statement),
    }
    answer = "T" if statement.truth else "F"
    return Task(f"{name}/{number}", (image,), statement.text, answer, "tfq", family=FAMILY, meta={**meta, **extra})


def _options_task(
    scene: Scene, name: str, image: Image, meta: dict[str, Any], source: SceneSource, *path: str | int
) -> Task:
    question = options_question(scene, source.split, *path)
    return Task(
        f"{name}/mcq",
        (image,),
        OPTIONS_QUESTION,
        question.answer,
        "mcq",
        options=question.options,
        family=FAMILY,
        meta={**meta, "trace": options_trace(scene, question)},
    )
