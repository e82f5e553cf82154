"""Word ladder: words of the list, none twice, one letter changed at each step."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from random import Random
from string import ascii_lowercase

from asterism.helix.lexicon import known_words
from asterism.helix.tasks.word_ladder import WordLadder
from tests.helix.rules import formed


def accepts(state: WordLadder, answer: str) -> bool:
    """Whether the words are a ladder."""
    formed(r'\["[a-z]+"(, "[a-z]+")*\]', answer)
    words = json.loads(answer)
    if words[0] != state.start or words[-1] != state.target or len(set(words)) < len(words):
        return False
    if any(word not in known_words() or len(word) != len(state.start) for word in words):
        return False
    return all(sum(a != b for a, b in zip(before, after, strict=True)) == 1 for before, after in pairwise(words))


@cache
def beside(word: str) -> list[str]:
    """The words that differ from a word in one letter, and itself."""
    spelt = {word[:at] + letter + word[at + 1 :] for at in range(len(word)) for letter in ascii_lowercase}
    return sorted(spelt & known_words())


def ladder(start: str, target: str, rng: Random) -> list[str]:
    """A ladder, the shortest or with one detour, found by going on from all words that are reached."""
    ways = {start: [start]}
    for word in (queue := [start]):
        for after in rng.sample(beside(word), len(beside(word))):
            if after not in ways:
                ways[after] = [*ways[word], after]
                queue.append(after)
        if target in ways:
            break
    return ways.get(target, [start, target])


def candidates(state: WordLadder, rng: Random) -> Iterator[str]:
    """Ladders, short and with a detour, also with a word that is none, is missing, or comes twice."""
    known = sorted(word for word in known_words() if len(word) == len(state.start))
    for _ in range(25):
        short, over = ladder(state.start, state.target, rng), rng.choice(known)
        long = ladder(state.start, over, rng)[:-1] + ladder(over, state.target, rng)
        for words in (short, long):
            at, place, letter = rng.randrange(len(words)), rng.randrange(len(words[0])), rng.choice(ascii_lowercase)
            odd = words[at][:place] + letter + words[at][place + 1 :]
            yield json.dumps(words)
            yield json.dumps(words[::-1])
            yield json.dumps([*words[:at], *words[at + 1 :]])
            yield json.dumps([*words[:at], odd, *words[at + 1 :]])
            yield json.dumps([*words[: at + 1], odd, *words[at:]])
            yield json.dumps([*words[: at + 1], *words[at:]])
            yield json.dumps([*words[: at + 1], odd, *words[at + 1 :]])
            yield json.dumps([*words[:at], words[at] + "s", *words[at + 1 :]])
            yield json.dumps([*words, words[-2]])


def small() -> list[WordLadder]:
    """One step, two by two ways, and words whose letters are the same."""
    return [WordLadder("cat", "cot"), WordLadder("cat", "cog"), WordLadder("tea", "eat")]
