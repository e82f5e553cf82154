"""Reward functions of users: both forms, every kind of value, sums by weight; a fault is an error and never a 0."""

import asyncio
import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.reward import Reward
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Status, Trajectory
from asterism.records.reward import OwnReward, RewardEntry, as_reward, weighted

TASK = Task("t-1", (), "2 + 2?", "4", "short", meta={"solution": 4, "level": "easy", "question": "raw"})

OURS = """
from asterism.core.reward import Reward

def length(task, completion):
    return len(completion)

def named(task, completion):
    return {"short": 0.25, "right": float(task.answer in completion)}

def shy(task, completion):
    return None if "?" in completion else 1

def whole(task, completion):
    return Reward(0.5, {"a": 1.0, "b": 0.0}, reason="half")

def broken(task, completion):
    return 1 / 0

def reward(task, completion):
    return 1.0

async def slow(task, completion):
    import asyncio
    await asyncio.sleep(0)
    return 2.0

def three(task, completion, more):
    return 1.0

class Scorer:
    def __call__(self, task, completion):
        return 3.0

scorer = Scorer()
number = 3
"""

TRL = """
calls = []

def plain(completions, **kwargs):
    calls.append(kwargs)
    return [float(len(text)) for text in completions]

def columns(prompts, completions, solution, level):
    return [None if kind == "hard" else float(str(s) in c) for c, s, kind in zip(completions, solution, level)]

def chat(completions, prompts):
    assert prompts[0][0]["role"] == "user" and "2 + 2?" in prompts[0][0]["content"]
    return [float(completion[0]["content"] == "4") for completion in completions]

def keywords(**kwargs):
    return [1.0 for _ in kwargs["completions"]]

def ids(completion_ids, completions):
    return [float(sum(each)) for each in completion_ids]

def short(completions):
    return [1.0]

def misspelt(completions, solutoin):
    return [1.0 for _ in completions]

async def waiting(completions, **kwargs):
    return [0.5 for _ in completions]
"""


def said(*texts: str) -> list[Trajectory]:
    return [Trajectory((Segment("model", (1, 2), text),)) for text in texts]


def reward_of(folder: Path, *entries: str | Mapping[str, Any]) -> OwnReward:
    (folder / "ours.py").write_text(OURS)
    (folder / "trl.py").write_text(TRL)
    full = [{"function": entry} if isinstance(entry, str) else dict(entry) for entry in entries]
    for entry in full:
        if ".py:" in entry["function"]:
            entry["function"] = f"{folder}/{entry['function']}"
    parsed = [RewardEntry.parse(entry, where="test") for entry in full]
    return OwnReward(parsed, lambda task: task.question, where="environment.reward")


@pytest.mark.parametrize(
    ("function", "parts", "value"),
    [
        ("ours.py:length", {"own_length": 3.0}, 3.0),  # length is a figure of every step
        ("ours.py:named", {"short": 0.25, "right": 1.0}, 1.25),
        ("ours.py:whole", {"a": 1.0, "b": 0.0}, 0.5),
        ("ours.py:slow", {"slow": 2.0}, 2.0),
        ("ours.py:scorer", {"scorer": 3.0}, 3.0),
        ("ours.py:reward", {"own_reward": 1.0}, 1.0),
        ("trl.py:plain", {"plain": 3.0}, 3.0),
        ("trl.py:columns", {"columns": 1.0}, 1.0),
        ("trl.py:keywords", {"keywords": 1.0}, 1.0),
        ("trl.py:ids", {"ids": 3.0}, 3.0),
        ("trl.py:waiting", {"waiting": 0.5}, 0.5),
        ("exact", {"accuracy": 1.0}, 1.0),
        ("format", {"format": 0.0}, 0.0),
    ],
)
def test_each_form_gives_a_value_and_named_parts(
    tmp_path: Path, function: str, parts: Mapping[str, float], value: float
) -> None:
    (reward,) = reward_of(tmp_path, function)(TASK, said("a 4"))
    assert (reward.value, dict(reward.parts), reward.status) == (value, parts, "ok")


def test_the_rewards_by_name_read_answers_and_form(tmp_path: Path) -> None:
    reward = reward_of(tmp_path, {"function": "exact", "weight": 0.9}, {"function": "format", "weight": 0.1})
    both, answer, form, neither = reward(
        TASK,
        said(
            "<think>so</think><answer>4</answer>",
            "<answer>4</answer>",
            "<think>so</think><answer>5</answer>",
            "no idea",
        ),
    )
    assert [each.value for each in (both, answer, form, neither)] == pytest.approx([1.0, 0.9, 0.1, 0.0])
    assert dict(form.parts) == {"accuracy": 0.0, "format": 1.0}
    assert neither.reason  # why no answer was read


def test_what_a_limit_cut_off_is_read_or_earns_nothing_as_each_entry_says(tmp_path: Path) -> None:
    (whole,) = said("<think>a</think><answer>T</answer>")
    cut = replace(whole, status=Status.TRUNCATED_LENGTH)
    task = Task("t", (), "?", "T", "tfq")
    for truncated, value in (("read", 1.0), ("zero", 0.0), (None, 0.0)):
        reward = reward_of(tmp_path, {"function": "exact", "truncated": truncated})
        first, second = reward(task, [whole, cut])
        assert (first.value, second.value, second.parts) == (1.0, value, {"accuracy": value})
        assert second.reason == ("tagged" if truncated == "read" else "truncated")
    (own,) = reward_of(tmp_path, "ours.py:length")(task, [cut])
    assert own.value == len(cut.completion)
    asking = replace(said("T?")[0], status=Status.TRUNCATED_LENGTH)
    (shy,) = reward_of(tmp_path, {"function": "ours.py:shy", "truncated": "zero"})(task, [asking])
    assert shy.status == "abstain"


def test_chat_messages_are_given_where_they_are_asked_for(tmp_path: Path) -> None:
    reward = reward_of(tmp_path, {"function": "trl.py:chat", "completions": "messages", "name": "said"})
    first, second = reward(TASK, said("4", "5"))
    assert (dict(first.parts), dict(second.parts)) == ({"said": 1.0}, {"said": 0.0})


def test_every_column_arrives_as_a_list_as_it_was_in_the_data(tmp_path: Path) -> None:
    reward = reward_of(tmp_path, "trl.py:plain")
    reward(TASK, said("a", "b"))
    from asterism.core.usercode import load_object

    (given_,) = load_object(f"{tmp_path}/trl.py:calls", where="test")
    assert given_["solution"] == [4, 4] and given_["level"] == ["easy", "easy"] and given_["answer"] == ["4", "4"]
    assert given_["question"] == ["raw", "raw"] and given_["prompts"] == ["2 + 2?", "2 + 2?"]
    assert given_["completion_ids"] == [[1, 2], [1, 2]]


def test_abstentions_leave_a_sum_and_are_one_where_all_abstain(tmp_path: Path) -> None:
    both = reward_of(tmp_path, {"function": "ours.py:shy", "weight": 3}, {"function": "ours.py:named", "weight": 2})
    certain, unsure = both(TASK, said("4", "4?"))
    assert (certain.value, unsure.value) == (3 + 2.5, 2.5)
    assert "shy" in certain.parts and "shy" not in unsure.parts
    (alone,) = reward_of(tmp_path, "ours.py:shy")(TASK, said("?"))
    assert (alone.status, alone.value) == ("abstain", None)


def test_what_a_function_raises_is_an_error_with_its_message_and_line(tmp_path: Path) -> None:
    first, _ = reward_of(tmp_path, "exact", "ours.py:broken")(TASK, said("<answer>4</answer>", "4"))
    line = OURS.splitlines().index("    return 1 / 0") + 1
    assert (first.status, first.value) == ("error", None)
    assert first.reason == f"broken: ZeroDivisionError: division by zero ({tmp_path}/ours.py:{line})"


def test_one_failing_completion_leaves_the_others_their_rewards(tmp_path: Path) -> None:
    (tmp_path / "picky.py").write_text("def score(task, completion):\n    return float(completion)\n")
    reward = OwnReward(
        [RewardEntry(function=f"{tmp_path}/picky.py:score")], lambda task: task.question, where="environment.reward"
    )
    assert [each.status for each in reward(TASK, said("1", "x", "2"))] == ["ok", "error", "ok"]


def test_a_list_of_another_length_is_an_error_of_all(tmp_path: Path) -> None:
    rewards = reward_of(tmp_path, "trl.py:short")(TASK, said("a", "b"))
    assert {each.reason for each in rewards} == {"short: ValueError: 1 rewards for 2 completions"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("1.0", "f: gave '1.0', not a number"),
        ([1.0], "f: gave list, not a number"),
        (float("nan"), "f: gave nan, which is not finite"),
        (float("inf"), "f: gave inf, which is not finite"),
        ({}, "f: an empty dict"),
        ({"a": "b"}, "f: gave 'b', not a number"),
        (object(), "f: gave object, not a number"),
    ],
)
def test_what_is_no_reward_is_an_error(value: object, reason: str) -> None:
    found = as_reward(value, "f")
    assert (found.status, found.reason) == ("error", reason)


@pytest.mark.parametrize("value", [1, True, np.float32(1), torch.tensor(1.0), np.int64(1)])
def test_numbers_of_every_library_are_taken(value: object) -> None:
    assert as_reward(value, "f") == Reward(1.0, {"f": 1.0})


@given(
    st.lists(
        st.tuples(st.floats(-10, 10), st.floats(-3, 3), st.sampled_from(["ok", "abstain", "error"])),
        min_size=1,
        max_size=5,
    )
)
def test_a_sum_is_the_sum_of_those_that_did_not_abstain_unless_one_failed(
    entries: list[tuple[float, float, str]],
) -> None:
    rewards = [
        Reward(value, {f"p{number}": value}) if status == "ok" else getattr(Reward, status)("why")
        for number, (value, _, status) in enumerate(entries)
    ]
    found = weighted(rewards, [weight for _, weight, _ in entries])
    statuses = [status for _, _, status in entries]
    if "error" in statuses:
        assert found.status == "error"
    elif "ok" not in statuses:
        assert found.status == "abstain"
    else:
        assert found.value == pytest.approx(sum(v * w for v, w, status in entries if status == "ok"))
        assert len(found.parts) == statuses.count("ok")


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (("ours.py:lenght",), "defines no 'lenght'\nDid you mean 'length'"),
        (("ours.py:number",), "is of type int, not a function"),
        (
            ("ours.py:three",),
            "three(task, completion, more) is no reward function\nDefine three(task, completion)",
        ),
        (("exakt",), "there is no reward 'exakt'\nBuilt in: exact, format"),
        (("gone.py:f",), "there is no file"),
        (("ours.py:shy", "ours.py:shy"), "two reward functions are called 'shy'"),
    ],
)
def test_a_reward_that_is_none_is_refused_before_a_run(tmp_path: Path, entries: tuple[str, ...], message: str) -> None:
    with pytest.raises(AsterismError) as caught:
        reward_of(tmp_path, *entries)
    assert message in str(caught.value)


def test_a_column_that_is_missing_is_refused_before_anything_is_sampled(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match=r"column 'solutoin', which task t-1 has not\nDid you mean 'solution'"):
        reward_of(tmp_path, "trl.py:misspelt").check([TASK])
    with pytest.raises(AsterismError, match="cannot be read as the answer to a tfq task"):
        reward_of(tmp_path, "exact").check([Task("t", (), "?", "perhaps", "tfq")])
    with pytest.raises(AsterismError, match="no record has an answer to compare with"):
        reward_of(tmp_path, "exact").check([Task("t", (), "?", None, "verified", meta={"solution": "4"})])
    reward_of(tmp_path, "exact", "ours.py:shy").check([Task("t", (), "?", None, "verified")])


def test_functions_run_in_the_calling_thread_and_also_where_an_event_loop_runs(tmp_path: Path) -> None:
    (tmp_path / "where.py").write_text(
        "import threading\nplaces = []\n"
        "def f(task, completion):\n    places.append(threading.current_thread())\n    return 1\n"
        "async def g(task, completion):\n    return 2\n"
    )
    entries = [RewardEntry(function=f"{tmp_path}/where.py:{name}") for name in "fg"]
    reward = OwnReward(entries, lambda task: task.question, where="environment.reward")
    from asterism.core.usercode import load_object

    places = load_object(f"{tmp_path}/where.py:places", where="test")
    assert [each.value for each in reward(TASK, said("a"))] == [3.0]
    assert places == [threading.main_thread()]

    async def inside() -> list[Reward]:
        return reward(TASK, said("b"))

    assert [each.value for each in asyncio.run(inside())] == [3.0]


def test_asynchronous_functions_run_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "meeting.py").write_text(
        "import asyncio\nwaiting = []\n"
        "async def f(task, completion):\n"
        "    waiting.append(completion)\n"
        "    while len(waiting) < 3:\n        await asyncio.sleep(0)\n"
        "    return 1\n"
    )
    entry = RewardEntry(function=f"{tmp_path}/meeting.py:f")
    rewards = OwnReward([entry], lambda task: task.question, where="r")(TASK, said("a", "b", "c"))
    assert [each.value for each in rewards] == [1.0, 1.0, 1.0]  # one after another they would wait for ever
    assert json.dumps(rewards[0].parts)
