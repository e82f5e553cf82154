"""One spelling for the labels of II-Bench and CII-Bench, whatever form they were stored in."""

import ast
import json
import re
from dataclasses import dataclass
from typing import Any

FIELDS = ("image_type", "difficulty", "domain", "emotion", "rhetoric")
SEVERAL = ("image_type", "rhetoric")
"""Fields of which an image may have several values; they become lists."""

_KNOWN = {
    "image_type": (
        ("Illustration", "插画"),
        ("Multi-panel Comic", "多格漫画"),
        ("Single-panel Comic", "单格漫画"),
        ("Meme", "梗图"),
        ("Poster", "海报"),
        ("Painting", "绘画"),
        ("Logo", "标志", "徽标", "logo"),
    ),
    "difficulty": (("Easy", "简单"), ("Middle", "中等", "Medium"), ("Hard", "困难")),
    "domain": (
        ("Life", "生活"),
        ("Society", "社会"),
        ("Psychology", "心理"),
        ("Art", "艺术"),
        ("Environment", "环境"),
        ("Politics", "政治"),
        ("Chinese Traditional Culture", "中华传统文化", "CTC"),
        ("Others", "其他", "其它", "Other"),
    ),
    "emotion": (("Positive", "积极"), ("Neutral", "中性"), ("Negative", "消极")),
    "rhetoric": (
        ("Metaphor", "隐喻"),
        ("Symbolism", "象征"),
        ("Contrast", "对比"),
        ("Exaggerate", "夸张", "Exaggeration"),
        ("Personification", "拟人"),
        ("Visual Dislocation", "视觉错位"),
        ("Analogy", "类比"),
        ("Antithesis", "对立", "对偶"),
        ("Others", "其他", "其它", "Other"),
    ),
}
_ENGLISH = {field: {word.lower(): words[0] for words in known for word in words} for field, known in _KNOWN.items()}
_BRACKETED = re.compile(r"^(?P<outside>[^()（）]*)[(（](?P<inside>[^()（）]*)[)）]$")


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one field: in English where they are known, and as they were stored."""

    values: tuple[str, ...]
    original: Any
    unknown: tuple[str, ...]


def read_labels(field: str, stored: Any) -> Labels:
    """The labels in a stored value: a text, a list, ``{"choices": [...]}``, or one of these as text.

    ``"单格漫画(Single-panel Comic)"``, ``"简单"`` and ``"easy"`` become ``Single-panel Comic`` and ``Easy``; a label
    that is in no table stays as it is and is listed as unknown.

    >>> read_labels("rhetoric", {"choices": ["隐喻", "象征"]}).values
    ('Metaphor', 'Symbolism')
    """
    words = list(dict.fromkeys(_words(stored)))
    english = [_english(field, word) for word in words]
    unknown = tuple(word for word, known in zip(words, english, strict=True) if known is None)
    values = [known or word for word, known in zip(words, english, strict=True)]
    return Labels(tuple(dict.fromkeys(values)), stored, unknown)


def _words(stored: Any) -> list[str]:
    if isinstance(stored, dict):
        return _words(stored.get("choices"))
    if isinstance(stored, list | tuple):
        return [word for entry in stored for word in _words(entry)]
    if not isinstance(stored, str) or stored.strip().lower() in ("", "none", "null"):
        return []
    text = stored.strip()
    if text[0] in "[{":
        inner = _literal(text)
        if inner is not None:
            return _words(inner)
    return [text]


def _literal(text: str) -> list[Any] | dict[str, Any] | None:
    """The list or mapping that a text spells, as JSON or as Python would print it."""
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(value, list | dict):
            return value
    return None


def _english(field: str, word: str) -> str | None:
    table = _ENGLISH[field]
    bracketed = _BRACKETED.match(word)
    spellings = [word, bracketed["outside"], bracketed["inside"]] if bracketed else [word]
    return next((table[each.strip().lower()] for each in spellings if each.strip().lower() in table), None)
