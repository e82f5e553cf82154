"""Toy rewards, each with one planted fault, and records to audit them over."""

import json
from pathlib import Path
from textwrap import dedent

READ = """
    def said(completion):
        outside = completion.rpartition("</think>")[2]
        before, tag, rest = outside.rpartition("<answer>")
        return rest.partition("</answer>")[0].strip() if tag else outside.strip()
"""
"""A plain reader: the last answer block outside thinking, or all of it."""

FAULTY = {
    "substring": """
        def score(task, completion):
            return float(task.answer in completion)
    """,
    "last_number": """
        import re

        def score(task, completion):
            numbers = re.findall(r"-?[0-9]+", completion)
            return float(bool(numbers) and numbers[-1] == task.answer)
    """,
    "swallowed_errors": READ
    + """
    def score(task, completion):
        try:
            return float(said(completion).lower() == task.answer.lower())
        except Exception:
            return 0.0
    """,
    "pays_for_nothing": READ
    + """
    def score(task, completion):
        return 0.2 + 0.8 * (said(completion).lower() == task.answer.lower())
    """,
    "case_sensitive": READ
    + """
    def score(task, completion):
        return float(said(completion) == task.answer)
    """,
}
"""The code of a reward by the finding that it must give."""

SOUND = (
    READ
    + """
    def score(task, completion):
        return float(said(completion).lower() == task.answer.lower())
"""
)
PLANTED = frozenset({*FAULTY, "gold_in_prompt"})


def write_toy(folder: Path, code: str) -> str:
    """A reward's file; returns its name as a target."""
    lines = [dedent(part) for part in code.split("\n    \n")]
    (folder / "toy.py").write_text("\n".join(lines))
    return f"{folder / 'toy.py'}:score"


def write_numbers(folder: Path, question: str = "How many dots are in drawing {}?") -> Path:
    """Thirty questions whose answers are numbers, no two the same question."""
    rows = [
        {"id": f"n{i}", "question": question.format("abcdefghij"[i % 10] * (i // 10 + 1), i + 11)} for i in range(30)
    ]
    return _write(folder / "numbers.jsonl", [{**row, "answer": str(i + 11)} for i, row in enumerate(rows)])


def write_words(folder: Path) -> Path:
    """Twelve questions whose answers are colours."""
    colours = ["Red", "Green", "Blue", "Violet", "Amber", "Teal"]
    rows = [
        {"id": f"w{i}", "question": f"Which colour has shape {'abcdefghijkl'[i]}?", "answer": colours[i % 6]}
        for i in range(12)
    ]
    return _write(folder / "words.jsonl", rows)


def _write(file: Path, rows: list[dict[str, str]]) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file
