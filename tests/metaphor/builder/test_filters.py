import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.metaphor.builder.comparison import contradict, same_claim
from asterism.metaphor.builder.filters.balance import label_bounds, level_out, surplus, unbalanced
from asterism.metaphor.builder.filters.blind import answerable, guessed_labels, needed
from asterism.metaphor.builder.filters.boilerplate import poor_explanation, poor_statement
from asterism.metaphor.builder.filters.contradictions import contradictions
from asterism.metaphor.builder.filters.duplicates import near_duplicates
from asterism.metaphor.builder.filters.language import detect_language, wrong_language
from asterism.metaphor.builder.statement import Statement
from tests.metaphor.builder import fresh_pairs, planted, unseen_pairs, written_pairs
from tests.metaphor.builder.texts import BOILERPLATE, BOILERPLATE_ZH, FOREIGN_TO_CHINESE, FOREIGN_TO_ENGLISH

Found = Callable[[list[Statement]], Mapping[int, str]]


def measured(records: list[planted.Record], found: Found) -> tuple[float, float]:
    """Recall and precision over planted statements; what is found because of a planted one counts as neither."""
    hits = planted_count = wrong = 0
    for record in records:
        places = found(record.statements)
        partners = {
            place for place in places if any(places[place].endswith(record.statements[p].text) for p in record.planted)
        }
        planted_count += len(record.planted)
        hits += len(record.planted & set(places))
        wrong += len(set(places) - record.planted - partners)
    return hits / planted_count, hits / (hits + wrong)


@pytest.mark.parametrize("pairs", [written_pairs, unseen_pairs], ids=["tuned", "unseen"])
def test_near_duplicates_among_written_pairs(pairs: object) -> None:
    duplicates, different = pairs.DUPLICATES, pairs.DIFFERENT  # type: ignore[attr-defined]
    hits = sum(same_claim(first, second) for first, second in duplicates)
    wrong = sum(same_claim(first, second) for first, _, second, _ in different)
    assert len(duplicates) == len(different) == 50
    assert hits / len(duplicates) >= 0.9
    assert hits / (hits + wrong) >= 0.9


@pytest.mark.parametrize("pairs", [written_pairs, unseen_pairs], ids=["tuned", "unseen"])
def test_contradictions_among_written_pairs(pairs: object) -> None:
    def contradicting(pair: tuple[str, str, str, str]) -> bool:
        first, second = Statement(pair[0], label(pair[1])), Statement(pair[2], label(pair[3]))
        return contradict(first, second) is not None

    def label(text: str) -> str:
        return text

    contrary, different = pairs.CONTRADICTIONS, pairs.DIFFERENT  # type: ignore[attr-defined]
    hits = sum(map(contradicting, contrary))
    wrong = sum(map(contradicting, different))
    assert len(contrary) == 50
    assert hits / len(contrary) >= 0.9
    assert hits / (hits + wrong) >= 0.9


def test_words_of_no_list_of_ours_are_compared_by_wordnet() -> None:
    duplicates, contrary, different = fresh_pairs.DUPLICATES, fresh_pairs.CONTRADICTIONS, fresh_pairs.DIFFERENT
    repeated = sum(same_claim(first, second) for first, second in duplicates)
    gainsaid = sum(contradict(Statement(a, x), Statement(b, y)) is not None for a, x, b, y in contrary)
    assert len(duplicates) == len(contrary) == len(different) == 30
    assert repeated / 30 >= 0.8 and gainsaid / 30 >= 0.8
    assert not any(same_claim(first, second) for first, _, second, _ in different)
    assert not any(contradict(Statement(a, x), Statement(b, y)) for a, x, b, y in different)


@pytest.mark.parametrize(
    ("name", "lengths", "make", "found"),
    [
        ("ii_bench", (40, 220), planted.repeated, near_duplicates),
        ("cii_bench", (10, 80), planted.repeated_chinese, near_duplicates),
        ("ii_bench", (40, 220), planted.gainsaid, contradictions),
        ("cii_bench", (10, 80), planted.gainsaid_chinese, contradictions),
    ],
)
def test_faults_planted_among_real_sentences_are_found(
    data_folder: Path, name: str, lengths: tuple[int, int], make: planted.Maker, found: Found
) -> None:
    sentences = planted.real_sentences(data_folder, name, *lengths)
    recall, precision = measured(planted.planted(sentences, make, seed=3), found)
    assert recall >= 0.9
    assert precision >= 0.9


def test_one_word_that_matters_makes_another_claim(data_folder: Path) -> None:
    sentences = planted.real_sentences(data_folder, "ii_bench", 40, 220)
    records = planted.planted(sentences, planted.changed, seed=3)
    false_alarms = [place for record in records for place in near_duplicates(record.statements)]
    false_alarms += [place for record in records for place in contradictions(record.statements)]
    assert len(false_alarms) <= 2


def test_no_repetition_of_a_repetition_is_named_twice() -> None:
    texts = ["The key is red.", "The key is red!", "the key is red", "The heart is free."]
    assert near_duplicates([Statement(text, "T") for text in texts]) == {1: "The key is red.", 2: "The key is red."}


def test_both_sides_of_a_contradiction_are_named() -> None:
    statements = [Statement("The key is red.", "T"), Statement("It rains.", "F"), Statement("The key is red.", "F")]
    assert contradictions(statements) == {0: "labels: The key is red.", 2: "labels: The key is red."}


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_takes_any_text_and_knows_no_order(first: str, second: str) -> None:
    assert same_claim(first, first)
    assert same_claim(first, second) == same_claim(second, first)
    contradict(Statement(first, "T"), Statement(second, "T"))


def test_texts_in_another_language_are_found_among_real_ones(data_folder: Path) -> None:
    english = [each for texts in planted.real_sentences(data_folder, "ii_bench", 8, 400).values() for each in texts]
    chinese = [each for texts in planted.real_sentences(data_folder, "cii_bench", 4, 200).values() for each in texts]
    for foreign, real, language in (
        (FOREIGN_TO_ENGLISH, english, "en"),
        (FOREIGN_TO_CHINESE, chinese, "zh"),
    ):
        assert len(foreign) >= 50
        hits = sum(wrong_language(each, language) for each in foreign)  # type: ignore[arg-type]
        wrong = sum(wrong_language(each, language) for each in real)  # type: ignore[arg-type]
        assert hits / len(foreign) >= 0.9
        assert hits / (hits + wrong) >= 0.9
        assert {detect_language(each) for each in real if len(each) > 60} == {language}


def test_what_a_sign_in_the_picture_says_is_no_other_language() -> None:
    assert not wrong_language('The banner reads "Liberté, égalité, fraternité".', "en")
    assert not wrong_language("标志上写着“STOP AND THINK ABOUT IT”。", "zh")
    assert not wrong_language("漫画中的iPhone象征消费主义。", "zh")
    assert not wrong_language("12:45", "en")


def test_boilerplate_is_found_among_real_sentences(data_folder: Path) -> None:
    real = [
        each
        for name, shortest in (("ii_bench", 30), ("cii_bench", 10))
        for texts in planted.real_sentences(data_folder, name, shortest, 400).values()
        for each in texts
    ]
    assert len(BOILERPLATE) + len(BOILERPLATE_ZH) >= 60
    hits = sum(poor_statement(each) is not None for each in (*BOILERPLATE, *BOILERPLATE_ZH))
    wrong = sum(poor_statement(each) is not None for each in real)
    assert hits / (len(BOILERPLATE) + len(BOILERPLATE_ZH)) >= 0.9
    assert hits / (hits + wrong) >= 0.9


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (".", "placeholder"),
        ("x", "too short"),
        ("N/A", "placeholder"),
        ("Nice.", "too short"),
        ("This image shows an interesting scene with various elements and a deep message.", "says nothing"),
        ("As an AI language model, I cannot view images, but I can describe how cartoons work.", "about the writer"),
        ("A key traps a heart: what opens doors has here become a cage for love.", None),
        ("钥匙把心锁在笼子里，暗示机会反而成了爱的牢笼。", None),
        ("有趣", "too short"),
    ],
)
def test_an_explanation_of_nothing_is_told_from_one_of_something(text: str, why: str | None) -> None:
    assert poor_explanation(text) == why


@given(st.text(max_size=120))
def test_filters_of_texts_take_any_text(text: str) -> None:
    poor_statement(text)
    detect_language(text)
    assert wrong_language(text, "en") in (True, False)


def answers_of(right: float, samples: int, rng: random.Random) -> list[str | None]:
    """Answers to a statement that is T, as many as are asked for before the outcome is settled."""
    answers: list[str | None] = []
    while answerable(answers, "T", samples, 0.9) is None:
        answers.append("T" if rng.random() < right else rng.choice(["F", None]))
    return answers


def test_statements_answerable_blind_are_told_from_those_that_are_guessed() -> None:
    rng = random.Random(0)
    known = [answers_of(0.98, 12, rng) for _ in range(50)]
    guessed = [answers_of(0.5, 12, rng) for _ in range(400)]
    hits = sum(answerable(each, "T", 12, 0.9) is True for each in known)
    wrong = sum(answerable(each, "T", 12, 0.9) is True for each in guessed)
    assert hits / 50 >= 0.9
    assert hits / (hits + wrong) >= 0.9
    assert sum(map(len, guessed)) / 400 < 5  # asking stops early


@given(st.lists(st.sampled_from(["T", "F", None]), max_size=20), st.integers(1, 15), st.floats(0.51, 1.0))
def test_an_early_end_is_never_overturned(answers: list[str | None], samples: int, share: float) -> None:
    settled = answerable(answers, "T", samples, share)
    if settled is not None:
        for more in (["T"] * samples, ["F"] * samples):
            rest = [*answers, *more][: max(samples, len(answers))]
            assert (rest.count("T") >= needed(samples, share)) == settled or len(answers) > samples


def test_a_label_given_to_everything_unknowable_is_a_guess() -> None:
    assert guessed_labels(["T"] * 24) == {"T"}
    assert guessed_labels(["F"] * 22 + [None] * 2) == {"F"}
    assert guessed_labels(["T", "F"] * 12) == set()
    assert guessed_labels([None] * 24) == set()
    assert guessed_labels([]) == set()


LABELS = st.lists(st.sampled_from("TF"), min_size=1, max_size=16)


@given(LABELS, st.integers(1, 12), st.floats(0, 0.5))
def test_what_stays_is_balanced_wherever_both_labels_are_there(labels: list[str], most: int, share: float) -> None:
    statements = [Statement(f"claim {place}", "T" if label == "T" else "F") for place, label in enumerate(labels)]
    out = surplus(statements, most, share, 0, "r")
    kept = [each for place, each in enumerate(statements) if place not in out]
    assert len(kept) <= most
    assert out == surplus(statements, most, share, 0, "r")
    if len(set(labels)) == 2 and most >= 4 and len(kept) == most:
        true = sum(each.label == "T" for each in kept)
        low, high = label_bounds(len(kept), share)
        assert low - 1 <= true <= high + 1


def test_a_picture_with_one_label_only_is_unbalanced() -> None:
    assert unbalanced([Statement(str(place), "T") for place in range(8)], 0.3)
    assert not unbalanced([Statement(str(place), "TF"[place % 2]) for place in range(8)], 0.3)  # type: ignore[arg-type]


def test_the_whole_set_is_levelled_without_starving_a_picture() -> None:
    labels = {f"r{number}": list("TTTTTTTFFF") for number in range(20)}
    out = level_out(labels, 0.3, 5, 0.45, seed=0)
    left = {
        name: [each for place, each in enumerate(values) if (name, place) not in out] for name, values in labels.items()
    }
    everything = [label for values in left.values() for label in values]
    assert 0.45 <= everything.count("T") / len(everything) <= 0.55
    assert all(len(values) >= 5 for values in left.values())
    assert out == level_out(labels, 0.3, 5, 0.45, seed=0)
    assert out != level_out(labels, 0.3, 5, 0.45, seed=1)


def test_a_set_that_cannot_be_levelled_stays_as_near_as_it_comes() -> None:
    labels = {"a": list("TTTFF"), "b": list("TTTFF")}
    assert level_out(labels, 0.3, 5, 0.5, seed=0) == set()
