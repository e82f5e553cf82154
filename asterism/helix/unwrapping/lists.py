"""Numbered lists and bullets without their numbers."""

import re

_ITEM = re.compile(
    r"[ \t]*(?:[-*•·‣▪+][ \t]+)?(?P<name>(?:step|move|row|line|action|word|rank|position|r|第|步骤)[ \t]?#?|\()?"
    r"(?P<number>\d{1,3})\)?[ \t]?(?:步|行|个|步骤)?[ \t]?(?P<sign>[.):：、|]"
    r"|[-–—](?=[ \t]))(?!\d)[ \t]*(?P<rest>\S[^\n]*)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[ \t]*[-*•·‣▪+][ \t]+(?P<rest>\S.*)")
_INLINE = re.compile(
    r"[,;，；。.]?\s{0,3}(?<![A-Za-z])(?:step|move|row|line|第|步骤)\s?(\d{1,3})\s?(?:步|行)?\s?[:：.)、-]\s{0,3}",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"[,;，；]?(?:^|(?<=[\s,;，；]))\(?(\d{1,3})(?:[.)、]|\s?[:：])\s{0,3}(?=[A-Za-z(\[\"'上下左右↑↓←→])"
)


def without_numbers(text: str) -> str | None:
    """The items of a list, a line each, or of numbers that run on within a line; None where it is none.

    Numbers must run on from 0 or 1 (each of them, in order), else they are not those of a list. The first line may be a
    heading.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    for skipped in (0, 1):
        rows = lines[skipped:]
        if skipped and (not lines or not re.search(r"[:：]\s*$", lines[0]) or re.search(r"\d", lines[0])):
            break
        if len(rows) > 1:
            items = [_ITEM.fullmatch(row) for row in rows]
            if all(items) and _run_on([int(item["number"]) for item in items if item]):
                return "\n".join(item["rest"] for item in items if item)
            bullets = [_BULLET.fullmatch(row) for row in rows]
            if all(bullets):
                inner = "\n".join(item["rest"] for item in bullets if item)
                return without_numbers(inner) or inner
    for pattern in (_INLINE, _BARE):
        marks = list(pattern.finditer(text))
        if len(marks) > 1 and not text[: marks[0].start()].strip() and _run_on([int(mark[1]) for mark in marks]):
            return pattern.sub("\n", text).strip()
    return None


def _run_on(numbers: list[int]) -> bool:
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
