"""Synonyms and antonyms of English words, by their stems, from WordNet 3.0; see LICENSE.wordnet."""

import gzip
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(__file__).with_name("wordnet.txt.gz")


@dataclass(frozen=True, slots=True)
class Relations:
    """Which stems share a meaning and which are opposites.

    ``meanings`` holds the numbers of the meanings of a stem. ``sides`` holds, for each opposition in which it takes
    part, its number, negative on one side. ``gradable`` are the stems of adjectives that have an antonym.
    """

    meanings: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    sides: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    gradable: set[str] = field(default_factory=set)

    def synonyms(self, first: str, second: str) -> bool:
        """Whether two stems share a meaning."""
        return not self.meanings.get(first, set()).isdisjoint(self.meanings.get(second, ()))

    def antonyms(self, first: str, second: str) -> bool:
        """Whether two stems stand on two sides of one opposition."""
        others = self.sides.get(second, set())
        return any(-side in others for side in self.sides.get(first, ()))

    @classmethod
    def of(cls, lines: Iterable[str]) -> "Relations":
        """The relations in lines as :mod:`asterism.metaphor.builder.lexicon.extract` writes them."""
        relations = cls()
        for number, line in enumerate(lines, start=1):  # not from 0, which has no negative
            mark, *stems = line.split()
            if mark == "=":
                for stem in stems:
                    relations.meanings[stem].add(number)
                continue
            bar = stems.index("|")
            for stem in stems[:bar]:
                relations.sides[stem].add(number)
            for stem in stems[bar + 1 :]:
                relations.sides[stem].add(-number)
            if mark == "!!":
                relations.gradable.update(stems[:bar], stems[bar + 1 :])
        return relations


def wordnet_lines() -> list[str]:
    """The lines of the extract of WordNet that ships with the package."""
    return gzip.decompress(FILE.read_bytes()).decode("ascii").splitlines()
