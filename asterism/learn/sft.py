"""Supervised fine-tuning: imitate expert traces; the `ce` term of the same update."""

import time
from collections.abc import Callable
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.sample import Sample
from asterism.core.system import Environment
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.grpo import Step, step_metrics, take_and_announce
from asterism.learn.order import TaskOrder
from asterism.learn.run import Run
from asterism.learn.update import Fixed, Learner
from asterism.policy.encoder import Encoder


def expert_sample(task: Task, prompt: str, trace: str, encoder: Encoder) -> Sample:
    """An expert's completion of a task, every token of it (the end of text included) with imitation weight 1.

    Raises:
        AsterismError: the prompt cannot be encoded, or the trace holds a token that is never sampled.
    """
    encoded = encoder.encode(prompt, task.images, where=task.id)
    tokenizer = encoder.policy.tokenizer
    answer = (*tokenizer(trace, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id)
    never = sorted(set(answer) & set(encoder.policy.suppressed_token_ids))
    if never:  # its probability is 0, so the loss would be infinite
        raise AsterismError(
            f"the expert trace holds {tokenizer.convert_ids_to_tokens(never[0])}, a token the model may never write",
            where=f"task {task.id}",
            remedy="Take it out of meta.trace.",
        )
    trajectory = Trajectory(
        (
            Segment("prompt", encoded.token_ids, prompt, task.images),
            Segment("model", answer, trace, trainable=True),
        )
    )
    return Sample(trajectory, ce=(1.0,) * len(answer))


class Sft:
    """Trains a policy on the expert traces of an environment's tasks."""

    def __init__(
        self,
        learner: Learner,
        environment: Environment,
        order: TaskOrder,
        *,
        tasks_per_step: int,
        reweigh: Callable[[Sample], Sample] | None = None,
    ) -> None:
        self.learner = learner
        self.environment = environment
        self.order = order
        self.tasks_per_step = tasks_per_step
        self.reweigh = reweigh
        self.done = 0
        self.tokens = 0
        """Tokens trained on so far."""

    def step(self, run: Run) -> dict[str, Any]:
        """One step on the next tasks' traces. Returns the line written to metrics.jsonl."""
        with self.learner.policy.clock("step"):
            return self._step(run)

    def _step(self, run: Run) -> dict[str, Any]:
        start = time.perf_counter()
        drawn = take_and_announce(self.order, self.tasks_per_step, self.environment, self.learner.encoder)
        samples = [self._sample(entry.task) for entry in drawn]
        report = self.learner.update(samples, [Fixed()] * len(samples))
        self.done += 1
        line = step_metrics(Step(self.done, (), (report,), time.perf_counter() - start))
        self.tokens += line["tokens"]
        run.consumed(self.done, drawn)
        run.metrics(line)
        return line

    def _sample(self, task: Task) -> Sample:
        trace = self.environment.trace_of(task)
        if trace is None:
            raise AsterismError(
                "no expert trace to imitate", where=f"task {task.id}", remedy="Add meta.trace to the record."
            )
        sample = expert_sample(task, self.environment.prompt_of(task), trace, self.learner.encoder)
        return sample if self.reweigh is None else self.reweigh(sample)
