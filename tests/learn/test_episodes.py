"""Learning from episodes of several turns and of several conversations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from asterism.core.environment import Agent
from asterism.core.episode import Episode, Group
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.reward import Reward
from asterism.core.sample import Sample
from asterism.core.task import Task
from asterism.core.trajectory import Trajectory
from asterism.learn.algorithms.algorithm import AlgorithmContext, AlgorithmSettings, Expert, GroupUpdate
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.batch import Sharing
from asterism.learn.trainer import RolloutConfig, Trainer
from asterism.learn.update import GlobalBatch, Learner
from asterism.learn.views import View
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.policy.tiny import tiny_folder
from asterism.rollout.engine import SamplingConfig
from tests.learn.toys import learner_of, run_in, suite_of, take_step, toy_tasks, trainer_of, vowels
from tests.policy.tiny_families import BUILDERS, skip_without_packages

Pictures = Callable[..., Image]
ROLLOUT = RolloutConfig(prompts_per_step=2, group_size=3, sampling=SamplingConfig(max_tokens=5))


class Zooming:
    """A tool that answers the first reply with words and a crop; how much of ``e`` and ``a`` is written is paid for."""

    async def play(self, task: Task, agent: Agent) -> Episode:
        conversation = agent.begin([Message.user(task.question, task.images)])
        await conversation.reply()
        crop = Image.from_pixels(task.images[0].pixels[:32, :32].copy())
        conversation.observe("This is the upper left corner.", [crop])
        await conversation.reply()
        return Episode.of(task, conversation.trajectory, *vowels(task, [conversation.trajectory]))


@dataclass
class ReadAloud:
    """A second conversation reads what the first one wrote, without the image; both may be trained on."""

    async def play(self, task: Task, agent: Agent) -> Episode:
        actor = agent.begin([Message.user(task.question, task.images)])
        said = await actor.reply()
        reader = agent.begin([Message.user(f"{said.text} {task.question}")], name="reader")
        heard = await reader.reply()
        reward = Reward(float(len(set(heard.text))), {"accuracy": float("e" in heard.text)})
        return Episode(task, (actor.trajectory, reader.trajectory), reward)


def zooming(policy: Policy, picture: Pictures) -> Trainer:
    tasks = toy_tasks(picture)
    suite = replace(suite_of(tasks, vowels), environment=Zooming())
    return trainer_of(policy, tasks, vowels, rollout=ROLLOUT, suite=suite)


def plain_logits(policy: Policy, trajectory: Trajectory) -> Tensor:
    """The model's own forward pass over one whole row, positions its own too, ``[tokens - 1, vocabulary]``."""
    inputs = policy.batch([Encoder(policy).whole(trajectory.segments)], "right")
    logits: Tensor = policy.model(
        input_ids=inputs.token_ids,
        attention_mask=inputs.mask,
        use_cache=False,
        **inputs.vision.tensors,
        **policy.family.extras(policy.model.config, inputs),
        **policy.family.own_position_inputs(policy.model.config, inputs),
    ).logits[0, :-1]
    suppressed = torch.tensor(policy.suppressed_token_ids)
    return logits.float().index_fill(-1, suppressed, float("-inf"))


def plain_logprobs(policy: Policy, trajectory: Trajectory) -> Tensor:
    """Log-probs of the trained tokens of one row, ``[trained tokens]``."""
    targets = torch.tensor(trajectory.token_ids[1:])[:, None]
    logprobs = plain_logits(policy, trajectory).log_softmax(-1).gather(-1, targets).squeeze(-1)
    return logprobs[torch.tensor(trajectory.trained[1:])]


def gradients(policy: Policy) -> dict[str, Tensor]:
    found = {
        name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad.clone()
        for name, parameter in policy.model.named_parameters()
    }
    policy.model.zero_grad(set_to_none=True)
    return found


def assert_equal(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> None:
    largest = max(float(gradient.abs().max()) for gradient in theirs.values())
    assert largest > 0
    for name, gradient in theirs.items():
        assert float((ours[name] - gradient).abs().max()) <= 1e-4 * largest, name


def weighted(policy: Policy, samples: Sequence[Sample]) -> Tensor:
    """The on-policy policy-gradient loss written plainly: -sum A log pi over all trained tokens / their number."""
    tokens = sum(sample.trajectory.trained_tokens for sample in samples)
    parts = [
        (torch.tensor(sample.weights["rl"]) * plain_logprobs(policy, sample.trajectory)).sum() for sample in samples
    ]
    return -torch.stack(parts).sum() / tokens


FAMILIES = ("tiny", "llava", "qwen2_5_vl")


def opened(name: str) -> Policy:
    if name == "tiny":
        return Policy.load(tiny_folder())
    skip_without_packages(name)
    return BUILDERS[name]()


@pytest.mark.parametrize("name", FAMILIES)
def test_ten_steps_over_turns_with_a_crop(name: str, picture: Pictures, tmp_path: Path) -> None:
    """In every step the log-probs of every trained token equal the plain model's, whatever was shown in between."""
    policy = opened(name)
    trainer, run = zooming(policy, picture), run_in(tmp_path)
    before = [parameter.detach().clone() for parameter in policy.trainable_parameters()]
    for number in range(10):
        collected = trainer.collect()
        trajectories = [each for group in collected.groups for each in group.trained.trajectories]
        assert all(len(each.images) == 2 and len(each.segments) == 4 for each in trajectories)
        with torch.no_grad():
            expected = [plain_logprobs(policy, each) for each in trajectories]
        own = View("own", policy, trainer.learner.encoder)
        samples = [Sample(each) for each in trajectories]
        for ours, theirs, trajectory in zip(
            own.score(samples, temperature=1.0, budget=300), expected, trajectories, strict=True
        ):
            torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
            torch.testing.assert_close(torch.tensor(trajectory.sampler_logprobs), theirs, atol=2e-5, rtol=0)
        step = trainer.learn(collected)
        assert step.number == number + 1 and step.reports[0].mismatch < 1e-5
        assert step.tokens == sum(each.generated_tokens for each in trajectories)
    assert any(not torch.equal(old, new) for old, new in zip(before, policy.trainable_parameters(), strict=True))
    run.close()


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("sharing", ["branch", "none"])
def test_observations_take_no_gradient_and_sharing_changes_none(name: str, sharing: Sharing, picture: Pictures) -> None:
    policy = opened(name)
    trainer = zooming(policy, picture)
    collected = trainer.collect()
    (update, *more) = trainer.algorithm.updates(
        [(each.trained, each.expert) for each in collected.groups], AlgorithmContext(step=0, seed=0)
    )
    samples = [sample for each in (update, *more) for sample in each.samples]
    assert any(any(weight for weight in sample.weights["rl"]) for sample in samples)
    learner = learner_of(policy, trainer.algorithm.terms)
    config = learner.config.model_copy(update={"sharing": sharing, "tokens_per_micro_batch": 150})
    learner = Learner(policy, Encoder(policy), terms=learner.terms, optimiser=config, total_steps=1)
    learner.accumulate(GlobalBatch(samples))
    ours = gradients(policy)
    # The plain loss has the tokens of the model alone: equal gradients leave nothing over for the observations.
    weighted(policy, samples).backward()  # type: ignore[no-untyped-call]
    assert_equal(ours, gradients(policy))


class OnTheFirstWords(Grpo):
    """Credit on the first two tokens of the actor and on all of the reader, whose trajectory is trained too."""

    def update(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> GroupUpdate:
        values = self.advantages(group)
        samples = []
        for episode, value in zip(group.episodes, values, strict=True):
            for trajectory in episode.trajectories:
                span = 2 if trajectory.name == "actor" else trajectory.trained_tokens
                weights = tuple((value or 0.0) * (place < span) for place in range(trajectory.trained_tokens))
                samples.append(Sample(trajectory, {"rl": weights}))
        return GroupUpdate(tuple(samples), values)


def test_credit_on_chosen_spans_of_two_conversations(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    tasks = toy_tasks(picture)
    suite = replace(suite_of(tasks, vowels), environment=ReadAloud())
    algorithm = OnTheFirstWords(AlgorithmSettings())
    algorithm = OnTheFirstWords(
        AlgorithmSettings(algorithm.advantage, algorithm.loss.model_copy(update={"kl_coef": 0.0}))
    )
    trainer = trainer_of(llava, tasks, vowels, rollout=ROLLOUT, suite=suite, algorithm=algorithm)
    collected = trainer.collect()
    pairs = [(each.trained, each.expert) for each in collected.groups]
    updates = algorithm.updates(pairs, AlgorithmContext(step=0, seed=0))
    samples = [sample for update in updates for sample in update.samples]
    assert {sample.trajectory.name for sample in samples} == {"actor", "reader"}
    assert all(not sample.trajectory.images for sample in samples if sample.trajectory.name == "reader")
    assert any(sample.weights["rl"][0] and not sample.weights["rl"][-1] for sample in samples)
    trainer.learner.accumulate(GlobalBatch(samples))
    ours = gradients(llava)
    weighted(llava, samples).backward()  # type: ignore[no-untyped-call]
    assert_equal(ours, gradients(llava))
    step = trainer.learn(collected)
    assert step.tokens == sum(episode.generated_tokens for group in step.groups for episode in group.episodes)
    run_in(tmp_path).close()


def test_a_step_over_turns_is_written_down(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    line = take_step(zooming(llava, picture), run_in(tmp_path))
    assert line["mismatch"] < 1e-5 and line["tokens"] == line["tokens_generated"]
