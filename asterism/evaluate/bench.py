"""The runner: every task is asked, every answer read and graded, every record leaves one line."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from asterism.answers.grade import gold_value, grade
from asterism.core.errors import AsterismError
from asterism.core.seeds import derive_seed
from asterism.core.task import Kind, Task
from asterism.evaluate.result import FAILED, Result
from asterism.rollout.engine import Completion, Engine, Incomplete, Request, SamplingConfig

CHUNK = 256
GRADED: tuple[Kind, ...] = ("tfq", "mcq", "short")
"""The kinds of task whose stored answer says what is right; the results of others have no score yet."""


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
) -> list[Result]:
    """Ask, read and grade: ``samples`` results for every task, in the order of the tasks.

    What is drawn for a task depends on ``(seed, task id, sample)`` and not on the other tasks. A task that the engine
    refuses (a broken picture, a prompt too long) is asked alone once more and, refused again, leaves results with the
    reason ``failed: ...`` and no score; so does a completion that an engine could not have. Where the engine can go no
    further at all (a server's key is refused, a budget is spent), the results that were had are handed on first.

    Args:
        prompt_of: the text a policy reads for a task.
        chunk: tasks given to the engine at a time; results are handed on after each.
        done: results of an interrupted run over the same model, tasks and seed; tasks whose samples are all here are
            not asked again.
        on_progress: called with the number of results finished since the last call; those of ``done`` come first.
        on_result: called with each new result, for example :meth:`ResultLog.append`.

    Raises:
        AsterismError: two tasks have the same id, or the stored answer of one cannot be read; nothing is asked then.
            Or the engine can go no further.
    """
    if len({task.id for task in tasks}) != len(tasks):
        raise AsterismError("two tasks to be measured have the same id", remedy="Give every record its own id.")
    for task in tasks:
        if task.kind in GRADED:
            gold_value(task)
    found = {(result.id, result.sample): result for result in done}
    open_tasks = [task for task in tasks if any((task.id, sample) not in found for sample in range(samples))]
    asker = _Asker(engine, prompt_of, sampling, samples, seed)
    meter = _Meter(on_progress)
    meter.reach((len(tasks) - len(open_tasks)) * samples)
    for start in range(0, len(open_tasks), chunk):
        part = open_tasks[start : start + chunk]
        goal = meter.finished + len(part) * samples
        for result in asker.ask(part, meter.add):
            if found.setdefault((result.id, result.sample), result) is result and on_result is not None:
                on_result(result)
        meter.reach(goal)
    return [found[task.id, sample] for task in tasks for sample in range(samples)]


class _Meter:
    """Counts finished results, and tops up what an engine did not count."""

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
    """Gives tasks to an engine and turns what comes back, or the refusal, into results."""

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

    def ask(self, tasks: Sequence[Task], on_progress: Callable[[int], None] | None) -> Iterator[Result]:
        start = time.perf_counter()
        try:
            completions, causes, end = self._generate(tasks, on_progress)
        except AsterismError as error:
            if len(tasks) == 1:
                yield from (self._failed(tasks[0], sample, str(error)) for sample in range(self._samples))
                return
            # One task of the chunk is at fault. Alone, it cannot take the others with it.
            for task in tasks:
                yield from self.ask([task], None)
            return
        seconds = (time.perf_counter() - start) / max(1, len(completions))
        found = {(completion.request, completion.sample): completion for completion in completions}
        for task in tasks:
            for sample in range(self._samples):
                if (task.id, sample) in found:
                    yield self._read(task, found[task.id, sample], seconds)
                elif end is None or (task.id, sample) in causes:
                    yield self._failed(task, sample, causes.get((task.id, sample), "the engine returned no completion"))
        if end is not None:
            raise end

    def _generate(
        self, tasks: Sequence[Task], on_progress: Callable[[int], None] | None
    ) -> tuple[Sequence[Completion], Mapping[tuple[str, int], str], AsterismError | None]:
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

    def _read(self, task: Task, completion: Completion, seconds: float) -> Result:
        graded = grade(task, completion.text)
        return Result(
            id=task.id,
            sample=completion.sample,
            completion=completion.text,
            answer=graded.reading.value,
            reason=str(graded.reading.reason),
            score=None if graded.correct is None else float(graded.correct),
            parts={} if graded.correct is None else {"accuracy": float(graded.correct)},
            seconds=seconds,
            tokens=completion.tokens,
            truncated=not completion.stopped,
        )

    @staticmethod
    def _failed(task: Task, sample: int, cause: str) -> Result:
        return Result(task.id, sample, "", None, f"{FAILED}: {' '.join(cause.split())}", None)
