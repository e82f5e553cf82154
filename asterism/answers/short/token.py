"""One piece of a phrase."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a phrase.

    ``kind`` is ``number``, ``name``, ``function``, ``sign``, ``unit``, ``power`` (of a unit), ``per``, ``mark``,
    ``word``, ``stop``, ``unknown``, or the role of a word in a sentence (``verbs``, ``conclusions``, ``asides``,
    ``turns``); ``text`` is the sign, the name of the unit or the kind of the mark.
    ``spaced`` tells whether white space stands before it, ``spelled`` whether it is a number in words.
    """

    kind: str
    text: str
    value: Fraction = Fraction(0)
    spaced: bool = False
    spelled: bool = False
