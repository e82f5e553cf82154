"""Reading statements out of a reply, however it is laid out.

The form asked for is ``1. [T] (literal): statement`` or one JSON object. Read as well are other numbering and
bullets or none, ``[True]``, ``True:``, 对 and 错, bold, full-width marks, labels after the statement or on a line of
their own, tables, several statements on a line, and statements that run over lines. What begins like a statement and
is none becomes a fault with a reason. Every step is one pass over the reply: nothing in it can make reading slow.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from asterism.answers.text import fold
from asterism.answers.truth import truth_label
from asterism.metaphor.builder.statement import Label, Level, Statement

MAX_REPLY = 100_000
"""Longest reply that is read, in characters."""
MAX_STATEMENT = 600
"""Longest statement and longest evidence, in characters."""

_LITERAL = "literal perception perceptual surface visual concrete 字面 表层 表面 感知 直观"
_SYMBOLIC = "symbolic symbol symbolism mapping metaphor metaphorical 象征 符号 隐喻"
_IMPLICATION = "implication implied implicit deep abstract meaning 寓意 含义 深层 隐含 引申"
_LEVEL_WORDS: dict[str, Level] = {
    **dict.fromkeys(_LITERAL.split(), "literal"),
    **dict.fromkeys(_SYMBOLIC.split(), "symbolic"),
    **dict.fromkeys(_IMPLICATION.split(), "implication"),
}
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFE0E, 0xFE0F, 0xFEFF))
_OPEN, _CLOSE = r"\[(（【〔［{｛<", r"\])）】〕］}｝>"
_LABEL = r"(?:true|false|correct|incorrect|wrong|right|yes|no|[tfＴＦ]|正确|错误|[对错真假是否✓✔✅√✗✘❌×])"
_NUMBER = re.compile(
    rf"(?:[#>]{{1,6}}[ \t]{{0,3}})?(?:"
    rf"(?:statements?|claims?|items?|questions?|q|no\.?|陈述|判断题?|题目?|第)[ \t]{{0,3}}"
    rf"[#（(]?\d{{1,3}}[）)]?[条题]?[ \t]{{0,3}}[.．:：、)）]?(?!\d)"
    rf"|[（(\[【]\d{{1,3}}[）)\]】][.．:：、]?"
    rf"|\d{{1,3}}[ \t]{{0,2}}[.．:：、,，)）](?!\d)"
    rf"|\d{{1,3}}[ \t]{{1,2}}(?=[\[【（(]{_LABEL}[\]】）)])"
    rf"|[①-⑳]|[a-j][.)）]|[-*•·‣▪◦●○+–—]{{1,2}}(?=[ \t\[【（(])"
    rf")[ \t]{{0,6}}",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[-*•·‣▪◦●○+–—]")
_GROUP = re.compile(rf"[ \t]{{0,3}}[{_OPEN}][ \t]{{0,3}}([^{_OPEN}{_CLOSE}\n]{{1,40}})[{_CLOSE}]")
_BARE = re.compile(
    rf"(?:label|answer|答案|标签)?[ \t]{{0,2}}[:：]?[ \t]{{0,2}}({_LABEL})"
    r"[ \t]{0,3}(?:[:：.．|、)）]|[-–—]{1,2}(?=\s))",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[ \t]{0,3}(?:[:：.．|、,，]|[-–—]{1,2}(?=[ \t]))?[ \t]{0,3}")
_LEVEL_HEAD = re.compile(
    r"(?:level[ \t]{0,2}[:：][ \t]{0,2})?([a-z]{4,12}|[一-鿿]{2,4})(?:层|层面|层次)?[ \t]{0,2}[:：][ \t]{0,3}",
    re.IGNORECASE,
)
_TAIL = re.compile(
    rf"[ \t]{{0,3}}(?:[{_OPEN}][ \t]{{0,2}}(?:answer|label|答案)?[ \t]{{0,2}}[:：]?[ \t]{{0,2}}"
    rf"({_LABEL})[ \t]{{0,2}}[{_CLOSE}]"
    rf"|(?:[-–—|→]{{1,2}}|=>|->|(?:answer|label|答案)[ \t]{{0,2}}[:：])[ \t]{{0,3}}({_LABEL}))[ \t]{{0,2}}[.。]?$",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"(?:[-*•·+][ \t]{1,3})?(?:"
    r"(?P<evidence>evidence|reason(?:ing)?|rationale|basis|because|why|support|explanation|依据|证据|理由|解释|原因)"
    r"|(?P<level>level|type|layer|层次|层面|级别|类型)"
    r"|(?P<label>label|answer|truth(?: value)?|verdict|correct answer|答案|标签|判断|真假)"
    r"|(?P<text>statement|claim|sentence|text|陈述|语句|内容))[ \t]{0,3}[:：][ \t]{0,4}",
    re.IGNORECASE,
)
_INLINE_EVIDENCE = re.compile(
    r"[ \t]{0,3}[(（\[【—–|-]{1,2}[ \t]{0,3}(?:evidence|rationale|reason|依据|证据|理由)[ \t]{0,2}[:：]", re.IGNORECASE
)
_NEXT = re.compile(
    rf"(?<=\S)[ \t]{{1,8}}(?=\(?\d{{1,2}}[ \t]?[.．)）、:：][ \t]{{0,2}}[\[【(（]{_LABEL}[\]】)）])"
    rf"|(?<=[^\d\s][.!?。！？])[ \t]{{1,8}}(?=[\[【]{_LABEL}[\]】][ \t]{{0,2}}[:：])",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"\*{2,3}|__|`+")
_FLAT_OBJECT = re.compile(r"\{[^{}]*\}")
_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|unable)|i can(?:no|')t|i apologi[sz]e|i won't|cannot (?:help|assist)|as an ai)\b"
    r"|抱歉|对不起|无法(?:提供|完成|协助|回答)",
    re.IGNORECASE,
)
_TEXT_KEYS = ("statement", "text", "claim", "question", "sentence", "陈述")
_LABEL_KEYS = ("label", "answer", "truth", "truth_value", "is_true", "value", "correct", "标签", "答案")
_LEVEL_KEYS = ("level", "type", "层次")
_EVIDENCE_KEYS = ("evidence", "reason", "rationale", "basis", "依据", "证据", "理由")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that begins like a statement and could not be read: why, and how it begins."""

    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reply holds. Without a statement, ``failure`` says why it counts as unreadable."""

    statements: tuple[Statement, ...] = ()
    faults: tuple[Fault, ...] = ()
    failure: str | None = None


def parse_statements(reply: str, *, cut_off: bool = False) -> Parsed:
    """The statements in a reply.

    Args:
        cut_off: the server stopped the reply at its length limit, so its last statement is left out.
    """
    if not reply.strip():
        return Parsed(failure="empty")
    if len(reply) > MAX_REPLY:
        return Parsed(failure="too long")
    text = reply.translate(_INVISIBLE).replace("\r\n", "\n").replace("\r", "\n")
    drafts = _from_json(text) or list(_from_lines(text))
    if cut_off and drafts:
        drafts = [*drafts[:-1], _Draft(fault="cut off", text=drafts[-1].text)]
    read = [draft.finish() for draft in drafts]
    statements = tuple(each for each in read if isinstance(each, Statement))
    faults = tuple(each for each in read if isinstance(each, Fault))
    return Parsed(statements, faults, None if statements else _failure(text, faults))


def _failure(text: str, faults: tuple[Fault, ...]) -> str:
    if faults:
        return faults[0].reason
    if _REFUSAL.search(text[:2_000]):
        return "refused"
    return "broken JSON" if text.lstrip()[:1] == "{" or '"statements"' in text else "no statements"


@dataclass(slots=True)
class _Draft:
    """A statement while its lines come in."""

    text: str = ""
    label: Label | None = None
    level: Level = ""
    evidence: str = ""
    fault: str | None = None
    indent: int = 0
    blank: bool = field(default=False)
    in_evidence: bool = field(default=False)

    def finish(self) -> Statement | Fault:
        text, evidence = _joined(self.text), _joined(self.evidence)
        inline = _INLINE_EVIDENCE.search(text)
        if inline and inline.start():
            text, evidence = text[: inline.start()], evidence or text[inline.end() :].strip().rstrip(_CLOSERS)
        text = text.strip()
        if self.fault or self.label is None or not text:
            return Fault(self.fault or ("no label" if text else "no text"), text[:80])
        if len(text) > MAX_STATEMENT or len(evidence) > MAX_STATEMENT:
            return Fault("statement too long", text[:80])
        return Statement(text, self.label, self.level, evidence)

    def take(self, line: str) -> None:
        """Add a line that carries on what came before."""
        if self.in_evidence:
            self.evidence += f"\n{line}"
        else:
            self.text += f"\n{line}"

    def set_label(self, words: str) -> None:
        label, level, unclear = _read_group(words)
        self.label, self.level = label or self.label, level or self.level
        if unclear or label is None:
            self.fault = "unclear label"


_CLOSERS = ")）]】 \t"
_SPACES = re.compile(r"\s+")
_BETWEEN_HAN = re.compile(r"(?<=[　-〿一-鿿！-｠])\s+(?=[　-〿一-鿿！-｠])")


def _joined(text: str) -> str:
    """Lines as one, without the gap that a line break leaves between Chinese characters."""
    return _SPACES.sub(" ", _BETWEEN_HAN.sub("", text) if "\n" in text else text).strip()


def _from_lines(text: str) -> Iterator[_Draft]:
    current: _Draft | None = None
    for raw in _NEXT.sub("\n", text).split("\n"):
        line = _EMPHASIS.sub("", raw).strip()
        indent = len(raw) - len(raw.lstrip())
        if not line or line.startswith("```"):
            if current is not None:
                current.blank = True
            continue
        begun = _begin(line, indent, current)
        if begun is not None:
            if current is not None:
                yield current
            current = begun
        elif current is not None and not _continue(current, line, indent):
            yield current
            current = None
        if current is not None:
            current.blank = False
    if current is not None:
        yield current


def _begin(line: str, indent: int, current: _Draft | None) -> _Draft | None:
    """The draft that a line opens, None where it opens none."""
    if line.startswith("|"):
        return _row(line, indent)
    number = _NUMBER.match(line)
    rest = line[number.end() :] if number else line
    named = _FIELD.match(rest)
    if named and named.lastgroup != "text":
        return None  # a bullet or a bare line that belongs to the statement before it
    if named:
        if current is not None and not current.text:
            return None
        rest, number = rest[named.end() :], number or named
    draft = _Draft(indent=indent)
    body = _labelled(rest, draft, numbered=number is not None)
    if body is not None:
        draft.text = body
        return draft
    if number is None or (_BULLET.match(line) and (current is None or indent > current.indent)):
        return None
    tail = _TAIL.search(rest)
    draft.text = rest[: tail.start()] if tail else rest
    draft.label = _truth(tail[1] or tail[2]) if tail else None
    return draft


def _labelled(rest: str, draft: _Draft, *, numbered: bool) -> str | None:
    """What follows the label and level at the head of ``rest``, which go into ``draft``; None without a label."""
    place = 0
    while draft.label is None or not draft.level:
        group = _GROUP.match(rest, place)
        if group is None:
            break
        label, level, unclear = _read_group(group[1])
        if unclear:
            draft.fault = "unclear label"
            return rest[group.end() :].lstrip(" \t:：")
        if label is None and not level:
            break
        draft.label, draft.level = draft.label or label, draft.level or level
        place = group.end()
    if draft.label is None:
        bare = _BARE.match(rest, place)
        if bare is None:
            return None
        draft.label = _truth(bare[1])
        place = bare.end()
        group = _GROUP.match(rest, place)
        if group and not draft.level and (level := _level(group[1])):
            draft.level, place = level, group.end()
    separator = _SEPARATOR.match(rest, place)
    place = separator.end() if separator else place
    head = _LEVEL_HEAD.match(rest, place)
    if head and not draft.level and (level := _level(head[1])):
        draft.level, place = level, head.end()
    return rest[place:]


def _continue(current: _Draft, line: str, indent: int) -> bool:
    """Whether a line that opens nothing belongs to the draft, and if so, take it."""
    named = _FIELD.match(line)
    content = line[named.end() :] if named else line
    if named is None:
        if current.blank and current.text and indent <= current.indent:
            return False
        current.take(line)
    elif named.lastgroup == "evidence":
        current.in_evidence = True
        current.evidence = content
    elif named.lastgroup == "level":
        current.level = _level(content) or current.level
    elif named.lastgroup == "label":
        current.set_label(content)
    else:
        current.take(content)
    return True


def _row(line: str, indent: int) -> _Draft | None:
    """The draft in a row of a table: the cell with a label, the longest cell, and what comes after it."""
    cells = [cell.strip() for cell in line.strip("| \t").split("|")]
    labels = [place for place, cell in enumerate(cells) if not cell.isdigit() and _read_group(cell)[0]]
    if not labels or len(cells) < 2:
        return None
    others = [
        cell for place, cell in enumerate(cells) if place != labels[0] and not cell.isdigit() and not _level(cell)
    ]
    levels = [level for cell in cells if (level := _level(cell))]
    draft = _Draft(label=_read_group(cells[labels[0]])[0], level=levels[0] if levels else "", indent=indent)
    if others:
        draft.text, draft.evidence = others[0], " ".join(others[1:])
    return draft


_PARTS = re.compile(r"[|/,;:：，；、·\s–—-]+")


def _read_group(words: str) -> tuple[Label | None, Level, bool]:
    """Label, level, and whether both labels stand there, in the words of a bracket such as ``T``, ``F | literal``."""
    whole = _truth(words)
    if whole:
        return whole, "", False
    parts = [part for part in _PARTS.split(words.strip()) if part][:6]
    labels = {label for part in parts if (label := _truth(part))}
    levels = [level for part in parts if (level := _level(part))]
    if len(labels) > 1 or (parts and parts[0].lower() in ("maybe", "unknown", "unclear", "u", "?", "？", "不确定")):
        return None, "", True
    first = _truth(parts[0]) if parts else None
    fits = bool(levels) or (first is not None and len(parts) == 1)
    return (labels.pop() if fits and labels else None), (levels[0] if levels else ""), False


def _truth(word: str) -> Label | None:
    """The label that a word is; a bare number is numbering, never a label."""
    return None if word.strip().isdigit() else truth_label(fold(word))  # type: ignore[return-value]


def _level(words: str) -> Level:
    return _LEVEL_WORDS.get(words.strip(" \t.:：[]()（）【】").lower().removesuffix("层面").removesuffix("层"), "")


def _from_json(text: str) -> list[_Draft]:
    """The entries of a JSON reply, also of one that broke off; empty where the reply is no JSON."""
    if '"' not in text or "{" not in text:
        return []
    start, end = text.find("{"), text.rfind("}")
    whole = _loaded(text[start : end + 1])
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if isinstance(value, list)]
        questions, answers = whole.get("questions"), whole.get("answers")
        if isinstance(questions, list) and isinstance(answers, list):
            return [_entry({"text": text, "label": label}) for text, label in zip(questions, answers, strict=False)]
        entries = [entry for values in lists for entry in values if isinstance(entry, dict)]
        if entries:
            return [_entry(entry) for entry in entries]
    found = (_loaded(match.group()) for match in _FLAT_OBJECT.finditer(text))
    return [_entry(each) for each in found if isinstance(each, dict) and any(key in each for key in _TEXT_KEYS)]


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _entry(values: dict[str, Any]) -> _Draft:
    folded = {str(key).strip().lower(): value for key, value in values.items()}
    draft = _Draft(text=_first(folded, _TEXT_KEYS), evidence=_first(folded, _EVIDENCE_KEYS))
    draft.level = _level(_first(folded, _LEVEL_KEYS))
    label = _first(folded, _LABEL_KEYS)
    draft.label = truth_label(fold(label))  # type: ignore[assignment]
    if label and draft.label is None:
        draft.fault = "unclear label"
    return draft


def _first(values: dict[str, Any], keys: tuple[str, ...]) -> str:
    """The first of the keys that has a value, as text; lists and objects count as none."""
    for key in keys:
        value = values.get(key)
        if isinstance(value, str | bool | int):
            return str(value)
    return ""
