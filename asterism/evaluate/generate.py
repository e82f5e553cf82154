"""Asking: every task leaves one prediction for each sample, also where it has no completion."""

import time
from collections.abc import Callable, Container, Iterable, Sequence
from typing import TYPE_CHECKING

from asterism.core.environment import Environment
from asterism.core.episode import Episode
from asterism.core.errors import AsterismError
from asterism.core.results.prediction import Key, Prediction
from asterism.core.seeds import derive_seed
from asterism.core.single_turn import SingleTurn
from asterism.core.task import Task
from asterism.rollout.engine import Engine, SamplingConfig

if TYPE_CHECKING:
    from asterism.rollout.player import Play

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
    environment: Environment | None = None,
    on_episode: Callable[[Prediction, Episode], None] | None = None,
) -> list[Prediction]:
    """Ask: ``samples`` predictions for every task that is not done, in the order of the tasks.

    What is drawn for a task depends on ``(seed, task id, sample)`` and not on the other tasks. A task that the engine
    refuses (a broken image, a prompt too long) is asked alone once more and, refused again, leaves predictions that
    hold the cause and no completion; so does a completion that an engine could not have. Where the engine can go no
    further at all (a server's key is refused, a budget is spent), what was had is handed on first. Nothing is graded.

    Args:
        prompt_of: the text a policy reads for a task.
        chunk: tasks given to the engine at a time; predictions are handed on after each.
        done: what an interrupted run over the same model, tasks and seed has; tasks whose samples are all here are not
            asked again, and of the others only what is missing is handed on.
        on_progress: called with the number of predictions finished since the last call; those of ``done`` come first.
        on_prediction: called with each new prediction, for example :meth:`PredictionLog.append`.
        environment: plays the tasks in place of asking each once with ``prompt_of``.
        on_episode: called with each new prediction and the episode that it sums up.

    Raises:
        AsterismError: two tasks have the same id (nothing is asked then), or the engine can go no further.
    """
    # Here, since they load torch: whoever only grades what is there does without it.
    from asterism.rollout.player import Play
    from asterism.rollout.runner import Runner

    if len({task.id for task in tasks}) != len(tasks):
        raise AsterismError("two tasks to be measured have the same id", remedy="Give every record its own id.")
    open_tasks = [task for task in tasks if any((task.id, sample) not in done for sample in range(samples))]
    meter = _Meter(on_progress)
    meter.reach((len(tasks) - len(open_tasks)) * samples)
    found: list[Prediction] = []

    def hand_on(episodes: Iterable[Episode], plays: Sequence["Play"], seconds: float) -> None:
        for play, episode in zip(plays, episodes, strict=True):
            prediction = prediction_of(episode, play.sample, seconds)
            if prediction.key not in done:
                found.append(prediction)
                if on_prediction is not None:
                    on_prediction(prediction)
                if on_episode is not None:
                    on_episode(prediction, episode)

    for start in range(0, len(open_tasks), chunk):
        part = open_tasks[start : start + chunk]
        goal = meter.finished + len(part) * samples
        plays = [
            Play(task, sample, derive_seed(seed, "measure", task.id)) for task in part for sample in range(samples)
        ]
        ended: dict[int, Episode] = {}
        runner = Runner(engine, sampling, on_progress=meter.add, on_episode=ended.__setitem__)
        began = time.perf_counter()
        try:
            episodes = runner.play(environment or SingleTurn(prompt_of), plays)
        except AsterismError:
            # The engine can go no further. What it completed is kept; what it did not is not a failure of the task.
            places = sorted(ended)
            share = (time.perf_counter() - began) / max(1, len(places))
            hand_on([ended[place] for place in places], [plays[place] for place in places], share)
            raise
        written = sum(not episode.error for episode in episodes)
        hand_on(episodes, plays, (time.perf_counter() - began) / max(1, written))
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


def prediction_of(episode: Episode, sample: int, seconds: float) -> Prediction:
    """What an episode's actor answered in the end, or why there is no answer."""
    if episode.error:
        return Prediction(episode.task.id, sample, "", failure=" ".join(episode.error.split()))
    written = [segment for segment in episode.actor.segments if segment.role == "model"]
    return Prediction(
        id=episode.task.id,
        sample=sample,
        completion=episode.actor.completion,
        seconds=seconds,
        tokens=sum(segment.tokens for segment in written),
        truncated=episode.actor.truncated,
        token_ids=written[-1].token_ids if written else (),
    )
