"""Playing many episodes at once: environments are coroutines, the engine is asked for what they wait for.

Every episode runs until its environment waits for a reply. Two modes differ in when the engine is asked:

``exact``
    once *every* episode that is still played waits for a reply, for all of them, ordered by episode, conversation and
    turn. What the engine sees then depends on nothing but the tasks and the seed, so the same bits come out whatever
    time a tool takes and in whatever order tools answer.
``async``
    as soon as a reply is waited for, also while others are being written: a finished row's place in the batch is taken
    by whatever comes next, and a slow tool holds up its own episode alone. What a sample *says* still depends on its
    seed only; the last bits of its log-probs depend on which rows were in the batch with it.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from asterism.core.clock import Clock
from asterism.core.environment import Environment
from asterism.core.episode import Episode, Group
from asterism.core.errors import AsterismError
from asterism.core.reward import Reward
from asterism.core.seeds import derive_seed
from asterism.core.single_turn import SingleTurn
from asterism.core.task import Task
from asterism.core.trajectory import Status
from asterism.rollout.conversation import (
    EpisodeOver,
    Limits,
    LocalRenderer,
    Renderer,
    ServerRenderer,
    Turn,
)
from asterism.rollout.engine import Completion, Engine, Incomplete, Request, SamplingConfig
from asterism.rollout.local import LocalEngine
from asterism.rollout.player import Play, Player

Mode = Literal["exact", "async"]
Key = tuple[str, int]
"""What names a completion that is waited for: the request's id and the sample's number."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that the engine has, and whose turn it is."""

    player: Player
    turn: Turn
    request: Request


class Runner:
    """Plays episodes of environments with one engine.

    ``on_episode`` is called with each episode as it ends. Errors are outcomes: an environment that raises, or a prompt
    that the engine refuses, ends its own episode with status ``error`` and no other's.
    """

    def __init__(
        self,
        engine: Engine,
        sampling: SamplingConfig,
        *,
        mode: Mode = "exact",
        limits: Limits | None = None,
        concurrency: int | None = None,
        renderer: Renderer | None = None,
        clock: Clock | None = None,
        on_progress: Callable[[int], None] | None = None,
        on_episode: Callable[[int, Episode], None] | None = None,
    ) -> None:
        """``concurrency`` is the most episodes that are played at a time; None: all of a call. ``clock`` counts the
        time of environments as the phase ``environment``."""
        self.engine = engine
        self.sampling = sampling
        self.mode: Mode = mode
        self.limits = limits or Limits()
        self.concurrency = concurrency
        self.on_progress = on_progress
        self.on_episode = on_episode
        own = LocalRenderer(engine.encoder) if isinstance(engine, LocalEngine) else ServerRenderer()
        self.renderer: Renderer = renderer or own
        self.keep = False
        self._clock = clock or Clock()
        self._cancelled = False
        self._changed = asyncio.Event()
        self._players: list[Player] = []
        self._asked: dict[Key, _Asked] = {}

    def decode(self, token_ids: Sequence[int]) -> str:
        """The text of a response prefix, where the policy is at hand."""
        return self.engine.policy.decode(token_ids) if isinstance(self.engine, LocalEngine) else ""

    def cancel(self) -> None:
        """End every episode of the call in progress as it is, with status ``cancelled``."""
        self._cancelled = True
        self.changed()

    def play(self, environment: Environment, plays: Sequence[Play]) -> list[Episode]:
        """The episodes of some plays, in their order.

        Raises:
            AsterismError: the engine can go no further at all (a server's key is refused, a budget is spent); the
                episodes that had ended were handed to ``on_episode``.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._play(environment, plays)
        # A notebook runs a loop of its own in this thread; ours then runs in another.
        outcome: list[list[Episode] | BaseException] = []

        def run() -> None:
            try:
                outcome.append(self._play(environment, plays))
            except BaseException as error:  # handed over to the caller's thread
                outcome.append(error)

        thread = threading.Thread(target=run, name="asterism-runner")
        thread.start()
        thread.join()
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        return outcome[0]

    def _play(self, environment: Environment, plays: Sequence[Play]) -> list[Episode]:
        loop = asyncio.new_event_loop()
        try:
            return self._drive(loop, environment, plays)
        finally:
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    def _drive(self, loop: asyncio.AbstractEventLoop, environment: Environment, plays: Sequence[Play]) -> list[Episode]:
        """Alternate between environments, on the loop, and the engine, outside it, until every episode has ended."""
        self._changed, self._asked, self._cancelled = asyncio.Event(), {}, False
        self.keep = not isinstance(environment, SingleTurn)
        self._players = [Player(number, play, self) for number, play in enumerate(plays)]
        gate = asyncio.Semaphore(self.concurrency or max(1, len(plays)))
        episodes = [loop.create_task(self._episode(player, environment, gate)) for player in self._players]
        while not all(player.finished for player in self._players):
            self._run(loop, self._settled(everyone=self.mode == "exact"))
            if self._cancelled:
                for episode in episodes:
                    episode.cancel()
                self._run(loop, asyncio.wait(episodes))
            elif requests := self._taken():
                self._generate(loop, requests)
        return [loop.run_until_complete(episode) for episode in episodes]

    def _run(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Let environments run until the coroutine ends."""
        with self._clock("environment"):
            loop.run_until_complete(coroutine)

    async def _episode(self, player: Player, environment: Environment, gate: asyncio.Semaphore) -> Episode:
        try:
            async with gate:
                player.admitted = True
                episode = await self._timed(player, environment)
        except EpisodeOver as over:
            episode = _ended(player, over.status)
        except TimeoutError:
            episode = _failed(player, Status.TIMEOUT, f"no answer within {self.limits.seconds:g} s")
        except asyncio.CancelledError:
            if not self._cancelled:
                raise
            episode = _ended(player, Status.CANCELLED)
        except AsterismError as error:
            episode = _failed(player, Status.ERROR, str(error), error)
        except Exception as error:  # the edge between an environment and the run: a counted outcome
            episode = _failed(player, Status.ERROR, f"{type(error).__name__}: {' '.join(str(error).split())}")
        player.finished = True
        player.waiting.clear()
        self.changed()
        if self.on_episode is not None:
            self.on_episode(player.number, episode)
        return episode

    async def _timed(self, player: Player, environment: Environment) -> Episode:
        """Play, within the seconds that the environment may take without those in which it waits for the model."""
        if self.limits.seconds is None:
            return await environment.play(player.play.task, player)
        start, playing = time.monotonic(), asyncio.ensure_future(environment.play(player.play.task, player))
        while True:
            left = self.limits.seconds + player.waited - (time.monotonic() - start)
            waiting = bool(player.waiting) or any(asked.player is player for asked in self._asked.values())
            done, _ = await asyncio.wait({playing}, timeout=0.05 if waiting else max(0.0, min(left, 0.05)))
            if done:
                return playing.result()
            if left <= 0 and not waiting:
                playing.cancel()
                raise TimeoutError

    def changed(self) -> None:
        """An episode has ended or waits for a reply."""
        self._changed.set()

    async def _settled(self, *, everyone: bool) -> None:
        """Until every episode that is played waits or has ended; without ``everyone`` until one waits, or all ended."""
        while True:
            playing = [player for player in self._players if not player.finished]
            admitted = [player for player in playing if player.admitted]
            wanted = min(len(playing), self.concurrency or len(playing))  # the others wait for these to end
            waiting = sum(bool(player.waiting) for player in admitted)
            if self._cancelled or not playing or waiting >= (wanted if everyone else 1):
                return
            self._changed.clear()
            await self._changed.wait()

    def _taken(self) -> list[Request]:
        """The requests of every turn that is waited for, in the order of episodes, conversations and turns."""
        turns = [(player, turn) for player in self._players for turn in player.waiting]
        turns.sort(key=lambda entry: (entry[0].number, entry[1].conversation.number))
        requests = []
        for player, turn in turns:
            request = player.request(turn)
            if (request.id, player.play.sample) in self._asked:  # the same task twice in one call
                request = replace(request, id=f"{request.id}~{player.number}")
            self._asked[request.id, player.play.sample] = _Asked(player, turn, request)
            requests.append(request)
        for player in {id(player): player for player, _ in turns}.values():
            player.waiting.clear()
        return requests

    def _generate(self, loop: asyncio.AbstractEventLoop, requests: Sequence[Request], *, alone: bool = False) -> None:
        """Ask the engine, and hand each completion to its episode as it comes. ``alone`` lets no other request join."""
        try:
            for completion in self._completions(loop, requests, alone=alone):
                self._hand(completion)
        except Incomplete as part:
            for completion in part.completions:
                self._hand(completion)
            for key, cause in part.causes.items():
                self._refuse(key, AsterismError(cause))
            if part.end is not None:
                self._run(loop, _rounds())  # what came is handed on first
                raise part.end from part
        except AsterismError as error:
            if len(self._asked) == 1:
                self._refuse(next(iter(self._asked)), error)
            # One of several is at fault. Alone, it cannot take the others with it.
            for asked in list(self._asked.values()):
                self._retry(loop, asked.request)
        except _Cancelled:
            return
        for key in list(self._asked):
            self._refuse(key, AsterismError("the engine returned no completion"))

    def _retry(self, loop: asyncio.AbstractEventLoop, request: Request) -> None:
        """Ask for one request of those that failed together."""
        others = {key: asked for key, asked in self._asked.items() if asked.request is not request}
        self._asked = {(request.id, request.first): self._asked[request.id, request.first]}
        try:
            self._generate(loop, [request], alone=True)
        finally:
            self._asked |= others

    def _completions(
        self, loop: asyncio.AbstractEventLoop, requests: Sequence[Request], *, alone: bool
    ) -> Sequence[Completion]:
        if self.mode == "exact" or alone:
            return self.engine.generate(requests, self.sampling, on_progress=self.on_progress)

        def follow(completions: Sequence[Completion], idle: bool) -> Sequence[Request]:
            for completion in completions:
                self._hand(completion)
            self._run(loop, _rounds())
            if idle and not self._cancelled:
                self._run(loop, self._settled(everyone=False))
            if self._cancelled:
                raise _Cancelled
            return self._taken()

        return self.engine.generate(requests, self.sampling, on_progress=self.on_progress, follow=follow)

    def _hand(self, completion: Completion) -> None:
        asked = self._asked.pop((completion.request, completion.sample), None)
        if asked is None:  # handed on already, while others were being written
            return
        asked.player.turns += 1
        asked.player.tokens += completion.tokens
        asked.player.waited += time.monotonic() - asked.turn.since
        outcome = asked.turn.outcome
        outcome.get_loop().call_soon(_resolve, outcome, completion)

    def _refuse(self, key: Key, error: AsterismError) -> None:
        asked = self._asked.pop(key, None)
        if asked is not None:
            asked.turn.outcome.get_loop().call_soon(_reject, asked.turn.outcome, error)


class _Cancelled(Exception):
    """The call was cancelled while the engine wrote."""


async def _rounds(count: int = 8) -> None:
    """Let whatever is ready on the loop run: a reply wakes a task, which may wake another."""
    for _ in range(count):
        await asyncio.sleep(0)


def _resolve(outcome: "asyncio.Future[Completion]", completion: Completion) -> None:
    if not outcome.done():
        outcome.set_result(completion)


def _reject(outcome: "asyncio.Future[Completion]", error: AsterismError) -> None:
    if not outcome.done():
        outcome.set_exception(error)


def _ended(player: Player, status: Status) -> Episode:
    return Episode(player.play.task, player.trajectories, Reward.abstain(str(status)), status)


def _failed(player: Player, status: Status, reason: str, fault: AsterismError | None = None) -> Episode:
    return Episode(player.play.task, player.trajectories, Reward.error(reason), status, reason, fault)


def play(
    engine: Engine,
    tasks: Sequence[Task],
    environment: Environment,
    sampling: SamplingConfig,
    *,
    samples: int,
    seed: int,
    prefixes: Sequence[tuple[int, ...]] | None = None,
    mode: Mode = "exact",
    limits: Limits | None = None,
    clock: Clock | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[Group]:
    """``samples`` episodes of each task, in the order of the tasks.

    What is drawn for a task depends on ``seed``, its id and the sample, not on the other tasks of the call; a task may
    be among ``tasks`` more than once and is then drawn the same. Where ``prefixes`` are given, one a task, the first
    reply begins with these tokens, which are not trained on.

    Raises:
        AsterismError: an episode met bad input (a prompt that does not fit, an image that cannot be read), or the
            engine can go no further.
    """
    plays = [
        Play(task, sample, derive_seed("episode", seed, task.id), prefix)
        for task, prefix in zip(tasks, prefixes or [()] * len(tasks), strict=True)
        for sample in range(samples)
    ]
    runner = Runner(engine, sampling, mode=mode, limits=limits, clock=clock, on_progress=on_progress)
    episodes = runner.play(environment, plays)
    for episode in episodes:
        if episode.fault is not None:
            raise episode.fault
    return [Group(task, tuple(episodes[place * samples : (place + 1) * samples])) for place, task in enumerate(tasks)]
