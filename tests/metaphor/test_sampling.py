import os
import subprocess
import sys
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.seeds import rng_for
from asterism.metaphor.scenes.sampling import Split, admits, held_out, sample_scene, sample_triple, side_of
from asterism.metaphor.scenes.scene import BACKGROUNDS, COLOURS, RELATIONS
from asterism.metaphor.scenes.symbols import SYMBOLS

ROOT = Path(__file__).parents[2]
TRIPLES = [(s, r, o) for s, r, o in product(SYMBOLS, RELATIONS, SYMBOLS) if s != o]
SPLITS: tuple[Split, ...] = ("train", "held_out", "all")


def test_a_triple_and_its_twin_are_on_the_same_side() -> None:
    for subject, relation, object_ in TRIPLES:
        assert held_out((subject, relation, object_)) == held_out((object_, relation, subject))


def test_about_a_tenth_is_held_out_and_each_relation_and_symbol_has_both() -> None:
    out = [triple for triple in TRIPLES if held_out(triple)]
    assert 0.09 < len(out) / len(TRIPLES) < 0.11
    for place, words in ((0, SYMBOLS), (1, RELATIONS), (2, SYMBOLS)):
        for word in words:
            of_word = [held_out(triple) for triple in TRIPLES if triple[place] == word]
            assert 0 < sum(of_word) < len(of_word)


def test_the_splits_share_nothing_and_lack_nothing() -> None:
    for triple in TRIPLES:
        assert admits("train", triple) != admits("held_out", triple)
        assert admits("all", triple)
        assert admits(side_of(triple), triple)


@pytest.mark.parametrize("split", SPLITS)
def test_nothing_acts_upon_itself(split: Split) -> None:
    assert not any(admits(split, (symbol, relation, symbol)) for symbol in SYMBOLS for relation in RELATIONS)


@given(st.integers(), st.sampled_from(SPLITS), st.integers(0, 10**6))
def test_a_scene_is_of_its_split_and_made_of_known_words(seed: int, split: Split, index: int) -> None:
    scene = sample_scene(seed, split, index)
    assert admits(split, scene.triple)
    assert {scene.subject.colour, scene.object.colour} <= set(COLOURS)
    assert scene.background in BACKGROUNDS
    if scene.bystander:
        assert scene.bystander.symbol in SYMBOLS.keys() - {scene.subject.symbol, scene.object.symbol}
    assert scene == sample_scene(seed, split, index)


def test_seed_split_and_index_each_name_another_scene() -> None:
    named = [(0, "train", 0), (1, "train", 0), (0, "all", 0), (0, "train", 1), (0, "held_out", 0)]
    assert len({sample_scene(seed, split, index) for seed, split, index in named}) == len(named)  # type: ignore[arg-type]


def test_triples_are_drawn_evenly() -> None:
    rng = rng_for("test of triples")
    drawn = [sample_triple(rng, "all") for _ in range(9600)]
    for place, words in ((0, SYMBOLS), (1, RELATIONS), (2, SYMBOLS)):
        counts = Counter(triple[place] for triple in drawn)
        expected = 9600 / len(words)
        assert set(counts) == set(words)
        assert all(abs(count - expected) < 6 * expected**0.5 for count in counts.values())


def test_the_split_is_the_same_under_another_hash_seed() -> None:
    code = (
        "from asterism.metaphor.scenes.sampling import held_out, sample_scene\n"
        "print(sum(held_out(('key', 'traps', n)) << i for i, n in enumerate(('sun', 'moon', 'bomb', 'dog', 'star'))))\n"
        "print(sample_scene(1, 'held_out', 2))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "99", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    sides = [held_out(("key", "traps", name)) for name in ("sun", "moon", "bomb", "dog", "star")]
    assert int(out[0]) == sum(side << place for place, side in enumerate(sides))
    assert out[1] == str(sample_scene(1, "held_out", 2))
