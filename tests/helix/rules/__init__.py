"""A predicate for each task, written from the text of its rules by a hand that had not read the task's verifier."""

import re


def formed(pattern: str, answer: str) -> str:
    """An answer of the asked form, given as a pattern for all of it.

    Raises:
        ValueError: it is of another form, of which a predicate has no opinion.
    """
    if not re.fullmatch(pattern, answer):
        raise ValueError(f"not of the asked form: {answer}")
    return answer
