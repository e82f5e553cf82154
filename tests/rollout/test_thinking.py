"""Thinking that the chat template opens, and tags that a tokenizer counts among its special tokens."""

from collections.abc import Callable

import pytest
from tokenizers import AddedToken

from asterism.answers.format import check_format
from asterism.core.environment import Agent
from asterism.core.episode import Episode
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.reward import Reward
from asterism.core.single_turn import SingleTurn
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.evaluate.generate import complete
from asterism.learn.expert import expert_sample
from asterism.metaphor.reward import RewardConfig, tfq_reward
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.rollout.endings import Endings
from asterism.rollout.engine import SamplingConfig
from asterism.rollout.local import LocalEngine
from asterism.rollout.runner import play

Pictures = Callable[..., Image]
TAGS = ("<think>", "</think>", "<answer>", "</answer>")
SAMPLING = SamplingConfig(max_tokens=4)
OPENED = "<think>\n"


@pytest.fixture
def thinking(llava: Policy) -> Policy:
    """A policy whose template opens the thinking, as published thinking models do."""
    template = llava.processor.chat_template
    llava.processor.chat_template = template.replace("<|im_start|>assistant\n", "<|im_start|>assistant\n<think>\n")
    assert llava.processor.chat_template != template
    return llava


@pytest.fixture
def tagged(llava: Policy) -> Policy:
    """A policy whose tokenizer has the tags of the form as special tokens."""
    tags = [AddedToken(tag, special=True, normalized=False) for tag in TAGS]
    llava.tokenizer.add_tokens(tags, special_tokens=True)
    return Policy.of(llava.model, llava.processor)


def task(picture: Pictures, **meta: str) -> Task:
    return Task("t", (picture(0, 40, 40),), "Is it?", "T", "tfq", meta=meta)


class Twice:
    """Shows a crop after the first reply."""

    async def play(self, task: Task, agent: Agent) -> Episode:
        conversation = agent.begin([Message.user(task.question, task.images)])
        await conversation.reply()
        conversation.observe("crop", [task.images[0]])
        await conversation.reply()
        return Episode.of(task, conversation.trajectory, Reward(0.0))


def test_what_the_template_opened_is_part_of_what_the_model_says(thinking: Policy, picture: Pictures) -> None:
    engine, asked = LocalEngine(thinking), [task(picture)]
    (group,) = play(engine, asked, SingleTurn(lambda each: each.question), SAMPLING, samples=1, seed=0)
    prompt, said = group.episodes[0].actor.segments
    assert prompt.opened == OPENED and said.text == thinking.decode(said.token_ids)
    assert group.episodes[0].actor.completion == OPENED + said.text
    (prediction,) = complete(engine, asked, lambda each: each.question, SAMPLING)
    assert prediction.completion.startswith(OPENED)


def test_every_turn_of_a_conversation_is_opened_anew(thinking: Policy, picture: Pictures) -> None:
    (group,) = play(LocalEngine(thinking), [task(picture)], Twice(), SAMPLING, samples=1, seed=0)
    _, _, shown, said = group.episodes[0].actor.segments
    assert shown.opened == OPENED and group.episodes[0].actor.completion == OPENED + said.text


def test_a_template_that_opens_nothing_adds_nothing(policy: Policy, picture: Pictures) -> None:
    (group,) = play(LocalEngine(policy), [task(picture)], Twice(), SAMPLING, samples=1, seed=0)
    assert [segment.opened for segment in group.episodes[0].actor.segments] == [""] * 4
    assert group.episodes[0].actor.completion == group.episodes[0].actor.segments[-1].text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("it is red\n</think>\n<answer>T</answer>", 1.0),
        ("<think>it is red</think><answer>T</answer>", 0.5),  # a second one
        ("</think><answer>T</answer>", 0.5),  # nothing was thought
        ("it may be <answer>T</answer>", 0.0),  # thinking runs to the end
    ],
)
def test_the_strict_form_counts_the_tag_of_the_template(text: str, value: float) -> None:
    said = Trajectory((Segment("prompt", (1,), "?", opened=OPENED), Segment("model", (2,), text)))
    (reward,) = tfq_reward(RewardConfig())(Task("t", (), "?", "T", "tfq"), [said])
    assert reward.value == value, reward


def test_an_expert_goes_on_from_the_tag_of_the_template(thinking: Policy, picture: Pictures) -> None:
    trace = "<think>\nIt is red.\n</think>\n<answer>T</answer>"
    sample = expert_sample(task(picture), "Is it?", trace, Encoder(thinking))
    assert sample.trajectory.completion == trace and check_format(sample.trajectory.completion).ok
    said = sample.trajectory.segments[1]
    assert said.text == thinking.decode(said.token_ids) == trace.removeprefix(OPENED)
    plain = expert_sample(task(picture), "Is it?", "red</think>T", Encoder(thinking)).trajectory
    assert plain.completion == f"{OPENED}red</think>T"


def test_tags_that_are_special_tokens_survive_decoding_and_others_do_not(tagged: Policy) -> None:
    text = "<think>a b</think> <answer>T</answer>"
    tags = tagged.tokenizer(text, add_special_tokens=False)["input_ids"]
    assert set(tagged.tokenizer.convert_tokens_to_ids([*TAGS])) <= set(tags)
    assert tagged.decode([*tags, tagged.tokenizer.eos_token_id]) == text


def test_a_tag_that_is_a_special_token_may_be_a_stop_string(tagged: Policy) -> None:
    ids = tagged.tokenizer("a</answer>", add_special_tokens=False)["input_ids"]
    assert Endings(tagged, ["</answer>"]).reached(ids) == "call"


def test_a_question_may_name_the_tags_also_where_they_are_special_tokens(tagged: Policy) -> None:
    ids = tagged.encode("Think in <think> and </think>.", []).token_ids
    assert {*tagged.tokenizer.convert_tokens_to_ids(["<think>", "</think>"])} <= {*ids}
