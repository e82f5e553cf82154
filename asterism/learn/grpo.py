"""Group-relative policy optimisation: sample a group for each prompt, reward it, learn from the differences.

A_i = (r_i - mean(r)) / (std(r) + eps)
loss = sum_t w_t [ max(-A rho_t, -A clip(rho_t)) + beta k3_t ]          (arXiv 2402.03300; terms in losses.py)
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pydantic import Field
from torch import Tensor

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.reward import Reward
from asterism.core.sample import Sample
from asterism.core.seeds import derive_seed
from asterism.core.system import Environment
from asterism.core.task import Task
from asterism.core.trajectory import Group, Trajectory
from asterism.learn.advantages import AdvantageConfig, advantages, group_samples
from asterism.learn.losses import SurrogateMetrics
from asterism.learn.order import Drawn, TaskOrder
from asterism.learn.run import Run
from asterism.learn.token_entropy import TokenEntropy
from asterism.learn.update import Fixed, Learner, UpdateReport
from asterism.learn.views import View
from asterism.policy.ahead import Prompt
from asterism.policy.encoder import Encoder
from asterism.rollout.engine import Engine, SamplingConfig
from asterism.rollout.episode import play

GROUPS_IN_COLOUR = 2
"""Groups of each step whose tokens are written down with their entropies: enough to look at, little to keep."""


class RolloutConfig(Config):
    """What is sampled in each step."""

    prompts_per_step: int = Field(16, ge=1, description="distinct prompts a step")
    group_size: int = Field(8, ge=1, description="completions of each prompt (G)")
    updates_per_step: int = Field(
        1, ge=1, description="optimiser steps on each step's rollouts, on equal shares of the prompts"
    )
    sampling: SamplingConfig = Field(SamplingConfig(), description="how completions are drawn")
    max_error_share: float = Field(
        0.1, ge=0, le=1, description="the run stops when more of a step's rewards are errors"
    )


class StopConfig(Config):
    """When training ends: whichever comes first."""

    steps: int = Field(100, ge=1, description="most training steps")
    tokens: int | None = Field(None, ge=1, description="no further step begins once this many tokens were trained on")
    max_seconds: float | None = Field(None, gt=0, description="no further step begins after this many seconds")


@dataclass(frozen=True, slots=True)
class Step:
    """What one step saw: its groups, and what its updates reported."""

    number: int
    groups: Sequence[Group]
    reports: Sequence[UpdateReport]
    seconds: float


class Grpo:
    """Trains a policy on an environment's tasks by group-relative rewards."""

    def __init__(
        self,
        learner: Learner,
        engine: Engine,
        environment: Environment,
        order: TaskOrder,
        *,
        rollout: RolloutConfig,
        advantage: AdvantageConfig,
        reference: View | None,
        seed: int,
    ) -> None:
        if learner.loss.kl_coef and reference is None:
            raise AsterismError(
                "loss.kl_coef is over 0 but there is no reference policy", remedy="Set loss.kl_coef to 0."
            )
        self.learner = learner
        self.engine = engine
        self.environment = environment
        self.order = order
        self.rollout = rollout
        self.advantage = advantage
        self.reference = reference
        self.seed = seed
        self.clock = learner.policy.clock
        self.done = 0
        self.tokens = 0
        """Tokens trained on so far."""

    def step(self, run: Run) -> dict[str, Any]:
        """One step: sample, reward, learn, write down. Returns the line written to metrics.jsonl."""
        with self.clock("step"):
            return self._step(run)

    def _step(self, run: Run) -> dict[str, Any]:
        start = time.perf_counter()
        drawn = take_and_announce(self.order, self.rollout.prompts_per_step, self.environment, self.learner.encoder)
        groups = self._groups(drawn)
        self._check_errors(groups)
        batches = self._batches(groups)
        reports = self._learn(batches)
        self.done += 1
        line = step_metrics(Step(self.done, groups, reports, time.perf_counter() - start))
        self.tokens += line["tokens"]
        run.consumed(self.done, drawn)
        entropies = _by_trajectory(batches, reports)
        for place, group in enumerate(groups):
            told = self._token_entropies(group, entropies) if place < GROUPS_IN_COLOUR else None
            run.rollouts(self.done, group, advantages(group, self.advantage), told)
        run.metrics(line)
        return line

    def _groups(self, drawn: Sequence[Drawn]) -> list[Group]:
        tasks = [entry.task for entry in drawn]
        played = play(
            self.engine,
            tasks,
            self.environment.prompt_of,
            self.rollout.sampling,
            samples=self.rollout.group_size,
            seed=derive_seed("rollout", self.seed, self.done),
        )
        with self.clock("reward"):
            self.clock.count(sum(t.trained_tokens for trajectories in played for t in trajectories))
            return [
                Group(task, trajectories, self._reward(task, trajectories))
                for task, trajectories in zip(tasks, played, strict=True)
            ]

    def _reward(self, task: Task, trajectories: Sequence[Trajectory]) -> tuple[Reward, ...]:
        try:
            return tuple(self.environment.reward(task, trajectories))
        except AsterismError:
            raise
        except Exception as error:  # a grader's fault is counted and shown, and stops the run when frequent
            return tuple(Reward.error(f"{type(error).__name__}: {error}") for _ in trajectories)

    def _check_errors(self, groups: Sequence[Group]) -> None:
        rewards = [reward for group in groups for reward in group.rewards]
        errors = [reward for reward in rewards if reward.status == "error"]
        if len(errors) > self.rollout.max_error_share * len(rewards):
            raise AsterismError(
                f"{len(errors)} of {len(rewards)} rewards failed ({errors[0].reason})",
                where=f"step {self.done + 1}",
                remedy="Mend the reward, or raise rollout.max_error_share; resume from the last checkpoint.",
            )

    def _batches(self, groups: Sequence[Group]) -> list[list[Sample]]:
        """The samples of each of the step's updates."""
        with_kl = self.learner.loss.kl_coef > 0
        shares = _shares(groups, self.rollout.updates_per_step)
        return [[s for group in share for s in group_samples(group, self.advantage, kl=with_kl)] for share in shares]

    def _learn(self, batches: Sequence[Sequence[Sample]]) -> list[UpdateReport]:
        fixed = self._fixed(batches)
        return [self.learner.update(batch, entries) for batch, entries in zip(batches, fixed, strict=True)]

    def _token_entropies(self, group: Group, entropies: Mapping[int, Tensor]) -> list[TokenEntropy | None]:
        policy = self.learner.policy
        return [
            TokenEntropy.of(each, entropies[id(each)], policy) if id(each) in entropies else None
            for each in group.trajectories
        ]

    def _fixed(self, batches: Sequence[Sequence[Sample]]) -> list[list[Fixed]]:
        """Reference and old log-probs, before any weight changes; a single update is exactly on-policy."""
        sampler = View("old", self.learner.policy, self.learner.encoder) if len(batches) > 1 else None
        fixed = []
        for batch in batches:
            old, reference = self._scored(sampler, batch), self._scored(self.reference, batch)
            fixed.append([Fixed(*entry) for entry in zip(old, reference, strict=True)])
        return fixed

    def _scored(self, view: View | None, batch: Sequence[Sample]) -> Sequence[Tensor | None]:
        """Log-probs of the trained tokens of each sample, ``[trained tokens]``; None where there is no view."""
        if view is None:
            return [None] * len(batch)
        learner, config = self.learner, self.learner.config
        with self.clock("log-prob"):
            self.clock.count(sum(sample.trajectory.trained_tokens for sample in batch))
            return view.score(
                batch, temperature=learner.temperature, budget=config.tokens_per_micro_batch, sharing=config.sharing
            )


def take_and_announce(order: TaskOrder, count: int, environment: Environment, encoder: Encoder) -> list[Drawn]:
    """The next ``count`` tasks; the encoder's workers begin with their prompts and those of the step after."""
    tasks = [entry.task for entry in order.peek(2 * count)]
    encoder.announce([Prompt(environment.prompt_of(task), task.images, task.id) for task in tasks])
    return order.take(count)


def train_steps(
    step: Callable[[], Any],
    *,
    done: int,
    stop: StopConfig,
    after: Callable[[int, Any], None],
    tokens: Callable[[], int] = lambda: 0,
) -> int:
    """Take steps until one of the limits; ``after(number, outcome)`` follows each. Returns the number done.

    ``tokens`` tells how many were trained on so far.
    """
    start = time.perf_counter()

    def goes_on() -> bool:
        in_time = stop.max_seconds is None or time.perf_counter() - start < stop.max_seconds
        return done < stop.steps and in_time and (stop.tokens is None or tokens() < stop.tokens)

    while goes_on():
        outcome = step()
        done += 1
        after(done, outcome)
    return done


def step_metrics(step: Step) -> dict[str, Any]:
    """The line of metrics.jsonl for a step. A figure of which there is nothing (no reward was given) is left out."""
    rewards = [reward for group in step.groups for reward in group.rewards]
    trajectories = [trajectory for group in step.groups for trajectory in group.trajectories]
    tokens = sum(report.tokens for report in step.reports)
    surrogate = sum((report.surrogate for report in step.reports), SurrogateMetrics())
    means = {
        "reward": [reward.value for reward in rewards if reward.value is not None],
        **_parts(rewards),
        "length": [float(trajectory.trained_tokens) for trajectory in trajectories],
        "truncated": [float(trajectory.truncated) for trajectory in trajectories],
        "zero_variance_groups": [float(_silent(group)) for group in step.groups],
        "grad_norm": [report.grad_norm for report in step.reports],
    }
    return {
        "step": step.number,
        **{name: sum(values) / len(values) for name, values in means.items() if values},
        "reward_errors": sum(reward.status == "error" for reward in rewards),
        "abstained": sum(reward.status == "abstain" for reward in rewards),
        **{
            name: sum(getattr(report, name) * report.tokens for report in step.reports) / max(1, tokens)
            for name in ("loss", "rl", "ce", "kl", "entropy", "mismatch")
        },
        "learning_rate": step.reports[-1].learning_rate if step.reports else 0.0,
        "tokens": tokens,
        "clip_share": surrogate.clip_share_low + surrogate.clip_share_high,
        "dual_share": surrogate.dual_share,
        "approx_kl": surrogate.approx_kl,
        "seconds": step.seconds,
    }


def _parts(rewards: Sequence[Reward]) -> dict[str, list[float]]:
    """The values of each named part, of those rewards that have it."""
    names = sorted({name for reward in rewards for name in reward.parts})
    return {name: [reward.parts[name] for reward in rewards if name in reward.parts] for name in names}


def _by_trajectory(batches: Sequence[Sequence[Sample]], reports: Sequence[UpdateReport]) -> dict[int, Tensor]:
    """The entropies of each trained trajectory by its identity, for two of them may say the same."""
    return {
        id(sample.trajectory): entropies
        for batch, report in zip(batches, reports, strict=True)
        for sample, entropies in zip(batch, report.entropies, strict=True)
    }


def _shares(groups: Sequence[Group], count: int) -> list[Sequence[Group]]:
    edges = [round(len(groups) * place / count) for place in range(count + 1)]
    return [groups[low:high] for low, high in pairwise(edges)]


def _silent(group: Group) -> bool:
    values = {reward.value for reward in group.rewards if reward.value is not None}
    return len(values) <= 1
