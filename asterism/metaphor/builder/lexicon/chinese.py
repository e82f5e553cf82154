"""Chinese words as the filters see them; characters are compared, since there are no spaces to tell words by."""

import re
from pathlib import Path

import yaml

_LISTS: dict[str, str] = yaml.safe_load(Path(__file__).with_name("chinese.yaml").read_text(encoding="utf-8"))
FRAME = _LISTS["frame"].split()
"""What a statement may call its subject without saying anything about it."""
GENERIC = _LISTS["generic"].split()
"""Words that fit any image whatever, longer ones first."""
NEGATORS = tuple(_LISTS["negators"].split())
"""Longer ones first."""
PROTECTED = frozenset(_LISTS["protected"].strip())
"""Characters that no paraphrase adds or drops."""
_SILENT = frozenset(_LISTS["silent"].strip())
_COUNTED = re.compile("(?<=[这那每几一二两三四五六七八九十])只")
_GROUPS = [line.split() for line in _LISTS["synonyms"].splitlines()]
_NO_DENIAL = [(word, other) for word, _, other in (line.partition(" ") for line in _LISTS["no_denial"].splitlines())]
_FOLDED = sorted(((word, group[0]) for group in _GROUPS for word in group[1:]), key=lambda pair: -len(pair[0]))


def is_silent(character: str) -> bool:
    """Whether the presence or absence of a character changes no claim, as that of punctuation."""
    return character in _SILENT or not character.isalnum()


def fold_synonyms(text: str) -> str:
    """Text with each word that has synonyms replaced by the one that stands for all."""
    text = _COUNTED.sub("", text)  # as a measure word it says nothing, alone it means "only"
    for word, first in (*_NO_DENIAL, *_FOLDED):
        text = text.replace(word, first)
    return text


def _claimed(word: str) -> str:
    return "".join(character for character in fold_synonyms(word) if not is_silent(character))


OPPOSITES = [(_claimed(left), _claimed(right)) for left, right in (s.split("|") for s in _LISTS["antonyms"].split())]
"""Words that mean the opposite, as they stand in a claim."""
