"""The cells of a Markdown table, with and without its header and its first column."""

import re
from collections.abc import Iterator

_NUMBERING = re.compile(r"(?:step|move|#|no\.?|nr\.?|position|order|index|rank|序号|步骤|步|次序)?\s*", re.IGNORECASE)
_HEADS_TEXT = (
    "# no no. step move moves word words direction row column col r c letter digit value vertex node position "
    "order disk peg from to x y number bridges count cell index action mine line start end island segment "
    "point tile"
)
_HEADS = frozenset(_HEADS_TEXT.split())
_LABEL_CELL = re.compile(r"(?:r|c|row|column|col|line|行|列|第)?\s?(\d{1,4})\s?(?:行|列)?", re.IGNORECASE)


def table_texts(text: str) -> Iterator[str]:
    """Readings of a table. A header or a first column is left out only where it names or numbers rows and columns."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    if len(rows) < 2 or len(rows) != len(lines) or len({len(row) for row in rows}) > 1:
        return
    headed = _names([cell for cell in rows[0] if cell], least=0) or not any(rows[0])
    for top in (1, 0) if headed else (0,):
        body = rows[top:]
        numbered = len(body) > 1 and _names([row[0] for row in body], least=1)
        order = (0, 1) if numbered and len(body[0]) > 1 else (0,)
        if numbered and top and _NUMBERING.fullmatch(rows[0][0]):
            order = (1, 0)
        for left in order:
            yield from _written([row[left:] for row in body])


def _names(cells: list[str], *, least: int) -> bool:
    """Whether cells are the numbers of rows or columns, in order, or words without digits."""
    found = [_LABEL_CELL.fullmatch(cell) for cell in cells]
    if len(cells) > least and all(found):
        numbers = [int(each[1]) for each in found if each]
        return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return bool(cells) and all(cell.lower() in _HEADS or re.fullmatch(r"[一-龥]{1,6}", cell) for cell in cells)


def _written(rows: list[list[str]]) -> Iterator[str]:
    if not rows or not rows[0]:
        return
    if len(rows[0]) == 2:
        yield "\n".join(f"({first}, {second})" for first, second in rows)
        yield "\n".join(f"{first}={second}" for first, second in rows)
    yield "\n".join(" ".join(row) for row in rows)
