"""No gold answer reaches a policy: whatever stands in ``answer`` and ``meta`` changes nothing of what it is asked."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.image import Image
from asterism.core.records import read_records, write_records
from asterism.core.single_turn import SingleTurn
from asterism.core.system import Suite
from asterism.core.task import KINDS, Kind, Task
from asterism.evaluate.bench import measure
from asterism.learn.expert import expert_sample
from asterism.metaphor.data import SceneSource, scene_tasks
from asterism.metaphor.prompts import PromptStyle, prompt_style
from asterism.metaphor.system import MetaphorOptions, prepare
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.rollout.engine import Completion, Request, SamplingConfig
from asterism.rollout.local import LocalEngine
from asterism.rollout.runner import play
from tests.policy.tiny_families import BUILDERS

SENTINEL = "zqx-sentinel-7"
STYLES: tuple[PromptStyle, ...] = get_args(PromptStyle)
SHORT = SamplingConfig(max_tokens=3)


class WatchedEngine:
    """A local engine that remembers what it was asked and what the model read."""

    def __init__(self, policy: Policy) -> None:
        self.local = LocalEngine(policy)
        self.requests: list[Request] = []
        self.completions: list[Completion] = []

    def generate(
        self,
        requests: Sequence[Request],
        sampling: SamplingConfig,
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Completion]:
        self.requests += requests
        completions = self.local.generate(requests, sampling, on_progress=on_progress)
        self.completions += completions
        return completions

    def everything_shown(self) -> Iterator[str]:
        """Each request as text, and every token that the model read, special ones included."""
        for request in self.requests:
            yield repr(request)
        for completion in self.completions:
            yield self.local.policy.tokenizer.decode(completion.prompt_token_ids, skip_special_tokens=False)


@pytest.fixture
def engine() -> WatchedEngine:
    return WatchedEngine(BUILDERS["llava"]())


def with_sentinel(task: Task) -> Task:
    """The task with the sentinel wherever only a grader may look."""
    meta = {
        **{key: f"{SENTINEL} {value}" for key, value in task.meta.items()},
        SENTINEL: SENTINEL,
        "trace": f"<think>It is</think><answer>{SENTINEL}</answer>",
        "solution": {"state": [SENTINEL, {SENTINEL: SENTINEL}]},
    }
    return replace(task, answer=SENTINEL, family=SENTINEL, meta=meta)


def plain_task(kind: Kind) -> Task:
    picture = Image.from_pixels(np.full((40, 40, 3), 90, dtype=np.uint8))
    options = ("The cup.", "A hat", "The key") if kind == "mcq" else ()
    return Task(f"{kind}-1", (picture,), "What hides the key?", None, kind, options=options)


def every_task() -> list[Task]:
    """Each kind of task, and those of two rendered scenes, with the sentinel."""
    scenes = scene_tasks(SceneSource(count=2, kinds=("tfq", "mcq", "osq"), twins=True))
    return [with_sentinel(task) for task in [*map(plain_task, KINDS), *scenes]]


def environment_in(folder: Path, style: PromptStyle) -> Suite:
    source = {"source": "records", "path": str(folder)}
    options = {"train": source, "evaluate": source, "prompt": style}
    return prepare(MetaphorOptions.parse(options, where="test"))


@pytest.mark.parametrize("style", STYLES)
def test_no_prompt_holds_the_sentinel(style: PromptStyle) -> None:
    tasks = every_task()
    assert {task.kind for task in tasks} == set(KINDS)
    for task in tasks:
        prompt = prompt_style(style)(task)
        assert SENTINEL not in prompt
        assert task.question in prompt
        assert task.kind != "mcq" or all(option in prompt for option in task.options)


@given(
    kind=st.sampled_from(KINDS),
    style=st.sampled_from(STYLES),
    answer=st.none() | st.text(),
    family=st.text(),
    name=st.text(min_size=1),
    meta=st.dictionaries(st.text(), st.text() | st.lists(st.text())),
)
def test_a_prompt_is_the_same_whatever_answer_family_id_and_meta_say(
    kind: Kind, style: PromptStyle, answer: str | None, family: str, name: str, meta: dict[str, object]
) -> None:
    task = plain_task(kind)
    other = replace(task, id=name, answer=answer, family=family, meta=meta)
    assert prompt_style(style)(other) == prompt_style(style)(task)


@pytest.mark.parametrize("style", STYLES)
def test_neither_requests_nor_tokens_of_a_rollout_hold_the_sentinel(
    engine: WatchedEngine, tmp_path: Path, style: PromptStyle
) -> None:
    file = write_records(tmp_path, [with_sentinel(task) for task in map(plain_task, KINDS)])
    lines = [{**json.loads(line), "explanation": SENTINEL} for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert file.read_text().count(SENTINEL) > 5 * len(KINDS)

    environment = environment_in(tmp_path, style)
    tasks = environment.train()
    assert all(task.answer == SENTINEL for task in tasks)
    played = play(engine, tasks, SingleTurn(environment.prompt_of), SHORT, samples=2, seed=1)
    shown = list(engine.everything_shown())
    assert len(shown) == 4 * len(KINDS)
    assert sum("What hides the key?" in text for text in shown) == len(shown)
    assert not any(SENTINEL in text for text in shown)
    assert not any(
        SENTINEL in segment.text for group in played for each in group.trajectories for segment in each.segments
    )


def test_neither_requests_nor_tokens_of_a_measurement_hold_the_sentinel(engine: WatchedEngine, tmp_path: Path) -> None:
    write_records(tmp_path, [with_sentinel(plain_task("short"))])
    tasks = read_records(tmp_path)
    environment = environment_in(tmp_path, "full")
    (result,) = measure(engine, tasks, environment.prompt_of, SHORT)
    assert result.score == 0.0  # it was graded against the sentinel
    assert engine.completions and not any(SENTINEL in text for text in engine.everything_shown())


@pytest.mark.parametrize("style", STYLES)
def test_the_expert_trace_stands_in_the_answer_alone(style: PromptStyle) -> None:
    policy = BUILDERS["llava"]()
    encoder = Encoder(policy)
    task = with_sentinel(plain_task("tfq"))
    sample = expert_sample(task, prompt_style(style)(task), str(task.meta["trace"]), encoder)
    prompt, answer = sample.trajectory.segments
    assert SENTINEL in policy.decode(answer.token_ids) and answer.trainable
    assert SENTINEL not in policy.tokenizer.decode(prompt.token_ids) + prompt.text and not prompt.trainable


def test_a_leak_would_be_seen(engine: WatchedEngine) -> None:
    task = with_sentinel(plain_task("tfq"))
    leaky = SingleTurn(lambda task: f"{task.question} ({task.answer})")
    play(engine, [task], leaky, SHORT, samples=1, seed=1)
    assert all(SENTINEL in text for text in engine.everything_shown())
