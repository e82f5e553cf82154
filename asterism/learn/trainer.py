"""The trainer: collect rollouts, learn from them. It knows no algorithm; see :mod:`asterism.learn.algorithms.grpo`."""

import time
from collections.abc import Mapping, Sequence
from itertools import pairwise

from pydantic import JsonValue
from torch import Tensor

from asterism.core.episode import Group
from asterism.core.errors import AsterismError
from asterism.core.sample import Sample
from asterism.core.seeds import derive_seed
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.core.task_sampler import SampledTask, TaskSampler
from asterism.learn.algorithms.algorithm import Algorithm, AlgorithmContext, GroupUpdate
from asterism.learn.collected import Collected, CollectedGroup
from asterism.learn.experts import ExpertLookup, Experts
from asterism.learn.global_batch import GlobalBatch
from asterism.learn.gradients import TermGradients, term_gradients
from asterism.learn.rollout_config import RolloutConfig
from asterism.learn.step import Step
from asterism.learn.streams import StoredLogProbs
from asterism.learn.token_budget import TokenBudgetScheduler
from asterism.learn.trainer_state import TrainerState
from asterism.learn.update import Learner
from asterism.learn.views import View
from asterism.policy.ahead import Prompt
from asterism.rollout.engine import Engine
from asterism.rollout.runner import play


class Trainer:
    """Trains a policy on an environment's tasks by an algorithm, one step after another."""

    def __init__(
        self,
        learner: Learner,
        engine: Engine,
        suite: Suite,
        sampler: TaskSampler,
        algorithm: Algorithm,
        *,
        rollout: RolloutConfig,
        seed: int,
        reference: View | None = None,
    ) -> None:
        """``reference`` is the view that the KL term pulls towards.

        Raises:
            AsterismError: a term of the loss needs a reference policy and there is none.
        """
        if reference is None and any(term.needs_reference for term in learner.terms):
            raise AsterismError(
                "loss.kl_coef is over 0 but there is no reference policy", remedy="Set loss.kl_coef to 0."
            )
        self.learner = learner
        self.engine = engine
        self.suite = suite
        self.sampler = sampler
        self.algorithm = algorithm
        self.rollout = rollout
        self.reference = reference
        self.seed = seed
        self.experts = Experts(suite, learner.encoder, algorithm.expert_tokens)
        self.scheduler = TokenBudgetScheduler(rollout.prompts_per_step, rollout.tokens_per_step)
        self.clock = learner.policy.clock
        self.done = 0
        """Steps so far."""
        self.tokens = 0
        """Tokens trained on so far."""

    def state_dict(self) -> dict[str, JsonValue]:
        """All that the trainer knows beside weights and moments, as plain JSON."""
        state = TrainerState(
            done=self.done,
            tokens=self.tokens,
            optimiser_steps=self.learner.step,
            skipped=self.learner.skipped,
            token_budget=self.scheduler.state_dict(),
            sampler=self.sampler.state_dict(),
        )
        return state.model_dump(mode="json")

    def load_state_dict(self, state: Mapping[str, JsonValue]) -> None:
        """Resume where ``state_dict`` was taken.

        Raises:
            AsterismError: the state is of another form, or of other tasks.
        """
        stored = TrainerState.parse(dict(state), where="trainer")
        self.sampler.load_state_dict(stored.sampler)
        self.scheduler.load_state_dict(stored.token_budget)
        self.done, self.tokens = stored.done, stored.tokens
        self.learner.step, self.learner.skipped = stored.optimiser_steps, stored.skipped
        self.engine.update_weights(self.learner.step)

    def collect(self) -> Collected:
        """Sample the next tasks, play them, and look up their experts.

        Where the algorithm drops groups, further tasks are sampled in their place, for as many rounds as it allows.

        Raises:
            AsterismError: more rewards failed than the recipe allows.
        """
        start, wanted = time.perf_counter(), self.scheduler.prompts()
        sampled: list[SampledTask] = []
        kept: list[Group] = []
        dropped: list[Group] = []
        for draw in range(self.algorithm.draws):
            tasks = self._next_tasks(wanted - len(kept))
            groups = self._play([each.task for each in tasks], "rollout" if draw == 0 else f"rollout {draw}")
            self._check_errors(groups)
            sampled += tasks
            for group in groups:
                (kept if self.algorithm.keeps(group) else dropped).append(group)
            if len(kept) == wanted:
                break
        return Collected(sampled, self._with_experts(kept), dropped, time.perf_counter() - start)

    def _next_tasks(self, count: int) -> list[SampledTask]:
        """The next tasks; the encoder's workers begin with their prompts and those of the step after."""
        if self.suite.environment is not None:  # it alone knows what a conversation begins with
            return self.sampler.next(count)
        tasks = [each.task for each in self.sampler.peek(2 * count)]
        prompts = [Prompt.user(self.suite.prompt_of(task), task.images, task.id) for task in tasks]
        self.learner.encoder.announce(prompts)
        return self.sampler.next(count)

    def _play(self, tasks: Sequence[Task], name: str, prefixes: Sequence[tuple[int, ...]] | None = None) -> list[Group]:
        """New rollouts of some tasks, with their rewards; ``name`` names what is drawn, together with the step."""
        if not self.rollout.group_size:
            return [Group(task) for task in tasks]
        return play(
            self.engine,
            tasks,
            self.suite.player,
            self.rollout.sampling,
            samples=self.rollout.group_size,
            seed=derive_seed(name, self.seed, self.done),
            prefixes=prefixes,
            clock=self.clock,
        )

    def _check_errors(self, groups: Sequence[Group]) -> None:
        rewards = [reward for group in groups for reward in group.rewards]
        errors = [reward for reward in rewards if reward.status == "error"]
        if len(errors) > self.rollout.max_error_share * len(rewards):
            raise AsterismError(
                f"{len(errors)} of {len(rewards)} rewards failed ({errors[0].reason})",
                where=f"step {self.done + 1}",
                remedy="Fix the reward, or raise rollout.max_error_share; resume from the last checkpoint.",
            )

    def _with_experts(self, groups: Sequence[Group]) -> list[CollectedGroup]:
        """The groups with their experts; those that the algorithm gives a response prefix are played again."""
        lookups = self._lookups(groups)
        pairs = zip(groups, lookups, strict=True)
        prefixes = [self.algorithm.response_prefix(group, lookup.expert, self._context()) for group, lookup in pairs]
        places = [place for place, prefix in enumerate(prefixes) if prefix]
        tasks = [groups[place].task for place in places]
        # "opened" only names the random numbers, and stays so that runs draw what they always drew.
        again = self._play(tasks, "opened", [prefixes[place] for place in places]) if places else []
        self._check_errors(again)
        prefixed = dict(zip(places, again, strict=True))
        return [
            CollectedGroup(group, lookup, prefixed.get(place), len(prefixes[place]))
            for place, (group, lookup) in enumerate(zip(groups, lookups, strict=True))
        ]

    def _lookups(self, groups: Sequence[Group]) -> list[ExpertLookup]:
        if self.algorithm.experts == "none":
            return [ExpertLookup()] * len(groups)
        with self.clock("experts"):
            lookups = [self.experts.of(group.task, self.algorithm) for group in groups]
            self.clock.count(sum(each.expert.sample.trajectory.trained_tokens for each in lookups if each.expert))
        return lookups

    def _context(self) -> AlgorithmContext:
        return AlgorithmContext(step=self.done, seed=self.seed)

    def learn(self, collected: Collected) -> Step:
        """The optimiser steps of what was collected; afterwards one more step is done.

        Raises:
            AsterismError: a reward is not finite.
        """
        start = time.perf_counter()
        pairs = [(each.trained, each.expert) for each in collected.groups]
        updates = self.algorithm.updates(pairs, self._context())
        batches = self._batches(updates)
        gradients = self._gradients(batches)
        reports = [self.learner.update(batch) for batch in batches]
        self.engine.update_weights(self.learner.step)
        self.done += 1
        step = Step(
            number=self.done,
            collected=collected,
            updates=updates,
            reports=reports,
            experts=self.algorithm.experts,
            gradients=gradients,
            seconds=collected.seconds + time.perf_counter() - start,
        )
        self.sampler.update(step.groups)
        self.tokens += step.tokens
        self.scheduler.update(prompts=len(collected.groups), tokens=step.tokens_generated + step.tokens_expert)
        return step

    def _batches(self, updates: Sequence[GroupUpdate]) -> list[GlobalBatch]:
        """What each of the step's optimiser steps learns from: an equal share of the groups, with its log-probs."""
        shares = _shares(updates, self.rollout.updates_per_step)
        samples = [[sample for update in share for sample in update.samples] for share in shares]
        return [
            GlobalBatch(own, stored, self.algorithm.normalisers(share), sampled_now=len(shares) == 1)
            for share, own, stored in zip(shares, samples, self.stored(samples), strict=True)
        ]

    def stored(self, batches: Sequence[Sequence[Sample]]) -> list[list[StoredLogProbs]]:
        """Old and reference log-probs, before any weight changes; a single update is exactly on-policy."""
        learner = self.learner
        old_terms = [term.name for term in learner.terms if term.needs_old]
        reference_terms = [term.name for term in learner.terms if term.needs_reference]
        sampling = View("old", learner.policy, learner.encoder) if len(batches) > 1 else None
        stored = []
        for batch in batches:
            old = self._scored(sampling, batch, old_terms)
            reference = self._scored(self.reference, batch, reference_terms)
            stored.append([StoredLogProbs(*pair) for pair in zip(old, reference, strict=True)])
        return stored

    def _scored(self, view: View | None, batch: Sequence[Sample], terms: Sequence[str]) -> list[Tensor | None]:
        """Log-probs ``[trained tokens]`` of each sample that carries one of the terms; None of the others, and where
        there is no view."""
        if view is None:
            return [None] * len(batch)
        learner, config = self.learner, self.learner.config
        wanted = [any(map(sample.carries, terms)) for sample in batch]
        chosen = [sample for sample, scored in zip(batch, wanted, strict=True) if scored]
        with self.clock("log-prob"):
            self.clock.count(sum(sample.trajectory.trained_tokens for sample in chosen))
            budget, sharing = config.tokens_per_micro_batch, config.sharing
            scores = iter(view.score(chosen, temperature=learner.temperature, budget=budget, sharing=sharing))
        return [next(scores) if scored else None for scored in wanted]

    def _gradients(self, batches: Sequence[GlobalBatch]) -> list[TermGradients]:
        """The gradients of the terms before the step's updates, in the steps in which they are measured."""
        every = self.algorithm.gradients_every
        if not every or self.done % every:
            return []
        with self.clock("gradients"):
            return [term_gradients(self.learner, batch) for batch in batches]


def _shares(updates: Sequence[GroupUpdate], count: int) -> list[Sequence[GroupUpdate]]:
    edges = [round(len(updates) * place / count) for place in range(count + 1)]
    return [updates[low:high] for low, high in pairwise(edges)]
