"""Measuring: every task is asked, every answer read and graded, every record leaves one line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from asterism.answers.grade import gold_value, grade, read_answer
from asterism.core.environment import Environment
from asterism.core.episode import Episode
from asterism.core.results.prediction import Key, Prediction
from asterism.core.results.result import FAILED, Result
from asterism.core.reward import TRUNCATED, Reward, Truncated
from asterism.core.task import Kind, Task
from asterism.evaluate.generate import CHUNK, complete
from asterism.rollout.engine import Engine, SamplingConfig

GRADED: tuple[Kind, ...] = ("tfq", "mcq", "short")
"""The kinds of task whose stored answer says what is right; the results of others have no score yet."""

NOT_THERE = "no prediction"
"""The cause where a record was not asked, or stands in no file of predictions."""

Grader = Callable[[Task, Prediction], Result]
"""Reads and scores a prediction."""


def measure(
    engine: Engine,
    tasks: Sequence[Task],
    prompt_of: Callable[[Task], str],
    sampling: SamplingConfig,
    *,
    samples: int = 1,
    seed: int = 0,
    chunk: int = CHUNK,
    done: Sequence[Result] = (),
    on_progress: Callable[[int], None] | None = None,
    on_result: Callable[[Result], None] | None = None,
    grader: Grader | None = None,
    environment: Environment | None = None,
    truncated: Truncated = "zero",
) -> list[Result]:
    """Ask, read and grade in one go: ``samples`` results for every task, in the order of the tasks.

    Asking is :func:`asterism.evaluate.generate.complete`, which tells what the arguments mean; what it could not
    complete leaves results with the reason ``failed: ...`` and no score.

    Args:
        done: results of an interrupted run over the same model, tasks and seed.
        on_result: called with each new result, for example :meth:`ResultLog.append`.
        grader: in place of :func:`grade_prediction`, where stored answers do not tell what is right.
        environment: plays the tasks in place of asking each once; its reward grades the episode.
        truncated: whether a completion that a limit cut off has no answer, or is read as far as it goes.

    Raises:
        AsterismError: two tasks have the same id, or the stored answer of one cannot be read; nothing is asked then.
            Or the engine can go no further.
    """
    check_gold(tasks)
    by_id = {task.id: task for task in tasks}
    found = {(result.id, result.sample): result for result in done}

    def take(prediction: Prediction, episode: Episode) -> None:
        task = by_id[prediction.id]
        if environment is None or prediction.failure:
            result = _graded(task, prediction, grader, truncated)
        else:
            result = rewarded(task, prediction, episode.reward)
        found[prediction.key] = result
        if on_result is not None:
            on_result(result)

    earlier = frozenset(found)
    complete(
        engine,
        tasks,
        prompt_of,
        sampling,
        samples=samples,
        seed=seed,
        chunk=chunk,
        done=earlier,
        on_progress=on_progress,
        environment=environment,
        on_episode=take,
    )
    return [found[task.id, sample] for task in tasks for sample in range(samples)]


def rewarded(task: Task, prediction: Prediction, reward: Reward) -> Result:
    """A prediction with what a reward says of it: its part ``accuracy`` is the score, or without one its value."""
    return Result(
        id=prediction.id,
        sample=prediction.sample,
        completion=prediction.completion,
        answer=read_answer(task, prediction.completion).value,
        reason=reward.reason,
        score=reward.parts.get("accuracy", reward.value),
        parts=dict(reward.parts),
        seconds=prediction.seconds,
        tokens=prediction.tokens,
        truncated=prediction.truncated,
    )


def check_gold(tasks: Sequence[Task]) -> None:
    """See that every stored answer can be read; a task without one is not graded and passes.

    Raises:
        AsterismError: one cannot (the task is named).
    """
    for task in tasks:
        if task.kind in GRADED and task.answer is not None:
            gold_value(task)


def grade_all(
    tasks: Sequence[Task],
    predictions: Mapping[Key, Prediction],
    *,
    samples: int = 1,
    grader: Grader | None = None,
    truncated: Truncated = "zero",
) -> list[Result]:
    """``samples`` results for every task, in the order of the tasks; a prediction that is not there has failed.

    ``grader`` stands in place of :func:`grade_prediction`; ``truncated`` is that of :func:`measure`.

    Raises:
        AsterismError: the stored answer of a task cannot be read.
    """
    return [
        _graded(
            task,
            predictions.get((task.id, sample)) or Prediction(task.id, sample, "", NOT_THERE),
            grader,
            truncated,
        )
        for task in tasks
        for sample in range(samples)
    ]


def _graded(task: Task, prediction: Prediction, grader: Grader | None, truncated: Truncated) -> Result:
    grade_one = grader or grade_prediction
    if not prediction.truncated or prediction.failure:
        return grade_one(task, prediction)
    if truncated == "read":
        return replace(grade_one(task, replace(prediction, truncated=False)), truncated=True)
    # A reward has a rule of its own for what was cut off.
    return grade_one(task, prediction) if task.kind == "verified" else unanswered(task, prediction)


def unanswered(task: Task, prediction: Prediction) -> Result:
    """A completion that was cut off before it had answered: score 0, or none where a judge would give it."""
    compared = task.kind == "verified" or (task.kind in GRADED and task.answer is not None)
    return Result(
        id=prediction.id,
        sample=prediction.sample,
        completion=prediction.completion,
        answer=None,
        reason=TRUNCATED,
        score=0.0 if compared else None,
        parts={"accuracy": 0.0} if compared else {},
        seconds=prediction.seconds,
        tokens=prediction.tokens,
        truncated=True,
    )


def grade_prediction(task: Task, prediction: Prediction) -> Result:
    """A prediction read and compared with the task's answer; without a score where there is nothing to compare.

    Raises:
        AsterismError: the stored answer of the task cannot be read.
    """
    if prediction.failure:
        return Result(prediction.id, prediction.sample, "", None, f"{FAILED}: {prediction.failure}", None)
    if task.answer is None:
        reading, correct = read_answer(task, prediction.completion), None
    else:
        graded = grade(task, prediction.completion)
        reading, correct = graded.reading, graded.correct
    return Result(
        id=prediction.id,
        sample=prediction.sample,
        completion=prediction.completion,
        answer=reading.value,
        reason=str(reading.reason),
        score=None if correct is None else float(correct),
        parts={} if correct is None else {"accuracy": float(correct)},
        seconds=prediction.seconds,
        tokens=prediction.tokens,
        truncated=prediction.truncated,
    )
