"""A reader who sees only the words of a statement does no better than a coin."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import numpy as np
import pytest

from asterism.metaphor.scenes.sampling import Split, sample_scene
from asterism.metaphor.scenes.statements import Statement, statements_for

TRAIN, FRESH = 20_000, 40_000
"""With 40,000 fresh statements the standard error of an accuracy is a quarter of a percent."""


def statements(seed: int, split: Split, n: int) -> list[Statement]:
    def endless() -> Iterator[Statement]:
        for index in count():
            yield from statements_for(sample_scene(seed, split, index), split, seed, split, index)

    return list(islice(endless(), n))


def text_reader(strength: float) -> Any:
    """An untrained logistic regression over words, pairs and triples of words."""
    text = pytest.importorskip("sklearn.feature_extraction.text", reason="scikit-learn is not installed")
    linear = pytest.importorskip("sklearn.linear_model")
    pipeline = pytest.importorskip("sklearn.pipeline")
    return pipeline.make_pipeline(
        text.CountVectorizer(ngram_range=(1, 3), token_pattern=r"\w+", binary=True),
        linear.LogisticRegression(C=strength, max_iter=300),
    )


@pytest.fixture(scope="module")
def readers() -> list[Any]:
    """Readers that learnt 20,000 training statements, from strong to weak regularisation."""
    learnt = statements(1, "train", TRAIN)
    texts, truths = [each.text for each in learnt], [each.truth for each in learnt]
    return [text_reader(strength).fit(texts, truths) for strength in (0.003, 0.1, 1.0)]


@pytest.mark.parametrize("split", ["train", "held_out", "all"])
def test_a_text_only_reader_stays_at_chance(readers: list[Any], split: Split) -> None:
    fresh = statements(2, split, FRESH)
    truths = np.array([each.truth for each in fresh])
    for model in readers:
        right = float((model.predict([each.text for each in fresh]) == truths).mean())
        assert right <= 0.52, right


def test_the_reader_finds_a_leak_where_there_is_one() -> None:
    """One false statement in five says *Surely*: 60 % are within reach, and are reached."""

    def leaking(seed: int) -> tuple[list[str], list[bool]]:
        told = statements(seed, "train", TRAIN)
        marked = [not each.truth and number % 5 == 0 for number, each in enumerate(told)]
        texts = [f"{each.text} Surely." if mark else each.text for each, mark in zip(told, marked, strict=True)]
        return texts, [each.truth for each in told]

    assert text_reader(0.003).fit(*leaking(1)).score(*leaking(2)) > 0.57


def test_a_reader_of_the_kind_of_sentence_alone_stays_at_chance() -> None:
    """The best guess for each form of sentence, learnt and measured on the same statements: an upper bound."""
    told = statements(4, "train", FRESH)
    by_form = [[each.truth for each in told if each.form == form] for form in {each.form for each in told}]
    assert sum(max(sum(truths), len(truths) - sum(truths)) for truths in by_form) / FRESH <= 0.51
