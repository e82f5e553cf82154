"""Asking: every task leaves one prediction for each sample, also where there is no completion to be had."""

import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence

from asterism.core.errors import AsterismError
from asterism.core.seeds import derive_seed
from asterism.core.task import Task
from asterism.evaluate.prediction import Key, Prediction
from asterism.rollout.engine import Completion, Engine, Incomplete, Request, SamplingConfig

CHUNK = 256


def complete(
    engine: Engine,
    tasks: Sequence[Task],
    prompt_of: Callable[[Task], str],
    sampling: SamplingConfig,
    *,
    samples: int = 1,
    seed: int = 0,
    chunk: int = CHUNK,
    done: Container[Key] = (),
    on_progress: Callable[[int], None] | None = None,
    on_prediction: Callable[[Prediction], None] | None = None,
) -> list[Prediction]:
    """Ask: ``samples`` predictions for every task that is not done, in the order of the tasks.

    What is drawn for a task depends on ``(seed, task id, sample)`` and not on the other tasks. A task that the engine
    refuses (a broken picture, a prompt too long) is asked alone once more and, refused again, leaves predictions that
    hold the cause and no completion; so does a completion that an engine could not have. Where the engine can go no
    further at all (a server's key is refused, a budget is spent), what was had is handed on first. Nothing is graded.

    Args:
        prompt_of: the text a policy reads for a task.
        chunk: tasks given to the engine at a time; predictions are handed on after each.
        done: what an interrupted run over the same model, tasks and seed has; tasks whose samples are all here are not
            asked again, and of the others only what is missing is handed on.
        on_progress: called with the number of predictions finished since the last call; those of ``done`` come first.
        on_prediction: called with each new prediction, for example :meth:`PredictionLog.append`.

    Raises:
        AsterismError: two tasks have the same id (nothing is asked then), or the engine can go no further.
    """
    if len({task.id for task in tasks}) != len(tasks):
        raise AsterismError("two tasks to be measured have the same id", remedy="Give every record its own id.")
    open_tasks = [task for task in tasks if any((task.id, sample) not in done for sample in range(samples))]
    asker = _Asker(engine, prompt_of, sampling, samples, seed)
    meter = _Meter(on_progress)
    meter.reach((len(tasks) - len(open_tasks)) * samples)
    found: list[Prediction] = []
    for start in range(0, len(open_tasks), chunk):
        part = open_tasks[start : start + chunk]
        goal = meter.finished + len(part) * samples
        for prediction in asker.ask(part, meter.add):
            if prediction.key not in done:
                found.append(prediction)
                if on_prediction is not None:
                    on_prediction(prediction)
        meter.reach(goal)
    return found


class _Meter:
    """Counts finished predictions, and tops up what an engine did not count."""

    def __init__(self, on_progress: Callable[[int], None] | None) -> None:
        self.finished = 0
        self._on_progress = on_progress

    def add(self, finished: int) -> None:
        self.finished += finished
        if self._on_progress is not None and finished:
            self._on_progress(finished)

    def reach(self, goal: int) -> None:
        self.add(max(0, goal - self.finished))


class _Asker:
    """Gives tasks to an engine and turns what comes back, or the refusal, into predictions."""

    def __init__(
        self,
        engine: Engine,
        prompt_of: Callable[[Task], str],
        sampling: SamplingConfig,
        samples: int,
        seed: int,
    ) -> None:
        self._engine = engine
        self._prompt_of = prompt_of
        self._sampling = sampling
        self._samples = samples
        self._seed = seed

    def ask(self, tasks: Sequence[Task], on_progress: Callable[[int], None] | None) -> Iterator[Prediction]:
        start = time.perf_counter()
        try:
            completions, causes, end = self._generate(tasks, on_progress)
        except AsterismError as error:
            if len(tasks) == 1:
                yield from (_failed(tasks[0], sample, str(error)) for sample in range(self._samples))
                return
            # One task of the chunk is at fault. Alone, it cannot take the others with it.
            for task in tasks:
                yield from self.ask([task], None)
            return
        seconds = (time.perf_counter() - start) / max(1, len(completions))
        found = {(completion.request, completion.sample): completion for completion in completions}
        for task in tasks:
            for sample in range(self._samples):
                key = task.id, sample
                if key in found:
                    yield _prediction(task, found[key], seconds)
                elif end is None or key in causes:
                    yield _failed(task, sample, causes.get(key, "the engine returned no completion"))
        if end is not None:
            raise end

    def _generate(
        self, tasks: Sequence[Task], on_progress: Callable[[int], None] | None
    ) -> tuple[Sequence[Completion], Mapping[Key, str], AsterismError | None]:
        """Completions, why others failed, and what keeps the engine from going on."""
        requests = [self._request(task) for task in tasks]
        try:
            return self._engine.generate(requests, self._sampling, on_progress=on_progress), {}, None
        except Incomplete as part:
            return part.completions, part.causes, part.end

    def _request(self, task: Task) -> Request:
        return Request(
            id=task.id,
            prompt=self._prompt_of(task),
            images=task.images,
            samples=self._samples,
            seed=derive_seed(self._seed, "measure", task.id),
        )


def _prediction(task: Task, completion: Completion, seconds: float) -> Prediction:
    return Prediction(
        id=task.id,
        sample=completion.sample,
        completion=completion.text,
        seconds=seconds,
        tokens=completion.tokens,
        truncated=not completion.stopped,
        token_ids=completion.token_ids,
    )


def _failed(task: Task, sample: int, cause: str) -> Prediction:
    return Prediction(task.id, sample, "", failure=" ".join(cause.split()))
