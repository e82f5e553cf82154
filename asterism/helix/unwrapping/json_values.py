"""An answer given as JSON, written in the way in which tasks ask for it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from asterism.helix.unwrapping.doubt import doubtful

LONGEST = 20_000
_DEEPEST = 6
_ROW = re.compile(r"(?:row|r|step|move|line|第)?[ _]?\d{1,3}(?:行|步)?", re.IGNORECASE)
_NAME_TEXT = (
    "final_answer finalanswer answer final solution result output path route cycle walk moves sequence "
    "order grid board cells mines ladder words expression bridges segments edges mapping assignment "
    "digits 答案 最终答案 结果"
)
_NAMES = tuple(_NAME_TEXT.split())
_COLUMNS = (
    ("row", "column"),
    ("row", "col"),
    ("r", "c"),
    ("x", "y"),
    ("disk", "peg"),
    ("disk", "to"),
    ("disk", "target"),
    ("行", "列"),
)


def json_texts(text: str) -> Iterator[str]:
    """The value of a text that is JSON, or that ends with an object of it, as plain lines; none where it is none."""
    text = text.strip().strip("`").strip()
    if not text or len(text) > LONGEST or text[-1] not in "]}":
        return
    start = 0 if text[0] in "[{" else _start(text)
    if start is None:
        return
    value = _loaded(text[start:])
    if start and not isinstance(value, dict):
        return
    written = _written(_answer(value))
    if written:
        yield written


def _start(text: str) -> int | None:
    """Where an object begins after words that hold no number and no doubt."""
    start = text.find("{")
    before = text[: max(start, 0)]
    harmless = start > 0 and not re.search(r"[\d\\?]", before) and not doubtful(before)
    return start if harmless and re.match(r"\{\s*[\"']", text[start:]) else None


def _loaded(text: str) -> Any:
    depth = most = 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        most = max(most, depth)
    if most > _DEEPEST:
        return None
    for each in (text, text.replace("'", '"') if '"' not in text else "", re.sub(r"\(([^()\[\]{}]*)\)", r"[\1]", text)):
        try:
            return json.loads(each)
        except ValueError:
            continue
    return None


def _answer(value: Any) -> Any:
    """What an object says is the answer; None where it says nothing or several things."""
    for _ in range(_DEEPEST):
        if not isinstance(value, dict) or _is_mapping(value):
            return value
        if any(
            doubtful(str(key).replace("_", " ")) or re.search(r"(?:^|_)(?:not?|alt|other)(?:_|$)", str(key))
            for key in value
        ):
            return None
        named = {_NAMES.index(name): key for key in value if (name := str(key).lower().replace(" ", "_")) in _NAMES}
        if len(value) == 1:
            value = next(iter(value.values()))
        elif named:
            value = value[named[min(named)]]
        else:
            return value
    return None


def _is_mapping(value: Mapping[str, Any]) -> bool:
    """Whether an object gives letters their digits."""
    return len(value) > 1 and all(len(str(key)) == 1 and str(key).isalpha() for key in value)


def _written(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value.strip()
        case int() | float():
            return _number(value)
        case dict() if all(_ROW.fullmatch(str(key)) for key in value):
            return _written(list(value.values()))
        case dict():
            return _object(value)
        case list() if all(isinstance(each, list | dict) for each in value) and value:
            return "\n".join(filter(None, map(_row, value)))
        case list() if all(isinstance(each, int | float) and not isinstance(each, bool) for each in value):
            return f"[{', '.join(map(_number, value))}]"
        case list() if all(isinstance(each, str) for each in value):
            return "\n".join(each.strip() for each in value)
    return ""


def _row(value: Any) -> str:
    if isinstance(value, dict):
        return _object(value)
    if all(isinstance(each, str) for each in value):
        return " ".join(value)
    if all(isinstance(each, int | float | str) for each in value):
        return f"({', '.join(map(_number, value))})"
    inner = [_row(each) for each in value if isinstance(each, list)]
    return ", ".join(inner) if len(inner) == len(value) else ""


def _object(value: Mapping[str, Any]) -> str:
    """``A=5`` for letters; ``(row, column)`` for a cell, whatever the order of its names."""
    letters = value and all(isinstance(each, int) and len(str(key)) == 1 for key, each in value.items())
    if (_is_mapping(value) or letters) and set(value) not in ({"r", "c"}, {"x", "y"}):
        return ", ".join(f"{key}={each}" for key, each in value.items() if isinstance(each, int | str))
    named = {str(key).lower(): each for key, each in value.items()}
    for columns in _COLUMNS:
        if set(columns) == set(named):
            return f"({_number(named[columns[0]])}, {_number(named[columns[1]])})"
    word, direction = named.get("word"), named.get("direction", named.get("dir"))
    if isinstance(word, str) and isinstance(direction, str):
        place = named.get("position", named.get("start", named.get("place", [named.get("x"), named.get("y")])))
        if isinstance(place, Sequence) and len(place) == 2:
            return f"{word} {direction} @ ({place[0]},{place[1]})"
    ends = next((pair for pair in (("from", "to"), ("start", "end"), ("a", "b")) if set(pair) <= set(named)), None)
    count = next((named[name] for name in ("count", "bridges", "number") if name in named), None)
    if ends and all(isinstance(named[end], list) and len(named[end]) == 2 for end in ends):
        first, second = (f"({_number(named[end][0])},{_number(named[end][1])})" for end in ends)
        return f"{first}-{second}" + (f":{count}" if isinstance(count, int) else "")
    move = named.get("move", named.get("direction"))
    return move if isinstance(move, str) else ""


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
