"""Stems of English words (Porter's English stemmer, second version)."""

import threading
from functools import cache

from snowballstemmer import stemmer


class _Stemmers(threading.local):
    """One stemmer a thread: a stemmer keeps the word that it works on in itself."""

    def __init__(self) -> None:
        self.english = stemmer("english")


_STEMMERS = _Stemmers()


@cache
def stem(word: str) -> str:
    """The stem of a lower-case word; words of other scripts stay as they are."""
    return str(_STEMMERS.english.stemWord(word)) if word.isascii() else word
