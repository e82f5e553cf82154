"""English words of three, four and five letters, each with how rare it is: from SCOWL 2020.12.07, see LICENSE.

``words.txt.gz`` holds a line for each SCOWL size, 10 (everyday) to 70 (in some large dictionary): the size, then its
words. American, British and Canadian spellings are in it; names are not, and of abbreviations only those whose plural
is a word (app, bot), with size 70. Words that many would rather not meet have been given size 70 as well, and spellings
that are not American at least 40.
"""

import gzip
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

HERE = Path(__file__).parent
COMMON = 35
"""Largest SCOWL size of a word that a puzzle is made of."""


@cache
def sizes() -> Mapping[str, int]:
    """Every word and its SCOWL size."""
    lines = gzip.decompress((HERE / "words.txt.gz").read_bytes()).decode("ascii").splitlines()
    return MappingProxyType({word: int(size) for size, *words in map(str.split, lines) for word in words})


@cache
def known_words() -> frozenset[str]:
    """Every word that is accepted in an answer."""
    return frozenset(sizes())


@cache
def common_words(length: int) -> tuple[str, ...]:
    """The words of a length that puzzles are made of, in alphabetical order."""
    return tuple(sorted(word for word, size in sizes().items() if len(word) == length and size <= COMMON))
