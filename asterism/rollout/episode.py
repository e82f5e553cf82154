"""Playing episodes: tasks in, trajectories out."""

from collections.abc import Callable, Sequence

from asterism.core.seeds import derive_seed
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Status, Trajectory
from asterism.rollout.engine import Completion, Engine, Request, SamplingConfig


def play(
    engine: Engine,
    tasks: Sequence[Task],
    prompt_of: Callable[[Task], str],
    sampling: SamplingConfig,
    *,
    samples: int,
    seed: int,
    openings: Sequence[tuple[int, ...]] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[tuple[Trajectory, ...]]:
    """``samples`` one-turn episodes of each task, in the order of the tasks.

    What is drawn for a task depends on ``seed``, its id and the sample, not on the other tasks of the call; a task may
    stand in ``tasks`` more than once and is then drawn the same. Where ``openings`` are given, one a task, the answers
    to it begin with these tokens, which are not trained on.
    """
    requests = [
        Request(task.id, prompt_of(task), task.images, samples, derive_seed("episode", seed, task.id), opening)
        for task, opening in zip(tasks, openings or [()] * len(tasks), strict=True)
    ]
    completions = engine.generate(requests, sampling, on_progress=on_progress)
    played = []
    for index, request in enumerate(requests):
        own = completions[index * samples : (index + 1) * samples]
        played.append(tuple(_trajectory(request, completion) for completion in own))
    return played


def _trajectory(request: Request, completion: Completion) -> Trajectory:
    prompt = Segment("prompt", completion.prompt_token_ids, request.prompt, request.images)
    logprobs = completion.logprobs or None  # a server may tell none
    answer = Segment("model", completion.token_ids, completion.text, trainable=True, logprobs=logprobs)
    given = (Segment("model", request.opening),) if request.opening else ()
    status = Status.COMPLETED if completion.stopped else Status.TRUNCATED_LENGTH
    return Trajectory((prompt, *given, answer), status)
