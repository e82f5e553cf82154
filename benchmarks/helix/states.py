"""The instances that a proof looks at, and what a record of one holds."""

import hashlib
import json
from typing import Any

from asterism.core.seeds import derive_seed
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import Puzzle

COUNT = 200


def states(puzzle: Puzzle[Any], level: int, seed: int, count: int = COUNT) -> list[Any]:
    """Instances of one level, each of a 64-bit seed of its own."""
    return [puzzle.instance(level, derive_seed("proof", seed, place), 0) for place in range(count)]


def record(puzzle: Puzzle[Any], state: Any) -> bytes:
    """State, solution, prompts, worked reasoning and pixels of an instance, as bytes."""
    prompts = [
        puzzle.prompt(state, pictured=pictured, language=language)
        for pictured in (True, False)
        for language in ("en", "zh")
    ]
    steps = [[step.part, step.text, step.claim] for step in puzzle.reasoning(state)]
    pixels = puzzle.draw(state).image().digest
    held = [puzzle.dump(state), puzzle.solve(state), prompts, steps, pixels]
    return json.dumps(held, sort_keys=True, ensure_ascii=False).encode()


def digest(task: str, level: int, seed: int, count: int = COUNT) -> str:
    """SHA-256 (hex) over the records of a level."""
    puzzle, told = puzzle_of(task), hashlib.sha256()
    for state in states(puzzle, level, seed, count):
        told.update(record(puzzle, state))
    return told.hexdigest()
