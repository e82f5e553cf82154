"""What a statement may hold: every reading in which all that is left out is accounted for.

The first that a parser can read counts. What is left out (a label, the sentences around an answer, the numbers of a
list, the header of a table) must be prose without doubt, and must hold no second answer.
"""

import re
from collections.abc import Iterator

from asterism.helix.unwrapping.doubt import asks, doubtful, negates
from asterism.helix.unwrapping.json_values import json_texts
from asterism.helix.unwrapping.lists import without_numbers
from asterism.helix.unwrapping.plain import plain_lines
from asterism.helix.unwrapping.tables import table_texts

_FENCED = re.compile(
    r"^[ \t]{0,8}(?:`{3,}|~{3,})[^\n`]{0,32}\n(.{0,20000}?)^[ \t]{0,8}(?:`{3,}|~{3,})[ \t]{0,8}$", re.M | re.S
)
_LABEL = re.compile(
    r"[\s\"'(\[]{0,4}(?=[^:：=\n]{2,80}[:：=])(?![A-Z]\d?\s{0,3}[:：=])((?:[A-Za-z][\w'-]{0,24}"
    r"|[一-龥]{1,16})(?:[ \t,(-]{1,3}[\w'()-]{1,24}|[一-龥]{1,16}){0,14})"
    r"[ \t\"')\]]{0,4}(?:[:：]|=(?!=|\s?24\b))\s{0,8}"
)
_VERB = re.compile(
    r"[A-Za-z一-龥][A-Za-z一-龥 ,'’\"()\-]{1,160}?"
    r"(?:(?<![A-Za-z])(?:is|are|was|be|by|follows|via|gives|becomes|equals|yields|have|has|get|obtain|find|found"
    r"|choose)(?![A-Za-z])"
    r"(?:\s(?:as follows|given by|simply|exactly|therefore|thus|at|in))?|是|为|為|如下|得到"
    r"|得)\s{0,2}[:：]?\s{0,8}(?=[^\s:：])"
)
_PIECE = re.compile(r"(?<=[.!?])[ \t]+(?=[A-Z\"'(\[*一-龥])|(?<=[。！？；])[ \t]*|\n+")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]+|[一-龥]")
_FUNCTION_TEXT = (
    "a all an and any are as at be because been by can condition conditions each every exactly for from given "
    "has have here i in is it its let means must no not of on once one only our satisfied satisfies shown "
    "since so solves solved steps such that the them then there therefore these they this those thus to total "
    "under valid verified was we where which will with within you your"
)
_FUNCTION = frozenset(_FUNCTION_TEXT.split())
_CLOSING_TEXT = (
    "done verified verification check checked correct solved solution answer answers great perfect ok okay "
    "qed thanks explanation reasoning valid note success complete completed final result steps hope helps "
    "confirmed"
)
_CLOSING = frozenset(_CLOSING_TEXT.split())
_ANSWERS = frozenset(
    ["yes", "no", "none", "true", "false", "up", "down", "left", "right", "u", "d", "l", "r", "impossible"]
)
_FIRST = re.compile(r"[\[({]{1,8}\s{0,4}[\"']?\s{0,4}[-+]?[\d\"'A-Za-z]|[\[(]\s*[\])]")
_SPAN = re.compile(
    r"\*\*([^*\n]{1,2000})\*\*|(?<!`)`([^`\n]{1,2000})`(?!`)|\$\$?([^$]{1,2000})\$\$?|\\\((.{1,2000}?)\\\)"
    r"|\\\[(.{1,2000}?)\\\]",
    re.S,
)
_TAIL_CLAUSE = re.compile(
    r"[,;，；]?\s+[-–—(]?\s{0,2}(?:which|because|since|where|so that|with|as|visiting|giving|using|for"
    r"|due to)\s[^\n\[\]=]{2,300}$|\s+[-–—]\s[A-Za-z][^\n\[\]=]{2,300}$"
    r"|\s{0,2}\([A-Za-z一-龥][^()\d\n]{2,200}\)[.。]?$",
    re.IGNORECASE,
)
_AND = re.compile(
    r"(?<=[\d)\]\"'])\s{0,3}[,，]?\s{1,3}(?:and|then)\s{1,3}(?=[(\[\"'\dA-Z])"
    r"|(?<=[\d)\]])\s{0,2}[和与與及]\s{0,2}(?=[(\[\d])"
)


def candidates(content: str) -> Iterator[str]:
    """Readings of a statement's content, the most literal first among those without a label."""
    seen: set[str] = set()
    for text in _bases(content):
        for form in _forms(text):
            if form and form not in seen:
                seen.add(form)
                yield form


def _bases(content: str) -> Iterator[str]:
    """The content with less and less around it; ends at the first thing left out that casts doubt."""
    fences = _FENCED.findall(content)
    outside = _FENCED.sub("\n", content) if fences else ""
    if len(fences) == 1 and not doubtful(outside):
        yield from json_texts(fences[0])
        yield plain_lines(fences[0])
    yield from json_texts(content)
    whole = plain_lines(content)
    if not whole:
        return
    yield from _unlabelled(whole)
    trimmed, left_out = _trimmed(whole)
    if left_out is None:
        return
    if trimmed and trimmed != whole:
        yield from json_texts(trimmed)
        yield from _unlabelled(trimmed)
    yield from _between(content, trimmed or whole)


def says_nothing(content: str) -> bool:
    """Whether a statement is nothing but sentences, such as "The answer is correct."."""
    return _trimmed(plain_lines(content))[0] == ""


def _unlabelled(text: str) -> Iterator[str]:
    """The text without a label such as "Path:" or "The moves are", and as it is."""
    labels = [text]
    for _ in range(2):
        label = _LABEL.match(labels[-1])
        if label is None or not labels[-1][label.end() :].strip() or label[1].strip().lower() in _ANSWERS:
            break
        if doubtful(label[0]) or negates(label[0]):
            return
        labels.append(labels[-1][label.end() :].strip())
    yield from reversed(labels)
    verb = _VERB.match(labels[-1])
    if verb is not None:
        if doubtful(verb[0]) or negates(verb[0]):
            return
        rest = labels[-1][verb.end() :].strip()
        yield rest
        label = _LABEL.match(rest)
        if label is not None and not doubtful(label[0]) and not negates(label[0]):
            yield rest[label.end() :].strip()
    clause = _TAIL_CLAUSE.search(labels[-1])
    if clause is not None and not doubtful(clause[0]) and not asks(clause[0]):
        yield from (each[: len(each) - len(clause[0])].strip() for each in reversed(labels))


def _forms(text: str) -> Iterator[str]:
    """A text as a list, as it is, as a table, and with what may be written between items taken for a comma."""
    text = text.strip()
    listed = without_numbers(text)
    if listed is not None:
        yield listed
        yield from table_texts(listed)
        label = _LABEL.match(listed)
        if label is not None and "\n" in label[0] and not doubtful(label[0]):
            yield listed[label.end() :]
    yield text
    if text[-1:] in (".", "。"):
        yield text[:-1].rstrip()
    if not text.endswith(("..", "…")):
        yield text.rstrip(" .。;；,，")
    yield from table_texts(text)
    joined = _AND.sub(", ", text)
    if joined != text:
        yield joined.rstrip(" .。;；,，")


def _trimmed(text: str) -> tuple[str, str | None]:
    """The text without sentences at either end, and what these are; None where they cast doubt."""
    pieces, at = [], 0
    for end in _PIECE.finditer(text):
        pieces.append((at, end.start()))
        at = end.end()
    pieces.append((at, len(text)))
    first, last = 0, len(pieces)
    while last > first and _prose(text[slice(*pieces[last - 1])]):
        last -= 1
    while first < last and _prose(text[slice(*pieces[first])]):
        first += 1
    if first == last:
        return "", ""
    start, stop = pieces[first][0], pieces[last - 1][1]
    before, after = text[:start], text[stop:]
    if doubtful(before[-600:]) or doubtful(after) or asks(after):
        return "", None
    return text[start:stop], before + after


def _prose(piece: str) -> bool:
    """Whether a line or sentence only tells something, so that leaving it out leaves no answer out."""
    words = [word.lower() for word in _WORD.findall(piece)]
    if re.fullmatch(r"[Xx.。\s]+", piece):
        return False
    if not words:
        return not re.search(r"\w|[→←↑↓.]", piece)
    if _ANSWERS.issuperset(words) or words[0] in _ANSWERS or re.search(r"[\[\]→←↑↓|]|\w\s?=\s?\w", piece):
        return False
    if 2 * sum(word in _ANSWERS for word in words) >= len(words):
        return False
    digits, letters = len(re.findall(r"\d", piece)), sum(map(len, words))
    if not piece.isascii() and len(words) > 2 and 4 * digits < letters:
        return True
    if digits:
        return 4 * digits < letters and len(words) >= 3 and not _FUNCTION.isdisjoint(words)
    return _CLOSING.issuperset(words) or (len(words) > 1 and not _FUNCTION.isdisjoint(words)) or len(words) > 5


def _between(content: str, text: str) -> Iterator[str]:
    """The one thing in a sentence that is set apart: by brackets, or as bold, code or mathematics."""
    first = _FIRST.search(text)
    if first is not None and not text[: first.start()][-1:].isalnum():
        last = max(text.rfind(")"), text.rfind("]")) + 1
        count = re.match(r"\s?[:=]\s?\d{1,4}(?!\d)", text[last:])
        last += count.end() if count else 0
        outside = f"{text[: first.start()]} {text[last:]}"
        if last > first.start() and _harmless(outside):
            yield text[first.start() : last]
    spans = _SPAN.findall(content)
    outside = _SPAN.sub(" ", content)
    if len(spans) == 1 and _harmless(outside):
        yield plain_lines(next(filter(None, spans[0])))


def _harmless(outside: str) -> bool:
    """Whether words around an answer hold no other, no doubt and no negation."""
    if re.search(r"[\d?？]", outside) or doubtful(outside):
        return False
    words = {word.lower() for word in _WORD.findall(outside)}
    return words.isdisjoint({"or", "yes", "none"}) and not negates(outside)
