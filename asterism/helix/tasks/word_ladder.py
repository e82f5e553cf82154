"""Word ladder: from one word to another by changing one letter at a time.

Ladders are measured on common words, and may use any word of the larger list of :mod:`asterism.helix.lexicon`. The
published steps of neighbouring levels overlap; here each level has lengths of its own within the published ones.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from random import Random
from types import MappingProxyType
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.bitboard import listed
from asterism.helix.canvas import BLACK, BLUE, TINTS, Canvas
from asterism.helix.lexicon import common_words, known_words
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 200
MOST_WORDS = 1000
"""Words of the longest ladder that is read."""

_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_APART = re.compile(r"[\s,，、;；:：.。|/'\"()\[\]→–—>-]*")


@dataclass(frozen=True, slots=True)
class WordLadder:
    """The first and the last word, in lower case."""

    start: str
    target: str


@dataclass(frozen=True, slots=True)
class Level:
    """Letters of a word, and least and greatest number of steps of the shortest ladder of common words."""

    letters: int
    steps: tuple[int, int]


class WordLadderPuzzle(Puzzle[WordLadder]):
    """Word ladder; any ladder is right."""

    name = "word_ladder"
    title = Wording("Word ladder", "单词阶梯 (Word ladder)")
    category = "puzzles"
    form = "words"
    unique = False
    state_type = WordLadder
    levels: ClassVar = {
        1: Level(3, (3, 3)),
        2: Level(4, (4, 4)),
        3: Level(4, (5, 6)),
        4: Level(5, (7, 7)),
        5: Level(5, (8, 10)),
    }
    reference: ClassVar = {
        1: Level(3, (3, 5)),
        2: Level(4, (4, 6)),
        3: Level(4, (5, 7)),
        4: Level(5, (6, 8)),
        5: Level(5, (7, 10)),
    }

    def generate(self, parameters: Level, rng: Random) -> WordLadder:
        least, most = parameters.steps
        for _ in range(TRIES):
            start = rng.choice(common_words(parameters.letters))
            steps = _steps_from(start)
            far = sorted(word for word, count in steps.items() if least <= count <= most)
            if far and start != EXAMPLES[parameters.letters][0]:
                return WordLadder(start, rng.choice(far))
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: WordLadder) -> str | None:
        ladder = _ladder(state)
        return json.dumps(ladder) if ladder else None

    def verify_answer(self, state: WordLadder, answer: str) -> Verdict:
        words = [word.lower() for word in _WORD.findall(answer)]
        if len(words) < 2 or len(words) > MOST_WORDS or ".." in answer or not _APART.fullmatch(_WORD.sub(" ", answer)):
            return Verdict("form", "a list of words is wanted")
        if any(abs(len(word) - len(state.start)) > 1 for word in words):
            return Verdict("form", f"words of {len(state.start)} letters are wanted")
        if words[0] != state.start or words[-1] != state.target:
            return Verdict("rule", f"the ladder does not run from {state.start} to {state.target}")
        if len(set(words)) != len(words):
            return Verdict("rule", "a word occurs twice")
        for word, following in pairwise(words):
            if _differences(word, following) != 1:
                return Verdict("rule", f"{word[:9]} and {following[:9]} do not differ in just one letter")
        for word in words:
            if word not in known_words():
                return Verdict("rule", f"{word} is not in the list of words")
        return RIGHT

    def draw(self, state: WordLadder) -> Canvas:
        letters = len(state.start)
        tile, gap, margin = 84, 8, 32
        canvas = Canvas(480, 2 * margin + 5 * tile)
        left = (canvas.width - letters * tile) / 2
        for word, place, tint in ((state.start, 0, TINTS[1]), (state.target, 4, TINTS[2])):
            top = margin + place * tile
            for at, letter in enumerate(word):
                x = left + at * tile
                box = (x + gap / 2, top + gap / 2, x + tile - gap / 2, top + tile - gap / 2)
                canvas.rectangle(box, tint)
                canvas.frame(box, BLACK, 2)
                canvas.text((x + tile / 2, top + tile / 2), letter.upper(), 48)
        middle = canvas.width / 2
        canvas.arrow((middle, margin + 1.25 * tile), (middle, margin + 2.1 * tile), BLUE, 4, 18)
        canvas.text((middle, margin + 2.5 * tile), "one letter at a time", 24, BLUE)
        canvas.arrow((middle, margin + 2.9 * tile), (middle, margin + 3.75 * tile), BLUE, 4, 18)
        return canvas

    def text(self, state: WordLadder) -> str:
        return f"Start: {state.start}\nTarget: {state.target}"

    def rules(self, state: WordLadder) -> Wording:
        letters = len(state.start)
        example = json.dumps(EXAMPLES[letters])
        return Wording(
            "Turn the upper word (the start) into the lower word (the target). Each step changes exactly one letter, "
            "at the same place, and gives an English word; letters are never added, left out or moved. No word occurs "
            f"twice. Words of {letters} letters count that stand in the SCOWL word list up to size 70: words of "
            "ordinary dictionaries, inflected forms included, but no names. There is a ladder of common words. It need "
            "not be the shortest.\n"
            "Answer with all words in lower case as a JSON list, the start first and the target last. The form, for "
            f"another instance:\n{example}",
            "把上面的单词（起点）变成下面的单词（终点）。每一步恰好改变同一位置上的一个字母，并且得到一个英文单词；"
            "不能增加、删除或移动字母。每个单词至多出现一次。"
            f"可用的是 SCOWL 词表（大小 70 以内）中 {letters} 个字母的单词："
            "普通词典中的单词及其变形，不含人名地名。仅用常用词就能完成。不要求最短。\n"
            f"请用小写按 JSON 列表回答所有单词，起点在最前，终点在最后。格式如下（另一题）：\n{example}",
        )

    def reasoning(self, state: WordLadder) -> list[Step]:
        ladder = _ladder(state) or []
        found: JsonValue = {"ladder": list(ladder)}
        return [
            Step("rules", "One letter changes in each step, every word is an English one, and none comes twice."),
            Step(
                "reading",
                f"From {state.start} to {state.target}: {_differences(state.start, state.target)} of "
                f"{len(state.start)} letters differ.",
                {"start": state.start, "target": state.target},
            ),
            *_search(state, ladder),
            Step("check", f"All {len(ladder)} words differ and each changes one letter of the one before.", found),
            Step("answer", json.dumps(ladder), found),
        ]

    def holds(self, state: WordLadder, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"start": start, "target": target}:
                return (start, target) == (state.start, state.target)
            case {"ladder": list(ladder)}:
                return self.verify_answer(state, " ".join(map(str, ladder))).right
            case {"word": str(word), "leads_to": list(following), "steps_left": steps}:
                known = _steps_from(state.target)
                return (
                    word in known and steps == known[word] and following == list(_neighbours(len(state.target))[word])
                )
        return False

    def effort(self, state: WordLadder) -> float:
        return float(_steps_from(state.target)[state.start])

    def guess(self, state: WordLadder, rng: Random) -> str:
        between = rng.sample(common_words(len(state.start)), len(state.start) - 1)
        return json.dumps([state.start, *between, state.target])


EXAMPLES: Mapping[int, list[str]] = {
    3: ["cat", "cot", "cog", "dog"],
    4: ["cold", "cord", "card", "ward", "warm"],
    5: ["stone", "shone", "shore", "share", "shark", "spark"],
}


def _differences(a: str, b: str) -> int:
    """At how many places two words differ; more than any word has letters where one is longer."""
    return sum(x != y for x, y in zip(a, b, strict=True)) if len(a) == len(b) else max(len(a), len(b)) + 1


@cache
def _neighbours(letters: int) -> Mapping[str, tuple[str, ...]]:
    """For each common word those that differ in one letter, in alphabetical order."""
    alike: dict[str, list[str]] = {}
    words = common_words(letters)
    for word in words:
        for at in range(letters):
            alike.setdefault(f"{word[:at]}.{word[at + 1 :]}", []).append(word)
    found: dict[str, list[str]] = {word: [] for word in words}
    for group in alike.values():
        for word in group:
            found[word] += [other for other in group if other != word]
    return MappingProxyType({word: tuple(sorted(others)) for word, others in found.items()})


@lru_cache(maxsize=16)
def _steps_from(word: str) -> Mapping[str, int]:
    """The steps of the shortest ladder of common words to each word that can be reached."""
    neighbours, steps, edge = _neighbours(len(word)), {word: 0}, [word]
    while edge:
        following = []
        for each in edge:
            for other in neighbours[each]:
                if other not in steps:
                    steps[other] = steps[each] + 1
                    following.append(other)
        edge = following
    return MappingProxyType(steps)


def _ladder(state: WordLadder) -> list[str] | None:
    """The shortest ladder of common words that is first in alphabetical order."""
    steps = _steps_from(state.target)
    if state.start not in steps:
        return None
    ladder, neighbours = [state.start], _neighbours(len(state.target))
    while ladder[-1] != state.target:
        ladder.append(next(word for word in neighbours[ladder[-1]] if steps.get(word, -1) == steps[ladder[-1]] - 1))
    return ladder


def _search(state: WordLadder, ladder: list[str]) -> list[Step]:
    """Word by word: what each can become, what leads away and is dropped, and what is taken."""
    steps, neighbours, left = [], _neighbours(len(state.target)), _steps_from(state.target)
    seen = set(ladder)
    for word, following in pairwise(ladder):
        others = [other for other in neighbours[word] if left[other] >= left[word] and other not in seen]
        if others:
            tempting = min(others, key=lambda other: (_differences(other, state.target), other))
            seen.add(tempting)
            steps.append(
                Step(
                    "search",
                    f"From {word} one could go to {tempting}; it becomes {listed(neighbours[tempting])}. But "
                    f"{state.target} is {_plural(left[tempting], 'step')} from there, no fewer than from {word}.",
                    _claim(tempting, state),
                )
            )
        steps.append(
            Step(
                "search",
                f"{word} becomes {listed(neighbours[word])}. {_plural(left[word], 'step')} to {state.target}; "
                f"{following} is nearer, with {_plural(_differences(following, state.target), 'letter')} still wrong.",
                _claim(word, state),
            )
        )
    return steps


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _claim(word: str, state: WordLadder) -> JsonValue:
    return {
        "word": word,
        "leads_to": list(_neighbours(len(word))[word]),
        "steps_left": _steps_from(state.target)[word],
    }


PUZZLE = WordLadderPuzzle()
