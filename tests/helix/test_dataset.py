import json
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from itertools import islice, permutations
from pathlib import Path

import numpy as np
import pytest

from asterism.core.errors import AsterismError
from asterism.helix.dataset import create_dataset, score_answer, verify_answer
from asterism.helix.puzzle import LEVELS
from tests.helix.toy import WalkPuzzle

ROOT = Path(__file__).parents[2]

NAMED = """
import hashlib, json, sys
from asterism.core.records import _line
from asterism.helix.dataset import create_dataset
from asterism.helix.records import task_of
entries = create_dataset("sudoku", level=4, size=3, seed=-9)
lines = [json.dumps(_line(task_of(each), [image.digest for image in each.images])) for each in entries]
print(hashlib.sha256("\\n".join(lines).encode()).hexdigest())
"""


def test_an_entry_is_asked_with_a_picture_or_as_text() -> None:
    pictured = create_dataset("sudoku", level=3, size=2, seed=1)[0]
    written = create_dataset("sudoku", level=3, size=2, seed=1, pictured=False)[0]
    assert len(pictured.images) == 1 and written.images == ()
    assert pictured.metadata == written.metadata
    assert written.question == written.metadata["question_text"] != pictured.question
    assert pictured.metadata["category"] == "puzzles" and pictured.metadata["unique"] is True
    assert [pictured.metadata[key] for key in ("level", "seed", "index")] == [3, 1, 0]
    assert json.loads(json.dumps(pictured.metadata)) == pictured.metadata


def test_questions_come_in_both_languages() -> None:
    assert "数独" in create_dataset("sudoku", size=1, language="zh")[0].question
    assert "Sudoku" in create_dataset("sudoku", size=1)[0].question


def test_a_dataset_is_a_lazy_sequence() -> None:
    entries = create_dataset("sudoku", size=1_000_000_000, pictured=False)
    assert isinstance(entries, Sequence) and len(entries) == 1_000_000_000
    part = entries[1:8:2]
    assert len(part) == 4 and [each.metadata["index"] for each in part] == [1, 3, 5, 7]
    assert part[-1] == entries[7] and part[1:][0] == entries[3]
    assert entries[-999_999_999].metadata["index"] == 1
    for index in (1_000_000_000, -1_000_000_001):
        with pytest.raises(IndexError):
            entries[index]


def test_an_entry_depends_neither_on_size_nor_on_what_was_looked_at_before() -> None:
    forwards, backwards = create_dataset("sudoku", size=6, seed=3), create_dataset("sudoku", size=60, seed=3)
    last = [backwards[index] for index in range(5, -1, -1)]
    assert list(forwards) == last[::-1]


def test_neighbouring_seeds_and_levels_share_nothing() -> None:
    marks = [
        each.fingerprint
        for seed in (0, 1)
        for level in (1, 2)
        for each in create_dataset("sudoku", level=level, size=4, seed=seed, pictured=False)
    ]
    assert len(set(marks)) == len(marks)


def test_a_dataset_survives_pickling_with_what_it_has_drawn(walk: WalkPuzzle) -> None:
    entries = create_dataset("walk", level=5, size=42, seed=2, distinct=True)
    before = list(entries)
    again = pickle.loads(pickle.dumps(entries))
    assert list(again) == before and len(again[:3]) == 3
    assert len(again.instances._states) == 42


def test_no_state_comes_twice_until_all_have_come(walk: WalkPuzzle) -> None:
    every = {(3, at, goal) for at, goal in permutations(range(3), 2)}
    entries = create_dataset("walk", level=1, size=6, seed=5, distinct=True, pictured=False)
    found = [tuple(each.metadata["state"][name] for name in ("length", "at", "goal")) for each in entries]
    assert set(found) == every and len(found) == 6
    first = walk.instance(1, 5, 0)
    assert found[0] == (first.length, first.at, first.goal)
    with pytest.raises(AsterismError, match=r"walk: level 1, 3, has hardly more than 6 distinct instances"):
        create_dataset("walk", level=1, size=7, seed=5, distinct=True, pictured=False)[6]


def test_states_can_be_kept_out(walk: WalkPuzzle) -> None:
    kept_out = frozenset(each.fingerprint for each in create_dataset("walk", level=2, size=5, seed=1, distinct=True))
    others = {
        each.fingerprint for each in create_dataset("walk", level=2, size=7, seed=9, distinct=True, exclude=kept_out)
    }
    assert len(others) == 7 and not others & kept_out


def test_published_parameters_are_an_option(walk: WalkPuzzle) -> None:
    plain, published = create_dataset("walk", size=1)[0], create_dataset("walk", size=1, reference=True)[0]
    assert plain.metadata["state"]["length"] == 3 and published.metadata["state"]["length"] == 9
    assert str(plain.name) != str(published.name)


@pytest.mark.parametrize("level", LEVELS)
def test_the_own_answer_scores_one_and_others_nothing(level: int) -> None:
    entry = create_dataset("sudoku", level=level, size=1, seed=4)[0]
    assert score_answer(entry.answer, entry) == score_answer(f"So \\boxed{{{entry.answer}}}", entry) == 1.0
    for text in (None, "", entry.question, entry.metadata["question_text"], "I do not know"):
        assert score_answer(text, entry) == 0.0
    assert verify_answer(None, entry).code == "missing"
    assert verify_answer("1 2 3", entry).code == "form"


def test_numbers_of_other_libraries_name_the_same_entries() -> None:
    plain = create_dataset("sudoku", level=2, size=2, seed=7)
    arrays = create_dataset("sudoku", level=np.int64(2), size=np.int32(2), seed=np.int64(7))  # type: ignore[arg-type]
    assert arrays[np.int64(1)] == plain[1]  # type: ignore[call-overload]
    assert type(arrays[0].metadata["level"]) is int


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "sudoko"}, "no task 'sudoko'\nDid you mean sudoku?"),
        ({"level": 0}, "sudoku has no level 0\nLevels are 1 to 5."),
        ({"level": 6}, "sudoku has no level 6"),
        ({"size": -1}, "a dataset of -1 entries"),
        ({"language": "fr"}, "no language 'fr'\nLanguages are en and zh."),
    ],
)
def test_bad_input_is_refused_at_once(given: dict[str, object], message: str) -> None:
    with pytest.raises(AsterismError) as refused:
        create_dataset(**{"name": "sudoku", **given})  # type: ignore[arg-type]
    assert message in str(refused.value)


def test_a_dataset_of_nothing_is_empty() -> None:
    assert list(create_dataset("sudoku", size=0)) == []


def test_an_entry_is_drawn_without_those_before_it(walk: WalkPuzzle, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    plain = WalkPuzzle.generate
    monkeypatch.setattr(WalkPuzzle, "generate", lambda *given: drawn.append(1) or plain(*given))
    entry = create_dataset("walk", level=5, size=1_000_000, seed=3, pictured=False)[999_999]
    assert len(drawn) == 1 and entry.metadata["index"] == 999_999


def test_entries_drawn_alone_and_distinct_ones_agree_until_a_state_comes_twice(walk: WalkPuzzle) -> None:
    """The toy has six states at level 1, so that some come again soon; the index is what Gymnasium's options name."""
    alone = create_dataset("walk", level=1, size=6, seed=5, pictured=False)
    distinct = create_dataset("walk", level=1, size=6, seed=5, distinct=True, pictured=False)
    marks = [each.fingerprint for each in alone]
    first_again = next(place for place, mark in enumerate(marks) if mark in marks[:place])
    assert 0 < first_again < 6
    assert list(alone[:first_again]) == list(distinct[:first_again]) and alone[first_again] != distinct[first_again]
    assert [walk.dump(walk.instance(1, 5, place)) for place in range(6)] == [each.metadata["state"] for each in alone]


def test_states_can_be_kept_out_of_entries_drawn_alone(walk: WalkPuzzle) -> None:
    kept_out = frozenset(each.fingerprint for each in create_dataset("walk", level=1, size=4, seed=1, distinct=True))
    entries = create_dataset("walk", level=1, size=30, seed=9, exclude=kept_out, pictured=False)
    assert kept_out and not {each.fingerprint for each in entries} & kept_out
    assert entries[29] == create_dataset("walk", level=1, size=30, seed=9, exclude=kept_out, pictured=False)[29]
    every = kept_out | {each.fingerprint for each in create_dataset("walk", level=1, size=6, distinct=True)}
    with pytest.raises(AsterismError, match="gave none that is not excluded"):
        create_dataset("walk", level=1, exclude=every)[0]


def test_an_endless_dataset_never_ends() -> None:
    entries = create_dataset("maze", size=None, seed=3, pictured=False)
    assert entries.endless and entries
    assert [each.metadata["index"] for each in islice(entries, 3)] == [0, 1, 2]
    assert list(entries[:3]) == list(create_dataset("maze", size=3, seed=3, pictured=False))
    assert entries[5:].endless and entries[5:][2] == entries[7] and len(entries[2:9:3]) == 3
    assert entries[10**12].metadata["index"] == 10**12
    with pytest.raises(TypeError, match="an endless set has no length; take a slice"):
        len(entries)
    for index in (-1, slice(-3, None), slice(None, -1), slice(None, None, -1)):
        with pytest.raises(AsterismError, match="no last entry"):
            entries[index]


def test_an_entry_is_a_mapping_too() -> None:
    entries = create_dataset("sudoku", size=2, seed=1)
    entry = entries[0]
    assert entry["question"] == entry.question and entry["answer"] == entry.answer
    assert entry["metadata"]["level"] == 1 and entry["images"] == entry.images
    assert set(entry) == {"question", "answer", "images", "metadata", "task"} == set(dict(entry))
    assert "question" in entry and "nothing" not in entry
    with pytest.raises(KeyError):
        entry["nothing"]
    assert entries.score_answer(entry["answer"], entry) == entries[1:].score_answer(entry["answer"], entry) == 1.0
    assert entries.score_answer("no", entry) == entries.score_answer(None, entry) == 0.0


def test_difficulty_parameters_take_the_place_of_the_level_s() -> None:
    large = create_dataset("maze", level=1, size=2, seed=4, config={"side": 6, "shortest": [8, 30]})
    plain = create_dataset("maze", level=1, size=2, seed=4)
    assert len(large[0].metadata["state"]["right"]) == 6 and len(plain[0].metadata["state"]["right"]) == 4
    assert large[0].metadata["config"] == {"side": 6, "shortest": [8, 30]} and "config" not in plain[0].metadata
    assert large[0].id.startswith("maze-1-4-00000-") and large[0].id != large[1].id
    assert score_answer(large[0].answer, large[0]) == 1.0
    again = create_dataset("maze", level=1, size=2, seed=4, config={"shortest": [8, 30], "side": 6})
    assert again[0] == large[0]
    assert str(large[0].name) == large[0].id


@pytest.mark.parametrize(
    ("task", "config", "message"),
    [
        ("maze", {"sidee": 6}, "maze has no difficulty parameter 'sidee'\nDid you mean side? This level has side=4, "),
        ("maze", {"side": "six"}, "config of maze: side: Input should be a valid integer"),
        ("maze", {"side": -6}, "config of maze: side: is below 0"),
        ("maze", {"shortest": [9, 3]}, "config of maze: shortest: a range from 9 to 3 is empty"),
        ("maze", {"shortest": [9]}, "config of maze: shortest.1: Field required"),
        (
            "sudoku",
            {"size": 7},
            "sudoku has no difficulty parameter 'size'\nDid you mean givens?",
        ),
    ],
)
def test_impossible_parameters_are_refused_at_once(task: str, config: dict[str, object], message: str) -> None:
    with pytest.raises(AsterismError) as refused:
        create_dataset(task, config=config)  # type: ignore[arg-type]
    assert message in str(refused.value)


def test_parameters_that_allow_no_instance_are_told_at_the_entry() -> None:
    entries = create_dataset("maze", config={"side": 3, "shortest": [50, 60]})
    with pytest.raises(AsterismError, match="maze: no instance with Level"):
        entries[0]
    with pytest.raises(AsterismError, match="word_ladder: no instance with Level"):
        create_dataset("word_ladder", config={"letters": 40})[0]


def test_entries_are_the_same_in_every_process(tmp_path: Path) -> None:
    said = set()
    for hashseed, zone, folder in (("0", "UTC", ROOT), ("4711", "Asia/Kathmandu", tmp_path)):
        environment = {**os.environ, "PYTHONHASHSEED": hashseed, "TZ": zone, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", NAMED]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
        assert done.returncode == 0, done.stderr
        said.add(done.stdout)
    assert len(said) == 1
