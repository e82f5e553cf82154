import json
from dataclasses import replace
from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.core.records import read_records, take_meta, write_records
from asterism.evaluate.intervals import wilson
from asterism.helix.dataset import create_dataset
from asterism.helix.records import entry_of_task, read_entries, task_of, write_entries
from asterism.helix.score import Graded, grade, in_pairs, mean_of_tasks, read_answers, summarise
from tests.helix.toy import WalkPuzzle


def lines(path: Path, *values: object) -> Path:
    path.write_text("".join(f"{value if isinstance(value, str) else json.dumps(value)}\n" for value in values))
    return path


def graded(task: str, *outcomes: int, pair: bool = False, category: str = "puzzles") -> list[Graded]:
    """Graded instances of a task; with ``pair`` each two neighbours are one instance in two orders."""
    return [
        Graded(
            id=f"{task}-{number}",
            task=task,
            category=category,
            level=1 + number % 5,
            instance=f"{task}-{number // 2 if pair else number}",
            reason="right" if outcome else "rule",
            pair=f"{task}-{number // 2}" if pair else "",
        )
        for number, outcome in enumerate(outcomes)
    ]


def test_entries_come_back_from_disk_as_they_were(tmp_path: Path) -> None:
    entries = list(create_dataset("sudoku", level=2, size=12, seed=3))
    write_entries(tmp_path, entries)
    task = read_records(tmp_path)[0]
    assert (task.family, task.kind, task.id) == ("helix/sudoku", "verified", "sudoku-2-3-00000")
    assert {"category", "level", "seed", "index", "state", "unique", "question_text"} <= task.meta.keys()
    read = read_entries(tmp_path)
    assert list(read.values()) == entries
    assert [read[str(each.name)].images[0].digest for each in entries] == [each.images[0].digest for each in entries]


def test_records_of_others_are_refused_by_name(tmp_path: Path) -> None:
    task = task_of(create_dataset("sudoku", size=1, pictured=False)[0])
    for broken, message in (
        (replace(task, family="metaphor"), "record sudoku-1-0-00000: verified of metaphor, not a verified record"),
        (replace(task, kind="short"), "short of helix/sudoku"),
        (replace(task, family="helix/sudoko"), "no task 'sudoko'\nDid you mean sudoku?"),
        (take_meta(task, level=7), "meta.level: Input should be less than or equal to 5"),
        (take_meta(task, state={"givens": "no"}), "not a state of sudoku"),
    ):
        with pytest.raises(AsterismError) as refused:
            entry_of_task(broken)
        assert message in str(refused.value) and "sudoku-1-0-00000" in str(refused.value)
    with pytest.raises(AsterismError, match="twice"):
        write_records(tmp_path, [task, task])


def test_answers_are_verified_from_the_state_and_missing_ones_counted_apart(tmp_path: Path) -> None:
    entries = {str(each.name): each for each in create_dataset("sudoku", size=6, seed=1, pictured=False)}
    names = list(entries)
    answers = {
        names[0]: f"<think>hm</think><answer>{entries[names[0]].answer}</answer>",
        names[1]: entries[names[1]].answer,
        names[2]: entries[names[3]].answer,
        names[3]: "I cannot see it.",
        names[4]: None,
    }
    found = summarise(grade(entries, answers)).as_json()
    assert found["overall"] == found["tasks"]["sudoku"] == found["categories"]["puzzles"] == 2 / 6
    assert found["reasons"] == {"right": 2, "unanswered": 2, "rule": 1, "form": 1}
    assert found["records"] == 6 and found["levels"] == {"1": 2 / 6}
    assert found["intervals"]["overall"] == list(wilson(2 / 6, 6))
    json.dumps(found)


def test_a_stored_answer_that_was_tampered_with_changes_nothing() -> None:
    entry = create_dataset("sudoku", size=1)[0]
    changed = replace(entry, answer="1")
    assert [each.reason for each in grade({"a": changed, "b": changed}, {"a": entry.answer, "b": "1"})] == [
        "right",
        "form",
    ]


def test_answers_to_unknown_records_are_refused_by_name() -> None:
    entry = create_dataset("sudoku", size=1)[0]
    with pytest.raises(AsterismError) as refused:
        grade({"a": entry}, {"a": "1", **{f"x{number}": "1" for number in range(5)}}, where="answers.jsonl")
    assert "answers.jsonl: no record has the id 'x0', 'x1', 'x2' and 2 more" in str(refused.value)


def test_answers_are_read_in_every_usual_form(tmp_path: Path) -> None:
    file = lines(
        tmp_path / "a.jsonl",
        {"id": "a", "answer": "x"},
        "",
        {"id": "b", "answer": 7, "model": "m"},
        {"id": "c", "answer": None},
    )
    assert read_answers(file) == {"a": "x", "b": "7", "c": None}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (['{"id": "a", "answer": "1"}', '{"id": "a", "answer": "2"}'], "a.jsonl:2: id 'a' comes twice"),
        (['{"id": "a"}'], "a.jsonl:1: answer: Field required"),
        (['{"id": "", "answer": "1"}'], "a.jsonl:1: id"),
        (["[]"], "a.jsonl:1"),
        (["{"], "a.jsonl:1"),
        (['{"id": "a", "answer": ["x"]}'], "a.jsonl:1: answer"),
    ],
)
def test_answers_of_another_form_are_refused_by_line(tmp_path: Path, content: list[str], message: str) -> None:
    with pytest.raises(AsterismError) as refused:
        read_answers(lines(tmp_path / "a.jsonl", *content))
    assert message in str(refused.value)


def test_answers_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match="no answers found"):
        read_answers(tmp_path / "absent.jsonl")


def test_the_overall_figure_is_the_mean_of_the_tasks() -> None:
    found = summarise([*graded("a", 1, 1, 1, 1, 1, 1, 0, 0), *graded("b", 0, 1), *graded("c", 0, 0, category="games")])
    assert found.tasks["a"].value == 0.75 and found.tasks["b"].value == 0.5
    assert found.categories["puzzles"].value == 0.625 and found.categories["games"].value == 0
    assert found.overall.value == pytest.approx((0.75 + 0.5 + 0) / 3)
    assert found.overall.low < found.overall.value < found.overall.high
    assert found.overall.n == 12


def test_a_balanced_set_has_the_mean_over_its_instances() -> None:
    many = [*graded("a", 1, 0, 1, 1), *graded("b", 0, 0, 0, 1)]
    found = mean_of_tasks(many)
    assert found.value == 0.5 and found.interval == wilson(0.5, 8)


def test_two_forms_of_one_instance_widen_the_interval_as_one() -> None:
    once = mean_of_tasks(graded("a", *[1, 0] * 20))
    twice = mean_of_tasks([replace(each, id=f"{each.id}{form}") for each in graded("a", *[1, 0] * 20) for form in "xy"])
    assert twice.n == 80 and twice.clusters == 40
    assert twice.high - twice.low == pytest.approx(once.high - once.low, rel=0.1)


def test_of_a_pair_both_are_right_or_neither() -> None:
    found = in_pairs([*graded("isomorphism", 1, 1, 1, 0, 0, 0, 1, pair=True), *graded("other", 1, 0)])
    assert [each.reason for each in found] == [
        "right",
        "right",
        "pair",
        "rule",
        "rule",
        "rule",
        "pair",
        "right",
        "rule",
    ]


def test_nothing_has_no_score() -> None:
    with pytest.raises(AsterismError, match="nothing was graded"):
        summarise([])


def test_several_tasks_of_one_run_are_scored_each(walk: WalkPuzzle) -> None:
    entries = {
        str(each.name): each
        for dataset in (create_dataset("sudoku", size=2), create_dataset("walk", level=5, size=4))
        for each in dataset
    }
    answers = {name: each.answer for name, each in entries.items() if each.task == "walk"}
    found = summarise(grade(entries, answers))
    assert {name: each.value for name, each in found.tasks.items()} == {"sudoku": 0, "walk": 1}
    assert found.overall.value == 0.5
