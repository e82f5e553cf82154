"""Worked reasoning for shading puzzles: what single rules tell, suppositions that fail, and how to check either."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from asterism.helix.cell_sets import grid_of, written
from asterism.helix.puzzle import Step
from asterism.helix.shading_solver import NOTHING, Field, Known, Shading


@dataclass(frozen=True, slots=True)
class Words:
    """How a task says that cells are shaded or not, before their list: "tents in", "none in"."""

    shaded: str
    clear: str


@dataclass(frozen=True, slots=True)
class Deduction:
    """What is known before and after, and why; ``refuted``: the opposite was supposed, and ``reason`` cannot hold."""

    before: Known
    after: Known
    reason: str
    refuted: bool = False


def deductions(shading: Shading, *, rejecting: bool = False) -> Iterator[Deduction]:
    """The way to the only solution: what single rules tell, and where none does, a cell by a supposition that fails.

    ``rejecting`` makes one such supposition early, also where it is not needed.
    """
    goal, known = next(shading.solutions()), NOTHING
    reasons = list(dict.fromkeys(rule.reason for rule in shading.rules)) + ([shading.link] if shading.joined else [])
    while known != (goal, shading.field.everywhere & ~goal):
        found = _refuted(shading, known, goal) if rejecting and known != NOTHING else None
        rejecting = rejecting and known == NOTHING
        found = found or _told(shading, known, reasons) or _refuted(shading, known, goal)
        found = found or _tried(shading, known, goal)
        yield found
        known = found.after


def effort(shading: Shading) -> float:
    """Cells to decide, and the steps in which single rules and suppositions decide them, a supposition for five."""
    taken = sum(5 if found.refuted else 1 for found in deductions(shading))
    return float(shading.field.rows * shading.field.columns + taken)


def steps(shading: Shading, words: Words) -> list[Step]:
    """The search of a worked reasoning."""
    return [_step(shading.field, found, words) for found in deductions(shading, rejecting=True)]


def upheld(shading: Shading, claim: JsonValue) -> bool:
    """Whether a claim of :func:`steps`, or ``{"solved": rows}``, is so."""
    match claim:
        case {"solved": list(rows), **rest} if not rest:
            known = _sketched(shading.field, rows)
            return known is not None and known == _solved(shading, known)
        case {"grid": list(rows), "by": str(reason), "then": list(later), **rest} if not rest:
            known, after = _sketched(shading.field, rows), _sketched(shading.field, later)
            if known is None or after is None or _solved(shading, known) is None:
                return False
            return after == shading.applied(known, reason)
        case {"grid": list(rows), "cell": [int(row), int(column)], "cannot_be": "X" | "." as sign, **rest} if not rest:
            known = _sketched(shading.field, rows)
            if known is None or not (1 <= row <= shading.field.rows and 1 <= column <= shading.field.columns):
                return False
            cell = shading.field.bits([(row - 1, column - 1)])
            supposed = (known[0] | cell, known[1]) if sign == "X" else (known[0], known[1] | cell)
            return _solved(shading, known) is not None and _solved(shading, supposed) is None
    return False


def _told(shading: Shading, known: Known, reasons: list[str]) -> Deduction | None:
    """What the next reason that tells anything tells; those that tell nothing wait until all others were asked."""
    for reason in tuple(reasons):
        after = shading.applied(known, reason)
        if after is not None and after != known:
            return Deduction(known, after, reason)
        reasons.append(reasons.pop(0))
    return None


def _refuted(shading: Shading, known: Known, goal: int) -> Deduction | None:
    """An undecided cell whose wrong value fails by following rules."""
    left = shading.field.everywhere & ~(known[0] | known[1])
    while left:
        cell = left & -left
        left ^= cell
        failed = shading.follow((known[0] | (cell & ~goal), known[1] | (cell & goal)))
        if isinstance(failed, str):
            return Deduction(known, _decided(known, cell, goal), failed, True)
    return None


def _tried(shading: Shading, known: Known, goal: int) -> Deduction:
    """An undecided cell whose wrong value fails only after further suppositions."""
    undecided = shading.field.everywhere & ~(known[0] | known[1])
    return Deduction(known, _decided(known, undecided & -undecided, goal), "", True)


def _decided(known: Known, cell: int, goal: int) -> Known:
    return known[0] | (cell & goal), known[1] | (cell & ~goal)


def _step(field: Field, found: Deduction, words: Words) -> Step:
    shaded, clear = (field.cells(after & ~before) for before, after in zip(found.before, found.after, strict=True))
    told = "; ".join(
        f"{word} {written(cells)}" for word, cells in ((words.shaded, shaded), (words.clear, clear)) if cells
    )
    grid: JsonValue = list(_sketch(field, found.before))
    if not found.refuted:
        then: JsonValue = list(_sketch(field, found.after))
        text = f"{found.reason}. In every arrangement that fits what is known: {told}."
        return Step("search", text, {"grid": grid, "by": found.reason, "then": then})
    (cell,) = shaded or clear
    supposed = f"{words.clear if shaded else words.shaded} {written([cell])}"
    end = f"this cannot hold: {found.reason[0].lower()}{found.reason[1:]}" if found.reason else "no arrangement is left"
    text = f"Suppose: {supposed}. Following the rules from there, in the end {end}. So: {told}."
    cannot = "." if shaded else "X"
    return Step("search", text, {"grid": grid, "cell": [cell[0] + 1, cell[1] + 1], "cannot_be": cannot})


def _sketch(field: Field, known: Known) -> list[str]:
    """What is known as rows: X shaded, . not, ? unknown."""
    shaded = grid_of(field.cells(known[0]), field.rows, field.columns, "X?")
    clear = grid_of(field.cells(known[1]), field.rows, field.columns, ".?")
    return [
        "".join(one if one != "?" else other for one, other in zip(*pair, strict=True))
        for pair in zip(shaded, clear, strict=True)
    ]


def _sketched(field: Field, rows: Sequence[JsonValue]) -> Known | None:
    """What :func:`_sketch` wrote; None for anything else."""
    lines = [row for row in rows if isinstance(row, str) and len(row) == field.columns and not set(row) - set("X.?")]
    if len(lines) != field.rows or len(rows) != field.rows:
        return None
    marks = [((row, column), mark) for row, line in enumerate(lines) for column, mark in enumerate(line)]
    shaded, clear = (field.bits(cell for cell, mark in marks if mark == sign) for sign in "X.")
    return shaded, clear


def _solved(shading: Shading, known: Known) -> Known | None:
    """A solution that agrees with ``known``."""
    found = None if known[0] & known[1] else next(shading.solutions(known), None)
    return None if found is None else (found, shading.field.everywhere & ~found)
