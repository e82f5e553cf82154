"""Supervised pre-training of the language model: to describe, to imply, to compare, and a first, weak idea of judging.

Three exercises on supervised traces. Reading: the descriptions are given as text, so words, ideas and comparing are
learned cheaply, without images. Speaking: the same traces from images. In both the verdict is dealt at random: the
form is learned, and nothing about what is true. Judging: a small dose of true verdicts, so that the model is better
than chance; the rest is left to reinforcement learning.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from asterism.core.sample import Sample
from asterism.core.seeds import derive_seed, rng_for
from asterism.core.task import Task
from asterism.learn.expert import expert_sample
from asterism.learn.global_batch import GlobalBatch
from asterism.learn.loss_terms import Imitation
from asterism.learn.optimiser_config import OptimiserConfig
from asterism.learn.schedule import ScheduleConfig
from asterism.learn.update import Learner
from asterism.metaphor.data import SceneSource, tasks_of_scene
from asterism.metaphor.pretraining.image_naming import Report
from asterism.metaphor.prompts import prompt_style
from asterism.metaphor.scenes.sampling import sample_scene
from asterism.metaphor.scenes.scene import COLOURS
from asterism.metaphor.scenes.symbols import SYMBOLS
from asterism.policy.encoder import Encoder
from asterism.policy.policy import FreezeConfig, Policy


@dataclass(frozen=True, slots=True)
class Exercise:
    """What one step shows and what it teaches.

    ``scenes`` new scenes with ``tasks`` tasks of each. Without ``images`` the description stands in the trace but is
    not trained: nobody could tell it. ``comparison_weight`` is the loss weight of the comparison, ``verdict_weight``
    that of a true verdict; None: the verdict is dealt at random. ``drills`` rows of random words teach to look back for
    what followed a word, and to tell same from other.
    """

    name: str
    scenes: int
    tasks: int
    images: bool
    rate: float
    comparison_weight: float = 1.0
    verdict_weight: float | None = None
    drills: int = 0


WARMUP = 50

READING = Exercise("reading", scenes=32, tasks=2, images=False, rate=2e-3, comparison_weight=5.0, drills=32)
SPEAKING = Exercise("speaking", scenes=48, tasks=1, images=True, rate=1.5e-3, comparison_weight=2.0, drills=4)
JUDGING = Exercise("judging", scenes=32, tasks=4, images=False, rate=2e-4, verdict_weight=10.0)


def teach(
    policy: Policy,
    exercise: Exercise,
    steps: int,
    seed: int,
    report: Report,
    enough: Callable[[int], bool] = lambda step: False,
) -> dict[str, float]:
    """At most ``steps`` steps of an exercise, until ``enough(step)``; returns the running loss.

    The vision tower stays as it is.
    """
    policy.freeze(FreezeConfig(vision=True))
    kind = "cosine" if exercise.verdict_weight is None else "constant"
    learner = _learner(policy, ScheduleConfig(learning_rate=exercise.rate, kind=kind, warmup_steps=WARMUP), steps)
    running = 0.0
    for step in range(steps):
        if enough(step):
            break
        samples = list(exercise_samples(learner.encoder, exercise, seed, step))
        loss = learner.update(GlobalBatch(samples)).loss
        running = loss if step == 0 else 0.95 * running + 0.05 * loss
        report(1, loss=running)
    return {"loss": running}


def practice_tasks(exercise: Exercise, seed: int, step: int) -> Iterator[Task]:
    """The tasks of one step: a few of each scene, every scene new."""
    source = SceneSource(seed=seed, kinds=("tfq", "osq"))
    for index in range(step * exercise.scenes, (step + 1) * exercise.scenes):
        scene = sample_scene(derive_seed(exercise.name, seed), "train", index)
        tasks = tasks_of_scene(scene, f"{exercise.name}-{index}", source, exercise.name, seed, index)
        yield from rng_for(exercise.name, "tasks", seed, index).sample(tasks, exercise.tasks)


def exercise_samples(encoder: Encoder, exercise: Exercise, seed: int, step: int) -> Iterator[Sample]:
    """The weighted samples of one step of an exercise."""
    yield from _drills(encoder, exercise, seed, step)
    prompt_of = prompt_style("short")
    marks = _Marks.of(encoder.policy)
    for task in practice_tasks(exercise, seed, step):
        shown = task if exercise.images else replace(task, images=())
        sample = expert_sample(shown, prompt_of(task), str(task.meta["trace"]), encoder)
        if not exercise.images:
            sample = _weigh(sample, 0.0, end=_length(f"<think>{task.meta['description']}", encoder))
        place = marks.verdict_of(sample)
        if place is None:
            yield sample
            continue
        sample = _weigh(sample, exercise.comparison_weight, start=marks.comparison_of(sample), end=place - 2)
        if exercise.verdict_weight is None:
            sample = _with_verdict(sample, place, rng_for("verdict", seed, step, task.id).choice(marks.verdicts))
        else:
            sample = _weigh(sample, exercise.verdict_weight, start=place, end=place + 1)
        yield sample


def _drills(encoder: Encoder, exercise: Exercise, seed: int, step: int) -> Iterator[Sample]:
    """Rows of random words: half are said twice and the second time trained, half are compared and the outcome trained.

    Of any length, so that only looking for the word itself helps.
    """
    words = [*SYMBOLS, *(symbol.concept for symbol in SYMBOLS.values()), *COLOURS]
    for number in range(exercise.drills):
        rng = rng_for(exercise.name, "drill", seed, step, number)
        if number % 2:
            once = " ".join(rng.choices(words, k=rng.randint(5, 30)))
            parts = [(f"{once}", 0.0), (f" {once}", 1.0)]
        else:
            parts = [part for _ in range(8) for part in _comparison(words, rng)]
        yield _drill(parts, f"{exercise.name}-drill-{step}-{number}", encoder)


def _comparison(words: list[str], rng: random.Random) -> Iterator[tuple[str, float]]:
    """One or three words, each laid beside the same or beside another."""
    seen = rng.choices(words, k=rng.choice((1, 3)))
    said = [word if rng.random() < 0.5 else rng.choice(words) for word in seen]
    yield f" {' '.join(seen)}, said {' '.join(said)}:", 0.0
    yield "".join(" same" if a == b else " other" for a, b in zip(seen, said, strict=True)), 1.0
    yield ".", 0.0


def _drill(parts: list[tuple[str, float]], name: str, encoder: Encoder) -> Sample:
    """A row whose parts have a loss weight each."""
    task = Task(name, (), "Drill.", None, "osq")
    sample = expert_sample(task, task.question, "".join(text for text, _ in parts), encoder)
    weights = [weight for text, weight in parts for _ in range(_length(text, encoder))]
    return sample.weighed(ce=(*weights, 0.0))


@dataclass(frozen=True, slots=True)
class _Marks:
    """Token ids by which the comparison and the verdict of a trace are found."""

    verdicts: tuple[int, int]
    answer: int
    compare: int

    @classmethod
    def of(cls, policy: Policy) -> "_Marks":
        true, false, answer = policy.tokenizer.convert_tokens_to_ids(["T", "F", "<answer>"])
        return cls((true, false), answer, policy.tokenizer(" Compare")["input_ids"][0])

    def verdict_of(self, sample: Sample) -> int | None:
        """Where T or F stands in the answer; None for an open question."""
        tokens = sample.trajectory.segments[1].token_ids
        place = tokens.index(self.answer) + 1
        return place if tokens[place] in self.verdicts else None

    def comparison_of(self, sample: Sample) -> int:
        """Where the comparison begins in an answer that has one."""
        return sample.trajectory.segments[1].token_ids.index(self.compare)


def _weigh(sample: Sample, weight: float, *, start: int = 0, end: int) -> Sample:
    """The sample with another loss weight on the answer's tokens from ``start`` to ``end``."""
    before = sample.weights["ce"]
    return sample.weighed(ce=(*before[:start], *(weight,) * (end - start), *before[end:]))


def _length(text: str, encoder: Encoder) -> int:
    return len(encoder.policy.tokenizer(text, add_special_tokens=False)["input_ids"])


def _with_verdict(sample: Sample, place: int, verdict: int) -> Sample:
    prompt, answer = sample.trajectory.segments
    tokens = (*answer.token_ids[:place], verdict, *answer.token_ids[place + 1 :])
    return replace(sample, trajectory=replace(sample.trajectory, segments=(prompt, replace(answer, token_ids=tokens))))


def _learner(policy: Policy, schedule: ScheduleConfig, steps: int) -> Learner:
    return Learner(
        policy,
        Encoder(policy, size=256),
        terms=[Imitation()],
        optimiser=OptimiserConfig(schedule=schedule, betas=(0.9, 0.98), tokens_per_micro_batch=4096),
        total_steps=steps,
    )


def corpus(seed: int, scenes: int) -> list[str]:
    """Text for the tokenizer: prompts and traces of some scenes."""
    source = SceneSource(seed=seed, kinds=("tfq", "mcq", "osq"))
    prompt_of = prompt_style("short")
    texts = []
    for index in range(scenes):
        scene = sample_scene(seed, "train", index)
        for task in tasks_of_scene(scene, f"corpus-{index}", source, "corpus", seed, index):
            texts += [prompt_of(task), str(task.meta["trace"])]
    return texts
