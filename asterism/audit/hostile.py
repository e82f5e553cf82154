"""Long and twisted inputs, to see how long a reward takes for them."""

from collections.abc import Iterator

SIZES = (300, 3_000, 30_000, 300_000)
"""Characters of the inputs, shortest first: where one of a kind takes too long, longer ones are left out."""
_UNITS = (
    ("opened tags", "<answer>", ""),
    ("opened thinking", "<think>", ""),
    ("opened boxes", "\\boxed{", ""),
    ("opened fractions", "\\frac{1}{", ""),
    ("brackets", "(", ""),
    ("digits", "9", ""),
    ("blanks", " ", "."),
    ("words", "the answer is ", "7"),
    ("dollars", "$ ", ""),
    ("backslashes", "\\", ""),
    ("letters for a backtracking expression", "a", "!"),
    ("a list of numbers", "1, ", "2"),
    ("signs", "-", "7"),
)
_TOWERS = ("9**9**9**9", "9^{9^{9^{9}}}", "99999!!!!", "\\boxed{9^{9^{9^9}}}", "10^(10^10)", "1e999999999")


def hostile_inputs() -> Iterator[tuple[str, str]]:
    """Name and text of each, those of one name from short to long."""
    for text in _TOWERS:
        yield f"a tower of powers, {text}", f"<answer>{text}</answer>"
    for name, unit, end in _UNITS:
        for size in SIZES:
            yield name, unit * (size // len(unit)) + end
            if "answer" not in unit:
                yield f"{name}, in tags", f"<answer>{unit * (size // len(unit))}{end}</answer>"
