"""Reading true or false."""

import re
from collections.abc import Iterator

from asterism.answers.reader import Reader, read
from asterism.answers.reading import Reading, Reason

TRUE, FALSE = "T", "F"

_TRUE_WORDS = "t true yes y correct right 对 对的 正确 正确的 是 是的 真 真的 没错 属实 ✓ ✔ ✅ √"
_FALSE_WORDS = "f false no n incorrect wrong untrue 错 错的 错误 错误的 否 假 假的 不是"
_FALSE_WORDS_TOO = "不对 不正确 不真 不属实 不符 有误 ✗ ✘ ❌ ❎ ×"
_WORDS = {
    **dict.fromkeys(_TRUE_WORDS.split(" "), TRUE),
    **dict.fromkeys(_FALSE_WORDS.split(" "), FALSE),
    **dict.fromkeys(_FALSE_WORDS_TOO.split(" "), FALSE),
}
_FRAME = " \t\n.,;:!()[]<>$\"'。，；：！、"
_MATH = re.compile(r"[=+^*%\\<>|/]")
_CLAUSE = re.compile(r"[.,;:!?\n()\[\]\"。，；：！？、—–]|\s-\s")
_LETTER = re.compile(r"(?<![A-Za-z0-9_'-])[TF](?![A-Za-z0-9_'-])")
_LAST_LETTER = re.compile(
    r"(?:\b(?:is|answer|so|thus|be|choose|say|pick|therefore|hence)[ \t]{1,3}|[是为选][ \t]{0,3})([TF])$"
)
_VERDICT_WORD = re.compile(
    r"(?P<neg>(?:\bnot|n't|\bnever|\bcannot)(?:[ \t]{1,3}be)?[ \t]{1,3})?"
    r"(?<![A-Za-z-])(?P<word>true|false|correct|incorrect|wrong|untrue)(?![A-Za-z-])"
    r"(?=[ \t]{0,3}(?:$|because|since|as\b|and\b|or\b|nor\b|if\b|in\b|for\b|given\b|according\b|based\b"
    r"|statement|claim|sentence|assertion|description))"
)
_SAYS_TRUE = re.compile(r"(?<![A-Za-z-])(?:true|correct)(?![A-Za-z-])")
_SAYS_FALSE = re.compile(r"(?<![A-Za-z-])(?:false|incorrect|wrong|untrue)(?![A-Za-z-])")
_NEGATOR = re.compile(r"\b(?:not|never|cannot|neither|nor|no|nobody|hardly|without)\b|n't")
_HEDGE = re.compile(
    r"\b(?:whether|if|might|may|maybe|perhaps|possibly|probably|could|would|unsure|unclear|uncertain|either|or|partly"
    r"|partially|half|necessarily|neither)\b|是否|吗|可能|也许|或|还是|不确定|无法"
)
_REASONED = re.compile(r"(true|false|t|f|yes|no|correct|incorrect)[ \t]{1,3}(?:because|since|as|for|given that)\b")
_SUBJECT = re.compile(
    r"(?:(?:so|thus|therefore|hence|then|and|overall|clearly|which means|this means|i think|i believe)[ \t]{1,3}){0,3}"
    r"(?:that[ \t]{1,3})?(?:(?:the|this|that|your)[ \t]{1,3})?(?:(?:given|above)[ \t]{1,3})?"
    r"(?:statement|claim|sentence|assertion|description|proposition|caption|it|this|that)"
    r"(?:[ \t]{1,3}(?:is|was|must be|has to be)|'s)(?P<nt>n't|[ \t]{1,3}not)?"
    r"(?:[ \t]{1,3}(?:therefore|thus|clearly|definitely|indeed|actually|simply))?"
    r"[ \t]{1,3}(?P<word>true|false|correct|incorrect|wrong|untrue|t|f)"
)
_CHINESE = re.compile(
    r"(?:综上所述|综上|因此|所以|故|那么)?(?:我认为|我觉得)?(?:这个|上述|题目|该|此|本|这|以上)?"
    r"(?:陈述|说法|描述|命题|判断|句子|句话|论述|表述|结论)?(?:应该|应)?(?:是|为)?[ \t]{0,3}"
    r"(?P<word>不正确|不属实|不对|不真|不符|错误|有误|正确|没错|属实|错|假|对|真|true|false|t|f)(?:的|了)?"
)


def read_truth(text: str) -> Reading:
    """The truth value that a completion gives: ``"T"``, ``"F"`` or None with the reason.

    ``<answer>True.</answer>``, ``\\boxed{F}``, ``Answer: yes``, ``答案：错误`` and a bare ``T`` are read; "T or F" is
    ambiguous; "T-shirt" and "x=T" are no truth values.
    """
    return read(text, READER)


def truth_label(label: str) -> str | None:
    """The truth value of a stored label: what :func:`read_truth` accepts as a whole answer, or 1 and 0."""
    word = label.strip().lower()
    if word in ("1", "0"):
        return TRUE if word == "1" else FALSE
    return _WORDS.get(word.strip(_FRAME))


def _direct(phrase: str) -> Reading:
    """A truth word alone, or one that opens the phrase, provided that nothing in the phrase gainsays it."""
    if len(phrase) <= 64 and (value := _WORDS.get(phrase.strip(_FRAME).lower())):
        return Reading(value, Reason.BARE)
    if _REASONED.match(phrase.lower()):
        return Reading(_WORDS[phrase.lower().split()[0]], Reason.BARE)
    opening = next(_clauses(phrase), "")
    if opening.lower() not in _WORDS or _MATH.search(phrase.lstrip()[: len(opening) + 2]):
        return Reading.invalid(Reason.UNREADABLE)
    return _one_value(phrase)


def _loose(phrase: str) -> Reading:
    direct = _direct(phrase)
    return direct if direct.valid else _one_value(phrase)


def _prose(text: str) -> Reading:
    """A verdict in so many words ("so the statement is false"), with nothing in the text against it."""
    if not any(_SUBJECT.fullmatch(clause.lower()) or _CHINESE.fullmatch(clause.lower()) for clause in _clauses(text)):
        return Reading.invalid(Reason.UNREADABLE)
    return _one_value(text)


def _one_value(phrase: str) -> Reading:
    """The value that all clauses with a verdict agree on."""
    values = {value for clause in _clauses(phrase) if (value := _clause_value(clause))}
    if not values:
        return Reading.invalid(Reason.UNREADABLE)
    if len(values) > 1 or "?" in values:
        return Reading.invalid(Reason.AMBIGUOUS)
    return Reading(values.pop(), Reason.BARE)


def _clauses(phrase: str) -> Iterator[str]:
    start = 0
    for match in _CLAUSE.finditer(phrase):
        if clause := phrase[start : match.start()].strip():
            yield clause
        start = match.end()
    if clause := phrase[start:].strip():
        yield clause


def _clause_value(clause: str) -> str | None:
    """``"T"``, ``"F"``, ``"?"`` where the clause speaks of truth without settling it, None where it does not."""
    lower = clause.lower()
    if len(lower) <= 16 and (value := _WORDS.get(lower.strip(_FRAME))):
        return value
    if (subject := _SUBJECT.fullmatch(lower)) is not None:
        return _negated(subject["word"], bool(subject["nt"]))
    if (chinese := _CHINESE.fullmatch(lower)) is not None:
        return _WORDS[chinese["word"]]
    values = _stated(lower)
    letters = set(_LETTER.findall(clause))
    if letters == {TRUE, FALSE}:
        return "?"
    last = None if _MATH.search(clause) else _LAST_LETTER.search(clause)
    if last:
        values.append("?" if _NEGATOR.search(lower) else last[1])
    if not values:
        return None
    return values[0] if len(set(values)) == 1 and not _HEDGE.search(lower) else "?"


def _stated(clause: str) -> list[str]:
    """The values of the verdict words of a lower-case clause; ``"?"`` for one under a negation further off."""
    values: list[str] = []
    negator = _NEGATOR.search(clause)
    for match in _VERDICT_WORD.finditer(clause):
        far = negator is not None and negator.start() < match.start()
        values.append("?" if far else _negated(match["word"], bool(match["neg"])))
    if _SAYS_TRUE.search(clause) and _SAYS_FALSE.search(clause):
        values.append("?")
    if "正确" in clause.replace("不正确", "") and ("错误" in clause or "不正确" in clause):
        values.append("?")
    return values


def _negated(word: str, negated: bool) -> str:
    value = _WORDS[word]
    if not negated:
        return value
    return FALSE if value == TRUE else TRUE


READER = Reader(direct=_direct, loose=_loose, prose=_prose)
"""How truth values are read."""
