"""Words that take an answer back, or make it less than an answer."""

import re

_DOUBT = re.compile(
    r"(?<![a-z])(?:maybe|perhaps|possibly|probably|presumably|likely|unlikely|approximately|approx|roughly|circa"
    r"|at (?:the )?(?:very )?(?:least|most)|(?:more|less|fewer|greater|larger|smaller|lower|higher) than"
    r"|might|could(?: also)? be|may(?: also)? be|(?:a|my|just|best|wild) guess|guess(?:ing|ed)?|unsure"
    r"|uncertain|not (?:\w+ ){0,2}?(?:sure|certain|confident|correct|right|valid|true|it|final)(?! on)|no idea"
    r"|(?:do not|don't|cannot|can't) (?:know|tell|say|determine|decide)|(?:isn't|wasn't|aren't) \w+"
    r"|alternatively|another (?:\w+ )?(?:answer|option|solution|possibility)|or so|wrong|incorrect|mistaken"
    r"|made (?:a|an|some) \w+|is invalid|(?:common|my|typical|frequent|a) mistake|(?:random|wild|blind|lucky) (?:try"
    r"|attempt|pick|choice)"
    r"|(?:cannot|can't|could not|couldn't|unable to|failed to) (?:solve|find|see|read|answer|be)|none of|(?:does not"
    r"|doesn't|did not|didn't|do not|don't) (?:work|satisfy|hold|think)"
    r"|actually|wait|correction|oops|scratch that|on second thought|disregard|ignore (?:that|this|the)|doubt(?:s|ed"
    r"|ful)?"
    r"|not the (?:\w+ )?(?:answer|solution|result|path|cycle|value))(?![a-z])"
    r"|(?<!不)可能|也许|或许|大概|大约|约为|约等于|不确定|不一定|猜|估计|不对|不對|错误|錯誤|错了|錯了|不正确|不正確"
    r"|至少|至多|不超过|不超過|或者|还是|還是|更正|等等|其实|其實|不是答案|[≈≠±≤≥]",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"(?<![a-z])(?:not|never|neither|nor|cannot|without|unless|if|suppose|supposing|assume|assuming|whether|no|except"
    r"|false|wrong|incorrect|about|around|nearly|almost|over|under|above|below|either)(?![a-z])|n't"
    r"|不是|并非|並非|不认为|不認為|不为|不等于|不|如果|假设|假設|假如|若|非",
    re.IGNORECASE,
)
_OPENS_NEGATED = re.compile(
    r"[\s:：=*_$,]{0,8}(?:definitely |certainly |surely |clearly )?(?:not|never|neither|nor|anything but|no longer"
    r"|n't|!=|≠"
    r"|different from|other than|about|around|nearly|almost|over|under|above|below|either|若|不是|不等于|不为|并非"
    r"|非)(?![a-z])",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"[\s:：=*_$,]{0,8}not (?:unique|necessarily|the only|needed|required|given|shown|affected|changed)", re.IGNORECASE
)
_AFTER = re.compile(
    r"[\s*_$.,;)}\]]{0,8}(?:\?|or\b|and/or\b|and\b\s{0,3}(?=\\boxed|\d)|或|还是|plus or minus|is (?:not|wrong"
    r"|incorrect|false)\b|isn't\b"
    r"|(?:was|were|are) (?:not|wrong)\b|不对|不對|不是|错|錯|左右|million\b|billion\b|thousand\b|hundred\b|percent\b"
    r"|%|\^|!(?!\s|$|\w))",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"(?<![a-z])(?:no\b\s{0,2}[,:.!;–—-]|wait|actually|correction|corrected|rather|instead|scratch that|oops|sorry"
    r"|made (?:a|an) \w+|recheck\w*|re-check\w*|on second thought)(?![a-z])|不对|不對|更正|等等|其实|其實|纠正|重新",
    re.IGNORECASE,
)
_WORKED_BEFORE = re.compile(
    r"(?:\d\s{0,2}[-+*/^]\s{0,2}|[-+/^√]|\d|[≈≠~<>≤≥±]\s{0,2}"
    r"|\\(?:sqrt|log|ln|[dt]?frac|neg|sim|approx|neq?|geq?|leq?|pm|times|cdot|div)\s{0,2}\{?\s{0,2})$"
)
_WORKED_AFTER = re.compile(r"!|\s{0,2}(?:[-+*/^×÷]|\\(?:times|cdot|div))\s{0,2}[\d({\\]|\}\s{0,2}\{")
_OR = re.compile(
    r"[\s*_$.,;:)}\]\\]{0,12}(?:or|and/or|或|或者|还是|還是|alternatively)(?:\s{1,3}(?:else|possibly|maybe|perhaps"
    r"|it is|just))?[\s*_$:,({\[\\]{0,12}",
    re.I,
)
_SENTENCE_END = re.compile(r"[.!?;。！？；](?=\s|$)|[。！？；]|\n(?<!:\n)(?<!：\n)")
_AFTER_COLON = re.compile(r"[:：][\s$*_#>\\(\[{]{1,40}$")
WINDOW = 160
"""Characters before a place that are looked at."""


def doubtful(text: str) -> bool:
    """Whether words beside an answer doubt it, bound it, correct it, or offer another."""
    return _DOUBT.search(text.replace("\u2019", "'")) is not None


def negates(text: str) -> bool:
    """Whether the words that lead to an answer deny or suppose it."""
    return _NEGATED.search(text.replace("\u2019", "'")) is not None


def offers_another(between: str) -> bool:
    """Whether words between two statements offer them as alternatives."""
    return _OR.fullmatch(between) is not None


def asks(text: str) -> bool:
    """Whether what follows an answer asks about it."""
    return "?" in text or "？" in text


def taken_back_before(text: str, since: int, start: int) -> bool:
    """Whether the clause that leads to a place, from ``since`` at the earliest, takes back what stands there."""
    window = text[max(since, start - WINDOW) : start].replace("\u2019", "'")
    window = _AFTER_COLON.sub(": ", window)
    ends = [end.end() for end in _SENTENCE_END.finditer(window)]
    sentence = window[ends[-1] :] if ends else window
    before, _, clause = sentence.replace("，", ",").rpartition(",")
    led = before if len(before.split()) <= 3 and len(before) <= 24 else ""
    return any(_NEGATED.search(each) or doubtful(each) for each in (clause, led) if each)


def taken_back_within(text: str) -> bool:
    """Whether a statement begins with a negation or a bound."""
    return _OPENS_NEGATED.match(text) is not None and _HARMLESS.match(text) is None


def taken_back_after(text: str, end: int) -> bool:
    """Whether what follows a place asks, offers another, denies it, or changes its magnitude."""
    return _AFTER.match(text, end) is not None


def worked_on(text: str, start: int, end: int) -> bool:
    """Whether a place is a term of something larger: a sign, a factor, a root or a fraction stands around it."""
    before = text[max(0, start - 16) : start]
    return _WORKED_BEFORE.search(before) is not None or _WORKED_AFTER.match(text, end) is not None


def correction(text: str, since: int, start: int) -> int | None:
    """Where words end that say, shortly before a place, that what stood before was a mistake; None where none do."""
    ends = [found.end() for found in _CORRECTION.finditer(text, max(since, start - WINDOW), start)]
    return ends[-1] if ends else None
