"""Sampling from a server: one that answers by rule, and fails on purpose."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.results.result import Result
from asterism.core.single_turn import SingleTurn
from asterism.core.task import Task
from asterism.evaluate.bench import measure
from asterism.llm.client import Client
from asterism.rollout.api import ApiEngine
from asterism.rollout.engine import Completion, Incomplete, Request, SamplingConfig
from asterism.rollout.runner import play
from tests.llm.asking import noise
from tests.llm.faulty_server import FaultyServer, Rule

Serve = Callable[..., FaultyServer]
Open = Callable[..., Client]
SAMPLING = SamplingConfig(max_tokens=8, temperature=0.7, top_p=0.9, top_k=5, stop=("</answer>",))


def draw(prompt: str, body: dict[str, Any]) -> str:
    """A reply that depends on the seed."""
    return f"{prompt} {body['seed']}"


def test_samples_are_draws_of_their_own_and_come_in_order(serve: Serve, client_of: Open, tmp_path: Path) -> None:
    server = serve(replies=draw)
    engine = ApiEngine(client_of(server, cache=str(tmp_path)))
    requests = [
        Request.ask("a", "what?", (noise("x"),), samples=3, seed=1),
        Request.ask("b", "why?", (), samples=2, seed=1),
    ]
    progress: list[int] = []
    completions = engine.generate(requests, SAMPLING, on_progress=progress.append)
    assert [(each.request, each.sample) for each in completions] == [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1)]
    assert len({each.text for each in completions}) == 5
    assert sum(progress) == 5
    assert engine.generate(requests, SAMPLING) == completions
    assert server.count == 5  # out of the cache the second time
    body = next(asked.body for asked in server.asked if asked.images)
    assert {name: body[name] for name in ("model", "max_tokens", "temperature", "top_p", "top_k")} == {
        "model": "m",
        "max_tokens": 8,
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 5,
    }
    assert [part["type"] for part in body["messages"][0]["content"]] == ["image_url", "text"]
    assert 0 <= body["seed"] < 2**31
    assert completions[0].tokens == 2
    assert (completions[0].token_ids, completions[0].prompt_token_ids, completions[0].logprobs) == ((), (), ())


@pytest.mark.parametrize(
    ("written", "text", "stopped"),
    [
        ("<answer>T</answer> and so on", "<answer>T</answer>", True),
        ("a </b></answer> c", "a </b>", True),
        ("no end", "no end", False),
    ],
)
def test_stop_strings_stay_in_the_text(written: str, text: str, stopped: bool, serve: Serve, client_of: Open) -> None:
    server = serve(Rule("length", text=written))
    sampling = SamplingConfig(stop=("</answer>", "</b>"))
    (completion,) = ApiEngine(client_of(server)).generate([Request.ask("a", "?", ())], sampling)
    assert (completion.text, completion.stopped) == (text, stopped)
    assert "stop" not in server.asked[0].body


def test_a_vllm_server_is_asked_for_token_ids_and_keeps_stop_strings_itself(serve: Serve, client_of: Open) -> None:
    server = serve(Rule("answer", text="T</answer>"))
    (completion,) = ApiEngine(client_of(server, dialect="vllm")).generate([Request.ask("a", "hi", ())], SAMPLING)
    assert completion == Completion("a", 0, tuple(b"hi"), tuple(b"T</answer>"), (), "T</answer>", "call", 1)
    body = server.asked[0].body
    assert (body["stop"], body["include_stop_str_in_output"], body["return_token_ids"]) == (["</answer>"], True, True)


@pytest.mark.parametrize(
    ("choice", "text", "finish"),
    [
        ({"message": {"content": "T", "reasoning_content": "red"}}, "<think>\nred\n</think>\nT", "stop"),
        ({"message": {"content": None, "reasoning": "red"}, "finish_reason": "MAX_TOKENS"}, "<think>\nred", "length"),
        ({"message": {"content": "T o"}, "finish_reason": "model_length"}, "T o", "length"),
    ],
)
def test_thinking_apart_and_limits_in_other_words_are_understood(
    choice: dict[str, Any], text: str, finish: str, serve: Serve, client_of: Open
) -> None:
    server = serve(Rule("answer", choice=choice))
    (completion,) = ApiEngine(client_of(server)).generate([Request.ask("a", "?", ())], SAMPLING)
    assert (completion.text, completion.finish_reason) == (text, finish)


def test_a_template_that_opens_the_thinking_is_told_in_the_settings(serve: Serve, client_of: Open) -> None:
    server = serve(Rule("refusal", contains="no", text="I will not."), Rule("answer", text="red</think>T"))
    engine = ApiEngine(client_of(server, opens_thinking=True))
    texts = [each.text for each in engine.generate([Request.ask("a", "?"), Request.ask("b", "no")], SAMPLING)]
    assert texts == ["<think>\nred</think>T", "I will not."]


def test_a_refusal_is_what_the_model_said_and_a_filtered_text_is_none(serve: Serve, client_of: Open) -> None:
    server = serve(Rule("refusal", contains="one", text="I will not."), Rule("content_filter", contains="two"))
    requests = [Request.ask("1", "one", ()), Request.ask("2", "two", ()), Request.ask("3", "three", ())]
    with pytest.raises(Incomplete, match="2 completions came and 1 failed") as caught:
        ApiEngine(client_of(server)).generate(requests, SamplingConfig())
    assert [each.text for each in caught.value.completions] == ["I will not.", "three"]
    assert caught.value.causes == {("2", 0): "the server's content filter withheld the text"}
    assert caught.value.end is None


def test_a_response_prefix_is_refused_before_anything_is_asked(serve: Serve, client_of: Open) -> None:
    server = serve(replies=draw)
    engine = ApiEngine(client_of(server))
    requests = [Request.ask("a", "what?", ()), Request.ask("b", "what?", (), prefix=(5, 6))]
    with pytest.raises(AsterismError, match="cannot go on from a response prefix"):
        engine.generate(requests, SAMPLING)
    assert server.count == 0


def _tasks(*questions: str) -> list[Task]:
    return [Task(f"t{n}", (), question, "T", "tfq") for n, question in enumerate(questions)]


def _question(task: Task) -> str:
    return task.question


def test_the_runner_keeps_the_cause_of_what_failed_and_loses_nothing_else(
    serve: Serve, client_of: Open, tmp_path: Path
) -> None:
    server = serve(Rule("400", contains="bad", text="too many pictures"), Rule("answer", text="<answer>T</answer>"))
    engine = ApiEngine(client_of(server))
    tasks = [*_tasks("one", "bad", "two"), Task("t3", (Image.open(tmp_path / "none.png"),), "three", "T", "tfq")]
    results = measure(engine, tasks, _question, SamplingConfig())
    assert [(each.id, each.score, each.tokens) for each in results] == [
        ("t0", 1.0, 1),
        ("t1", None, 0),
        ("t2", 1.0, 1),
        ("t3", None, 0),
    ]
    assert results[1].failed
    assert "status 400: too many pictures" in results[1].reason
    assert "none.png: image not found" in results[3].reason
    assert server.count == 3  # nothing was asked again


def test_a_spent_budget_ends_the_run_after_its_results_were_handed_on_and_leaves_the_rest_open(
    serve: Serve, client_of: Open
) -> None:
    server = serve(Rule("answer", text="<answer>T</answer>"))
    tasks = _tasks(*(f"question {n}" for n in range(20)))  # 3 tokens each
    engine = ApiEngine(client_of(server, max_tokens_total=20, concurrency=2))
    had: list[Result] = []
    with pytest.raises(AsterismError, match="is spent"):
        measure(engine, tasks, _question, SamplingConfig(), on_result=had.append)
    assert 7 <= len(had) <= 8
    assert not any(result.failed for result in had)
    engine = ApiEngine(client_of(server))
    results = measure(engine, tasks, _question, SamplingConfig(), done=had)
    assert [result.score for result in results] == [1.0] * 20
    assert server.count == 20


def test_a_refused_key_makes_no_result(serve: Serve, client_of: Open) -> None:
    server = serve(Rule("echo_key"))
    had: list[Result] = []
    with pytest.raises(AsterismError, match="TEST_KEY does not hold a key"):
        measure(
            ApiEngine(client_of(server)), _tasks("a", "b"), _question, SamplingConfig(), on_result=had.append, chunk=1
        )
    assert had == []
    assert server.count == 1


def test_an_episode_is_played_without_token_ids(serve: Serve, client_of: Open) -> None:
    server = serve(replies=draw)
    engine = ApiEngine(client_of(server))
    (group,) = play(engine, _tasks("a"), SingleTurn(_question), SamplingConfig(), samples=2, seed=0)
    one, two = group.trajectories
    assert one.completion != two.completion
    assert (one.token_ids, one.sampler_logprobs) == ((), None)
