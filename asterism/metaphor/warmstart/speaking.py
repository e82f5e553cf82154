"""Teaching the language model to describe, to imply and to compare; and a first, weak idea of judging.

Two doses of supervised traces. In the first the verdict is dealt at random and carries no loss: the model learns to
describe, imply and lay claim beside sight, in the right format, and nothing about what is true. The second dose has
the verdicts and ends as soon as the model judges better than chance: the rest is left to reinforcement learning.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

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
from asterism.metaphor.warmstart.naming import Report
from asterism.policy.encoder import Encoder
from asterism.policy.policy import FreezeConfig, Policy

SCENES_PER_STEP = 16
TASKS_PER_SCENE = 4
PEAK_RATE = 1.5e-3
JUDGING_RATE = 3e-4


def speak(policy: Policy, steps: int, seed: int, report: Report) -> None:
    """Supervised traces whose verdicts are dealt at random and not learned. The vision tower stays as it is."""
    policy.freeze(FreezeConfig(vision=True))
    learner = _learner(policy, ScheduleConfig(learning_rate=PEAK_RATE, kind="cosine", warmup_steps=100), steps)
    for step in range(steps):
        samples = [_without_verdict(s, policy, seed, step, n) for n, s in enumerate(_samples(learner, seed, step))]
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
    """Supervised traces with verdicts until ``accuracy()`` reaches ``enough``; returns the last accuracy."""
    policy.freeze(FreezeConfig(vision=True))
    learner = _learner(policy, ScheduleConfig(learning_rate=JUDGING_RATE, warmup_steps=20), most_steps)
    reached = accuracy()
    for step in range(most_steps):
        if step and step % measure_every == 0:
            reached = accuracy()
        if reached >= enough:
            break
        samples = _samples(learner, derive_seed("judge", seed), step)
        learner.update(samples, [Fixed()] * len(samples))
        report(1, accuracy=reached)
    return reached


def practice_tasks(seed: int, step: int) -> Iterator[Task]:
    """The tasks of one step: a few of each scene, every scene new."""
    source = SceneSource(seed=seed, kinds=("tfq", "osq"))
    for place in range(SCENES_PER_STEP):
        index = step * SCENES_PER_STEP + place
        scene = sample_scene(derive_seed("speaking", seed), "train", index)
        tasks = tasks_of_scene(scene, f"warm-{index}", source, "speaking", seed, index)
        yield from rng_for("speaking tasks", seed, index).sample(tasks, TASKS_PER_SCENE)


def _samples(learner: Learner, seed: int, step: int) -> list[Sample]:
    prompt_of = prompt_style("short")
    tasks = practice_tasks(seed, step)
    return [expert_sample(task, prompt_of(task), str(task.meta["trace"]), learner.encoder) for task in tasks]


def _without_verdict(sample: Sample, policy: Policy, seed: int, step: int, number: int) -> Sample:
    """The sample with T or F dealt at random where the verdict stands, and no loss on it."""
    letters = policy.tokenizer.convert_tokens_to_ids(["T", "F"])
    opening = policy.tokenizer.convert_tokens_to_ids("<answer>")
    prompt, answer = sample.trajectory.segments
    place = answer.token_ids.index(opening) + 1
    if answer.token_ids[place] not in letters:
        return sample
    dealt = rng_for("verdict", seed, step, number).choice(letters)
    tokens = (*answer.token_ids[:place], dealt, *answer.token_ids[place + 1 :])
    weights = (*sample.ce[:place], 0.0, *sample.ce[place + 1 :])
    trajectory = replace(sample.trajectory, segments=(prompt, replace(answer, token_ids=tokens)))
    return replace(sample, trajectory=trajectory, ce=weights)


def _learner(policy: Policy, schedule: ScheduleConfig, steps: int) -> Learner:
    return Learner(
        policy,
        Encoder(policy, size=256),
        loss=LossConfig(kl_coef=0.0),
        optimiser=OptimiserConfig(schedule=schedule, betas=(0.9, 0.98), tokens_per_micro_batch=16384),
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
