"""One state of a trace made false: a number, a coordinate, a letter, a move, or a word that turns the meaning."""

import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from asterism.helix.puzzle import Step

OTHERS = {
    "safe": "mined", "mined": "safe", "hill": "valley", "valley": "hill", "Yes": "No", "No": "Yes", "odd": "even",
    "shaded": "unshaded", "unshaded": "shaded", "drawn": "left out", "left out": "drawn",
}  # fmt: skip
"""Words with their opposites."""
MOVES = ("up", "down", "left", "right")
_NUMBER = re.compile(r"\d+")
_LETTER = re.compile(r"(?<![A-Za-z])[A-Z](?![A-Za-z])")
_WORD = re.compile(rf"\b(?:{'|'.join(OTHERS)})\b")
_MOVE = re.compile(r"(?<=Go )(?:up|down|left|right)|(?<=Slide \d )(?:up|down|left|right)")


def corrupted(steps: Sequence[Step], rng: Random) -> tuple[list[Step], str, str] | None:
    """The steps with one thing changed in one that claims something, the text before and after; None if nothing can."""
    open_steps = [number for number, step in enumerate(steps) if step.claim is not None and _places(step.text)]
    if not open_steps:
        return None
    number = rng.choice(open_steps)
    text = steps[number].text
    start, end = rng.choice(_places(text))
    old = text[start:end]
    new = _other(old, text, rng)
    changed = f"{text[:start]}{new}{text[end:]}"
    return [*steps[:number], replace(steps[number], text=changed), *steps[number + 1 :]], text, changed


def _places(text: str) -> list[tuple[int, int]]:
    return [found.span() for pattern in (_NUMBER, _LETTER, _WORD, _MOVE) for found in pattern.finditer(text)]


def _other(old: str, text: str, rng: Random) -> str:
    if old.isdigit():
        return str(rng.choice([each for each in range(max(0, int(old) - 3), int(old) + 4) if each != int(old)]))
    if old in OTHERS:
        return OTHERS[old]
    if old in MOVES:
        return rng.choice([each for each in MOVES if each != old])
    letters = sorted(set(_LETTER.findall(text)) - {old}) or [each for each in "ABCDEFGH" if each != old]
    return rng.choice(letters)
