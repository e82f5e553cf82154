"""What episodes of several turns cost: caches of what was read kept or not, in step or as replies come.

``python benchmarks/turns.py`` plays the same episodes of the tiny model four ways, in turn, ``--rounds`` times, and
prints for each the tokens that prefill read, the decoding steps, and the median of processor and wall seconds. All must
say the same.
"""

import argparse
import random
import statistics
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from asterism.core.environment import Agent
from asterism.core.episode import Episode
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.reward import Reward
from asterism.core.task import Task
from asterism.policy.policy import Policy
from asterism.policy.tiny import tiny_folder
from asterism.rollout.engine import SamplingConfig
from asterism.rollout.local import LocalEngine
from asterism.rollout.player import Play
from asterism.rollout.runner import Mode, Runner


@dataclass(frozen=True, slots=True)
class Looking:
    """A tool that answers ``turns`` replies with words and a crop."""

    turns: int

    async def play(self, task: Task, agent: Agent) -> Episode:
        """One episode; replies end at different lengths, as those of a model that calls tools do."""
        conversation = agent.begin([Message.user(task.question, task.images)])
        rng = random.Random(task.id)
        await conversation.reply(max_tokens=rng.randint(8, 48))
        for _ in range(self.turns):
            crop = Image.from_pixels(task.images[0].pixels[:32, :32].copy())
            conversation.observe("This is the upper left corner of the image.", [crop])
            await conversation.reply(max_tokens=rng.randint(8, 48))
        return Episode.of(task, conversation.trajectory, Reward(0.0))


@dataclass(slots=True)
class Way:
    """One way to play, and what it cost in each round."""

    mode: Mode
    kept: int
    prefill: int = 0
    steps: int = 0
    wall: list[float] | None = None
    processor: list[float] | None = None

    @property
    def name(self) -> str:
        """As the table calls it."""
        return f"{self.mode}, {'caches kept' if self.kept else 'read anew'}"


def played(policy: Policy, way: Way, options: argparse.Namespace) -> list[Any]:
    """Play once and note the cost; returns every token."""
    rng = np.random.default_rng(0)
    tasks = [
        Task(
            f"t{n}", (Image.from_pixels(rng.integers(0, 256, (96, 96, 3), dtype=np.uint8)),), "What?", None, "verified"
        )
        for n in range(options.tasks)
    ]
    plays = [Play(task, sample, seed=7) for task in tasks for sample in range(options.group)]
    engine = LocalEngine(policy, rows=options.rows, never=policy.stop_token_ids)
    engine.pasts.mebibytes = way.kept
    policy.clock.clear()
    steps, read_on = 0, Policy.read_on

    def counted(self: Policy, prefix: Any, token_ids: Any, *more: Any, **named: Any) -> Any:
        nonlocal steps
        steps += token_ids.shape[1] == 1
        return read_on(self, prefix, token_ids, *more, **named)

    Policy.read_on = counted  # type: ignore[method-assign]
    wall, processor = time.perf_counter(), time.process_time()
    try:
        episodes = Runner(engine, SamplingConfig(), mode=way.mode).play(Looking(options.turns), plays)
    finally:
        Policy.read_on = read_on  # type: ignore[method-assign]
    way.wall = [*(way.wall or []), time.perf_counter() - wall]
    way.processor = [*(way.processor or []), time.process_time() - processor]
    way.prefill, way.steps = policy.clock.tokens()["prefill"], steps
    assert not any(episode.error for episode in episodes)
    return [segment.token_ids for episode in episodes for segment in episode.actor.segments]


def main() -> None:
    """Play every way in turn, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=6)
    parser.add_argument("--group", type=int, default=4)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    policy = Policy.load(tiny_folder())
    ways = [Way(mode, kept) for mode in ("exact", "async") for kept in (512, 0)]
    played(policy, Way("exact", 512), options)  # warms up
    for _ in range(options.rounds):
        said = [played(policy, way, options) for way in ways]
        assert all(each == said[0] for each in said), "the ways say different things"
    print(f"{options.tasks} tasks x {options.group} samples, {1 + options.turns} replies each; {options.rounds} rounds")
    print(f"{'way':24} {'prefill tokens':>14} {'decode steps':>12} {'processor s':>12} {'wall s':>8}")
    for way in ways:
        processor, wall = statistics.median(way.processor or []), statistics.median(way.wall or [])
        print(f"{way.name:24} {way.prefill:14,} {way.steps:12,} {processor:12.2f} {wall:8.2f}")


if __name__ == "__main__":
    main()
