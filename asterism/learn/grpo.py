"""Group-relative policy optimisation: sample a group for each prompt, reward it, learn from the differences.

A_i = (r_i - mean(r)) / (std(r) + eps)
loss = sum_t w_t [ max(-A rho_t, -A clip(rho_t)) + beta k3_t ]          (arXiv 2402.03300; terms in losses.py)

Where a task has an expert, guidance says what of the group and of the expert enters the update (learn/guidance).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pydantic import Field
from torch import Tensor

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.errors import AsterismError
from asterism.core.results.metrics import StepMetrics
from asterism.core.sample import Sample
from asterism.core.seeds import derive_seed
from asterism.core.source import Drawn, TaskSource
from asterism.core.system import Suite
from asterism.learn.advantages import AdvantageConfig
from asterism.learn.gradients import TermGradients, term_gradients
from asterism.learn.guidance.base import Guidance
from asterism.learn.guidance.entry import Entry, Expert, Setting
from asterism.learn.guidance.experts import Experts, Found
from asterism.learn.guidance.kinds import NoGuidance
from asterism.learn.losses import Scales
from asterism.learn.pace import Pace
from asterism.learn.run import Run
from asterism.learn.step import Guided, Step, step_metrics
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
    tokens_per_step: int | None = Field(
        None,
        ge=1,
        description="tokens that a step generates and uses of experts; prompts_per_step holds for the first step, and "
        "then as many are taken as keep the sum to this",
    )
    group_size: int = Field(8, ge=0, description="completions of each prompt (G); 0 only where guidance brings experts")
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
class _Batch:
    """What one update learns from."""

    samples: Sequence[Sample]
    scales: Scales
    fixed: Sequence[Fixed]


class Grpo:
    """Trains a policy on an environment's tasks by group-relative rewards."""

    def __init__(
        self,
        learner: Learner,
        engine: Engine,
        suite: Suite,
        order: TaskSource,
        *,
        rollout: RolloutConfig,
        advantage: AdvantageConfig,
        reference: View | None,
        seed: int,
        guidance: Guidance | None = None,
    ) -> None:
        if learner.loss.kl_coef and reference is None:
            raise AsterismError(
                "loss.kl_coef is over 0 but there is no reference policy", remedy="Set loss.kl_coef to 0."
            )
        self.learner = learner
        self.engine = engine
        self.suite = suite
        self.order = order
        self.rollout = rollout
        self.advantage = advantage
        self.reference = reference
        self.seed = seed
        self.guidance = guidance or NoGuidance()
        self.experts = Experts(suite, learner.encoder, self.guidance.expert_tokens)
        self.pace = Pace(rollout.prompts_per_step, rollout.tokens_per_step)
        self.clock = learner.policy.clock
        self.done = 0
        self.tokens = 0
        """Tokens trained on so far."""

    def step(self, run: Run) -> StepMetrics:
        """One step: sample, reward, learn, write down. Returns the line written to metrics.jsonl."""
        with self.clock("step"):
            return self._step(run)

    def _step(self, run: Run) -> StepMetrics:
        start = time.perf_counter()
        drawn = take_and_announce(self.order, self.pace.prompts(), self.suite, self.learner.encoder)
        groups = self._groups(drawn)
        self._check_errors(groups)
        guided = self._guided(groups)
        batches = self._batches(guided)
        gradients = self._gradients(batches)
        reports = [self.learner.update(batch.samples, batch.fixed, batch.scales) for batch in batches]
        self.order.record(groups)
        self.done += 1
        line = step_metrics(Step(self.done, groups, reports, time.perf_counter() - start, guided, gradients))
        self.tokens += line.tokens
        self.pace.note(prompts=len(groups), tokens=line.tokens_generated + line.tokens_expert)
        run.consumed(self.done, drawn)
        self._write_rollouts(run, guided, _by_trajectory(batches, reports))
        run.metrics(line)
        return line

    def _groups(self, drawn: Sequence[Drawn]) -> list[Group]:
        return self._played([Group(entry.task) for entry in drawn], "rollout")

    def _played(
        self, wanted: Sequence[Group], name: str, openings: Sequence[tuple[int, ...]] | None = None
    ) -> list[Group]:
        """New rollouts of the tasks of some groups, with their rewards; ``name`` names what is drawn."""
        tasks = [group.task for group in wanted]
        played = play(
            self.engine,
            tasks,
            self.suite.prompt_of,
            self.rollout.sampling,
            samples=self.rollout.group_size,
            seed=derive_seed(name, self.seed, self.done),
            openings=openings,
        )
        with self.clock("reward"):
            self.clock.count(sum(t.trained_tokens for trajectories in played for t in trajectories))
            return [
                Group.of(task, trajectories, self.suite.judge(task, trajectories))
                for task, trajectories in zip(tasks, played, strict=True)
            ]

    def _check_errors(self, groups: Sequence[Group]) -> None:
        rewards = [reward for group in groups for reward in group.rewards]
        errors = [reward for reward in rewards if reward.status == "error"]
        if len(errors) > self.rollout.max_error_share * len(rewards):
            raise AsterismError(
                f"{len(errors)} of {len(rewards)} rewards failed ({errors[0].reason})",
                where=f"step {self.done + 1}",
                remedy="Mend the reward, or raise rollout.max_error_share; resume from the last checkpoint.",
            )

    def _guided(self, groups: Sequence[Group]) -> list[Guided]:
        """What of each group and its expert is trained on."""
        guidance = self.guidance
        setting = Setting(self.advantage, kl=self.learner.loss.kl_coef > 0, step=self.done, seed=self.seed)
        found = self._experts(groups)
        openings = [guidance.opening(*pair, setting) for pair in _pairs(groups, found)]
        places = [place for place, opening in enumerate(openings) if opening]
        again = self._played([groups[at] for at in places], "opened", [openings[at] for at in places]) if places else []
        self._check_errors(again)
        opened = dict(zip(places, again, strict=True))
        trained = [opened.get(place, group) for place, group in enumerate(groups)]
        entries = [guidance.enter(*pair, setting) for pair in _pairs(trained, found)]
        return [
            Guided(group, found[place], entries[place], opened.get(place), len(openings[place]))
            for place, group in enumerate(groups)
        ]

    def _experts(self, groups: Sequence[Group]) -> list[Found]:
        """The experts of the groups' tasks; nobody is asked where none takes part."""
        if not self.guidance.uses_experts:
            return [Found()] * len(groups)
        with self.clock("experts"):
            found = [self.experts.of(group.task) for group in groups]
            self.clock.count(sum(each.expert.sample.trajectory.trained_tokens for each in found if each.expert))
        return found

    def _batches(self, guided: Sequence[Guided]) -> list[_Batch]:
        """What each of the step's updates learns from."""
        shares = _shares([each.entry for each in guided], self.rollout.updates_per_step)
        samples = [[sample for entry in share for sample in entry.samples] for share in shares]
        scales = [self.guidance.scales(share, self.learner.loss) for share in shares]
        return [_Batch(*parts) for parts in zip(samples, scales, self._fixed(samples), strict=True)]

    def _gradients(self, batches: Sequence[_Batch]) -> list[TermGradients]:
        """The gradients of the terms before the step's updates, in the steps in which they are measured."""
        every = self.guidance.gradients_every
        if not every or self.done % every:
            return []
        with self.clock("gradients"):
            return [term_gradients(self.learner, each.samples, each.fixed, each.scales) for each in batches]

    def _write_rollouts(self, run: Run, guided: Sequence[Guided], entropies: Mapping[int, Tensor]) -> None:
        for place, each in enumerate(guided):
            told = self._token_entropies(each.group, entropies) if place < GROUPS_IN_COLOUR else None
            unused = (None,) * len(each.group.trajectories)
            values = each.entry.advantages if each.opened is None else unused
            run.rollouts(self.done, each.group, values, told, expert=self._told(each) or "")
            if each.opened is not None:
                run.rollouts(self.done, each.opened, each.entry.advantages, prefix_tokens=each.opening)

    def _told(self, guided: Guided) -> str | None:
        """How the expert of a group fared, in a word; None where no expert is asked for."""
        if not self.guidance.uses_experts:
            return None
        used = guided.entry.expert is not None or guided.opened is not None
        return guided.found.fault or ("used" if used else "left out")

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
            old = self._scored(sampler, batch, [bool(each.rl) and each.surrogate == "clipped" for each in batch])
            reference = self._scored(self.reference, batch, [bool(each.kl) for each in batch])
            fixed.append([Fixed(*entry) for entry in zip(old, reference, strict=True)])
        return fixed

    def _scored(self, view: View | None, batch: Sequence[Sample], wanted: Sequence[bool]) -> list[Tensor | None]:
        """Log-probs of each wanted sample, ``[trained tokens]``; None of the others, and where there is no view."""
        if view is None:
            return [None] * len(batch)
        learner, config = self.learner, self.learner.config
        chosen = [sample for sample, asked in zip(batch, wanted, strict=True) if asked]
        with self.clock("log-prob"):
            self.clock.count(sum(sample.trajectory.trained_tokens for sample in chosen))
            scored = iter(
                view.score(
                    chosen,
                    temperature=learner.temperature,
                    budget=config.tokens_per_micro_batch,
                    sharing=config.sharing,
                )
            )
        return [next(scored) if asked else None for asked in wanted]


def take_and_announce(order: TaskSource, count: int, suite: Suite, encoder: Encoder) -> list[Drawn]:
    """The next ``count`` tasks; the encoder's workers begin with their prompts and those of the step after."""
    tasks = [entry.task for entry in order.peek(2 * count)]
    encoder.announce([Prompt(suite.prompt_of(task), task.images, task.id) for task in tasks])
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


def _pairs(groups: Sequence[Group], found: Sequence[Found]) -> list[tuple[Group, Expert | None]]:
    return [(group, each.expert) for group, each in zip(groups, found, strict=True)]


def _by_trajectory(batches: Sequence[_Batch], reports: Sequence[UpdateReport]) -> dict[int, Tensor]:
    """The entropies of each trained trajectory by its identity, for two of them may say the same."""
    return {
        id(sample.trajectory): entropies
        for batch, report in zip(batches, reports, strict=True)
        for sample, entropies in zip(batch.samples, report.entropies, strict=True)
    }


def _shares(entries: Sequence[Entry], count: int) -> list[Sequence[Entry]]:
    edges = [round(len(entries) * place / count) for place in range(count + 1)]
    return [entries[low:high] for low, high in pairwise(edges)]
