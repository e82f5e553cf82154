"""Reading an answer out of what a model wrote. Every reader is linear and gives None where it cannot read."""

import re

from asterism.answers.blocks import find_blocks
from asterism.answers.text import boxes, fold, plain

LONGEST = 20_000
"""Characters of the longest answer that is read."""
TAIL = 200_000
"""Characters at the end of a text in which an answer is looked for."""

_CUE = re.compile(r"(?:answer|solution|result|答案|结果)\s{0,3}(?:is|是|为)?\s{0,3}[:：=]\s{0,3}", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])[+-]?\d{1,9}(?![\w]|\.\d)")
_DIGITS = re.compile(r"[+-]?\d+")
_ROW_END = re.compile(r"\\\\|[\n;]")
_LATEX = re.compile(r"\\begin\s{0,2}\{[a-z*]{1,12}\}(?:\{[lcr| ]{0,64}\})?|\\end\s{0,2}\{[a-z*]{1,12}\}|\\hline")
_PAIR = re.compile(r"[(\[]\s{0,4}([+-]?\d{1,6})\s{0,4}[,，、]\s{0,4}([+-]?\d{1,6})\s{0,4}[)\]]")


def final_answer(text: str) -> str | None:
    r"""The answer at the end of a completion, or the text itself where it is a bare answer.

    In this order: the last answer block outside thinking; the last ``\boxed{}``; what follows the last "Answer:"; the
    last fenced block; all of it. None where nothing is left, or it is longer than :data:`LONGEST`.
    """
    blocks = find_blocks(text)
    if blocks.open_answer and not blocks.answers:
        return None
    body = (blocks.answers[-1] if blocks.answers else blocks.outside)[-TAIL:]
    boxed = boxes(body)
    if boxed:
        body = boxed[-1]
    elif not blocks.answers:
        body = _marked(body)
    if len(body) > LONGEST:
        return None
    return plain(_LATEX.sub(" ", fold(body))) or None


def integer(answer: str) -> int | None:
    """The one whole number in an answer; words around it do not matter, a second number does."""
    found = _NUMBER.findall(answer.replace(",", "") if re.fullmatch(r"\s*[\d,]+\s*", answer) else answer)
    return int(found[0]) if len(found) == 1 else None


def numbers(answer: str, most: int = 4096) -> list[int] | None:
    """All whole numbers of a list, in order; None where there is none, too many, or one of more than nine digits."""
    found = _DIGITS.findall(answer)
    if not found or len(found) > most or any(len(number) > 9 for number in found):
        return None
    return [int(number) for number in found]


def number_grid(answer: str, rows: int, columns: int) -> list[list[int]] | None:
    """A grid of whole numbers in reading order, however bracketed; None where there are more or fewer."""
    found = numbers(answer, rows * columns)
    if found is None or len(found) != rows * columns:
        return None
    return [found[start : start + columns] for start in range(0, rows * columns, columns)]


def symbol_grid(answer: str, rows: int, columns: int, symbols: str) -> list[str] | None:
    """A grid of single characters, a line each row; blanks, commas, bars, quotes and brackets do not matter."""
    lines = [re.sub(r"[\s,|&'\"\[\]()]", "", line) for line in _ROW_END.split(answer)]
    lines = [line for line in lines if line]
    if len(lines) == 1 and len(lines[0]) == rows * columns:
        lines = [lines[0][start : start + columns] for start in range(0, rows * columns, columns)]
    if len(lines) != rows or any(len(line) != columns or set(line) - set(symbols) for line in lines):
        return None
    return lines


def pairs(answer: str, most: int = 4096) -> list[tuple[int, int]] | None:
    """Pairs of whole numbers in brackets, in order; an empty list for ``[]``; None where anything else is left over."""
    found = _PAIR.findall(answer)
    rest = _PAIR.sub("", answer)
    if len(found) > most or re.search(r"\d", rest) or not (found or re.fullmatch(r"\s*[\[({]\s*[\])}]\s*", answer)):
        return None
    return [(int(first), int(second)) for first, second in found]


def negative(answer: str) -> bool:
    """Whether an answer says "no" (none, not possible, 否, 不存在) and nothing else."""
    said = re.sub(r"[\s.!。！'\"\[\]()]", "", answer.lower())
    return said in {
        "no",
        "none",
        "false",
        "impossible",
        "notpossible",
        "nosolution",
        "否",
        "不",
        "无",
        "不存在",
        "没有",
    }


def affirmative(answer: str) -> bool:
    """Whether an answer says "yes" and nothing else."""
    return re.sub(r"[\s.!。！'\"\[\]()]", "", answer.lower()) in {"yes", "true", "是", "存在", "有"}


def _marked(body: str) -> str:
    """What an unmarked text most likely means as its answer."""
    cues = list(_CUE.finditer(body))
    if cues and body[cues[-1].end() :].strip():
        return body[cues[-1].end() :].strip()
    fences = body.split("```")
    if len(fences) >= 3:
        return fences[-2].partition("\n")[2] if "\n" in fences[-2] else fences[-2]
    return body
