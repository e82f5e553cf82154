"""What an image shows can be told from its pixels, and every element of a state is in its image."""

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.core.errors import AsterismError
from asterism.helix.bench import BENCHMARK_TASKS
from asterism.helix.catalogue import catalogue
from asterism.helix.puzzle import LEVELS, Puzzle
from benchmarks.helix.reading.__main__ import main, measured
from benchmarks.helix.reading.page import Outcome, Plan, Reading, Results, Share
from benchmarks.helix.reading.reader import Sample, confusions, joined, share, trained
from benchmarks.helix.reading.signs import GRIDS, OTHERS
from benchmarks.helix.reading.windows import drawn, paper, window
from tests.helix.elements import CHANGES, changed

every_task = pytest.mark.parametrize("puzzle", [catalogue()[name] for name in CHANGES], ids=lambda puzzle: puzzle.name)
every_level = pytest.mark.parametrize("level", LEVELS)
every_grid = pytest.mark.parametrize("task", GRIDS)


def read(task: str, state: Any) -> list[Any]:
    return [part.spots(state) for part in GRIDS[task].parts]


def mutants(puzzle: Puzzle[Any], level: int, index: int, each: int) -> tuple[Any, list[Any]]:
    """A state, and others with one element changed: each kind of change so many times."""
    rng = random.Random(f"{puzzle.name} {level} {index}")
    state = puzzle.instance(level, 21, index)
    dumped = puzzle.dump(state)
    found = [changed(dumped, change, rng) for change in CHANGES[puzzle.name] for _ in range(each)]
    return state, [puzzle.load(json.loads(json.dumps(mutant))) for mutant in found if mutant != dumped]


def test_every_task_is_on_a_grid_or_is_not() -> None:
    """Those of the benchmark; a new task may be added to either, and is looked at as soon as it is."""
    assert not set(GRIDS) & set(OTHERS) and {*GRIDS, *OTHERS, *CHANGES} <= catalogue().keys()
    assert {*GRIDS, *OTHERS} >= set(BENCHMARK_TASKS) <= CHANGES.keys()


@every_task
@every_level
def test_changing_one_element_of_the_state_changes_the_picture(puzzle: Puzzle[Any], level: int) -> None:
    state, others = mutants(puzzle, level, 0, 1)
    own = puzzle.draw(state).image().digest
    assert others and all(puzzle.draw(other).image().digest != own for other in others)


@pytest.mark.slow
@every_task
@every_level
def test_changing_any_one_element_of_the_state_changes_the_picture(puzzle: Puzzle[Any], level: int) -> None:
    for index in range(3):
        state, others = mutants(puzzle, level, index, 12)
        own = puzzle.draw(state).image().digest
        assert [puzzle.dump(other) for other in others if puzzle.draw(other).image().digest == own] == []


@every_grid
def test_what_is_to_be_read_is_the_whole_state(task: str) -> None:
    puzzle = catalogue()[task]
    for level in (1, 2, 4):
        state, others = mutants(puzzle, level, 1, 8)
        seen = read(task, state)
        assert [puzzle.dump(other) for other in others if read(task, other) == seen] == []


@every_grid
def test_places_lie_in_the_picture_and_have_as_many_signs_each(task: str) -> None:
    puzzle, grid = catalogue()[task], GRIDS[task]
    for level in (1, 5):
        state = puzzle.instance(level, 22, 0)
        frame = grid.frame(state)
        picture = paper(puzzle, state, frame)
        for part in grid.parts:
            spots = part.spots(state)
            assert len({len(spot.signs) for spot in spots}) == 1
            assert len({(spot.row, spot.column) for spot in spots}) == len(spots)
            for spot in spots:
                x, y = frame.left + (spot.column + 0.5) * frame.side, frame.top + (spot.row + 0.5) * frame.side
                assert 0 < x < frame.width and 0 < y < frame.height
            width, height = part.pixels
            assert window(picture, frame, part, spots[0]).shape == (height, width, 3)


def test_fresh_pictures_are_of_other_instances() -> None:
    own = drawn("binairo", 1, 20, {1: 100}, 5)
    fresh = drawn("binairo", 1, 10, {1: 100}, passed=own.states)  # of the same seed, so that all of them come again
    assert len(own.states) == 20 and len(fresh.states) == 10 and not own.states & fresh.states
    assert len(own.samples[0].signs) == 100 and len(fresh.samples[0].signs) == 10 * 16
    assert len(set(fresh.samples[0].images)) == 10


def test_a_reader_learns_what_it_is_shown_and_no_more() -> None:
    rng = np.random.default_rng(0)
    bright = rng.integers(2, size=(600, 2))  # [windows, halves]
    windows = np.full((600, 16, 16, 3), 20, np.uint8)
    windows[:, :, :8] += (180 * bright[:, 0, None, None, None]).astype(np.uint8)
    windows[:, :, 8:] += (180 * bright[:, 1, None, None, None]).astype(np.uint8)
    signs = ["".join("01"[side] for side in pair) for pair in bright]
    own, fresh = (Sample(windows[part], signs[part], list(range(600))[part]) for part in (slice(400), slice(400, 600)))
    assert share(trained(own, fresh, 20.0, "halves"), fresh) == 1
    blind = Sample(np.zeros_like(own.windows), own.signs, own.images)
    found = trained(blind, blind, 0.3, "blind").read(fresh.windows)
    assert sum(map(str.__eq__, found, fresh.signs)) < 100  # of 200; four things are as likely


def test_a_line_of_columns_is_read_without_gaps_and_repetitions() -> None:
    assert joined([0, 1, 1, 0, 1, 2, 2, 0], "AB") == "AAB"
    assert joined([2, 1, 2], "AB") == "BAB" and joined([0, 0], "AB") == ""


def test_a_line_reader_learns_letters_wherever_they_stand() -> None:
    rng = np.random.default_rng(1)
    words = ["".join("ab"[letter] for letter in rng.integers(2, size=rng.integers(1, 4))) for _ in range(200)]
    windows = np.full((200, 8, 48, 3), 255, np.uint8)
    for window_of, word in zip(windows, words, strict=True):
        start = int(rng.integers(10))
        for place, letter in enumerate(word):
            left = start + 12 * place
            window_of[:, left : left + 6, 0 if letter == "a" else 2] = 0
    sample = Sample(windows, [word.ljust(3) for word in words], range(200))
    before, after = (trained(sample, sample, seconds, "line", running=True) for seconds in (0.0, 30.0))
    assert share(before, sample) < 0.5 < 0.9 < share(after, sample)


def test_confusions_are_counted() -> None:
    assert confusions(["1", "7", "7", "2"], ["1", "1", "1", "3"]) == [("1", "7", 2), ("3", "2", 1)]


def test_what_is_on_no_grid_is_refused() -> None:
    with pytest.raises(AsterismError, match="disks on three pegs"):
        measured("tower_of_hanoi", Plan())
    with pytest.raises(AsterismError, match="Did you mean sudoku"):
        measured("sudko", Plan())


def test_a_run_goes_on_where_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "reading.json"
    small = ["--out", str(out), "--images", "20", "--held", "5", "--fresh", "5", "--seconds", "0.3"]
    for task in ("maze", "binairo"):
        monkeypatch.setattr(sys, "argv", ["helix_reading.py", task, *small])
        assert main() in (0, 1)
    told = json.loads(out.read_text())
    assert [each["task"] for each in told["tasks"]] == ["binairo", "maze"]
    assert told["tasks"][1]["right"]["places"] == sum(side**2 for side in (4, 5, 7, 9, 11))
    monkeypatch.setattr(sys, "argv", ["helix_reading.py", "maze", *small, "--fresh", "10"])
    with pytest.raises(AsterismError, match="fresh=5, "):
        main()


def test_the_page_says_what_was_read_and_what_was_not() -> None:
    well, ill = Share.of([1.0] * 50, range(50)), Share.of([1.0, 0.0], [0, 1])
    parts = (Reading("cells", "a digit", 10, well, ()), Reading("clues", "a number", 3, ill, (("1", "7", 1),)))
    results = Results("some processor", "", "2", Plan())
    results.add(Outcome("sudoku", well, 20, 30, parts[:1]))
    assert "All reach 99%" in results.page()
    results.add(Outcome("snake", well, 20, 30, parts))
    page = results.page()
    assert results.low() == ["snake"] and "All but snake reach 99%" in page
    assert "| sudoku | a digit | 10 | 50 | 100.00 | 92.87 – 100.00 | 20 + 30 |" in page
    assert "| – clues | a number | 3 | 2 | 50.00 | 9.45 – 90.55 |  |" in page
    assert page.index("| snake |") < page.index("| sudoku |") and "| disks on three pegs | tower_of_hanoi |" in page
    assert "On a grid but not measured: aquarium, binairo, " in page and ", snake" not in page
    assert list(results.tasks[0].lines())[2] == "    clues: 50.00% of 2; '1' as '7' 1×"


@pytest.mark.slow
@pytest.mark.timeout(1500)
@every_grid
def test_pictures_can_be_read_back(task: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.helix.reading", task, "--out", str(tmp_path / "reading.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
