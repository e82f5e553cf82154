"""Every typed record comes back from its file as it was written."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.files import read_json, write_json
from asterism.core.lines import LineLog
from asterism.core.results.estimate import Estimate
from asterism.core.results.metrics import RESERVED, StepMetrics, ValidationMetrics, read_metrics
from asterism.core.results.prediction import Prediction, PredictionLog, read_completions
from asterism.core.results.result import Result, read_results, write_results
from asterism.core.results.rollout import (
    EpisodeRecord,
    RolloutRecord,
    SegmentRecord,
    TrajectoryRecord,
    has_entropies,
    read_rollouts,
)
from asterism.core.results.summary import (
    Baseline,
    Breakdown,
    Condition,
    Counts,
    HumanAgreement,
    LengthBias,
    Marks,
    OptionConsistency,
    PairedDifference,
    RunSummary,
    VoteSpread,
    read_summary,
    write_summary,
)
from asterism.core.reward import Reward

many = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(max_size=12)
names = st.text("abcdefgh_", min_size=1, max_size=8)
numbers = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 10**6)
pairs = st.tuples(numbers, numbers)
estimates = st.builds(Estimate, numbers, numbers, numbers, counts, counts, pairs)
shares = st.dictionaries(names, numbers, max_size=3)
columns = st.lists(st.none() | numbers, max_size=3).map(tuple)

rewards = st.one_of(
    st.builds(Reward, numbers, shares, st.just("ok"), texts),
    st.builds(Reward, st.none(), shares, st.sampled_from(["abstain", "error"]), texts),
)
prompts = st.builds(SegmentRecord, st.just("prompt"), texts, st.lists(names, max_size=2).map(tuple))
written = st.builds(
    SegmentRecord,
    role=st.sampled_from(["model", "tool"]),
    text=texts,
    images=st.lists(names, max_size=2).map(tuple),
    trainable=st.booleans(),
    token_ids=st.lists(counts, max_size=3).map(tuple),
    pieces=st.lists(texts, max_size=3).map(tuple),
    logprobs=columns,
    entropies=columns,
    advantages=columns,
)
trajectories = st.builds(TrajectoryRecord, names, st.lists(prompts | written, max_size=4).map(tuple), names)
episodes = st.builds(
    EpisodeRecord,
    st.lists(trajectories, min_size=1, max_size=2).map(tuple),
    rewards,
    names,
    st.none() | numbers,
    texts,
)
rollouts = st.builds(
    RolloutRecord,
    step=counts,
    task=texts,
    question=texts,
    options=st.lists(texts, max_size=3).map(tuple),
    answer=st.none() | texts,
    kind=names,
    family=texts,
    images=st.lists(names, max_size=2).map(tuple),
    episodes=st.lists(episodes, max_size=3).map(tuple),
    expert=texts,
    prefix_tokens=counts,
)

breakdowns = st.builds(Breakdown, names, names, st.dictionaries(texts, st.none() | estimates, max_size=2))
marks = st.builds(
    Marks,
    counts,
    counts,
    st.dictionaries(texts, counts, max_size=2),
    st.none() | pairs,
    st.dictionaries(names, counts, max_size=2),
    st.dictionaries(names, st.none() | estimates, max_size=2),
    st.none() | st.builds(VoteSpread, numbers, numbers, numbers),
    st.builds(LengthBias, st.none() | numbers, st.none() | estimates, st.none() | estimates),
)
conditions = st.builds(
    Condition,
    metrics=st.dictionaries(names, estimates, max_size=2),
    title=texts,
    counts=st.dictionaries(names, counts, max_size=2),
    shares=shares,
    answers=shares,
    breakdowns=st.lists(breakdowns, max_size=2).map(tuple),
    marks=st.none() | marks,
)
summaries = st.builds(
    RunSummary,
    conditions=st.dictionaries(names, conditions, max_size=3),
    primary=texts,
    reference=texts,
    baselines=st.dictionaries(texts, st.builds(Baseline, shares, texts), max_size=2),
    paired=st.lists(st.builds(PairedDifference, names, names, names, estimates), max_size=2).map(tuple),
    breakdowns=st.lists(breakdowns, max_size=1).map(tuple),
    counts=st.none() | st.builds(Counts, *[counts] * 8),
    unread=st.dictionaries(texts, counts, max_size=2),
    failures=st.dictionaries(texts, counts, max_size=2),
    consistency=st.none() | st.builds(OptionConsistency, counts, estimates, st.none() | estimates),
    agreement=st.none() | st.builds(HumanAgreement, counts, counts, *[st.none() | estimates] * 4),
    settings=st.dictionaries(names, st.none() | texts | st.lists(counts, max_size=2), max_size=2),
    judge=st.dictionaries(names, texts, max_size=1),
    seconds=shares,
    peak_memory_mib=st.none() | numbers,
    stopped=names,
)
figures = st.dictionaries(texts.filter(lambda name: name not in RESERVED), numbers | counts, max_size=4)
steps = st.builds(StepMetrics, counts, counts, counts, counts, counts, numbers, shares, figures)
validations = st.builds(ValidationMetrics, counts, shares)


@many
@given(st.lists(steps | validations, max_size=4))
def test_metrics(tmp_path: Path, lines: list[StepMetrics | ValidationMetrics]) -> None:
    with LineLog[Any](tmp_path / "metrics.jsonl", offset=0) as log:
        for line in lines:
            log.append(line.as_json())
    assert list(read_metrics(tmp_path / "metrics.jsonl")) == lines


@many
@given(st.lists(rollouts, max_size=3))
def test_rollouts(tmp_path: Path, records: list[RolloutRecord]) -> None:
    path = tmp_path / "rollouts.jsonl"
    with LineLog[Any](path, offset=0) as log:
        for record in records:
            log.append(record.as_json())
    assert list(read_rollouts(path)) == records
    assert list(read_rollouts(path, {2})) == records[1:2]
    known = [
        any(segment.entropies for episode in each.episodes for one in episode.trajectories for segment in one.segments)
        for each in records
    ]
    assert [has_entropies(line) for line in path.read_bytes().splitlines()] == known


@many
@given(summaries)
def test_summary(tmp_path: Path, summary: RunSummary) -> None:
    write_summary(tmp_path, summary)
    assert read_summary(tmp_path) == summary


@many
@given(
    st.lists(st.builds(Result, texts, counts, texts, st.none() | texts, texts, st.none() | numbers, shares, numbers))
)
def test_results(tmp_path: Path, results: list[Result]) -> None:
    assert read_results(write_results(tmp_path / "results.jsonl", results)) == results


@many
@given(st.dictionaries(st.tuples(texts, counts), st.tuples(texts, numbers, st.lists(counts, max_size=3)), max_size=4))
def test_predictions(tmp_path: Path, given_: dict[tuple[str, int], tuple[str, float, list[int]]]) -> None:
    path = tmp_path / "completions.jsonl"
    path.unlink(missing_ok=True)
    expected = {
        key: Prediction(*key, text, seconds=seconds, token_ids=tuple(ids))
        for key, (text, seconds, ids) in given_.items()
    }
    with PredictionLog(path) as log:
        for prediction in expected.values():
            log.append(prediction)
    assert read_completions(path) == expected


def test_a_prompt_that_all_episodes_share_is_stored_once() -> None:
    prompt = SegmentRecord("prompt", "What is it?", ("images/a.png",), token_ids=(1, 2, 3))
    reader = TrajectoryRecord("reader", (SegmentRecord("prompt", "Read this."), SegmentRecord("model", "yes")))
    answers = ("a cat", "a dog")
    record = RolloutRecord(
        step=1,
        task="t",
        episodes=tuple(
            EpisodeRecord((TrajectoryRecord("actor", (prompt, SegmentRecord("model", text))), reader), Reward(1.0))
            for text in answers
        ),
    )
    line = record.as_json()
    assert record.prompt_text == "What is it?" and str(line).count("What is it?") == 1
    actor, other = line["episodes"][0]["trajectories"]
    assert actor["continues_prompt"] and [one["role"] for one in actor["segments"]] == ["model"]
    assert "continues_prompt" not in other and len(other["segments"]) == 2


def test_rollouts_of_the_first_format_are_still_read(tmp_path: Path) -> None:
    line = (
        '{"step": 3, "task": "t", "question": "Q?", "options": [], "answer": "T", "images": ["images/a.png"], '
        '"expert": "used", "opening": 2, "completions": [{"text": "T", "reward": 1.0, "parts": {"accuracy": 1.0}, '
        '"reason": "tagged", "status": "completed", "advantage": 0.5, "pieces": ["T"], "entropies": [0.1]}, '
        '{"text": "", "reward": null, "parts": {}, "reason": "", "status": "truncated_length", "advantage": null}]}\n'
    )
    (tmp_path / "rollouts.jsonl").write_text(line, encoding="utf-8")
    (record,) = read_rollouts(tmp_path / "rollouts.jsonl")
    first, second = record.episodes
    assert (record.task, record.answer, record.expert, record.prefix_tokens) == ("t", "T", "used", 2)
    assert (first.actor.completion, first.reward.value, first.advantage) == ("T", 1.0, 0.5)
    assert first.actor.segments[0].entropies == (0.1,) and record.prompt_text == ""
    assert (second.reward.status, second.status) == ("abstain", "truncated_length")


@pytest.mark.parametrize("line", ["{}", "[]", '{"format": 2, "step": 1}', '{"format": 9, "step": 1, "task": "t"}', "x"])
def test_a_line_that_is_no_rollout_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "rollouts.jsonl").write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(AsterismError, match=r"rollouts\.jsonl:1: "):
        list(read_rollouts(tmp_path / "rollouts.jsonl"))


def test_a_summary_of_an_earlier_form_or_with_a_wrong_value_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "summary.json", {"before": {"per_statement": 0.5}})
    with pytest.raises(AsterismError, match=r"summary\.json: is of format 1, and format 2 is read here"):
        read_summary(tmp_path)
    write_json(tmp_path / "summary.json", {"format": 2, "seconds": {"train": "long"}})
    with pytest.raises(AsterismError, match=r"summary\.json: seconds\.train: Input should be a valid number"):
        read_summary(tmp_path)
    assert read_summary(tmp_path / "absent") == RunSummary()


def test_figures_that_are_no_numbers_are_left_out_and_names_of_fields_refused(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "kl": null, "loss": 0.5, "note": "x", "on": true}\n')
    assert list(read_metrics(tmp_path / "metrics.jsonl")) == [StepMetrics(1, figures={"loss": 0.5})]
    with pytest.raises(ValueError, match="may not be called tokens"):
        StepMetrics(1, figures={"tokens": 3})
    (tmp_path / "metrics.jsonl").write_text('{"loss": 0.5}\n')
    with pytest.raises(AsterismError, match="a line has no step"):
        list(read_metrics(tmp_path / "metrics.jsonl"))


def test_a_json_file_that_is_none_is_named(tmp_path: Path) -> None:
    for content, message in (("{", "not valid JSON"), ("[]", "no JSON object")):
        (tmp_path / "x.json").write_text(content)
        with pytest.raises(AsterismError, match=message):
            read_json(tmp_path / "x.json")
