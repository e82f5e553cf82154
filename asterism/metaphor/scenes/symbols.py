"""The symbols of metaphor scenes, and what each stands for.

The glyphs are those of Boxicons 2.1.4 by Aniket Suvarna (solid style; MIT licence), as carried by the package
``iconipy``. The concepts are the project's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Symbol:
    """A thing that can be drawn and the idea it stands for: ``Symbol("key", "opportunity", glyph)``.

    ``glyph`` is one character of the Boxicons font.
    """

    name: str
    concept: str
    glyph: str


_ALL = (
    Symbol("heart", "love", "\uede2"),
    Symbol("skull", "death", "\ueead"),
    Symbol("key", "opportunity", "\uedfa"),
    Symbol("lock", "secrecy", "\uee0c"),
    Symbol("book", "knowledge", "\uece5"),
    Symbol("bulb", "innovation", "\uecf7"),
    Symbol("coin", "wealth", "\ued54"),
    Symbol("hourglass", "time", "\uedec"),
    Symbol("leaf", "nature", "\uec98"),
    Symbol("bomb", "war", "\uecd3"),
    Symbol("castle", "power", "\ueb79"),
    Symbol("trophy", "victory", "\ueed7"),
    Symbol("ghost", "fear", "\uedd1"),
    Symbol("moon", "dreams", "\uee4e"),
    Symbol("sun", "hope", "\ueebe"),
    Symbol("ship", "adventure", "\ueea5"),
    Symbol("rocket", "ambition", "\uee95"),
    Symbol("house", "family", "\uede7"),
    Symbol("mask", "deceit", "\uee1a"),
    Symbol("gift", "generosity", "\uedd2"),
    Symbol("bone", "hunger", "\uecd4"),
    Symbol("bell", "warning", "\uecc9"),
    Symbol("brain", "reason", "\uecea"),
    Symbol("flame", "anger", "\uec93"),
    Symbol("droplet", "sorrow", "\uec94"),
    Symbol("cloud", "doubt", "\ued4a"),
    Symbol("compass", "guidance", "\ued60"),
    Symbol("star", "fame", "\ueeb8"),
    Symbol("tree", "patience", "\ueed6"),
    Symbol("magnet", "attraction", "\uee16"),
    Symbol("factory", "industry", "\uedab"),
    Symbol("train", "progress", "\ueed3"),
    Symbol("church", "faith", "\ued46"),
    Symbol("virus", "disease", "\ueef4"),
    Symbol("palette", "art", "\uee60"),
    Symbol("flag", "patriotism", "\uedc3"),
    Symbol("hand", "kindness", "\uedd8"),
    Symbol("plane", "freedom", "\uee72"),
    Symbol("cake", "celebration", "\uecfe"),
    Symbol("pyramid", "history", "\uee80"),
    Symbol("joystick", "leisure", "\uedf7"),
    Symbol("plug", "energy", "\uee78"),
    Symbol("music", "joy", "\uee53"),
    Symbol("dog", "loyalty", "\uec96"),
    Symbol("flower", "beauty", "\uedc8"),
    Symbol("diamond", "luxury", "\ued79"),
    Symbol("puzzle", "mystery", "\ueda7"),
    Symbol("phone", "communication", "\uee66"),
)

SYMBOLS: Mapping[str, Symbol] = MappingProxyType({symbol.name: symbol for symbol in _ALL})
"""Every symbol by its name, in a fixed order."""
