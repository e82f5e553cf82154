"""Supervised fine-tuning: imitate expert traces; the `ce` term of the same update."""

import time
from collections.abc import Callable
from dataclasses import replace

from asterism.core.errors import AsterismError
from asterism.core.results.metrics import StepMetrics
from asterism.core.sample import Sample
from asterism.core.source import TaskSource
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.learn.expert import expert_sample
from asterism.learn.grpo import take_and_announce
from asterism.learn.pace import Pace
from asterism.learn.run import Run
from asterism.learn.step import Step, step_metrics
from asterism.learn.update import Fixed, Learner


class Sft:
    """Trains a policy on the expert traces of an environment's tasks."""

    def __init__(
        self,
        learner: Learner,
        suite: Suite,
        order: TaskSource,
        *,
        tasks_per_step: int,
        tokens_per_step: int | None = None,
        reweigh: Callable[[Sample], Sample] | None = None,
    ) -> None:
        self.learner = learner
        self.suite = suite
        self.order = order
        self.pace = Pace(tasks_per_step, tokens_per_step)
        self.reweigh = reweigh
        self.done = 0
        self.tokens = 0
        """Tokens trained on so far."""

    def step(self, run: Run) -> StepMetrics:
        """One step on the next tasks' traces. Returns the line written to metrics.jsonl."""
        with self.learner.policy.clock("step"):
            return self._step(run)

    def _step(self, run: Run) -> StepMetrics:
        start = time.perf_counter()
        drawn = take_and_announce(self.order, self.pace.prompts(), self.suite, self.learner.encoder)
        samples = [self._sample(entry.task) for entry in drawn]
        report = self.learner.update(samples, [Fixed()] * len(samples))
        self.done += 1
        tokens = sum(sample.trajectory.trained_tokens for sample in samples)
        learned = step_metrics(Step(self.done, (), (report,), time.perf_counter() - start))
        line = replace(learned, prompts=len(samples), tokens_expert=tokens)
        self.tokens += line.tokens
        self.pace.note(prompts=len(samples), tokens=tokens)
        run.consumed(self.done, drawn)
        run.metrics(line)
        return line

    def _sample(self, task: Task) -> Sample:
        trace = self.suite.trace_of(task)
        if trace is None:
            raise AsterismError(
                "no expert trace to imitate", where=f"task {task.id}", remedy="Add meta.trace to the record."
            )
        sample = expert_sample(task, self.suite.prompt_of(task), trace, self.learner.encoder)
        return sample if self.reweigh is None else self.reweigh(sample)
