"""What a rewriting model would answer, well or badly, for the server of tests.

Runs inside the server's process too (``--replies tests.helix.serg.rewriter:well``).
"""

from collections.abc import Callable, Sequence
from typing import Any


def parts(prompt: str) -> tuple[str, str, str]:
    """Question, notes and answer out of the request of the builder."""
    question, middle, _ = prompt.split("\n---\n")
    notes, _, answer = middle.partition("in terse notes:\n\n")[2].rpartition("\n\nThe answer: ")
    return question.strip(), notes, answer.strip()


def well(prompt: str, body: dict[str, Any]) -> str:
    """The notes in a person's words: sentences of its own around them, every fact as it is."""
    _, notes, answer = parts(prompt)
    told = []
    for number, paragraph in enumerate(notes.split("\n\n")):
        told.append(["Alright, let me look at this. ", "Next I notice something. ", ""][number % 3] + paragraph)
    told.append("Wait, let me verify all of that before I commit to it. Everything fits.")
    return completed("\n\n".join(told), answer)


def completed(thinking: str, answer: str) -> str:
    return f"<think>\n{thinking}\n</think>\nFinal answer: \\boxed{{{answer}}}"


def returns_the_question(prompt: str, body: dict[str, Any]) -> str:
    return parts(prompt)[0]


def returns_the_notes(prompt: str, body: dict[str, Any]) -> str:
    _, notes, answer = parts(prompt)
    return completed(notes, answer)


def refuses(prompt: str, body: dict[str, Any]) -> str:
    return "I'm sorry, but I can't help with that."


def says_nothing(prompt: str, body: dict[str, Any]) -> str:
    return "  \n"


def answers_wrongly(prompt: str, body: dict[str, Any]) -> str:
    return well(prompt, body).replace(f"\\boxed{{{parts(prompt)[2]}}}", "\\boxed{-7}")


def is_brief(prompt: str, body: dict[str, Any]) -> str:
    return completed("Wait. Yes.", parts(prompt)[2])


def mentions_the_notes(prompt: str, body: dict[str, Any]) -> str:
    return well(prompt, body).replace("Everything fits.", "According to the notes everything fits.")


def runs_in_circles(prompt: str, body: dict[str, Any]) -> str:
    return well(prompt, body).replace("Everything fits.", "I look at it once more and it still is so. " * 12)


def never_doubts(prompt: str, body: dict[str, Any]) -> str:
    return well(prompt, body).replace("Wait, let me verify all of that before I commit to it. ", "")


def always_doubts(prompt: str, body: dict[str, Any]) -> str:
    doubts = "".join(f"Wait, is it so for thought number {word}? " for word in "abcdefghijklmnopqrstuvwxyz" * 3)
    return well(prompt, body).replace("Everything fits.", f"{doubts}Everything fits.")


def slips(prompt: str, body: dict[str, Any]) -> str:
    """One number of one sentence is another; the answer is right."""
    _, notes, _ = parts(prompt)
    line = next(line for line in notes.split("\n") if line.startswith("Suppose h is "))
    found = line.split(": ")[1].split(" ")[0]
    return well(prompt, body).replace(line, line.replace(f": {found} papers", f": {int(found) + 1} papers"))


BAD: dict[str, tuple[Callable[[str, dict[str, Any]], str], ...]] = {
    "question": (returns_the_question, returns_the_notes, refuses, says_nothing),
    "length": (is_brief,),
    "answer": (answers_wrongly,),
    "mention": (mentions_the_notes,),
    "repetition": (runs_in_circles,),
    "reflection": (never_doubts, always_doubts),
    "state": (slips,),
}
"""By the filter that drops it."""


class Script:
    """Answers each new question in the next of some ways, and always so."""

    def __init__(self, ways: Sequence[Callable[[str, dict[str, Any]], str]]) -> None:
        self._ways = list(ways)
        self._seen: dict[str, int] = {}

    def __call__(self, prompt: str, body: dict[str, Any]) -> str:
        place = self._seen.setdefault(parts(prompt)[0], len(self._seen))
        return self._ways[place % len(self._ways)](prompt, body)


def sometimes(prompt: str, body: dict[str, Any]) -> str:
    """Well in half of the draws, badly in one of all ways in the others; for trying the builder out by hand."""
    ways = [way for each in BAD.values() for way in each]
    number = int(body["seed"])
    return well(prompt, body) if number % 2 else ways[number // 2 % len(ways)](prompt, body)
