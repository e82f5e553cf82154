"""Statements out of a reply of lines, in whatever layout it comes: for servers that cannot hold a model to a schema.

A line with a number or a label (``1. [T] (literal): statement``, ``True: …``, ``2. … (False)``) begins a statement,
named lines (``Label:``, ``Evidence:``) add to it, a row of a table is one, other lines continue what came before.
"""

import re
from collections.abc import Iterator

from asterism.metaphor.builder.draft import LABEL, LEVELS, PLAIN, Draft, truth

_BULLETS = re.compile(r"[-*•·+–—\s]*")
_NUMBER = re.compile(
    r"(?:#{1,6} ?)?(?:(?:statement|claim|question|陈述|第) ?\d{1,3} ?[条题]?|\[\d{1,3}\]|\d{1,3})"
    r"(?: ?[.:\]、](?!\d)|$| (?=\[))\s*",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\s*\[\s*([^\[\]]{1,40})\]\s*")
_BARE_LABEL = re.compile(rf"({LABEL})(?: ?[:.|、\]]| [-–—](?=\s))\s*", re.IGNORECASE)
_BARE_LEVEL = re.compile(rf"({'|'.join(LEVELS)})[层面]* ?:\s*", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*(?:[:.|、,]|[-–—]{1,2}(?=\s))?\s*")
_NAMED = re.compile(
    r"(?:(?P<evidence>evidence|reason|依据|证据|理由)|(?P<words>level|层次|label|answer|答案|标签)|(?P<text>statement|claim|陈述))"
    r" ?:\s*",
    re.IGNORECASE,
)
_NEXT = re.compile(rf"(?<=\S)[ \t]{{1,8}}(?=\d{{1,2}} ?[.)）、] ?[\[【(（]{LABEL}[\]】)）])", re.IGNORECASE)
_EMPHASIS = re.compile(r"\*{2,3}|__|`+")


def drafts_of_lines(text: str) -> Iterator[Draft]:
    """The statements of a reply, finished or not, in order."""
    current: Draft | None = None
    in_evidence = after_blank = False
    for raw in _NEXT.sub("\n", text).splitlines():
        line = _EMPHASIS.sub("", raw).strip()
        if not line:
            after_blank = True
            continue
        waiting = current is not None and not current.text
        begun = _row(line) if line.startswith("|") else _begun(line, waiting=waiting)
        if begun is not None:
            if current is not None:
                yield current
            current, in_evidence = begun, False
        elif current is not None:
            named = _NAMED.match(line.translate(PLAIN), _BULLETS.match(line).end())  # type: ignore[union-attr]
            if named is None and after_blank and current.text:
                yield current  # a remark under the last statement
                current = None
            else:
                in_evidence = _continue(current, line, named, in_evidence)
        after_blank = False
    if current is not None:
        yield current


def _begun(line: str, *, waiting: bool) -> Draft | None:
    """The draft that a line begins, None where it begins none; ``waiting``: an earlier one has no text yet."""
    plain = line.translate(PLAIN)
    start = _BULLETS.match(plain).end()  # type: ignore[union-attr]
    number = _NUMBER.match(plain, start)
    place = number.end() if number else start
    named = _NAMED.match(plain, place)
    if named:
        if named.lastgroup != "text" or waiting:
            return None
        place = named.end()
    draft = Draft()
    while (group := _GROUP.match(plain, place)) and draft.take_words(group[1]):
        place = group.end()
    if draft.label is None and not draft.fault and (bare := _BARE_LABEL.match(plain, place)):
        draft.label, place = truth(bare[1]), bare.end()
    elif separator := _SEPARATOR.match(plain, place):
        place = separator.end()
    if draft.label is None and not draft.fault and not number and not named:
        return None
    if not draft.level and (level := _BARE_LEVEL.match(plain, place)):
        draft.level, place = LEVELS[level[1].lower()], level.end()
    draft.text = line[place:]
    return draft


def _continue(draft: Draft, line: str, named: re.Match[str] | None, in_evidence: bool) -> bool:
    """Take a line that begins nothing into the draft; whether the next one continues its evidence."""
    if named is None and in_evidence:
        draft.evidence += f"\n{line}"
    elif named is None:
        draft.text += f"\n{line}"
    elif named.lastgroup == "evidence":
        draft.evidence, in_evidence = line[named.end() :], True
    elif named.lastgroup == "text":
        draft.text = line[named.end() :]
    elif not draft.take_words(line[named.end() :]) and draft.label is None:
        draft.fault = "unclear label"
    return in_evidence


def _row(line: str) -> Draft | None:
    """The draft in a row of a table: a cell with a label, the cell of the statement, and what comes after it."""
    draft = Draft()
    cells = [cell.strip() for cell in line.strip("| \t").split("|")]
    others = [cell for cell in cells if not cell.isdigit() and not draft.take_words(cell)]
    if draft.label is None or not others:
        return None
    draft.text, draft.evidence = others[0], " ".join(others[1:])
    return draft
