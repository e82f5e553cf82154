"""Answers that are nearly the right one."""

import random
import re


def mutation(answer: str, rng: random.Random) -> str:
    """A word or number changed, dropped, doubled or exchanged with another."""
    pieces = re.split(r"(\W+)", answer)
    at = rng.choice([place for place, piece in enumerate(pieces) if piece.strip()] or [0])
    match rng.randrange(4):
        case 0:
            pieces[at] = str(int(pieces[at]) + rng.choice((-1, 1, 2))) if pieces[at].isdigit() else pieces[at] + "x"
        case 1:
            pieces[at] = ""
        case 2:
            pieces[at] = pieces[at] + " " + pieces[at]
        case _:
            other = rng.randrange(len(pieces))
            pieces[at], pieces[other] = pieces[other], pieces[at]
    return "".join(pieces)
