from dataclasses import replace
from typing import Any

import pytest

from asterism.core.seeds import rng_for
from asterism.helix.bench import read_manifest
from asterism.helix.catalogue import catalogue, puzzle_of
from asterism.helix.dataset import create_dataset
from asterism.helix.entry import fingerprint
from asterism.helix.puzzle import Puzzle
from asterism.helix.serg.config import SergConfig
from asterism.helix.serg.filters import contaminated, examine, loop, reflections, unsound
from asterism.helix.serg.prompts import rewriting
from asterism.helix.serg.teacher import framed
from asterism.helix.serg.trace_reader import Reader
from asterism.helix.serg.wording import PHRASES, canonical, completion, plain, reworded
from tests.helix.serg.rewriter import BAD, well

PUZZLE = puzzle_of("h_index")
STATE = PUZZLE.load({"values": [5, 1, 4, 2, 3]})
STEPS = PUZZLE.reasoning(STATE)
SHOWN = rewriting(PUZZLE.prompt(STATE, pictured=False), plain(STEPS), "3")
CONFIG = SergConfig()


def objection(text: str, config: SergConfig = CONFIG, *, cut_off: bool = False) -> str | None:
    found = examine(PUZZLE, STATE, Reader(PUZZLE, STATE, STEPS), framed(text), SHOWN, config, cut_off=cut_off)
    return found.objection.filter if found.objection else None


def test_a_good_rewrite_passes_every_filter() -> None:
    text = framed(well(SHOWN, {}))
    found = examine(PUZZLE, STATE, Reader(PUZZLE, STATE, STEPS), text, SHOWN, CONFIG)
    assert found.objection is None
    assert found.verdict == "right"
    assert found.reading is not None
    assert found.reading.coverage == 1.0


@pytest.mark.parametrize(("name", "way"), [(name, way) for name, ways in BAD.items() for way in ways])
def test_each_bad_way_meets_its_filter(name: str, way: Any) -> None:
    assert objection(way(SHOWN, {})) == name


def test_a_text_that_was_cut_off_or_is_too_long_is_dropped() -> None:
    assert objection(well(SHOWN, {}), cut_off=True) == "length"
    assert objection(well(SHOWN, {}), SergConfig(longest=500)) == "length"


def test_too_few_states_in_a_text_are_a_matter_of_the_setting() -> None:
    text = completion(
        "Wait, let me think about citations. I sort the papers, and then I count the ones on top. " * 2, "3"
    )
    assert objection(text) is None
    assert objection(text, SergConfig(least_coverage=0.5)) == "state"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two three", 0),
        ("on and on " + "round we go " * 5, 15),
        ("a b a b a b", 0),
        ("a b a b a b a b", 8),
        ("so it is " * 3 + "and " + "so it is " * 3, 0),
    ],
)
def test_a_loop_is_a_stretch_that_comes_four_times_in_a_row(text: str, words: int) -> None:
    assert loop(text) == words


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("I wait for it.", 1),
        ("Wait, let me check: 3. Hmm. On second thought, no.", 4),
        ("The waiter checks the bill.", 0),
        ("Let me double-check this.", 1),
    ],
)
def test_reflections_are_counted(text: str, number: int) -> None:
    assert reflections(text) == number


def test_a_state_of_the_benchmark_is_met_also_with_its_parts_exchanged() -> None:
    states = read_manifest().states
    puzzle = puzzle_of("graph_isomorphism")
    state = puzzle.load(create_dataset(puzzle.name, 1, 1, 5)[0].metadata["state"])
    assert contaminated(puzzle, state, states) is None
    mirrored = frozenset({fingerprint(puzzle, puzzle.mirrored(state))})
    found = contaminated(puzzle, state, mirrored)
    assert found is not None
    assert found.filter == "decontamination"


def test_reasoning_that_claims_what_is_not_so_is_unsound() -> None:
    assert unsound(PUZZLE, STATE, STEPS) is None
    wrong = [*STEPS[:-1], replace(STEPS[-1], claim={"answer": 4})]
    found = unsound(PUZZLE, STATE, wrong)
    assert found is not None
    assert found.filter == "rules"


@pytest.mark.parametrize("puzzle", catalogue().values(), ids=lambda puzzle: puzzle.name)
def test_what_the_rules_write_passes_every_filter(puzzle: Puzzle[Any]) -> None:
    state = puzzle.instance(1, 8, 0)
    steps = puzzle.reasoning(state)
    text = completion(reworded(steps, rng_for("filters", puzzle.name)), steps[-1].text)
    question = puzzle.prompt(state, pictured=False)
    assert examine(puzzle, state, Reader(puzzle, state, steps), text, question, CONFIG).objection is None


def test_turns_of_phrase_are_undone_and_values_stay() -> None:
    for phrase, variants in PHRASES.items():
        for variant in variants:
            assert canonical(f"x {variant} y") == f"x {phrase} y"
            assert canonical(f"well, {variant[0].lower()}{variant[1:]} y") == f"well, {phrase} y"
    texts = {reworded(STEPS, rng_for("turns", draw)) for draw in range(8)}
    assert len(texts) == 8
    assert reworded(STEPS, rng_for("turns", 3)) in texts


@pytest.mark.parametrize(
    ("text", "framed_text"),
    [
        ("<think>a</think> \\boxed{1}", "<think>a</think> \\boxed{1}"),
        ("I think.\nFinal answer: \\boxed{1}", "<think>\nI think.\n</think>\n\nFinal answer: \\boxed{1}"),
        ("I think so \\boxed{1}.", "<think>\nI think so\n</think>\n\n\\boxed{1}."),
        ("\\boxed{1}", "\\boxed{1}"),
        ("no answer", "no answer"),
        ("  ", ""),
    ],
)
def test_a_reply_without_tags_gets_them(text: str, framed_text: str) -> None:
    assert framed(text) == framed_text
