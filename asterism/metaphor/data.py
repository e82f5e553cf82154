"""Where the tasks of MetaphorStar come from: rendered scenes, or records on disk."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.image import Image
from asterism.core.records import read_records
from asterism.core.seeds import derive_seed
from asterism.core.task import Kind, Task
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
from asterism.metaphor.scenes.sampling import Split, sample_scene
from asterism.metaphor.scenes.scene import Scene
from asterism.metaphor.scenes.statements import Statement, role_probe, statements_for
from asterism.metaphor.scenes.traces import describe, judge

FAMILY = "metaphor/scenes"


class SceneSource(Config):
    """Tasks about rendered metaphor scenes."""

    source: Literal["scenes"] = "scenes"
    count: int = Field(1000, ge=1, description="number of scenes (pictures)")
    split: Split = Field("train", description="train, held_out (triples never trained) or all")
    seed: int = Field(0, description="names the scenes together with split and index")
    statements: int = Field(8, ge=6, le=10, description="true/false statements a scene")
    twins: bool = Field(False, description="every second scene is the role-swapped twin of the one before")
    kinds: tuple[Kind, ...] = Field(("tfq",), description="which questions: tfq, mcq, osq")


class RecordSource(Config):
    """Tasks read from records.jsonl and its pictures."""

    source: Literal["records"]
    path: Path = Field(description="records.jsonl, or the folder that holds it")
    panels: int = Field(1, ge=1, description="cut each picture into this many panels, side by side")


Source = SceneSource | RecordSource


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
    for index in range(source.count):
        if source.twins:
            yield from _twin_tasks(source, index)
        else:
            name = f"{source.split}-{source.seed}-{index:06d}"
            scene = sample_scene(source.seed, source.split, index)
            yield from tasks_of_scene(scene, name, source, source.seed, source.split, index)


def tasks_of_scene(scene: Scene, name: str, source: SceneSource, *path: str | int) -> list[Task]:
    """Every task about one scene; ``path`` names the random choices of wording."""
    statements = statements_for(scene, source.split, *path, count=source.statements)
    return _tasks(scene, name, source, statements, *path)


def _twin_tasks(source: SceneSource, index: int) -> list[Task]:
    """The tasks of one side of a twin pair: the same probe stands in both, true of the first, false of the second."""
    pair, side = divmod(index, 2)
    first = sample_scene(source.seed, source.split, pair)
    scene = first if side == 0 else replace(first.twin(), jitter=derive_seed("twin", source.seed, pair) % 2**31)
    path = (source.seed, source.split, "twin", pair, side)
    statements = statements_for(scene, source.split, *path, count=source.statements)
    probe = _against(role_probe(first), scene)
    if probe.text not in [statement.text for statement in statements]:
        place = next(i for i, statement in enumerate(statements) if statement.truth == probe.truth)
        statements[place] = probe
    name = f"{source.split}-{source.seed}-{pair:06d}{'ab'[side]}"
    marks = {"twin": f"{source.split}-{source.seed}-{pair:06d}", "twin_side": side}
    return [
        replace(task, meta={**task.meta, **marks, "twin_probe": task.question == probe.text})
        for task in _tasks(scene, name, source, statements, *path)
    ]


def _against(probe: Statement, scene: Scene) -> Statement:
    """The same sentence held against another scene."""
    seen = role_probe(scene).comparisons
    pairs = tuple(replace(pair, seen=other.seen) for pair, other in zip(probe.comparisons, seen, strict=True))
    return replace(probe, comparisons=pairs, falsified="" if scene.triple == probe_triple(probe) else "roles")


def probe_triple(probe: Statement) -> tuple[str, ...]:
    """What a statement claims, word by word."""
    return tuple(pair.said for pair in probe.comparisons)


def _tasks(scene: Scene, name: str, source: SceneSource, statements: list[Statement], *path: str | int) -> list[Task]:
    image = draw(scene)
    meta = _scene_meta(scene, name)
    tasks = [_statement_task(scene, name, image, meta, n, s) for n, s in enumerate(statements) if "tfq" in source.kinds]
    if "mcq" in source.kinds:
        tasks.append(_options_task(scene, name, image, meta, *path))
    if "osq" in source.kinds:
        extra = {"trace": open_trace(scene)}
        answer = open_answer(scene)
        tasks.append(Task(f"{name}/osq", (image,), OPEN_QUESTION, answer, "osq", family=FAMILY, meta={**meta, **extra}))
    return tasks


def _scene_meta(scene: Scene, name: str) -> dict[str, Any]:
    return {"scene": name, "triple": list(scene.triple), "description": describe(scene)}


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


def _options_task(scene: Scene, name: str, image: Image, meta: dict[str, Any], *path: str | int) -> Task:
    question = options_question(scene, *path)
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
