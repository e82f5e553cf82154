"""Supervised pre-training of the embedded tiny model from random weights: tokenizer, image naming, language."""

import json
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from pydantic import Field
from safetensors.torch import load_model, save_model

from asterism.core.config import Config
from asterism.core.files import whole_file
from asterism.core.seeds import derive_seed
from asterism.core.task import Task
from asterism.evaluate.bench import measure
from asterism.metaphor.data import SceneSource, scene_tasks
from asterism.metaphor.pretraining.image_naming import Report, name_patches, name_scenes
from asterism.metaphor.pretraining.language import (
    JUDGING,
    READING,
    SPEAKING,
    Exercise,
    corpus,
    teach,
)
from asterism.metaphor.prompts import prompt_style
from asterism.policy.induction import lay_induction
from asterism.policy.policy import FreezeConfig, Policy
from asterism.policy.tiny import tiny_model, tiny_processor, train_tokenizer
from asterism.rollout.engine import SamplingConfig
from asterism.rollout.local import LocalEngine

Stage = Callable[[str, int], AbstractContextManager[Callable[..., None]]]
"""Opens a stage of a known number of steps and yields the function that moves it on."""


LESSONS = "lessons"


class PretrainingConfig(Config):
    """How much of each lesson the tiny model gets."""

    seed: int = Field(0, description="names every random choice")
    corpus_scenes: int = Field(1500, ge=1, description="scenes whose prompts and traces train the tokenizer")
    patch_steps: int = Field(1500, ge=1, description="steps of naming symbols on image grids")
    scene_steps: int = Field(2400, ge=1, description="steps of naming who does what to whom on scenes")
    reading_steps: int = Field(1300, ge=1, description="steps of traces whose descriptions are given as text")
    speaking_steps: int = Field(1400, ge=1, description="steps of traces from images")
    judging_steps: int = Field(200, ge=0, description="most steps of true verdicts")
    enough: float = Field(0.62, ge=0.5, le=1, description="accuracy per statement at which judging ends")
    dev_scenes: int = Field(40, ge=4, description="scenes of the training split on which outcomes are measured")
    measure_every: int = Field(2, ge=1, description="judging steps between measurements")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A finished lesson: the most steps it was given, how long it took, and what it reached, by name of the figure."""

    name: str
    steps: int
    seed: int
    seconds: float
    reached: dict[str, float]


def build_tiny(config: PretrainingConfig, out: Path, *, stage: Stage) -> list[Lesson]:
    """Train the tiny model from nothing, save it in ``out`` in half precision, and tell how the lessons went.

    No scene of a held-out triple is seen. The folder also receives ``warmstart.json`` with configuration, seconds and
    outcome. A build that was interrupted resumes after its last finished lesson.
    """
    tokenizer = train_tokenizer(corpus(config.seed, config.corpus_scenes))
    policy = Policy.of(tiny_model(tokenizer, seed=config.seed), tiny_processor(tokenizer))
    lay_induction(policy, seed=config.seed)
    seed = config.seed
    lessons: tuple[tuple[str, int, Callable[[Report], dict[str, float]]], ...] = (
        ("patches", config.patch_steps, partial(name_patches, policy, config.patch_steps, seed)),
        ("scenes", config.scene_steps, partial(name_scenes, policy, config.scene_steps, seed)),
        ("reading", config.reading_steps, partial(teach, policy, READING, config.reading_steps, seed)),
        ("speaking", config.speaking_steps, partial(_speak, policy, config, SPEAKING, config.speaking_steps)),
        ("judging", config.judging_steps, partial(_judge, policy, config)),
    )
    done = _resume(policy, out, [steps for _, steps, _ in lessons], seed)
    for number, (name, steps, lesson) in enumerate(lessons[len(done) :], start=len(done)):
        start = time.perf_counter()
        with stage(f"Lesson: {name}", steps) as report:
            reached = lesson(report)
        done.append(Lesson(name, steps, seed, time.perf_counter() - start, reached))
        _keep(policy, out / LESSONS / f"{number}", done)
    threads = torch.get_num_threads()
    policy.freeze(FreezeConfig())
    policy.model.half()  # type: ignore[no-untyped-call]
    policy.save(out)
    note = {"config": config.model_dump(), "lessons": [asdict(lesson) for lesson in done], "threads": threads}
    (out / "warmstart.json").write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(out / LESSONS, ignore_errors=True)
    return done


def _keep(policy: Policy, folder: Path, done: list["Lesson"]) -> None:
    """The weights after a lesson, from which an interrupted build resumes."""
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / "model.safetensors") as part:
        save_model(policy.model, str(part))
    with whole_file(folder / "lessons.json") as part:
        part.write_text(json.dumps([asdict(lesson) for lesson in done]), encoding="utf-8")


def _resume(policy: Policy, out: Path, steps: list[int], seed: int) -> list["Lesson"]:
    """Load the weights after the last finished lesson of an earlier build with the same steps and seed."""
    for number in reversed(range(len(steps))):
        folder = out / LESSONS / f"{number}"
        if not (folder / "lessons.json").is_file():
            continue
        done = [Lesson(**entry) for entry in json.loads((folder / "lessons.json").read_text(encoding="utf-8"))]
        if [(lesson.steps, lesson.seed) for lesson in done] == [(count, seed) for count in steps[: number + 1]]:
            load_model(policy.model, str(folder / "model.safetensors"))
            return done
    return []


def _speak(
    policy: Policy, config: PretrainingConfig, exercise: Exercise, steps: int, report: Report
) -> dict[str, float]:
    loss = teach(policy, exercise, steps, config.seed, report)
    return {**loss, **shares_right(policy, _dev_tasks(config))}


def _judge(policy: Policy, config: PretrainingConfig, report: Report) -> dict[str, float]:
    tasks = _dev_tasks(config)
    reached: dict[str, float] = {}

    def enough(step: int) -> bool:
        if step % config.measure_every == 0:
            reached.update(shares_right(policy, tasks))
        return reached["judged"] >= config.enough

    return {**teach(policy, JUDGING, config.judging_steps, config.seed, report, enough), **reached}


def _dev_tasks(config: PretrainingConfig) -> list[Task]:
    """Tasks about scenes of the training split that no lesson shows."""
    return list(scene_tasks(SceneSource(count=config.dev_scenes, seed=derive_seed("dev", config.seed), split="train")))


def shares_right(policy: Policy, tasks: list[Task]) -> dict[str, float]:
    """Of greedy completions: the share whose description, whose whole thought, and whose verdict is right."""
    greedy = SamplingConfig(temperature=0.0, max_tokens=80)
    results = measure(LocalEngine(policy), tasks, prompt_style("short"), greedy)
    right: dict[str, list[float]] = {"described": [], "thought": [], "judged": []}
    for task, result in zip(tasks, results, strict=True):
        thought = str(task.meta["trace"]).split("</think>")[0]
        right["described"].append(str(task.meta["description"]) in result.completion)
        right["thought"].append(result.completion.startswith(thought))
        right["judged"].append(result.score or 0.0)
    return {name: sum(values) / len(tasks) for name, values in right.items()}
