"""Reading an answer out of what a model wrote. Every reader is linear and gives None where it cannot read.

Readers account for every character: what they do not know makes an answer unreadable. What models write around an
answer has been taken off before (:mod:`asterism.helix.unwrapping`).
"""

import re

from asterism.helix.unwrapping import candidates, statements
from asterism.helix.unwrapping.doubt import doubtful
from asterism.helix.unwrapping.statements import LONGEST, TAIL

__all__ = [
    "LONGEST",
    "TAIL",
    "affirmative",
    "final_answer",
    "final_answers",
    "integer",
    "negative",
    "number_grid",
    "numbers",
    "pairs",
    "symbol_grid",
]

_NUMBER = re.compile(
    r"(?<![A-Za-z\d.,^_/])([+-]?)(\d{1,3}(?:,\d{3}){1,2}|\d{1,3}(?: \d{3}){1,2}(?![ \d])"
    r"|\d{1,9})(?:\.0{1,6})?(?![\d.,^_/]\d|\d)"
)
_MAGNITUDE = re.compile(r"-?ish(?![a-z])|\s{0,2}(?:[kKMBGT]|bn|mn|e|x|th|st|nd|rd|squared|cubed)(?![A-Za-z])")
_POWER = re.compile(r"(?<=[A-Za-z])\s?(?:\^\s?\(?\s?[23]\s?\)?|[²³])")
_SPOILS = re.compile(
    r"(?<![a-z])(?:not|never|neither|nor|or|minus|negative|half|double|twice|hundred|thousand|million|billion|trillion"
    r"|different|other|anything|log|ln|mod|sqrt"
    r"|dozen|percent|if|unless|except|plus|times|cannot|none|without|were)(?![a-z])"
    r"|n't|不是|并非|不等于|负|負|约|約|近|不到|超过|超過|[万萬亿億千百倍兆]|[一-龥]?(?:左右|以上|以下|以内)"
    r"|[≈≠±≤≥√²³^%/*×÷<>!?！？~\\#&_|+……]|\d\s?[:：]\s?\d",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"(?<![a-z])(?:between|over|under|above|below|about|around|nearly|almost|up to|within"
    r"|by)[^a-z]{1,3}(?:[a-z]{1,9}\s){0,2}$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\d.])[+-]?\d{1,9}(?:\.0{1,3}(?!\d))?(?![\d.]\d)")
_BETWEEN = re.compile(r"[\s,，、;；|&'\"()\[\]→]*[.。]?\s*")
_ROW_END = re.compile(r"\\\\|[\n;]|\]\s{0,3},\s{0,3}(?=\[)")
_PAIR = re.compile(
    r"[(\[]\s{0,4}(?:(?:row|r|x|disk|行|第)\s?[:=]?\s?)?['\"]?([+-]?\d{1,6})['\"]?\s?行?\s{0,4}[,，、;]\s{0,4}"
    r"(?:(?:column|col|c|y|peg|列|第)\s?[:=]?\s?)?['\"]?([+-]?\d{1,6})['\"]?\s?列?\s{0,4}[)\]]",
    re.IGNORECASE,
)
_APART = re.compile(r"[\s,，、;；:：|&'\"()\[\]→–—~.。-]*")
_EMPTY = re.compile(r"\s*[\[({]\s*[\])}]\s*[.。]?|empty(?: set| list)?\.?|∅")
_THING = (
    r"(?:(?:eulerian|euler|hamiltonian|hamilton|valid|closed|simple)\s){0,2}"
    r"(?:path|cycle|circuit|walk|route|trail|tour|solution|one|answer|way|order)s?"
)
_NO = re.compile(
    rf"(?:(?:no|none|false|impossible|否|不|无|無|不存在|没有|沒有)\s?[,，.。:;；!—–-]{{0,2}}\s{{0,2}})?(?:"
    r"no|none|none exists?|false|impossible|not possible|does not exist|doesn't exist|not exist"
    r"|no solutions?(?: exists?)?"
    r"|it is (?:impossible|not possible)(?: to [a-z ]{{1,60}})?|(?:it|this) (?:is impossible|can(?:not|'t) be done)"
    rf"|(?:no|there is no|there are no|there isn't (?:a|an|any)|there exists no|there does not exist (?:a|an|any)"
    rf"|there doesn't exist (?:a|an|any))"
    rf"\s(?:such\s(?:an?\s)?)?{_THING}(?:\s(?:exists?|is possible|can be found|in (?:the|this) graph|for (?:the"
    rf"|this) graph|exists in (?:the|this) graph)){{0,2}}"
    r"|there (?:is|are) none|there isn't one|(?:it|that|one) does(?: not|n't) exist|no \(?(?:it is )?(?:not possible"
    r"|impossible)\)?"
    rf"|there (?:does not|doesn't) exist (?:any )?such (?:an? )?{_THING}|(?:there is|there's) no way(?: to do (?:it"
    rf"|so|this))?"
    r"|(?:无法|無法)(?:找到|构成|形成|完成)?[一-龥]{0,8}(?:回路|路径|路徑|通路)?|不存在(?:满足|符合|滿足)[一-龥]{1,8}"
    rf"|(?:such )?(?:an?|the|any)?\s?(?:such )?{_THING} (?:does not|doesn't|do not|cannot|can't) exist(?: in (?:the"
    rf"|this) graph)?"
    rf"|(?:the|this) graph (?:has no|does not have an?|does not have any|doesn't have an?|contains no"
    rf"|does not contain an?) {_THING}"
    r"|(?:the (?:two )?graphs|they|these graphs|graphs 1 and 2|graph 1 and graph 2|the two graphs) (?:are not"
    r"|aren't) isomorphic|not isomorphic|non-?isomorphic"
    r"|否|不|无|無|不存在|没有|沒有|无解|無解|不可能|不是|不能"
    r"|(?:该图|此图|图中|本图|这个图|圖中|這樣的|这样的)?(?:中)?(?:不存在|没有|沒有|不含)(?:这样的|這樣的|此类"
    r"|该)?(?:欧拉|歐拉|哈密顿|哈密頓|哈密尔顿)?(?:回路|路径|路徑|通路|路|圈|解)?"
    r"|(?:这样的|這樣的)?(?:欧拉|歐拉|哈密顿|哈密頓)?(?:回路|路径|路徑|通路)不存在"
    r"|(?:这)?(?:两|二|兩)?个?图?(?:不同构|不是同构的?|不同構)"
    r")",
    re.IGNORECASE,
)
_YES = re.compile(
    r"(?:(?:yes|true|是|是的|对|對|存在|有)\s?[,，.。:;；!—–-]{0,2}\s{0,2})?(?:yes|true|是|是的|对|對|存在|有"
    r"|isomorphic|同构|同構"
    r"|(?:the (?:two )?graphs|they|these graphs|graphs 1 and 2|graph 1 and graph 2"
    r"|the two graphs) are isomorphic(?: to each other)?"
    r"|(?:这)?(?:两|二|兩)?个?图?(?:是)?(?:同构|同構)的?)",
    re.IGNORECASE,
)
_REASON = re.compile(r"[,;:.，。；：–—]|\s-\s|\s(?:because|since|as|for|due to)\s|因为|因為|由于|由於", re.IGNORECASE)
_CONTRARY = re.compile(r"\[[\d, ]+\]|→|(?<![a-z])(?:yes|but|however|although)(?![a-z])|但|[?？]", re.IGNORECASE)
_COMPARED = re.compile(r"(?:more|less|fewer|greater) than|at (?:least|most)|至少|至多|超过", re.IGNORECASE)


def final_answer(text: str) -> str | None:
    r"""The answer at the end of a completion as it stands there, or the text itself where it is a bare answer.

    In this order: the last answer block outside thinking; a ``\boxed{}`` or what follows a cue such as "Answer:"; the
    last fenced block; all of it. None where there is none, it is doubted, or it is longer than :data:`LONGEST`.
    """
    return next(iter(final_answers(text)), None)


def final_answers(text: str) -> list[str]:
    """The readings of the last statement of an answer, of which the first that has the asked form counts."""
    for group in statements(text):
        if group and (group[-1].doubted or len(group[-1].content) > LONGEST):
            return []
        found = list(candidates(group[-1].content)) if group else []
        if found:
            return found
    return []


def integer(answer: str) -> int | None:
    """The one whole number in an answer, perhaps with a unit; words around it do not matter unless they change it.

    A second number, a power, a bound, a hedge or a negation does.
    """
    answer = _POWER.sub("", answer.strip().strip("$").strip())
    head, equals, tail = answer.rpartition("=")
    if equals and not doubtful(head) and not re.search(r"[≈≠~<>!]|n't|(?<![a-z])not(?![a-z])", head):
        if re.fullmatch(r"\s*[\d,]+\s*", head) and integer(head) != integer(tail):
            return None
        answer = tail
    found = list(_NUMBER.finditer(answer))
    if len(found) != 1:
        return None
    number = found[0]
    before, after = answer[: number.start()], answer[number.end() :]
    around = f"{before} {after}"
    if re.search(r"\d", around) or _SPOILS.search(around) or _BOUND.search(before) or doubtful(around):
        return None
    if _MAGNITUDE.match(after) or re.search(r"\w\($", before):
        return None
    value = int(re.sub(r"[ ,]", "", number[2]))
    return -value if number[1] == "-" else value


def numbers(answer: str, most: int = 4096) -> list[int] | None:
    """All whole numbers of a list, in order; None where there is none, too many, or anything else between them."""
    found = _DIGITS.findall(answer)
    if not found or len(found) > most or not _BETWEEN.fullmatch(_DIGITS.sub(" ", answer)):
        return None
    return [int(number.partition(".")[0]) for number in found]


def number_grid(answer: str, rows: int, columns: int) -> list[list[int]] | None:
    """A grid of whole numbers in reading order, however bracketed; None where there are more or fewer."""
    found = numbers(answer, rows * columns)
    if found is None or len(found) != rows * columns:
        return None
    return [found[start : start + columns] for start in range(0, rows * columns, columns)]


def symbol_grid(answer: str, rows: int, columns: int, symbols: str) -> list[str] | None:
    """A grid of single characters, a line each row; blanks, commas, bars, quotes and brackets do not matter."""
    lines = [re.sub(r"[\s,，、|&'\"\[\]()]", "", line) for line in _ROW_END.split(answer)]
    lines = [line for line in lines if line]
    if len(lines) == 1 and len(lines[0]) == rows * columns:
        lines = [lines[0][start : start + columns] for start in range(0, rows * columns, columns)]
    if len(lines) != rows or any(len(line) != columns or set(line) - set(symbols) for line in lines):
        return None
    return lines


def pairs(answer: str, most: int = 4096) -> list[tuple[int, int]] | None:
    """Pairs of whole numbers in brackets, in order; an empty list for ``[]``; None where anything else is left over."""
    found = _PAIR.findall(answer)
    if (
        len(found) > most
        or ".." in answer
        or not _APART.fullmatch(_PAIR.sub(" ", answer))
        or not (found or _EMPTY.fullmatch(answer))
    ):
        return None
    return [(int(first), int(second)) for first, second in found]


def negative(answer: str) -> bool:
    """Whether an answer says that there is none (no, "no such path exists", 不存在), perhaps with a reason."""
    return _says(_NO, answer)


def affirmative(answer: str) -> bool:
    """Whether an answer says "yes", perhaps with a reason."""
    return _says(_YES, answer)


def _says(wanted: re.Pattern[str], answer: str) -> bool:
    said = " ".join(answer.replace("\u2019", "'").split()).strip(" .!。！'\"[]()")
    if wanted.fullmatch(said):
        return True
    head = _REASON.search(said)
    if head is None or not wanted.fullmatch(said[: head.start()].strip(" .!。！'\"[]()")):
        return False
    reason = said[head.start() :]
    other = _NO if wanted is _YES else _YES
    return not (_CONTRARY.search(reason) or _doubted(reason) or other.fullmatch(reason.strip(" .,;:，。；：–—-")))


def _doubted(reason: str) -> bool:
    """Whether a reason casts doubt on what it is given for; bounds such as "more than two" do not."""
    return doubtful(_COMPARED.sub("", reason))
