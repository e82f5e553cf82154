"""What a text says about a puzzle, found again sentence by sentence and held against the puzzle's own reasoning.

The reasoning of a state, computed anew, is a list of statements: sentences, and rows of grids, each with its words and
its values (numbers, coordinates, letters, moves, cells of a grid, words such as "safe" or "not" that turn a meaning
round). A statement of a text is

- **known** where a statement of the reasoning has the same words and values, or the same values in order and enough of
  its words;
- **false** where it has the words of one, but other values than any of those: nothing in the puzzle says so;
- **misplaced**, and so false too, where it stands in the very place of another of the same words, or beside a sentence
  that another of the same words belongs to;
- **not read** otherwise: in words of its own, or a question.

A grid is one statement: where at least half of its rows are those of a grid of the reasoning, all must be.

What is false by this reading may at times be true of the puzzle (a way that the reasoning did not go, told in exactly
its words). It cannot be confirmed then, and a set of checked traces is better without it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise
from typing import Any

from asterism.helix.puzzle import Puzzle, Step
from asterism.helix.serg.statements import DENIALS, TURNS, Statement, Vocabulary, grids_of, symbols_of

ALIKE = 0.8
"""Share of a statement's words that a sentence must have to be about the same."""
SHARED = 1 / 3
"""Share of a statement's words that a sentence with all of its values must have to state it."""
TELLING = 3
"""Words by which a sentence is known without doubt; one of fewer may say what another statement says among others."""
SAME_ROWS = 0.5
"""Share of a grid's rows that must be the same for two grids to be one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of the reasoning a text states, and what it states that is not so."""

    states: int
    found: int
    false: tuple[str, ...]

    @property
    def coverage(self) -> float:
        """The share of states found again."""
        return self.found / self.states if self.states else 1.0


class Reader:
    """Reads texts about one instance."""

    def __init__(self, puzzle: Puzzle[Any], state: Any, steps: Sequence[Step] | None = None) -> None:
        """``steps`` are those of ``puzzle.reasoning(state)``, where they are at hand."""
        self._steps = list(puzzle.reasoning(state) if steps is None else steps)
        self._vocabulary = Vocabulary(symbols_of([puzzle.dump(state), *(step.claim for step in self._steps)]))
        self._question = puzzle.prompt(state, pictured=False)

    def read(self, text: str) -> Reading:
        """What a text states; linear in its length but for the search for sentences that are like known ones."""
        said = self._vocabulary.statements(text)
        found = Found(said)
        told = [number for number, own in enumerate(self._own) if own and self._is_state(number)]
        covered = sum(all(found.states(each) for each in self._own[number]) for number in told)
        false = [*self._false(said), *self._false_grids(said), *self._misplaced(said), *self._apart(said)]
        return Reading(len(told), covered, tuple(dict.fromkeys(false)))

    def _is_state(self, number: int) -> bool:
        step = self._steps[number]
        return step.part != "answer" and step.claim is not None

    @cached_property
    def _by_step(self) -> list[list[Statement]]:
        return [self._vocabulary.statements(step.text) for step in self._steps]

    @cached_property
    def _own(self) -> list[list[Statement]]:
        """The statements of each step; of steps that claim something only those with values, if there are any."""
        return [[each for each in some if each.values] or some for some in self._by_step]

    @cached_property
    def _all(self) -> list[Statement]:
        return [each for some in self._by_step for each in some]

    @cached_property
    def _asked(self) -> list[Statement]:
        return self._vocabulary.statements(self._question)

    @cached_property
    def _known(self) -> frozenset[Statement]:
        return frozenset([*self._all, *self._asked])

    @cached_property
    def _kinds(self) -> dict[tuple[str, ...], set[tuple[str, ...]]]:
        """The values said with each sequence of words."""
        kinds: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
        for each in self._all:
            if not each.row:
                kinds.setdefault(each.words, set()).add(each.values)
        return kinds

    def _false(self, said: Iterable[Statement]) -> Iterator[str]:
        """Sentences in known words with values that are said of nothing."""
        kinds = [(words, Counter(words), values) for words, values in self._kinds.items()]
        for each in dict.fromkeys(said):
            if each.row or each.asks or each in self._known:
                continue
            own = Counter(each.words)
            like = [
                (words, values)
                for words, counted, values in kinds
                if _alike(len(each.words), len(words)) and (own & counted).total() >= ALIKE * len(words)
            ]
            if any(each.values in values for _, values in like):
                continue
            differing = {
                words
                for words, some in like
                if any(_differ(each.values, values, exact=words == each.words) for values in some)
            }
            exact = each.words in differing and len(each.words) >= TELLING
            if differing and (exact or not self._told.holds(each)):
                yield each.text

    @cached_property
    def _told(self) -> "Found":
        return Found(self._all)

    @cached_property
    def _grids(self) -> frozenset[tuple[tuple[str, ...], ...]]:
        """The rows of each grid of the reasoning and of the question."""
        grids = (grid for some in (self._asked, *self._by_step) for grid in grids_of(some))
        return frozenset(tuple(row.values for row in grid) for grid in grids)

    def _false_grids(self, said: Sequence[Statement]) -> Iterator[str]:
        """Grids that are most of a known one, and not all of it."""
        for grid in grids_of(said):
            rows = tuple(row.values for row in grid)
            if any(_within(rows, known) for known in self._grids):
                continue
            apart = (_differing(rows, known) for known in self._grids)
            first = min((place for place in apart if place is not None), default=None)
            if first is not None:
                yield grid[first].text

    @cached_property
    def _pairs(self) -> tuple[dict[Statement, set[Statement | None]], dict[Statement, set[Statement | None]]]:
        """What stands before, and behind, each statement within its step; None where a step begins or ends with it."""
        before: dict[Statement, set[Statement | None]] = {}
        behind: dict[Statement, set[Statement | None]] = {}
        for some in self._by_step:
            for one, other in pairwise([None, *some, None]):
                if other is not None:
                    before.setdefault(other, set()).add(one)
                if one is not None:
                    behind.setdefault(one, set()).add(other)
        return before, behind

    def _apart(self, said: Sequence[Statement]) -> Iterator[str]:
        """Sentences beside a known one that stands beside others of the same words."""
        before, behind = self._pairs
        for one, other in pairwise(said):
            if _strange(one, before.get(other)) or _strange(other, behind.get(one)):
                yield f"{one.text} {other.text}"

    def _misplaced(self, said: Sequence[Statement]) -> Iterator[str]:
        """Known sentences that stand where another of the same words is missing, and in their own place as well."""
        theirs = [each for each in self._all if not each.row]
        mine = [each for each in said if not each.row]
        number = {each: place for place, each in enumerate(dict.fromkeys([*theirs, *mine]))}
        matcher = SequenceMatcher(
            None, [number[each] for each in theirs], [number[each] for each in mine], autojunk=False
        )
        before, after = 0, 0
        matched: set[Statement] = set()
        gaps = []
        for block in matcher.get_matching_blocks():
            gaps.append((theirs[before : block.a], mine[after : block.b]))
            before, after = block.a + block.size, block.b + block.size
            matched.update(mine[block.b : after])
        for missing, extra in gaps:
            here = Found(extra)
            lost = {(each.words, len(each.values)) for each in missing if not here.states(each)}
            for each in extra:
                if (each.words, len(each.values)) in lost and each in matched:
                    yield each.text


class Found:
    """What a text says, to be looked up."""

    def __init__(self, said: Sequence[Statement]) -> None:
        self._exact = frozenset(said)
        self._whole = [each.values for each in said if not each.row]
        self._sentences = [(_plain(each.values), set(each.words)) for each in said if not each.row]

    def states(self, statement: Statement) -> bool:
        """Whether it is said: exactly, or all its values in one sentence, in order, with enough of its words."""
        if statement in self._exact:
            return True
        if statement.row:
            return False
        words, values = set(statement.words), _plain(statement.values)
        least = max(SHARED if values else ALIKE, 1 / (len(words) or 1)) * len(words)
        return any(len(words & own) >= least and _stated(values, line) for line, own in self._sentences)

    def holds(self, statement: Statement) -> bool:
        """Whether a sentence says so among other things: turns included, its values one behind the other."""
        return any(_within(statement.values, line) for line in self._whole)


def _strange(statement: Statement, known: Set[Statement | None] | None) -> bool:
    """Whether a sentence is none of those known in its place, though one of them has its words."""
    if known is None or None in known or statement in known or statement.row:
        return False
    return any(each is not None and each.words == statement.words for each in known)


def _plain(values: Iterable[str]) -> tuple[str, ...]:
    """Values without the words that turn a meaning."""
    return tuple(each for each in values if each not in TURNS)


def _stated(values: tuple[str, ...], line: tuple[str, ...]) -> bool:
    """Whether a sentence holds values in this order: one behind the other, or with at most as many others between."""
    if _within(values, line):
        return True
    rest = iter(line)
    return len(line) <= 2 * len(values) and all(value in rest for value in values)


def _alike(length: int, known: int) -> bool:
    """Whether a sentence of so many words may be one of ``known`` words."""
    return known > 0 and ALIKE * known <= length <= known + max(1, known // 2)


def _differ(said: tuple[str, ...], known: tuple[str, ...], *, exact: bool) -> bool:
    """Whether other values are said of the same: as many, or the same but turned round.

    ``exact``: the words are the same, so that any word that turns the meaning does; else only a denial does.
    """
    if len(said) == len(known):
        return said != known
    turned = said != known if exact else (_denials(said) - _denials(known)) % 2 == 1
    return turned and _plain(said) == _plain(known)


def _denials(values: Iterable[str]) -> int:
    return sum(each in DENIALS for each in values)


def _within(part: tuple[Any, ...], whole: tuple[Any, ...]) -> bool:
    """Whether a part stands in a whole, unbroken."""
    size = len(part)
    return any(whole[at : at + size] == part for at in range(len(whole) - size + 1))


def _differing(rows: Sequence[tuple[str, ...]], known: Sequence[tuple[str, ...]]) -> int | None:
    """The first row that differs where two grids of one form are mostly the same; None where they are not.

    A single row is compared cell by cell.
    """
    if len(rows) != len(known) or any(len(row) != len(own) for row, own in zip(rows, known, strict=True)):
        return None
    same = [row == own for row, own in zip(rows, known, strict=True)]
    if len(rows) == 1:
        (row,), (own,) = rows, known
        alike = sum(one == other for one, other in zip(row, own, strict=True))
        return 0 if len(row) > 2 and alike >= min(ALIKE * len(row), len(row) - 1) else None
    return same.index(False) if sum(same) >= SAME_ROWS * len(same) else None
