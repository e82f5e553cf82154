r"""Grading answers to rows of the published benchmark, in a fair way and in that of its evaluators.

A row stores one answer, and for some tasks the instance in a form of its own. Tasks are graded here whose stored answer
decides (a number, yes or no, a puzzle with one solution) or whose instance is a graph; rows of other tasks are counted
as not graded, never as wrong.

``official`` grades as the published evaluators do where that differs:

- an answer is taken from box tokens, the last answer tag, the last ``\boxed{}``, what follows "Answer:", or the whole;
- numbers and words must equal the stored text;
- a nonogram must equal the stored text, blanks within lines included;
- the cells of a snake may come in any order; else from start to end;
- a Hamiltonian path may begin anywhere; else at the marked vertex, where the stored one begins;
- a word search must be of the form ``WORD DIRECTION @ (x,y)``, which stored answers with the ``@`` at their end never
  equal; else the order of the parts does not matter.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any

from asterism.answers.text import boxes, plain
from asterism.helix.answer_readers import LONGEST, final_answers, integer, negative, pairs
from asterism.helix.answer_readers import numbers as all_numbers
from asterism.helix.published_rows import Row
from asterism.helix.puzzle import Category
from asterism.helix.score import UNANSWERED, Graded, check_ids

NOT_GRADED = "not graded"
"""The reason of a row whose task is not graded from what a row holds."""

_WORD = re.compile(r"[A-Za-z]+")
_POINT = re.compile(r"\(\s{0,4}(\d{1,4})\s{0,4},\s{0,4}(\d{1,4})\s{0,4}\)")
_ENTRY = re.compile(r"\(\s{0,4}(\d{1,4})\s{0,4},\s{0,4}(\d{1,4})\s{0,4}\)\s{0,4}:\s{0,4}(\d{1,4})")
_BRIDGE = re.compile(r"\((\d{1,4}),(\d{1,4})\)-\((\d{1,4}),(\d{1,4})\):(\d)")
_WORD_AT = re.compile(r"\s*([A-Za-z]+)\s+([A-Za-z-]+)\s*@\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)\s*", re.ASCII)
_BOX_TOKENS = re.compile(r"<\|begin_of_box\|>|(<\|end_of_box\|>)")
_ANSWER_TAG = re.compile(r"<answer>|(</answer>)", re.IGNORECASE)
_ANSWER_CUE = re.compile(r"answer\s{0,3}:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grader:
    """How a task is graded: its category here, and whether an answer agrees with a row, in either way."""

    task: str
    category: Category
    fair: Callable[[str, Row], bool]
    official: Callable[[str, Row], bool]


def grade_published(
    rows: Mapping[str, Row], answers: Mapping[str, str | None], *, official: bool = False, where: str = "answers"
) -> list[Graded]:
    """Every row of a task that can be graded, with the verdict; those of others have the reason ``not graded``.

    Rows of graph isomorphism that ask the same with their images in another order share a ``pair``.

    Raises:
        AsterismError: an answer is to no row.
    """
    check_ids(answers, rows, where)
    return [_graded(row, answers.get(row.id), official) for row in rows.values()]


def official_answer(text: str) -> str:
    """The answer in a text, as the published evaluators look for it."""
    for marks in (_BOX_TOKENS, _ANSWER_TAG):
        enclosed = _last_between(text, marks)
        if enclosed is not None:
            return enclosed.strip()
    boxed = boxes(text)
    if boxed:
        return _unwrapped(boxed[-1])
    cues = list(_ANSWER_CUE.finditer(text))
    return (text[cues[-1].end() :] if cues else text).strip()


def grader_of(row: Row) -> Grader | None:
    """How the task of a row is graded; None where it is not."""
    named = re.sub(r"[^a-z0-9]", "", row.category.lower())
    for words, grader in _GRADERS:
        if any(word in named for word in words):
            return grader
    return None


def _graded(row: Row, answer: str | None, official: bool) -> Graded:
    grader = grader_of(row)
    if grader is None:
        return Graded(row.id, row.category, "", row.level, row.id, NOT_GRADED)
    alike = sha256("\x1f".join([row.question_text or row.question, *sorted(row.images)]).encode()).hexdigest()
    paired = alike if grader.task == "isomorphism" else ""
    reason = UNANSWERED if answer is None else _reason(grader, row, answer, official)
    return Graded(row.id, grader.task, grader.category, row.level, paired or row.id, reason, paired)


def _reason(grader: Grader, row: Row, text: str, official: bool) -> str:
    if official:
        answer = official_answer(text)
        right = len(answer) <= LONGEST and grader.official(answer, row)
        return "right" if right else "wrong" if answer else "missing"
    readings = final_answers(text)
    if not readings:
        return "missing"
    return "right" if any(grader.fair(reading, row) for reading in readings) else "wrong"


def _same_text(answer: str, row: Row) -> bool:
    return answer.strip() == row.answer.strip()


def _same_number(answer: str, row: Row) -> bool:
    stored = integer(row.answer)
    return _same_text(answer, row) or (stored is not None and integer(answer) == stored)


def _same_numbers(answer: str, row: Row) -> bool:
    stored = all_numbers(row.answer)
    return stored is not None and all_numbers(answer) == stored


def _same_word(answer: str, row: Row) -> bool:
    return _letters(answer) == _letters(row.answer) != ""


def _same_lines(answer: str, row: Row) -> bool:
    return _filled(answer) == _filled(row.answer) != []


def _same_cells(answer: str, row: Row) -> bool:
    given, stored = pairs(answer), pairs(row.answer)
    return given is not None and stored is not None and len(given) == len(set(given)) and set(given) == set(stored)


def _same_path(answer: str, row: Row) -> bool:
    given = pairs(answer)
    return given is not None and given == pairs(row.answer)


def _same_entries(answer: str, row: Row) -> bool:
    given, stored = _ENTRY.findall(answer), _ENTRY.findall(row.answer)
    return bool(stored) and len(given) == len(set(given)) and set(given) == set(stored)


def _same_compact(answer: str, row: Row) -> bool:
    return re.sub(r"\s", "", answer) == re.sub(r"\s", "", row.answer)


def _same_bridges(answer: str, row: Row) -> bool:
    return _bridges(answer) == _bridges(row.answer) != set()


def _same_pairs_of_letters(answer: str, row: Row) -> bool:
    given, stored = (re.findall(r"[A-Z]\d", text.upper()) for text in (answer, row.answer))
    return bool(stored) and given == stored


def _same_find(answer: str, row: Row) -> bool:
    given, stored = _found(answer), _found(row.answer)
    return given is not None and given == stored


def _official_find(answer: str, row: Row) -> bool:
    given, stored = _WORD_AT.fullmatch(answer), _WORD_AT.fullmatch(row.answer)
    if given is None or stored is None:
        return False
    return [part.lower() for part in given.groups()] == [part.lower() for part in stored.groups()]


def _walk(kind: str, anywhere: bool = False) -> Callable[[str, Row], bool]:
    """Whether an answer is a walk of a kind in the row's graph, or says that there is none where the row does."""

    def agrees(answer: str, row: Row) -> bool:
        if negative(answer) or negative(row.answer):
            return negative(answer) and negative(row.answer)
        graph, walk, stored = _graph(row.initial_state), all_numbers(answer), all_numbers(row.answer)
        if graph is None or walk is None or stored is None or not set(walk) <= graph.keys():
            return False
        steps = [frozenset(step) for step in pairwise(walk)]
        if any(second not in graph[first] for first, second in pairwise(walk)):
            return False
        if kind.startswith("eulerian"):
            edges = {frozenset((a, b)) for a, others in graph.items() for b in others}
            closed = walk[0] == walk[-1] or kind == "eulerian path"
            return closed and len(steps) == len(edges) and set(steps) == edges
        if kind == "hamiltonian cycle":  # as in the question: the first vertex again at the end
            ring = walk[:-1]
            return walk[0] == walk[-1] and len(ring) == len(set(ring)) == len(graph)
        return len(walk) == len(set(walk)) == len(graph) and (anywhere or walk[0] == stored[0])

    return agrees


def _graph(state: Any) -> dict[int, set[int]] | None:
    """An undirected graph out of a mapping of vertices to lists of neighbours; None where it is none."""
    if isinstance(state, dict):
        state = next((each for each in state.values() if isinstance(each, dict)), state)
    try:
        found = {int(vertex): {int(other) for other in others} for vertex, others in state.items()}
    except (AttributeError, TypeError, ValueError):
        return None
    for vertex, others in list(found.items()):
        for other in others:
            found.setdefault(other, set()).add(vertex)
    return found


_EXACT = (_same_number, _same_text)
_YES_NO = (_same_word, _same_text)
_SET = (_same_cells, _same_cells)
_GRADERS: Sequence[tuple[tuple[str, ...], Grader]] = (
    (("stock",), Grader("stock", "algorithms", *_EXACT)),
    (("container", "mostwater"), Grader("container", "algorithms", *_EXACT)),
    (("hill", "valley"), Grader("hills", "algorithms", *_EXACT)),
    (("hindex",), Grader("h_index", "algorithms", *_EXACT)),
    (("rectangle", "histogram"), Grader("rectangle", "algorithms", *_EXACT)),
    (("increasing",), Grader("increasing_subsequence", "algorithms", *_EXACT)),
    (("rain",), Grader("rain", "algorithms", *_EXACT)),
    (("maxflow", "maximumflow"), Grader("max_flow", "graphs", *_EXACT)),
    (("shortest",), Grader("shortest_distance", "graphs", *_EXACT)),
    (("isomorph",), Grader("isomorphism", "graphs", *_YES_NO)),
    (("euleriancycle", "eulercycle"), Grader("eulerian_cycle", "graphs", *[_walk("eulerian cycle")] * 2)),
    (("eulerianpath", "eulerpath"), Grader("eulerian_path", "graphs", *[_walk("eulerian path")] * 2)),
    (("hamiltoniancycle",), Grader("hamiltonian_cycle", "graphs", *[_walk("hamiltonian cycle")] * 2)),
    (
        ("hamiltonianpath",),
        Grader("hamiltonian_path", "graphs", _walk("hamiltonian path"), _walk("hamiltonian path", anywhere=True)),
    ),
    (("sudoku",), Grader("sudoku", "puzzles", *[_same_numbers] * 2)),
    (("bridges",), Grader("bridges", "puzzles", *[_same_bridges] * 2)),
    (("eulero",), Grader("eulero", "puzzles", *[_same_pairs_of_letters] * 2)),
    (("kakuro",), Grader("kakuro", "puzzles", _same_entries, _same_compact)),
    (("nonogram",), Grader("nonogram", "puzzles", _same_lines, _same_text)),
    (("wordsearch",), Grader("word_search", "puzzles", _same_find, _official_find)),
    (("snake",), Grader("snake", "puzzles", _same_path, _same_cells)),
    (("minesweeper",), Grader("minesweeper", "games", *_SET)),
)
"""What a category's name contains, letters and digits only, and how its rows are graded."""


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def _filled(text: str) -> list[str]:
    lines = (re.sub(r"[^X.]", "", line.upper()) for line in text.splitlines())
    return [line for line in lines if line]


def _bridges(text: str) -> set[tuple[frozenset[tuple[str, str]], str]]:
    found = _BRIDGE.findall(re.sub(r"\s", "", text))
    return {(frozenset([(a, b), (c, d)]), count) for a, b, c, d, count in found}


def _found(text: str) -> tuple[str, frozenset[str], tuple[str, str]] | None:
    """The word, the direction's words and the first letter's place of a word search, in whatever order."""
    points, said = _POINT.findall(text), [word.lower() for word in _WORD.findall(text)]
    if len(points) != 1 or len(said) < 2:
        return None
    return said[0], frozenset(said[1:]), points[0]


def _last_between(text: str, marks: re.Pattern[str]) -> str | None:
    """What stands between the last pair of marks, whose closing one is the pattern's group."""
    found, opened = None, None
    for mark in marks.finditer(text):
        if not mark.group(1):
            opened = mark.end()
        elif opened is not None:
            found, opened = text[opened : mark.start()], None
    return found


def _unwrapped(boxed: str) -> str:
    """What stands in a box, without ``\\text`` and array wrappers."""
    bare = re.sub(r"\\begin\{[a-z]{1,12}\}(?:\{[lcr| ]{0,40}\})?|\\end\{[a-z]{1,12}\}", " ", boxed)
    return plain(bare.replace("\\\\", "\n"))
