"""The lexical database behind the filters: what is taken out of WordNet, and what is looked up."""

import gzip
from pathlib import Path

import pytest

from asterism.metaphor.builder.lexicon import english
from asterism.metaphor.builder.lexicon.extract import write
from asterism.metaphor.builder.lexicon.wordnet import Relations, wordnet_lines

# Two adjectives that are antonyms, a satellite of the first, and a noun of two words: the format of wndb(5).
DATA = {
    "data.adj": (
        "  1 a line of the licence\n"
        "00000100 00 a 02 open 0 unfastened(p) 0 002 ! 00000200 a 0101 & 00000300 a 0000 | not closed\n"
        "00000200 00 a 01 shut 0 001 ! 00000100 a 0101 | not open\n"
        "00000300 00 s 01 ajar 0 001 & 00000100 a 0000 | a little open\n"
    ),
    "index.adj": (
        "  1 a line of the licence\n"
        "open a 1 2 ! & 1 1 00000100\nunfastened a 1 0 1 0 00000100\n"
        "shut a 1 1 ! 1 1 00000200\najar a 1 0 1 0 00000300\n"
    ),
    "data.noun": "00000400 00 n 03 couch 0 sofa 0 day_bed 0 000 | a seat\n",
    "index.noun": (
        "couch n 1 0 1 1 00000400\nsofa n 4 0 4 1 00000500 00000600 00000700 00000400\nday_bed n 1 0 1 0 00000400\n"
    ),
}


def folder_of(path: Path, data: dict[str, str]) -> Path:
    path.mkdir()
    for name, text in data.items():
        (path / name).write_text(text)
    return path


def test_synonyms_antonyms_and_their_satellites_are_extracted(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.gz"
    lines = write(folder_of(tmp_path / "dict", DATA), file)
    text = gzip.decompress(file.read_bytes()).decode()
    assert text.splitlines() == ["= open unfasten", "! ajar | shut", "! open unfasten | shut", "!! open | shut"]
    assert lines == 4


def test_a_rare_sense_makes_no_synonyms_and_a_common_one_does(tmp_path: Path) -> None:
    common = {**DATA, "index.noun": DATA["index.noun"].replace("00000500 00000600 00000700 ", "")}
    write(folder_of(tmp_path / "dict", common), tmp_path / "lexicon.gz")
    assert "= couch sofa" in gzip.decompress((tmp_path / "lexicon.gz").read_bytes()).decode()


def test_meanings_and_oppositions_stay_apart() -> None:
    relations = Relations.of(["= big larg", "! big | small", "= small tini"])
    assert relations.synonyms("big", "larg") and not relations.synonyms("larg", "tini")
    assert relations.antonyms("small", "big") and not relations.antonyms("big", "larg")
    assert not relations.antonyms("big", "unheard-of")


@pytest.mark.parametrize(
    ("first", "second", "same", "opposite"),
    [
        ("greed", "avarice", True, False),
        ("shut", "open", False, True),
        ("attack", "praise", False, False),
        ("signifies", "represents", True, False),  # ours: WordNet has no common meaning of the two
        ("ironic", "sincere", False, True),  # ours
        ("locked", "unlocked", False, True),
        ("two", "three", False, False),
    ],
)
def test_words_are_looked_up_by_their_stems(first: str, second: str, same: bool, opposite: bool) -> None:
    one, other = english.token(first), english.token(second)
    assert (english.synonyms(one, other), english.synonyms(other, one)) == (same, same)
    assert (english.opposites(one, other), english.opposites(other, one)) == (opposite, opposite)


def test_only_comparatives_of_adjectives_are_comparatives() -> None:
    assert english.comparative("larger") == "larg#er"
    assert english.comparative("happier") == "happi#er"
    assert english.comparative("window") is english.comparative("spider") is None


def test_the_lexicon_that_ships_is_whole() -> None:
    relations = Relations.of(wordnet_lines())
    assert len(relations.meanings) > 25_000
    assert len(relations.sides) > 10_000
