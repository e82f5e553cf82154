"""What an expert says to a puzzle: the trace that a record carries, or the puzzle's own worked reasoning."""

from typing import Any, Literal

from asterism.core.errors import UnfitTrace
from asterism.core.task import Task
from asterism.helix.catalogue import puzzle_of
from asterism.helix.entry import verify_answer
from asterism.helix.prompts import is_puzzle
from asterism.helix.puzzle import Puzzle
from asterism.helix.records import entry_of_task

Experts = Literal["reasoning", "answer"]

STORED = ("expert_response", "trace")
"""Where ``meta`` of a record holds an expert's completion; the first that is there counts."""
STATE = "trace_state"
"""Where ``meta`` tells the fingerprint of the state that the trace was written for."""


def expert_trace(task: Task, kind: Experts = "reasoning") -> str | None:
    """The expert's completion of a task: what its record holds, else a puzzle's own; None for other tasks.

    Raises:
        UnfitTrace: the stored trace was written for another state (``other_state``) or its answer is not right
            (``unverified``).
    """
    stored = next((str(task.meta[key]) for key in STORED if task.meta.get(key) is not None), None)
    if not is_puzzle(task):
        return stored
    entry = entry_of_task(task)
    if stored is None:
        puzzle = puzzle_of(entry.task)
        state = puzzle.load(entry.metadata["state"])
        return rule_trace(puzzle, state) if kind == "reasoning" else _boxed(puzzle, state)
    if task.meta.get(STATE, entry.fingerprint) != entry.fingerprint:
        raise _unfit("other_state", "its expert trace was written for another state", task)
    verdict = verify_answer(stored, entry)
    if not verdict.right:
        raise _unfit("unverified", f"its expert trace does not verify ({verdict.code}: {verdict.detail})", task)
    return stored


def rule_trace(puzzle: Puzzle[Any], state: Any) -> str:
    """The worked reasoning of a puzzle as a completion: its steps as thinking, then the boxed answer."""
    steps = [step.text for step in puzzle.reasoning(state) if step.part != "answer"]
    return "<think>\n" + "\n".join(steps) + "\n</think>\n" + _boxed(puzzle, state)


def _boxed(puzzle: Puzzle[Any], state: Any) -> str:
    return f"\\boxed{{{puzzle.solve(state)}}}"


def _unfit(code: str, what: str, task: Task) -> UnfitTrace:
    return UnfitTrace(code, what, where=f"task {task.id}", remedy="Take the trace out of the record, or fix it.")
