"""Word search: where in a square of letters a word stands, and which way it runs.

The published grids hold one word among letters at random. Here half of the other letters are taken from the word, so
that its beginning is met often; the word itself occurs once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.axis_labels import number_axes
from asterism.helix.canvas import BLUE, Canvas
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.lexicon import common_words
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 200
DECOYS = 0.5
"""The chance that a letter beside the word is one of the word's."""
DIRECTIONS = {
    "E": (1, 0),
    "W": (-1, 0),
    "S": (0, 1),
    "N": (0, -1),
    "SE": (1, 1),
    "NW": (-1, -1),
    "SW": (-1, 1),
    "NE": (1, -1),
}
"""How x and y change from letter to letter."""
EXAMPLES = ("SUN", "SKY", "MOON", "STAR", "EARTH", "COMET")

Find = tuple[int, int, str]
"""x and y of the first letter, from 1, and the direction."""

_ANSWER = re.compile(
    r"[\"'(\[]{0,3}([A-Z]{3,15})[\"',]{0,2}\s{1,4}[\"'(]{0,2}([NS]?[EW]|[NS])[\"'),]{0,3}\s{0,4}(?:@|AT)\s{0,4}"
    r"[(\[]?\s{0,4}(?:X\s?=\s?)?(\d{1,3})\s{0,4}[,;]\s{0,4}(?:Y\s?=\s?)?(\d{1,3})\s{0,4}[)\]]?[\s.\"')\]]{0,9}"
)


@dataclass(frozen=True, slots=True)
class WordSearch:
    """Rows of capital letters from top to bottom, and the word in capitals."""

    rows: tuple[str, ...]
    word: str


@dataclass(frozen=True, slots=True)
class Level:
    """Letters on a side, and letters of the word."""

    side: int
    letters: int


class WordSearchPuzzle(Puzzle[WordSearch]):
    """A word that occurs once."""

    name = "word_search"
    title = Wording("Word search", "单词搜索 (Word search)")
    category = "puzzles"
    form = "word, direction and place"
    unique = True
    state_type = WordSearch
    levels: ClassVar = {1: Level(5, 3), 2: Level(7, 4), 3: Level(10, 4), 4: Level(12, 5), 5: Level(15, 5)}

    def generate(self, parameters: Level, rng: Random) -> WordSearch:
        for _ in range(TRIES):
            word = rng.choice(common_words(parameters.letters)).upper()
            state = _filled(parameters.side, word, rng)
            if len(_finds(state)) == 1:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: WordSearch) -> str | None:
        finds = _finds(state)
        return _written(state.word, finds[0]) if finds else None

    def count(self, state: WordSearch) -> int:
        return min(2, len(_finds(state)))

    def verify_answer(self, state: WordSearch, answer: str) -> Verdict:
        found = _ANSWER.fullmatch(answer.strip().upper())
        if found is None:
            return Verdict("form", "WORD DIR @ (x,y) is wanted")
        word, direction, x, y = found[1], found[2], int(found[3]), int(found[4])
        if word != state.word:
            return Verdict("rule", f"the word to be found is {state.word}")
        if _matched(state, (x, y, direction)) < len(word):
            return Verdict("rule", f"{word} does not stand there")
        return RIGHT

    def draw(self, state: WordSearch) -> Canvas:
        side = len(state.rows)
        board = GridDrawing.of(side, side, margins=(1.1, 2.5, 0.3, 0.3))
        for y, row in enumerate(state.rows):
            for x, letter in enumerate(row):
                board.write((y, x), letter)
        board.lines(colour=(205, 205, 205), outer=1)
        number_axes(board, 1)
        board.write((-1.9, side / 2 - 0.8), f"Find: {state.word}", colour=BLUE)
        return board.canvas

    def text(self, state: WordSearch) -> str:
        return "\n".join([f"Find: {state.word}", *(" ".join(row) for row in state.rows)])

    def rules(self, state: WordSearch) -> Wording:
        other = next(word for word in EXAMPLES if len(word) == len(state.word) and word != state.word)
        example = _written(other, (2, 3, "SE"))
        return Wording(
            "Find the word in the grid of letters. It stands there once, its letters next to each other on a straight "
            "line in one of eight directions, and may run backwards: E to the right, W to the left, S down, N up, SE "
            "down to the right, SW down to the left, NE up to the right, NW up to the left.\n"
            "Places are (x,y), both counted from 1 at the top left: x is the column, to the right, and y the row, "
            "downwards. Answer with the word, the direction in which it is read, and the place of its first letter, as "
            f"WORD DIR @ (x,y). The form, for another instance:\n{example}",
            "在字母网格中找出给定的单词。它只出现一次，字母在一条直线上依次相邻，方向为八个之一，也可能是反向的："
            "E 向右，W 向左，S 向下，N 向上，SE 右下，SW 左下，NE 右上，NW 左上。\n"
            "位置写作 (x,y)，都从左上角的 1 开始计数：x 是列号，向右增大；y 是行号，向下增大。"
            f"请回答单词、阅读方向以及首字母的位置，写作 WORD DIR @ (x,y)。格式如下（另一题）：\n{example}",
        )

    def reasoning(self, state: WordSearch) -> list[Step]:
        find = _finds(state)[0]
        answer = _written(state.word, find)
        return [
            Step("rules", "The word stands once on a straight line, in one of eight directions; (x,y) count from 1."),
            Step("reading", f"The word is {state.word}. The rows:\n{_grid(state)}", {"rows": list(state.rows)}),
            *_search(state, find),
            Step("check", f"From there {find[2]} the letters spell {state.word}.", {"found": answer}),
            Step("answer", answer, {"found": answer}),
        ]

    def holds(self, state: WordSearch, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"rows": list(rows)}:
                return rows == list(state.rows)
            case {"found": str(answer)}:
                return self.verify_answer(state, answer).right
            case {"row": int(y), "starts": list(starts)}:
                inside = 1 <= y <= len(state.rows)
                return inside and starts == _starts(state, y)
            case {"at": [int(x), int(y)], "direction": str(direction), "letters": letters}:
                return direction in DIRECTIONS and _matched(state, (x, y, direction)) == letters
        return False

    def effort(self, state: WordSearch) -> float:
        side = range(1, len(state.rows) + 1)
        return float(sum(_matched(state, (x, y, direction)) for x in side for y in side for direction in DIRECTIONS))

    def guess(self, state: WordSearch, rng: Random) -> str:
        return _written(state.word, rng.choice(_places(len(state.rows), len(state.word))))

    def thinned(self, state: WordSearch, rng: Random) -> Iterator[WordSearch]:
        return iter(())  # without the word, or with a letter missing, there is no question left


def _places(side: int, letters: int) -> list[Find]:
    """Where a word fits."""
    inside, reach = range(1, side + 1), letters - 1
    return [
        (x, y, direction)
        for direction, (dx, dy) in DIRECTIONS.items()
        for x in inside
        for y in inside
        if x + reach * dx in inside and y + reach * dy in inside
    ]


def _filled(side: int, word: str, rng: Random) -> WordSearch:
    """The word somewhere among other letters."""
    grid = [
        [rng.choice(word) if rng.random() < DECOYS else chr(65 + rng.randrange(26)) for _ in range(side)]
        for _ in range(side)
    ]
    x, y, direction = rng.choice(_places(side, len(word)))
    dx, dy = DIRECTIONS[direction]
    for at, letter in enumerate(word):
        grid[y - 1 + at * dy][x - 1 + at * dx] = letter
    return WordSearch(tuple("".join(row) for row in grid), word)


def _matched(state: WordSearch, find: Find) -> int:
    """How many letters of the word stand one after the other from a place on, until one does not fit."""
    x, y, (dx, dy) = find[0], find[1], DIRECTIONS[find[2]]
    for at, letter in enumerate(state.word):
        row, column = y - 1 + at * dy, x - 1 + at * dx
        if not (0 <= row < len(state.rows) and 0 <= column < len(state.rows) and state.rows[row][column] == letter):
            return at
    return len(state.word)


def _finds(state: WordSearch) -> list[Find]:
    """Every place and direction in which the word can be read; one that reads the same backwards is found twice."""
    places = _places(len(state.rows), len(state.word))
    return [find for find in places if _matched(state, find) == len(state.word)]


def _search(state: WordSearch, find: Find) -> list[Step]:
    """Row by row: where the word may begin, how far the best false start goes, and where it stands."""
    steps: list[Step] = []
    for y in range(1, len(state.rows) + 1):
        starts = _starts(state, y)
        said = f"stands at x = {', '.join(map(str, starts))}" if starts else "does not occur"
        steps.append(Step("search", f"Row {y}: {state.word[0]} {said}.", {"row": y, "starts": list(starts)}))
        tried = sorted((-_matched(state, (x, y, way)), x, way) for x in starts for way in DIRECTIONS)
        wrong = [(x, way, -letters) for letters, x, way in tried if 1 < -letters < len(state.word)]
        for x, way, letters in wrong[:1]:
            text = f"From ({x},{y}) {way} it goes on {state.word[:letters]}, but then no {state.word[letters]} follows."
            steps.append(Step("search", text, {"at": [x, y], "direction": way, "letters": letters}))
        if find[1] == y:
            text = f"From ({find[0]},{y}) {find[2]} all of {state.word} follows."
            steps.append(Step("search", text, {"at": [find[0], y], "direction": find[2], "letters": len(state.word)}))
            break
    return steps


def _starts(state: WordSearch, y: int) -> list[int]:
    """Where the first letter of the word stands in a row, from 1."""
    return [x for x, letter in enumerate(state.rows[y - 1], 1) if letter == state.word[0]]


def _grid(state: WordSearch) -> str:
    return "\n".join(f"{y}: {' '.join(row)}" for y, row in enumerate(state.rows, 1))


def _written(word: str, find: Find) -> str:
    return f"{word} {find[2]} @ ({find[0]},{find[1]})"


PUZZLE = WordSearchPuzzle()
