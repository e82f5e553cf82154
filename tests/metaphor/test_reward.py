import pytest

from asterism.answers.format import check_format
from asterism.answers.grade import grade
from asterism.answers.reference import reference_accuracy
from asterism.core.errors import AsterismError
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Status, Trajectory
from asterism.metaphor.reward import RewardConfig, tfq_reward
from tests.metaphor.reward_table import REWARD_ROWS, RewardRow

each_row = pytest.mark.parametrize("row", REWARD_ROWS, ids=lambda row: row.name)


def task(answer: str | None = "T", kind: str = "tfq", options: tuple[str, ...] = ()) -> Task:
    return Task(id="scene-1", images=(), question="A dog hides.", answer=answer, kind=kind, options=options)


def said(text: str, status: Status = Status.COMPLETED) -> Trajectory:
    prompt = Segment("prompt", (1,), "A dog hides.")
    return Trajectory((prompt, Segment("model", (2, 3), text, trainable=True)), status)


@each_row
def test_reference_mode_gives_the_released_values(row: RewardRow) -> None:
    [reward] = tfq_reward(RewardConfig(mode="reference"))(task(row.gold), [said(row.text)])
    assert dict(reward.parts) == {"accuracy": row.released_accuracy, "format": row.released_format}
    assert reward.value == 0.5 * row.released_accuracy + 0.5 * row.released_format


@each_row
def test_strict_mode_gives_our_values(row: RewardRow) -> None:
    [reward] = tfq_reward(RewardConfig())(task(row.gold), [said(row.text)])
    assert dict(reward.parts) == {"accuracy": row.our_accuracy, "format": row.our_format}
    assert reward.value == 0.5 * row.our_accuracy + 0.5 * row.our_format
    assert reward.reason == row.our_reason


@each_row
def test_the_reading_behind_the_reward(row: RewardRow) -> None:
    result = grade(task(row.gold), row.text)
    assert (result.reading.value, result.reading.reason) == (row.our_value, row.our_reason)
    assert result.correct is (row.our_accuracy == 1)
    assert check_format(row.text).ok is (row.our_format == 1)
    assert reference_accuracy(row.text, row.gold) == row.released_accuracy


def test_the_weight_moves_the_value_from_format_to_accuracy() -> None:
    wrong_but_formed = said("<think>a</think><answer>F</answer>")
    values = [tfq_reward(RewardConfig(accuracy_weight=w))(task(), [wrong_but_formed])[0].value for w in (0, 0.25, 1)]
    assert values == [1.0, 0.75, 0.0]


def test_thinking_may_be_asked_to_have_a_length() -> None:
    short, long = said("<think> ab </think><answer>T</answer>"), said("<think>abc</think><answer>T</answer>")
    rewards = tfq_reward(RewardConfig(min_think_characters=3))(task(), [short, long])
    assert [reward.parts["format"] for reward in rewards] == [0.0, 1.0]


def test_options_and_short_answers_are_graded_too() -> None:
    formed = "<think>a</think><answer>{}</answer>"
    reward = tfq_reward(RewardConfig())
    assert reward(task("B", "mcq", ("sun", "moon")), [said(formed.format("moon"))])[0].value == 1.0
    assert reward(task("1,200", "short"), [said(formed.format("1200"))])[0].value == 1.0


@pytest.mark.parametrize("kind", ["osq", "verified"])
def test_what_needs_a_judge_is_abstained_from(kind: str) -> None:
    rewards = tfq_reward(RewardConfig())(task("free text", kind), [said("anything"), said("else")])
    assert [reward.status for reward in rewards] == ["abstain", "abstain"]


CUT = said("<think>a</think><answer>T", Status.TRUNCATED_LENGTH)
WHOLE = said("<think>a</think><answer>T</answer>", Status.TRUNCATED_LENGTH)
LONG = said("<think>a</think><answer>T</answer>", Status.TRUNCATED_TURNS)


def test_a_text_that_a_limit_cut_off_has_no_answer() -> None:
    rewards = tfq_reward(RewardConfig(truncated="zero"))(task(), [CUT, WHOLE, LONG])
    assert [reward.value for reward in rewards] == [0.0, 0.0, 1.0]
    assert [reward.reason for reward in rewards] == ["truncated", "truncated", "tagged"]
    assert rewards[1].parts == {"accuracy": 0.0, "format": 0.0}


def test_a_recipe_may_have_it_read_and_the_released_reward_always_does() -> None:
    for config in (RewardConfig(truncated="read"), RewardConfig(mode="reference", truncated="zero")):
        rewards = tfq_reward(config)(task(), [CUT, WHOLE])
        assert [reward.value for reward in rewards] == [0.0, 1.0]


def test_what_is_abstained_from_stays_so_where_it_was_cut_off() -> None:
    (reward,) = tfq_reward(RewardConfig(truncated="zero"))(task("free text", "osq"), [CUT])
    assert reward.status == "abstain"


@pytest.mark.parametrize("gold", ["perhaps", "", None])
@pytest.mark.parametrize("mode", ["strict", "reference"])
def test_an_unreadable_gold_ends_the_run_with_the_name_of_the_task(gold: str | None, mode: str) -> None:
    with pytest.raises(AsterismError, match="scene-1"):
        tfq_reward(RewardConfig.parse({"mode": mode}, where="test"))(task(gold), [said("T")])


def test_a_trajectory_in_which_the_model_said_nothing_earns_nothing() -> None:
    [reward] = tfq_reward(RewardConfig())(task(), [Trajectory((Segment("prompt", (1,), "?"),))])
    assert (reward.value, reward.reason) == (0.0, "missing")


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(AsterismError, match="accuracy_weight"):
        RewardConfig.parse({"acuracy_weight": 0.5}, where="recipe.yaml")
