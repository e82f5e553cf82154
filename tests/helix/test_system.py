"""Helix in a training run: sources, prompts, rewards, experts, and tasks drawn by a curriculum."""

import json
from collections.abc import Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.core.episode import Group
from asterism.core.errors import AsterismError, UnfitTrace
from asterism.core.records import write_records
from asterism.core.reward import Reward
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.helix.bench import SEED, bench_entries, read_manifest
from asterism.helix.catalogue import catalogue, puzzle_of
from asterism.helix.curriculum_source import CurriculumSampler, CurriculumSource
from asterism.helix.entry import fingerprint
from asterism.helix.records import task_of
from asterism.helix.sources import Asked, states_of
from asterism.helix.system import HelixOptions, prepare
from asterism.helix.traces import expert_trace, rule_trace

SMALL = {"source": "puzzles", "tasks": ["maze", "word_search"], "levels": [1, 2], "count": 12, "seed": 4}
HELD = {"source": "puzzles", "tasks": ["maze", "word_search"], "count": 6, "seed": 5}


def environment(**values: Any) -> Suite:
    return prepare(HelixOptions.parse({"train": SMALL, "evaluate": HELD, **values}, where="test"))


def said(text: str) -> Trajectory:
    return Trajectory((Segment("model", (1,), text),))


def quiz() -> list[Task]:
    return [
        Task("q1", (), "Is water wet?", "T", "tfq"),
        Task("q2", (), "Which is red?", "B", "mcq", options=("grass", "blood")),
        Task("q3", (), "2 + 2?", "4", "short"),
    ]


def test_puzzles_are_drawn_by_weight_and_level_and_come_again_from_their_names() -> None:
    tasks = environment().train()
    assert [task.id for task in tasks] == [task.id for task in environment().train()]
    assert len({task.id for task in tasks}) == 12
    assert {task.meta["level"] for task in tasks} == {1, 2} and {task.family for task in tasks} == {
        "helix/maze",
        "helix/word_search",
    }
    heavy = environment(train={**SMALL, "weights": {"maze": 1e9}}).train()
    assert {task.family for task in heavy} == {"helix/maze"}
    with pytest.raises(AsterismError, match="a weight for 'sudoku', which is not drawn"):
        environment(train={**SMALL, "weights": {"sudoku": 2.0}}).train()
    with pytest.raises(AsterismError, match="Did you mean maze"):
        environment(train={**SMALL, "tasks": ["mazes"]}).train()


def test_nothing_that_is_measured_is_trained_on(tmp_path: Path) -> None:
    few = {"source": "puzzles", "tasks": ["maze"], "count": 25, "seed": 1}
    same = environment(train=few, evaluate={**few, "count": 10}, dev={**few, "count": 5, "seed": 2})
    held = states_of(same.evaluate()) | states_of(same.dev()) | read_manifest().states
    assert not states_of(same.train()) & held

    write_records(tmp_path / "bench", [task_of(entry) for entry in bench_entries(["maze"])][:4])
    taken = environment(train={"source": "records", "path": str(tmp_path / "bench")})
    with pytest.raises(
        AsterismError, match=f"4 of 4 training records \\(maze-1-{SEED}-00000, .* and 1 more"
    ) as refused:
        taken.train()
    assert "of the benchmark" in str(refused.value)
    beside = environment(beside={"source": "records", "path": str(tmp_path / "bench")})
    with pytest.raises(AsterismError, match="of the benchmark"):
        beside.train()

    write_records(tmp_path / "seen", same.evaluate())
    seen = environment(train={"source": "records", "path": str(tmp_path / "seen")}, evaluate={**few, "count": 10})
    with pytest.raises(AsterismError, match=r"of environment\.evaluate or of"):
        seen.train()


def test_another_set_stands_beside_the_puzzles(tmp_path: Path) -> None:
    write_records(tmp_path / "quiz", quiz())
    both = environment(beside={"source": "records", "path": str(tmp_path / "quiz")})
    tasks = both.train()
    assert len(tasks) == 15 and [task.id for task in tasks[-3:]] == ["q1", "q2", "q3"]
    prompts = [both.prompt_of(task) for task in tasks[-3:]]
    assert "(A) grass\n(B) blood" in prompts[1] and all("\\boxed{}" in prompt for prompt in prompts)
    for task, right, wrong in zip(
        tasks[-3:], ("\\boxed{True}", "\\boxed{B}", "\\boxed{4}"), ("no", "A", "5"), strict=True
    ):
        assert [each.parts["accuracy"] for each in both.reward(task, [said(right), said(wrong)])] == [1.0, 0.0]
        assert both.trace_of(task) is None
    write_records(tmp_path / "twice", [replace(quiz()[0], id=tasks[0].id)])
    with pytest.raises(AsterismError, match="1 tasks are in train and in beside"):
        environment(beside={"source": "records", "path": str(tmp_path / "twice")}).train()


def test_full_rules_are_the_stored_question_and_short_ones_name_the_puzzle() -> None:
    task = environment().train()[0]
    full = environment().prompt_of(task)
    short = environment(rules="short").prompt_of(task)
    puzzle = puzzle_of(task.family.removeprefix("helix/"))
    assert full == task.question and len(short) < len(full) / 3
    assert short.startswith(puzzle.title.en) and short.endswith(full.rpartition("\n\n")[2])
    written = environment(rules="short", pictured=False, language="zh")
    drawn = written.train()[0]
    state = puzzle.load(drawn.meta["state"])
    assert not drawn.images and puzzle.text(state) in written.prompt_of(drawn)
    assert written.prompt_of(drawn).startswith(puzzle.title.zh)


@pytest.mark.parametrize("weight", [0.0, 0.3])
def test_the_reward_is_the_verifiers_with_the_form_as_its_own_part(weight: float) -> None:
    found = environment(reward={"format_weight": weight})
    task = found.train()[0]
    texts = [
        f"<think>so</think>\\boxed{{{task.answer}}}",
        f"\\boxed{{{task.answer}}}",
        "<think>so</think>\\boxed{0}",
        "",
    ]
    rewards = found.reward(task, [said(text) for text in texts])
    assert [each.parts["accuracy"] for each in rewards] == [1, 1, 0, 0]
    assert [each.parts["format"] for each in rewards] == [1, 0, 1, 0]
    assert [each.value for each in rewards] == pytest.approx([1, 1 - weight, weight, 0])
    assert rewards[0].reason == "right" and rewards[3].reason == "missing"
    broken = replace(task, meta={**task.meta, "state": {"no": "state"}})
    with pytest.raises(AsterismError, match="not a state of"):
        found.judge(broken, [said(texts[0])])
    assert found.reward(Task("o", (), "?", "x", "osq"), [said("x")])[0].status == "abstain"


@pytest.mark.parametrize("puzzle", catalogue().values(), ids=lambda puzzle: puzzle.name)
def test_the_rule_based_expert_is_right_and_well_formed(puzzle: Any) -> None:
    state = puzzle.instance(1, 77, 0)
    trace = rule_trace(puzzle, state)
    assert puzzle.verify(state, trace).right
    assert trace.count("<think>") == trace.count("</think>") == 1 and len(trace) > 100


def test_a_stored_expert_is_for_this_state_and_right_or_refused_by_name() -> None:
    task, other = environment().train()[:2]
    own = rule_trace(puzzle_of(task.family.removeprefix("helix/")), _state(task))
    assert expert_trace(task) == own

    def storing(**meta: Any) -> Task:
        return replace(task, meta={**task.meta, **meta})

    told = f"Look: \\boxed{{{task.answer}}}"
    mark = fingerprint(puzzle_of(task.family.removeprefix("helix/")), _state(task))
    assert expert_trace(storing(trace=told)) == expert_trace(storing(expert_response=told, trace="x")) == told
    assert expert_trace(storing(trace=told, trace_state=mark)) == told
    for meta, code in (
        ({"trace": "\\boxed{0}"}, "unverified"),
        ({"trace": ""}, "unverified"),
        ({"trace": told, "trace_state": "0" * 64}, "other_state"),
    ):
        with pytest.raises(UnfitTrace) as refused:
            expert_trace(storing(**meta))
        assert refused.value.code == code and task.id in str(refused.value)
    assert other.id != task.id


def _state(task: Task) -> Any:
    return puzzle_of(task.family.removeprefix("helix/")).load(task.meta["state"])


# Tasks drawn by a curriculum.


def source(exclude: Set[str] = frozenset(), **values: Any) -> CurriculumSampler:
    options = {"source": "curriculum", "tasks": ["maze", "word_search"], "window": 4, "seed": 2, **values}
    return CurriculumSampler(
        CurriculumSource.parse(options, where="test"), Asked(pictured=False), seed=9, exclude=exclude
    )


def outcome(task: Task, *right: bool | None) -> Group:
    rewards = [Reward.error("x") if each is None else Reward(float(each), {"accuracy": float(each)}) for each in right]
    return Group.of(task, (said(""),) * len(right), tuple(rewards))


def walk(found: CurriculumSampler, steps: Sequence[tuple[int, bool]]) -> list[str]:
    """Takes tasks and records that all of a step were right or wrong."""
    ids = []
    for count, right in steps:
        drawn = [each.task for each in found.next(count)]
        found.update([outcome(task, right, right) for task in drawn])
        ids += [task.id for task in drawn]
    return ids


steps = st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=6)


@settings(max_examples=15)
@given(steps, steps)
def test_a_source_that_goes_on_from_its_checkpoint_draws_what_it_would_have_drawn(before: Any, later: Any) -> None:
    first, second = source(), source()
    walk(first, before)
    kept = json.loads(json.dumps(first.state_dict()))
    ahead = [each.task.id for each in first.peek(5)]
    assert json.loads(json.dumps(first.state_dict())) == kept
    second.next(3)
    second.load_state_dict(kept)
    assert [each.task.id for each in second.peek(5)] == ahead
    assert walk(second, later) == walk(first, later)
    assert second.levels == first.levels and second.state_dict() == first.state_dict()


def test_what_was_announced_is_what_is_taken() -> None:
    found = source()
    announced = found.peek(6)
    assert all(one.task is other.task for one, other in zip(announced, found.next(6), strict=True))


def test_levels_follow_success_and_faults_of_the_grader_do_not_count() -> None:
    found = source(tasks=["maze"])
    (drawn,) = found.next(1)
    found.update([outcome(drawn.task, None, None, None, None, None)])
    assert (
        found.levels == {"maze": 1}
        and found.state_dict()["curriculum"] == source(tasks=["maze"]).state_dict()["curriculum"]
    )
    found.update([outcome(drawn.task, True, True, True, True)])
    assert found.levels == {"maze": 2}
    assert {each.task.meta["level"] for each in found.next(5)} == {2}


def test_tasks_that_are_always_or_never_solved_are_drawn_less() -> None:
    found = source(window=10, raise_at=1.0, lower_at=0.0, start=3, floor=0.01)
    maze, words = (
        next(e.task for e in found.peek(50) if e.task.family == f"helix/{n}") for n in ("maze", "word_search")
    )
    found.update([outcome(maze, *[True] * 9), outcome(words, True, False)])
    drawn = [each.task.family for each in found.next(60)]
    assert drawn.count("helix/word_search") > 50
    found = source(weighting="uniform")
    assert 15 < [each.task.family for each in found.next(60)].count("helix/maze") < 45


def test_a_level_that_is_used_up_begins_again(walk: Any) -> None:
    found = source(tasks=["walk"])
    drawn = found.next(14)
    ids = [each.task.id for each in drawn]
    assert len(set(ids)) == 6 and ids[6:12] == ids[:6]
    assert [each.epoch for each in drawn] == [0] * 6 + [1] * 6 + [2] * 2


def test_a_source_of_other_tasks_or_other_exclusions_is_refused() -> None:
    found = source()
    kept = found.state_dict()
    with pytest.raises(AsterismError, match="of other settings: tasks"):
        source(tasks=["maze"]).load_state_dict(kept)
    with pytest.raises(AsterismError, match=r"of other settings: floor \(0\.05 there, 0\.2 here\); kept_out"):
        source(exclude={"x"}, floor=0.2).load_state_dict(kept)
    with pytest.raises(AsterismError, match=r"beside_share and environment\.beside go"):
        source(beside_share=0.2)


def test_others_come_beside_the_curriculum_in_their_share(tmp_path: Path) -> None:
    write_records(tmp_path / "quiz", quiz())
    values = {"evaluate": HELD, "beside": {"source": "records", "path": str(tmp_path / "quiz")}}
    made = environment(train={"source": "curriculum", "tasks": ["maze"], "beside_share": 0.4}, **values)
    assert made.order is not None and [task.id for task in made.train()] == ["q1", "q2", "q3"]
    order = made.order(made.train(), 5)
    drawn = order.next(100)
    share = sum(not each.task.family for each in drawn) / 100
    assert 0.25 < share < 0.55 and len({each.task.id for each in drawn if each.task.family}) == 100 - round(100 * share)
    kept, ahead = order.state_dict(), [each.task.id for each in order.peek(9)]
    again = made.order(made.train(), 5)
    again.load_state_dict(kept)
    assert [each.task.id for each in again.next(9)] == ahead
