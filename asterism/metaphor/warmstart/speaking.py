"""Teaching the language model to describe, to imply and to compare; and a first, weak idea of judging.

Speaking and comparing: supervised traces whose verdicts are dealt at random, so the model learns to describe, imply and
lay claim beside sight, in the right format, and nothing about what is true. Judging: verdicts on bare comparisons.
Practising: whole traces with their verdicts, until the model judges better than chance; the rest is left to
reinforcement learning.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from asterism.core.sample import Sample
from asterism.core.seeds import derive_seed, rng_for
from asterism.core.task import Task
from asterism.learn.losses import LossConfig
from asterism.learn.schedule import ScheduleConfig
from asterism.learn.sft import expert_sample
from asterism.learn.update import Fixed, Learner, OptimiserConfig
from asterism.metaphor.data import SceneSource, tasks_of_scene
from asterism.metaphor.prompts import prompt_style
from asterism.metaphor.scenes.sampling import sample_scene
from asterism.metaphor.scenes.statements import statements_for
from asterism.metaphor.scenes.traces import compare
from asterism.metaphor.warmstart.naming import Report
from asterism.policy.encoder import Encoder
from asterism.policy.policy import FreezeConfig, Policy

SPEAKING_RATE = 1.5e-3
COMPARING_RATE = 1e-3
JUDGING_RATE = 5e-4
COMPARISON_WEIGHT = 3.0
"""Loss weight of the comparison in the lesson on comparing; the rest of the trace has 1."""

JUDGING_SCENES = 32
"""Scenes whose statements are compared, as bare text, in one step of judging."""

VERDICT_WEIGHT = 10.0
"""Loss weight of a verdict."""

JUDGED_WHOLE = 32
"""Whole traces, with their picture, in one step of judging."""


@dataclass(frozen=True, slots=True)
class Portion:
    """How many scenes a step shows, and how many tasks it takes of each."""

    scenes: int
    tasks: int


FEW_SCENES, MANY_SCENES = Portion(16, 4), Portion(32, 2)


def speak(policy: Policy, steps: int, seed: int, report: Report) -> None:
    """Supervised traces whose verdicts are dealt at random. The vision tower stays as it is."""
    _recite(policy, steps, seed, report, SPEAKING_RATE, FEW_SCENES, comparison_weight=1.0)


def lay_side_by_side(policy: Policy, steps: int, seed: int, report: Report) -> None:
    """The same traces with more weight on the comparison, and more scenes a step."""
    seed = derive_seed("comparing", seed)
    _recite(policy, steps, seed, report, COMPARING_RATE, MANY_SCENES, comparison_weight=COMPARISON_WEIGHT)


def _recite(
    policy: Policy, steps: int, seed: int, report: Report, rate: float, portion: Portion, *, comparison_weight: float
) -> None:
    policy.freeze(FreezeConfig(vision=True))
    learner = _learner(policy, ScheduleConfig(learning_rate=rate, kind="cosine", warmup_steps=100), steps)
    marks = _Marks.of(policy)
    for step in range(steps):
        samples = [
            _weigh(_deal_verdict(sample, marks, seed, step, number), marks, comparison_weight)
            for number, sample in enumerate(_samples(learner, seed, step, portion))
        ]
        outcome = learner.update(samples, [Fixed()] * len(samples))
        report(1, loss=outcome.loss)


def judge(
    policy: Policy,
    *,
    most_steps: int,
    seed: int,
    measure_every: int,
    accuracy: Callable[[], float],
    enough: float,
    report: Report,
) -> float:
    """Verdicts on bare comparisons, without picture or statement, and on some whole traces: what agrees is true.

    Bare comparisons are short and cheap, and on them sameness is learned; whole traces keep the form. The lesson ends
    when ``accuracy()``, measured on whole questions about pictures, reaches ``enough``; returns the last accuracy.
    """
    policy.freeze(FreezeConfig(vision=True))
    learner = _learner(policy, ScheduleConfig(learning_rate=JUDGING_RATE, warmup_steps=20), most_steps)
    marks = _Marks.of(policy)
    reached = accuracy()
    for step in range(most_steps):
        if step and step % measure_every == 0:
            reached = accuracy()
        if reached >= enough:
            break
        whole = _samples(learner, derive_seed("judging", seed), step, Portion(JUDGED_WHOLE, 1))
        bare = _comparisons(learner.encoder, seed, step)
        samples = [
            *(_weigh_verdict(sample, marks, verdict=VERDICT_WEIGHT, rest=1.0) for sample in whole),
            *(_weigh_verdict(sample, marks, verdict=VERDICT_WEIGHT, rest=0.0) for sample in bare),
        ]
        outcome = learner.update(samples, [Fixed()] * len(samples))
        report(1, accuracy=reached, loss=outcome.loss)
    return reached


def practise(
    policy: Policy,
    *,
    most_steps: int,
    seed: int,
    measure_every: int,
    accuracy: Callable[[], float],
    enough: float,
    report: Report,
) -> float:
    """Whole traces with their verdicts, until ``accuracy()`` reaches ``enough``; returns the last accuracy."""
    policy.freeze(FreezeConfig(vision=True))
    schedule = ScheduleConfig(learning_rate=COMPARING_RATE, kind="cosine", warmup_steps=30)
    learner = _learner(policy, schedule, most_steps)
    marks = _Marks.of(policy)
    reached = 0.0
    for step in range(most_steps):
        if step and step % measure_every == 0:
            reached = accuracy()
        if reached >= enough:
            break
        practised = _samples(learner, derive_seed("practising", seed), step, MANY_SCENES)
        samples = [_weigh(sample, marks, COMPARISON_WEIGHT) for sample in practised]
        outcome = learner.update(samples, [Fixed()] * len(samples))
        report(1, accuracy=reached, loss=outcome.loss)
    return reached


def _comparisons(encoder: Encoder, seed: int, step: int) -> Iterator[Sample]:
    """The comparisons of many statements, each with its verdict."""
    for place in range(JUDGING_SCENES):
        path = ("judging", seed, step * JUDGING_SCENES + place)
        scene = sample_scene(derive_seed(*path), "train", 0)
        for number, statement in enumerate(statements_for(scene, "train", *path)):
            trace = f"<think>Compare: {compare(statement)}</think><answer>{'T' if statement.truth else 'F'}</answer>"
            task = Task(f"judging-{step}-{place}-{number}", (), "", None, "tfq")
            yield expert_sample(task, "True or false?", trace, encoder)


def _weigh_verdict(sample: Sample, marks: "_Marks", *, verdict: float, rest: float) -> Sample:
    """The sample with one loss weight on its verdict, one token among fifty, and another on all else."""
    tokens = sample.trajectory.segments[1].token_ids
    place = tokens.index(marks.answer) + 1
    return replace(sample, ce=tuple(verdict if index == place else rest for index in range(len(tokens))))


def practice_tasks(seed: int, step: int, portion: Portion) -> Iterator[Task]:
    """The tasks of one step: a few of each scene, every scene new."""
    source = SceneSource(seed=seed, kinds=("tfq", "osq"))
    for place in range(portion.scenes):
        index = step * portion.scenes + place
        scene = sample_scene(derive_seed("speaking", seed), "train", index)
        tasks = tasks_of_scene(scene, f"warm-{index}", source, "speaking", seed, index)
        yield from rng_for("speaking tasks", seed, index).sample(tasks, portion.tasks)


def _samples(learner: Learner, seed: int, step: int, portion: Portion) -> list[Sample]:
    prompt_of = prompt_style("short")
    tasks = practice_tasks(seed, step, portion)
    return [expert_sample(task, prompt_of(task), str(task.meta["trace"]), learner.encoder) for task in tasks]


@dataclass(frozen=True, slots=True)
class _Marks:
    """Token ids by which the parts of a trace are found."""

    verdicts: tuple[int, int]
    answer: int
    compare: int

    @classmethod
    def of(cls, policy: Policy) -> "_Marks":
        true, false, answer = policy.tokenizer.convert_tokens_to_ids(["T", "F", "<answer>"])
        return cls((true, false), answer, policy.tokenizer(" Compare")["input_ids"][0])


def _deal_verdict(sample: Sample, marks: _Marks, seed: int, step: int, number: int) -> Sample:
    """The sample with T or F dealt at random where the verdict stands: the form is learned, the truth is not."""
    prompt, answer = sample.trajectory.segments
    place = answer.token_ids.index(marks.answer) + 1
    if answer.token_ids[place] not in marks.verdicts:
        return sample
    dealt = rng_for("verdict", seed, step, number).choice(marks.verdicts)
    tokens = (*answer.token_ids[:place], dealt, *answer.token_ids[place + 1 :])
    return replace(sample, trajectory=replace(sample.trajectory, segments=(prompt, replace(answer, token_ids=tokens))))


def _weigh(sample: Sample, marks: _Marks, weight: float) -> Sample:
    """The sample with the given loss weight from its comparison on."""
    tokens = sample.trajectory.segments[1].token_ids
    if weight == 1.0 or marks.compare not in tokens:
        return sample
    start = tokens.index(marks.compare)
    return replace(sample, ce=(*sample.ce[:start], *(weight,) * (len(tokens) - start)))


def _learner(policy: Policy, schedule: ScheduleConfig, steps: int) -> Learner:
    return Learner(
        policy,
        Encoder(policy, size=256),
        loss=LossConfig(kl_coef=0.0),
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
