"""Episodes: what environments and agents say to each other, in which order the engine is asked, how episodes end."""

import asyncio
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
import torch

from asterism.core.environment import Agent
from asterism.core.episode import Episode
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.reward import Reward
from asterism.core.single_turn import SingleTurn
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Status, Trajectory
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.rollout.conversation import Limits
from asterism.rollout.engine import Completion, Follow, Request, SamplingConfig
from asterism.rollout.local import LocalEngine
from asterism.rollout.player import Play
from asterism.rollout.runner import Mode, Runner, play

Pictures = Callable[..., Image]
SAMPLING = SamplingConfig(max_tokens=6)
CALL = ("a", "e", "s", "o", "t", "i", "n")
"""A random model soon writes one of these letters: a call of a tool."""


def tasks_of(picture: Pictures, count: int = 3) -> list[Task]:
    return [Task(f"t{n}", (picture(n, 48, 40),), f"Is it {n}?", "T", "tfq") for n in range(count)]


def paid(task: Task, trajectory: Trajectory) -> Reward:
    return Reward(float(len(trajectory.completion)), {"length": float(len(trajectory.completion))})


@dataclass
class Looking:
    """A tool that answers every reply with a crop, ``turns`` times; ``delay`` says how long it takes."""

    turns: int = 2
    delay: Callable[[], float] = lambda: 0.0
    answered: list[str] = field(default_factory=list)

    async def play(self, task: Task, agent: Agent) -> Episode:
        conversation = agent.begin([Message.user(task.question, task.images)])
        await conversation.reply(stop=CALL)
        for _ in range(self.turns):
            await asyncio.sleep(self.delay())
            self.answered.append(task.id)
            conversation.observe("crop", [Image.from_pixels(task.images[0].pixels[:24, :24].copy())])
            await conversation.reply(stop=CALL)
        return Episode.of(task, conversation.trajectory, paid(task, conversation.trajectory))


class Reading:
    """A self-reward: a second conversation reads what the first one wrote, and sees no image."""

    async def play(self, task: Task, agent: Agent) -> Episode:
        actor = agent.begin([Message.user(task.question, task.images)])
        said = await actor.reply()
        reader = agent.begin([Message.user(f"{said.text!r} {task.question}")], name="reader", trainable=False)
        await reader.reply(max_tokens=3)
        return Episode(task, (actor.trajectory, reader.trajectory), Reward(1.0))


class Watched:
    """An engine that keeps what it is asked."""

    def __init__(self, engine: LocalEngine) -> None:
        self.engine = engine
        self.calls: list[list[Request]] = []

    def generate(
        self,
        requests: Sequence[Request],
        sampling: SamplingConfig,
        *,
        on_progress: Callable[[int], None] | None = None,
        follow: Follow | None = None,
    ) -> list[Completion]:
        self.calls.append(list(requests))
        return self.engine.generate(requests, sampling, on_progress=on_progress, follow=follow)

    def update_weights(self, version: int) -> None:
        self.engine.update_weights(version)

    def close(self) -> None:
        self.engine.close()


def delays(seed: int) -> Callable[[], float]:
    """Up to 20 ms, another sequence for each seed."""
    rng = random.Random(seed)
    return lambda: rng.random() / 50


def plays_of(tasks: Sequence[Task], samples: int = 2) -> list[Play]:
    return [Play(task, sample, seed=7) for task in tasks for sample in range(samples)]


def said(episodes: Sequence[Episode]) -> list[list[tuple[int, ...]]]:
    return [[segment.token_ids for each in episode.trajectories for segment in each.segments] for episode in episodes]


def bits(episodes: Sequence[Episode]) -> list[list[tuple[float, ...] | None]]:
    return [[segment.logprobs for each in episode.trajectories for segment in each.segments] for episode in episodes]


def test_a_question_that_is_asked_once_is_an_episode_of_one_turn(llava: Policy, picture: Pictures) -> None:
    tasks = tasks_of(picture)
    environment = SingleTurn(lambda task: task.question, lambda task, of: [paid(task, each) for each in of])
    groups = play(LocalEngine(llava), tasks, environment, SAMPLING, samples=3, seed=5)
    assert [group.task.id for group in groups] == ["t0", "t1", "t2"]
    for group in groups:
        assert len({each.token_ids for each in group.trajectories}) == 3
        for episode in group.episodes:
            prompt, answer = episode.actor.segments
            assert prompt.token_ids == llava.encode(group.task.question, group.task.images).token_ids
            assert answer.trainable and answer.logprobs is not None and answer.policy_version == 0
            assert episode.reward.value == len(answer.text) and episode.generated_tokens == len(answer.token_ids)


def test_every_turn_is_what_the_model_would_say_to_the_whole_conversation(policy: Policy, picture: Pictures) -> None:
    """Sampler log-probs over several turns with images equal a plain forward pass over the whole row."""
    sampling = SamplingConfig(max_tokens=5, temperature=0.8)
    encoder = Encoder(policy)
    runner = Runner(LocalEngine(policy, encoder=encoder), sampling)
    episodes = runner.play(Looking(), plays_of(tasks_of(picture, 2)))
    for episode in episodes:
        assert episode.error == "" and len(episode.actor.segments) == 6
        assert [segment.role for segment in episode.actor.segments] == ["prompt", *["model", "tool"] * 2, "model"]
        row = encoder.whole(episode.actor.segments)
        with torch.no_grad():
            logits = policy.logits(policy.batch([row], "right"))[0, :-1].float()
        logits[:, list(policy.suppressed_token_ids)] = float("-inf")
        expected = (logits / 0.8).log_softmax(-1).gather(-1, torch.tensor(row.token_ids[1:])[:, None]).squeeze(-1)
        trained = torch.tensor(episode.actor.trained[1:])
        ours = torch.tensor(episode.actor.sampler_logprobs)
        torch.testing.assert_close(ours, expected[trained], atol=1e-4, rtol=0)


def test_in_exact_mode_the_same_bits_come_whatever_order_tools_answer_in(llava: Policy, picture: Pictures) -> None:
    tasks, orders, found = tasks_of(picture, 4), [], []
    for seed in range(3):
        slow = Looking(delay=delays(seed))
        engine = Watched(LocalEngine(llava))
        episodes = Runner(engine, SAMPLING, renderer=Runner(engine.engine, SAMPLING).renderer).play(
            slow, plays_of(tasks)
        )
        orders.append(slow.answered)
        found.append((said(episodes), bits(episodes), [[each.id for each in call] for call in engine.calls]))
    assert orders[0] != orders[1]  # the tools did answer in another order
    assert found[0] == found[1] == found[2]
    assert [len(call) for call in found[0][2]] == [8, 8, 8]


@pytest.mark.parametrize("rows", [3, 256])
def test_asynchronous_episodes_say_the_same(policy: Policy, picture: Pictures, rows: int) -> None:
    tasks = tasks_of(picture)
    environment = Looking(delay=delays(1))
    exact = Runner(LocalEngine(policy), SAMPLING).play(Looking(), plays_of(tasks))
    loose = Runner(LocalEngine(policy, rows=rows), SAMPLING, mode="async").play(environment, plays_of(tasks))
    assert said(loose) == said(exact)
    for one, other in zip(bits(loose), bits(exact), strict=True):
        for left, right in zip(one, other, strict=True):
            assert (left is None) == (right is None)
            assert left is None or right is None or left == pytest.approx(right, abs=1e-4)


def test_asynchronous_episodes_do_not_wait_for_a_slow_one(llava: Policy, picture: Pictures) -> None:
    ended: list[int] = []
    release = threading.Event()

    class Slow(Looking):
        async def play(self, task: Task, agent: Agent) -> Episode:
            if task.id == "t0":
                conversation = agent.begin([Message.user("first")])
                await asyncio.to_thread(release.wait, 20)
                await conversation.reply()
                return Episode.of(task, conversation.trajectory, Reward(0.0))
            return await super().play(task, agent)

    def note(number: int, episode: Episode) -> None:
        ended.append(number)
        if len(ended) == 2:
            release.set()

    runner = Runner(LocalEngine(llava), SAMPLING, mode="async", on_episode=note)
    runner.play(Slow(), plays_of(tasks_of(picture), samples=1))
    assert ended[-1] == 0


def test_a_second_conversation_is_drawn_on_its_own_and_is_not_trained_on(llava: Policy, picture: Pictures) -> None:
    engine = Watched(LocalEngine(llava))
    renderer = Runner(engine.engine, SAMPLING).renderer
    episodes = Runner(engine, SAMPLING, renderer=renderer).play(Reading(), plays_of(tasks_of(picture)))
    for episode in episodes:
        actor, reader = episode.trajectories
        assert (actor.name, reader.name) == ("actor", "reader") and episode.actor is actor
        assert reader.images == () and reader.trained_tokens == 0 and reader.generated_tokens == 3
        assert repr(actor.completion) in reader.segments[0].text
    assert [len(call) for call in engine.calls] == [6, 6]
    assert not any(image for request in engine.calls[1] for image in request.context[0].images)
    assert len({request.seed for call in engine.calls for request in call}) == 2  # by conversation, not by sample


def test_a_response_prefix_is_given_and_not_trained_on(llava: Policy, picture: Pictures) -> None:
    (task,) = tasks_of(picture, 1)
    environment = SingleTurn(lambda task: task.question)
    given = (70, 71, 72)
    (group,) = play(LocalEngine(llava), [task], environment, SAMPLING, samples=2, seed=1, prefixes=[given])
    for trajectory in group.trajectories:
        _, prefix, answer = trajectory.segments
        assert prefix.token_ids == given and not prefix.trainable and prefix.text == llava.decode(given)
        assert answer.text == llava.decode(answer.token_ids)
        assert trajectory.completion == prefix.text + answer.text
        assert trajectory.generated_tokens == len(answer.token_ids)


@pytest.mark.parametrize("mode", ["exact", "async"])
def test_how_episodes_end_is_said_and_no_other_is_touched(llava: Policy, picture: Pictures, mode: Mode) -> None:
    class Faulty(Looking):
        async def play(self, task: Task, agent: Agent) -> Episode:
            if task.id == "t1":
                conversation = agent.begin([Message.user(task.question)])
                await conversation.reply()
                raise ZeroDivisionError("tool broke")
            if task.id == "t2":
                agent.begin([Message.user("x" * 5000)])
                return await SingleTurn(lambda _: "left of the hat " * 300).play(task, agent)
            if task.id == "t3":
                await asyncio.sleep(30)
            return await super().play(task, agent)

    runner = Runner(LocalEngine(llava), SAMPLING, mode=mode, limits=Limits(turns=2, seconds=0.3))
    fine, broken, refused, late = runner.play(Faulty(), plays_of(tasks_of(picture, 4), samples=1))
    assert fine.status is Status.TRUNCATED_TURNS and len(fine.actor.segments) == 5 and not fine.error
    assert fine.reward.status == "abstain"
    assert broken.status is Status.ERROR and broken.error == "ZeroDivisionError: tool broke"
    assert broken.reward.status == "error" and broken.fault is None and len(broken.actor.segments) == 2
    assert refused.status is Status.ERROR and isinstance(refused.fault, AsterismError)
    assert "t2" in refused.error and "context" in refused.error
    assert late.status is Status.TIMEOUT and late.reward.status == "error" and late.actor.segments == ()


def test_bad_input_ends_a_call_of_play(llava: Policy) -> None:
    task = Task("long", (), "left of the hat " * 300, "T", "tfq")
    with pytest.raises(AsterismError, match="long"):
        play(LocalEngine(llava), [task], SingleTurn(lambda task: task.question), SAMPLING, samples=1, seed=1)


def test_a_limit_on_tokens_holds_over_all_turns(llava: Policy, picture: Pictures) -> None:
    runner = Runner(LocalEngine(llava), SamplingConfig(max_tokens=30), limits=Limits(tokens=12))
    for episode in runner.play(Looking(turns=9), plays_of(tasks_of(picture))):
        assert episode.generated_tokens <= 12 and episode.status is Status.TRUNCATED_LENGTH


@pytest.mark.parametrize("mode", ["exact", "async"])
def test_a_call_can_be_cancelled(llava: Policy, picture: Pictures, mode: Mode) -> None:
    class One(Looking):
        async def play(self, task: Task, agent: Agent) -> Episode:
            if task.id == "t0":
                return await SingleTurn(lambda task: task.question).play(task, agent)
            return await super().play(task, agent)

    runner = Runner(LocalEngine(llava), SAMPLING, mode=mode, on_episode=lambda number, episode: runner.cancel())
    episodes = runner.play(One(turns=50), plays_of(tasks_of(picture), samples=1))
    assert episodes[0].status in (Status.COMPLETED, Status.TRUNCATED_LENGTH)
    assert {episode.status for episode in episodes[1:]} == {Status.CANCELLED}
    assert all(episode.actor.segments for episode in episodes[1:])


@pytest.mark.parametrize("mode", ["exact", "async"])
def test_no_more_are_played_at_a_time_than_is_said(llava: Policy, picture: Pictures, mode: Mode) -> None:
    engine = Watched(LocalEngine(llava))
    renderer = Runner(engine.engine, SAMPLING).renderer
    whole = Runner(engine.engine, SAMPLING).play(Looking(), plays_of(tasks_of(picture)))
    runner = Runner(engine, SAMPLING, mode=mode, concurrency=2, renderer=renderer)
    assert said(runner.play(Looking(), plays_of(tasks_of(picture)))) == said(whole)
    assert max(map(len, engine.calls)) <= 2


def test_a_task_twice_in_a_call_is_drawn_the_same(llava: Policy, picture: Pictures) -> None:
    (task,) = tasks_of(picture, 1)
    one, two = play(LocalEngine(llava), [task, task], Looking(), SAMPLING, samples=2, seed=3)
    assert said(one.episodes) == said(two.episodes)


def test_new_weights_have_a_name(llava: Policy, picture: Pictures) -> None:
    engine = LocalEngine(llava)
    engine.update_weights(3)
    (group,) = play(engine, tasks_of(picture, 1), Looking(), SAMPLING, samples=1, seed=3)
    assert {segment.policy_version for segment in group.trajectories[0].segments} == {None, 3}


def test_it_plays_inside_a_running_loop_as_a_notebook_has(llava: Policy, picture: Pictures) -> None:
    async def cell() -> list[Episode]:
        return Runner(LocalEngine(llava), SAMPLING).play(Looking(), plays_of(tasks_of(picture, 1)))

    assert len(asyncio.run(cell())) == 2


def test_a_finish_reason_tells_a_call_from_the_end_of_the_text(llava: Policy) -> None:
    reasons: list[str] = []

    class Calling:
        async def play(self, task: Task, agent: Agent) -> Episode:
            conversation = agent.begin([Message.user(task.question)])
            reply = await conversation.reply(stop=CALL, max_tokens=40)
            reasons.append(reply.finish_reason)
            assert (reply.finish_reason == "call") == reply.text.endswith(CALL)
            return Episode.of(task, conversation.trajectory, Reward(0.0))

    tasks = [Task(f"t{n}", (), f"Go {n}", None, "verified") for n in range(6)]
    Runner(LocalEngine(llava), SamplingConfig(max_tokens=2)).play(Calling(), plays_of(tasks))
    assert "call" in reasons


def test_an_episode_replaced_keeps_its_task(picture: Pictures) -> None:
    (task,) = tasks_of(picture, 1)
    episode = Episode(task, (), Reward.error("x"), Status.ERROR, "x")
    assert episode.actor.segments == () and replace(episode, error="y").task is task


def test_a_conversation_that_goes_on_reads_only_what_is_new(policy: Policy, picture: Pictures) -> None:
    found, read = [], []
    for kept in (512, 0):
        engine = LocalEngine(policy)
        engine.pasts.mebibytes = kept
        policy.clock.clear()
        episodes = Runner(engine, SAMPLING).play(Looking(), plays_of(tasks_of(picture)))
        found.append((said(episodes), bits(episodes)))
        read.append(policy.clock.tokens()["prefill"])
        later = [
            sum(len(segment.token_ids) for segment in episode.actor.segments[: 2 * turn])
            for episode in episodes
            for turn in (1, 2)
        ]
        assert engine.pasts.spared == (sum(later) - len(later) if kept else 0)  # all but each reply's last token
    assert found[0][0] == found[1][0]
    for one, other in zip(*(logprobs for _, logprobs in found), strict=True):
        for left, right in zip(one, other, strict=True):
            assert (left is None and right is None) or left == pytest.approx(right, abs=1e-4)
    assert read[0] < read[1]


def test_what_was_read_is_not_used_after_a_change_of_weights(llava: Policy, picture: Pictures) -> None:
    engine = LocalEngine(llava)
    (episode,) = Runner(engine, SAMPLING).play(Looking(turns=0), plays_of(tasks_of(picture, 1), samples=1))
    tool = Segment("tool", (80, 81, 82))
    further = Request("t0", (*episode.actor.segments, tool), seed=9, keep=True)
    with torch.no_grad():
        for parameter in llava.model.parameters():
            parameter.mul_(1.1)
    (completion,) = engine.generate([further], SAMPLING)
    (plain,) = LocalEngine(llava).generate([replace(further, keep=False)], SAMPLING)
    assert engine.pasts.spared == 0 and completion == plain


def test_an_episode_that_outgrows_the_context_ends_with_what_fits(llava: Policy) -> None:
    class Talkative:
        async def play(self, task: Task, agent: Agent) -> Episode:
            conversation = agent.begin([Message.user("Go")])
            while True:
                await conversation.reply()
                conversation.observe("left of the hat " * 20)

    play = Play(Task("a", (), "", None, "verified"), 0, seed=1)
    (episode,) = Runner(LocalEngine(llava), SAMPLING).play(Talkative(), [play])
    assert episode.status is Status.TRUNCATED_LENGTH and not episode.error
    assert len(episode.actor.segments) > 3 and episode.actor.segments[-1].role == "model"
    assert len(episode.actor.token_ids) <= llava.context_length
