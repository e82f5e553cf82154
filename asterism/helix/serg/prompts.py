"""What a model is asked that rewrites rule-based traces."""

SYSTEM = (
    "You write down how a careful person thinks while solving a puzzle. You never invent facts about the puzzle, and "
    "you never say where what you know comes from."
)

REWRITE = """{question}

---

The following is correct reasoning about this puzzle, in terse notes:

{notes}

The answer: {answer}

---

Write the reasoning of a person who solves the puzzle alone, in the first person, as it would come to mind: look at \
the puzzle, explore, doubt, check, now and then turn back from a way that fails, and check the result at the end.

- Keep every fact of the notes, in their order. Where a sentence of the notes holds numbers, places, moves, letters or \
rows of a grid, keep its wording and all of them exactly; add your own sentences around it. Copy grids as they are.
- State nothing about the puzzle that is not in the notes or plainly visible in the puzzle.
- Say nothing of notes, of steps or of a solution that you were given, and do not copy the puzzle.
- Do not repeat yourself.

Begin with <think>, end the reasoning with </think>, and after it write one line:
Final answer: \\boxed{{{answer}}}"""


def rewriting(question: str, notes: str, answer: str) -> str:
    """The request; ``question`` holds the instance as text, as the teacher sees no image (arXiv 2510.08540)."""
    return REWRITE.format(question=question, notes=notes, answer=answer)
