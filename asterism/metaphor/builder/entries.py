"""Statements out of a reply that is JSON, also of one that is damaged or broke off.

A whole reply is loaded. Of any other, each ``"statement":`` begins an entry, which is read by itself: an entry that is
no JSON becomes a draft with a fault, so that none is lost without being counted.
"""

import json
import re
from itertools import pairwise
from typing import Any

from asterism.metaphor.builder.draft import LEVELS, Draft, truth

_TEXT_KEYS = ("statement", "text", "claim", "question")
_LABEL_KEYS = ("label", "answer", "truth", "is_true")
_BROKEN, _CUT_OFF = "broken JSON", "cut off"
_KEY = re.compile(rf'"(?:{"|".join(_TEXT_KEYS)})"\s{{0,8}}:')
_JSON = json.JSONDecoder(strict=False)


def drafts_of_json(text: str, *, cut_off: bool) -> list[Draft]:
    """The entries of a reply, in order; empty where it is no JSON.

    Args:
        cut_off: a limit ended the reply, which is what is wrong with a broken entry at its end.
    """
    whole = _entries_of_whole(text)
    return [_draft_of(entry) for entry in whole] if whole else _drafts_of_pieces(text, cut_off=cut_off)


def _entries_of_whole(text: str) -> list[Any]:
    """The entries of a reply that loads as a whole, with whatever else stands in a list among them."""
    place = min((found for found in (text.find("{"), text.find("[")) if found >= 0), default=len(text))
    value, end = _loaded(text, place)
    if _KEY.search(text, end):  # there is more behind it
        return []
    entries: list[Any] = []
    left = [value]
    while left:
        value = left.pop()
        if _is_entry(value):
            entries.append(value)
        elif isinstance(value, list) and any(map(_is_entry, value)):
            entries += value
        elif isinstance(value, list | dict):
            left += reversed(list(value.values()) if isinstance(value, dict) else value)
    return entries


def _is_entry(value: Any) -> bool:
    """Whether it is an object with a text, and none that holds a list of such."""
    if not isinstance(value, dict) or not any(key in value for key in _TEXT_KEYS):
        return False
    inner = (each for each in value.values() if isinstance(each, list))
    return not any(isinstance(each, dict) and any(key in each for key in _TEXT_KEYS) for one in inner for each in one)


def _drafts_of_pieces(text: str, *, cut_off: bool) -> list[Draft]:
    """The entries of a reply that is no whole JSON, each read from its own brace to that of the next."""
    starts: list[int] = []
    behind = 0  # where the last key ended
    for key in _KEY.finditer(text):
        brace = text.rfind("{", behind, key.start())
        if brace >= 0 or not starts or "}" in text[behind : key.start()]:
            starts.append(brace if brace >= 0 else key.start())
        behind = key.end()
    drafts, end = [], len(text)
    for start, following in pairwise([*starts, len(text)]):
        entry, length = _loaded(text[start:following], 0)
        end = start + length
        drafts.append(_draft_of(entry) if _is_entry(entry) else Draft(text[start:following], fault=_BROKEN))
    if drafts and drafts[-1].fault != _BROKEN and "{" in text[end:]:
        drafts.append(Draft(text[text.index("{", end) :], fault=_BROKEN))  # one that had hardly begun
    if cut_off and drafts and drafts[-1].fault == _BROKEN:
        drafts[-1].fault = _CUT_OFF
    return drafts


def _loaded(text: str, place: int) -> tuple[Any, int]:
    """The JSON value that begins at a place, and where it ends; None, and the place, where none does."""
    try:
        return _JSON.raw_decode(text, place)
    except (ValueError, RecursionError):
        return None, place


def _draft_of(entry: Any) -> Draft:
    if not isinstance(entry, dict):
        return Draft(str(entry), fault="no label")
    label = _first(entry, *_LABEL_KEYS)
    draft = Draft(_first(entry, *_TEXT_KEYS), _first(entry, "evidence"), truth(label))
    draft.level = LEVELS.get(_first(entry, "level").lower(), "")
    draft.fault = "unclear label" if label and draft.label is None else ""
    return draft


def _first(entry: dict[str, Any], *keys: str) -> str:
    """The first of the keys that has a value, as text; lists and objects count as none."""
    return next((str(entry[key]) for key in keys if isinstance(entry.get(key), str | bool | int)), "")
