"""How often somebody is right who does not look."""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from asterism.core.seeds import derive_seed, rng_for
from asterism.evaluate.intervals import wilson
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS, Puzzle
from benchmarks.helix.states import states
from benchmarks.helix.tables import Row, by_level

TITLE = "What guessing earns"
TEXT = """
Shares of right answers of four who do not look, over instances of each task and level, each of a 64-bit seed of its
own. The *constant* is the one solution, of those to 200 instances, that is right for most of the first 100; the
*frequent* is the most frequent of these solutions as text; the *longest* is the longest of them. They answer 200
further instances. *Random* answers each instance with a random answer of the right form (`guess` in the task's file).
At most 5 % may be right; where somebody is, 2,000 fresh instances are asked of the four, and those figures stand. In
decision tasks, where "there is none" may be right, the four answer 1,000 instances, and the best is to have 50 ± 3 %:
the 95 % interval reaches into that range.
"""

KNOWN, ASKED, DECISIONS, FRESH = 200, 200, 1_000, 2_000
TRIED = 60
"""Solutions tried as constants, the most frequent first."""
MOST, APART = 0.05, 0.03


def prove(task: str, seed: int) -> list[dict[str, Any]]:
    """A row for each level."""
    return [_level(puzzle_of(task), level, seed) for level in LEVELS]


def table(rows: Sequence[Row]) -> list[str]:
    """The best of all guesses for each task and level, and who it was."""
    return [
        "Cells: the share, in per cent, of the guesser who does best, and its initial (c, f, l, r).",
        "",
        *by_level(rows, lambda row: f"{100 * row['best']:.1f} {row['guesser'][0]}{' **!**' if row['failed'] else ''}"),
    ]


def _level(puzzle: Puzzle[Any], level: int, seed: int) -> dict[str, Any]:
    known = states(puzzle, level, derive_seed("known", seed), KNOWN)
    solutions = Counter(puzzle.solve(state) or "" for state in known)
    tried = [answer for answer, _ in solutions.most_common(TRIED)]
    constants = {
        "constant": max(tried, key=lambda answer: _right(puzzle, known[: KNOWN // 2], answer)),
        "frequent": tried[0],
        "longest": max(solutions, key=len),
    }
    count = DECISIONS if puzzle.decision else ASKED
    shares = _shares(puzzle, states(puzzle, level, seed, count), constants, rng_for("guesses", seed))
    if not puzzle.decision and max(shares.values()) > MOST:
        count = FRESH
        fresh = states(puzzle, level, derive_seed("fresh", seed), count)
        shares = _shares(puzzle, fresh, constants, rng_for("guesses", "fresh", seed))
    guesser = max(shares, key=lambda name: shares[name])
    best = shares[guesser]
    return {
        "task": puzzle.name,
        "level": level,
        "asked": count,
        **shares,
        "best": best,
        "interval": wilson(best, count),
        "guesser": guesser,
        "failed": _undecided(best, count) if puzzle.decision else best > MOST,
    }


def _undecided(share: float, count: int) -> bool:
    """Whether a share is surely more than 3 points from a half."""
    low, high = wilson(share, count)
    return low > 0.5 + APART or high < 0.5 - APART


def _shares(puzzle: Puzzle[Any], asked: Sequence[Any], constants: Mapping[str, str], rng: Random) -> dict[str, float]:
    found = {name: _right(puzzle, asked, answer) for name, answer in constants.items()}
    guessed = sum(puzzle.verify_answer(state, puzzle.guess(state, rng)).right for state in asked)
    return {**found, "random": guessed / len(asked)}


def _right(puzzle: Puzzle[Any], asked: Sequence[Any], answer: str) -> float:
    return sum(puzzle.verify_answer(state, answer).right for state in asked) / len(asked)
