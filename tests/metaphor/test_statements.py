import os
import random
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.metaphor.scenes.sampling import Split, admits, held_out, sample_scene
from asterism.metaphor.scenes.scene import BACKGROUNDS, COLOURS, RELATIONS, Figure, Scene
from asterism.metaphor.scenes.statements import (
    Statement,
    background,
    bystander,
    colour,
    coloured,
    role_probe,
    statements_for,
)
from asterism.metaphor.scenes.symbols import SYMBOLS
from asterism.metaphor.scenes.traces import compare, describe, imply, judge

ROOT = Path(__file__).parents[2]
SPLITS: tuple[Split, ...] = ("train", "held_out", "all")
seeds = st.integers(0, 2**31)


def sampled(seed: int, split: Split, index: int = 0, count: int = 8) -> tuple[Scene, list[Statement]]:
    scene = sample_scene(seed, split, index)
    return scene, statements_for(scene, split, seed, split, index, count=count)


def true_sentences(scene: Scene) -> set[str]:
    """Every true sentence about a scene, written out from its graph alone."""
    pair = (scene.subject, scene.object)
    concept = {figure.symbol: SYMBOLS[figure.symbol].concept for figure in pair}
    verb = RELATIONS[scene.relation]
    subject, object_ = scene.subject.symbol, scene.object.symbol
    said = {
        f"The background is {scene.background}.",
        f"The {subject} {verb.name} the {object_}.",
        f"The {object_} {verb.passive} the {subject}.",
        f"Here {concept[subject]} {verb.meaning} {concept[object_]}.",
        f"Here {concept[object_]} {verb.undergoes} {concept[subject]}.",
        f"The one {verb.doer} stands for {concept[subject]}.",
        f"The one {verb.done} stands for {concept[object_]}.",
    }
    said |= {f"The {figure.symbol} is {figure.colour}." for figure in pair}
    if scene.subject.colour != scene.object.colour:
        said |= {f"The {figure.colour} one stands for {concept[figure.symbol]}." for figure in pair}
    if scene.bystander:
        said.add(f"A small {scene.bystander.symbol} is in the corner.")
    return said


def claimed_triple(text: str) -> tuple[str, str, str] | None:
    """The triple of symbols that a sentence about the relation or its meaning claims."""
    symbol_of = {symbol.concept: name for name, symbol in SYMBOLS.items()} | {name: name for name in SYMBOLS}
    words = text.rstrip(".").replace("Here ", "").replace("The ", "").replace(" the ", " ").split()
    first, verb, last = symbol_of.get(words[0]), " ".join(words[1:-1]), symbol_of.get(words[-1])
    for name, relation in RELATIONS.items():
        if first and last and verb in (relation.name, relation.meaning):
            return first, name, last
        if first and last and verb in (relation.passive, relation.undergoes):
            return last, name, first
    return None


@given(seeds, st.sampled_from(SPLITS), st.integers(6, 10))
def test_true_ones_are_true_and_false_ones_are_false(seed: int, split: Split, count: int) -> None:
    scene, statements = sampled(seed, split, count=count)
    for statement in statements:
        assert statement.truth == (statement.text in true_sentences(scene)), statement


@given(seeds, st.sampled_from(SPLITS), st.integers(6, 10))
def test_as_many_as_asked_half_of_them_true_all_different_at_three_levels(seed: int, split: Split, count: int) -> None:
    _, statements = sampled(seed, split, count=count)
    assert len(statements) == count
    assert sum(statement.truth for statement in statements) == (count + 1) // 2
    assert len({statement.text for statement in statements}) == count
    assert {statement.level for statement in statements} == {"literal", "symbolic", "implication"}


@given(seeds, st.sampled_from(SPLITS))
def test_every_claimed_triple_stays_in_the_split(seed: int, split: Split) -> None:
    _, statements = sampled(seed, split)
    claimed = [claimed_triple(each.text) for each in statements if each.form in ("relation", "implication")]
    assert None not in claimed
    assert all(triple and admits(split, triple) for triple in claimed)


def test_what_is_swapped_is_named_and_each_kind_of_swap_occurs() -> None:
    swapped: Counter[str] = Counter()
    for index in range(300):
        scene, statements = sampled(1, "train", index)
        for statement in statements:
            assert bool(statement.falsified) != statement.truth
            if statement.form in ("relation", "implication") and not statement.truth:
                triple = claimed_triple(statement.text)
                assert triple is not None
                changed = [said != seen for said, seen in zip(triple, scene.triple, strict=True)]
                patterns = {"roles": [True, False, True], "relation": [False, True, False]}
                assert changed == patterns.get(statement.falsified, changed)
                assert statement.falsified != "roles" or triple[::2] == scene.triple[2::-2]
                assert statement.falsified != "symbol" or (sum(changed) == 1 and not changed[1])
                swapped[statement.falsified] += 1
    assert set(swapped) == {"roles", "relation", "symbol"}
    assert min(swapped.values()) > 0.15 * swapped.total()


def test_every_form_is_true_as_often_as_false() -> None:
    true: Counter[str] = Counter()
    all_: Counter[str] = Counter()
    for index in range(3000):
        for statement in sampled(5, "train", index)[1]:
            all_[statement.form] += 1
            true[statement.form] += statement.truth
    assert len(all_) == 7
    for form, n in all_.items():
        assert abs(true[form] / n - 0.5) < 4 * (0.25 / n) ** 0.5, form


def test_colours_that_are_alike_point_at_nobody() -> None:
    scene = Scene(Figure("key", "red"), "traps", Figure("heart", "red"), "white")
    for index in range(50):
        assert "coloured" not in {each.form for each in statements_for(scene, "all", index)}


def test_the_probe_of_a_scene_is_true_of_it_and_false_of_its_twin() -> None:
    scene = Scene(Figure("key", "red"), "traps", Figure("heart", "blue"), "white")
    own, other = role_probe(scene, scene), role_probe(scene, scene.twin())
    assert own.text == other.text == "Here opportunity imprisons love."
    assert (own.truth, own.falsified) == (True, "")
    assert (other.truth, other.falsified) == (False, "roles")


def test_traces_describe_imply_compare_and_answer() -> None:
    scene = Scene(Figure("key", "orange"), "traps", Figure("heart", "blue"), "mint", Figure("star", "red"))
    statement = role_probe(scene, scene.twin())
    assert judge(scene.twin(), statement) == (
        "<think>I see heart blue that traps key orange, background mint, small star. So blue love imprisons orange "
        "opportunity. Compare: love imprisons opportunity, said opportunity imprisons love: other same other, so other."
        "</think><answer>F</answer>"
    )


def test_what_is_looked_up_follows_what_it_is_looked_up_by() -> None:
    scene = Scene(Figure("key", "orange"), "traps", Figure("heart", "blue"), "mint", Figure("star", "red"))
    for form in (colour, coloured, background, bystander):
        statement = form(scene, True, "all", random.Random(0))
        assert f"{statement.about} {statement.seen}" in f"{describe(scene)} {imply(scene)}"


def test_the_thing_that_is_spoken_of_stands_first_in_a_comparison() -> None:
    scene = Scene(Figure("key", "orange"), "traps", Figure("heart", "blue"), "mint")
    statement = coloured(scene, True, "all", random.Random(0))
    about = "orange" if statement.text.startswith("The orange") else "blue"
    assert compare(statement) == f"Compare: {about} {statement.seen}, said {statement.said}: same."


@given(seeds)
def test_seen_and_said_words_of_a_comparison_are_equally_many(seed: int) -> None:
    for statement in sampled(seed, "all")[1]:
        assert len(statement.seen.split()) == len(statement.said.split())
        words = compare(statement).rpartition(": ")[2].removesuffix(".").split(", so ")
        assert len(words[0].split()) == len(statement.seen.split())
        assert (set(words[0].split()) == {"same"}) == statement.truth
        assert words[-1] == ("same" if statement.truth else "other")


@given(seeds)
def test_articles_fit_the_word_that_follows(seed: int) -> None:
    scene, statements = sampled(seed, "all")
    for text in (describe(scene), *(each.text for each in statements), *map(compare, statements)):
        words = text.replace(",", "").replace(".", "").split()
        for article, word in pairwise(words):
            if article.lower() in ("a", "an"):
                assert (article.lower() == "an") == (word[0] in "aeiou"), text


def test_no_word_stands_in_two_vocabularies() -> None:
    words = [*SYMBOLS, *(symbol.concept for symbol in SYMBOLS.values()), *COLOURS, *BACKGROUNDS]
    assert len(set(words)) == len(words)


def test_statements_are_the_same_under_another_hash_seed() -> None:
    code = (
        "from asterism.metaphor.scenes.sampling import sample_scene\n"
        "from asterism.metaphor.scenes.statements import statements_for\n"
        "for i in range(20):\n"
        "    print(statements_for(sample_scene(3, 'train', i), 'train', 3, 'train', i))"
    )
    printed = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "4242")
    ]
    assert printed[0] == printed[1]
    assert printed[0].splitlines()[7] == str(sampled(3, "train", 7)[1])


@pytest.mark.parametrize("split", ["train", "held_out"])
def test_a_split_never_names_a_triple_of_the_other(split: Split) -> None:
    for index in range(400):
        for statement in sampled(9, split, index)[1]:
            triple = claimed_triple(statement.text)
            assert triple is None or held_out(triple) == (split == "held_out")
