"""Gymnasium environments played as episodes."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from asterism.core.image import Image
from asterism.core.task import Task
from asterism.core.trajectory import Status
from asterism.policy.policy import Policy
from asterism.rollout.conversation import Limits
from asterism.rollout.engine import SamplingConfig
from asterism.rollout.gym import GymEnvironment, Shown
from asterism.rollout.local import LocalEngine
from asterism.rollout.player import Play
from asterism.rollout.runner import Runner

Pictures = Callable[..., Image]


class Counting:
    """Ends after ``length`` steps; every action but the last earns a tenth."""

    def __init__(self, length: int, limit: int = 99) -> None:
        self.length, self.limit, self.steps = length, limit, 0
        self.actions: list[str] = []

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        self.steps = 0
        return f"seed {seed}: count", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self.actions.append(action)
        self.steps += 1
        over = self.steps == self.length
        return (
            f"step {self.steps}",
            1.0 if over else 0.1,
            over,
            not over and self.steps == self.limit,
            {"at": self.steps},
        )


def shown(seen: str, info: Mapping[str, Any]) -> Shown:
    pixels = np.full((24, 24, 3), 40 * info.get("at", 0), np.uint8)
    return Shown(seen, (Image.from_pixels(pixels),))


@pytest.mark.parametrize("threaded", [False, True])
def test_every_step_is_a_turn_and_rewards_add_up(llava: Policy, threaded: bool) -> None:
    made: list[Counting] = []

    def make(task: Task) -> Counting:
        made.append(Counting(int(task.id), limit=3))
        return made[-1]

    environment = GymEnvironment(make, lambda steps, task: steps.reset(seed=5), shown, threaded=threaded)
    plays = [Play(Task(str(length), (), "", None, "verified"), 0, seed=1) for length in (1, 3, 5)]
    short, whole, cut = Runner(LocalEngine(llava), SamplingConfig(max_tokens=4)).play(environment, plays)
    assert [len(steps.actions) for steps in made] == [1, 3, 3]
    assert short.actor.segments[0].text == "seed 5: count" and len(short.actor.images) == 1
    assert [segment.text for segment in whole.actor.segments if segment.role == "tool"] == ["step 1", "step 2"]
    assert [segment.text for segment in whole.actor.segments if segment.role == "model"] == made[1].actions
    assert whole.reward.value == pytest.approx(1.2)
    assert whole.reward.parts == {"accuracy": 1.0, "steps": 3.0}
    assert cut.status is Status.TRUNCATED_TURNS and cut.reward.parts["accuracy"] == 0.0
    assert cut.reward.value == pytest.approx(0.3)


def test_a_limit_on_turns_ends_it_before_the_environment_does(llava: Policy) -> None:
    environment = GymEnvironment(lambda task: Counting(9), lambda steps, task: steps.reset(), shown)
    runner = Runner(LocalEngine(llava), SamplingConfig(max_tokens=4), limits=Limits(turns=2))
    (episode,) = runner.play(environment, [Play(Task("a", (), "", None, "verified"), 0, seed=1)])
    assert episode.status is Status.TRUNCATED_TURNS and episode.reward.status == "abstain"
