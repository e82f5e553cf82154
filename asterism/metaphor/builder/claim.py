"""What a statement claims, apart from how it is put: its words that matter, in order, and whether it denies them."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from asterism.metaphor.builder.lexicon import chinese, english

_HAN = re.compile(r"[㐀-鿿]")
_WORD = re.compile(r"[a-z]+(?:_[a-z]+)*|\d+(?:\.\d+)?(?:st|nd|rd|th)?|,|[^\W\d_a-z]+")
_NOT = re.compile(r"n['’]t\b")
_IMAGE_NOUN = (
    "image|picture|photo|photograph|illustration|cartoon|drawing|painting|comic|poster|meme|artwork|scene|artist|author"
)
_LEAD = re.compile(
    r"^(?:overall |here )?,? ?(?:in |through |with )?(?:the |this |that )?(?:whole |entire |overall )?"
    rf"(?:{_IMAGE_NOUN})"
    r"(?:'s (?:message|meaning|theme) is)? ?,? ?"
    r"(?:as a whole |overall )?(?:(?:mainly |clearly |also |strongly )?(?:shows|depicts|portrays|suggests|implies|"
    r"conveys|indicates|expresses|illustrates|hints|demonstrates|reveals|presents|displays|features|contains|tells us)"
    r"(?: us)?(?: that)? |, )"
)
_FRONTED = re.compile(
    r"^((?:in|on|at|behind|under|above|below|near|with|by|through|beside|among|from|to|for|despite|unlike|next|over|"
    r"inside|outside|because|when|while|if|although|as|after|before|beneath|within)\b[^,]{1,120}), (.+)$"
)
_PASSIVE = re.compile(
    r"^(?P<done>.{1,160}?) (?:is|are|was|were|being|been|gets|got) (?:\w+ly )?"
    r"(?P<verb>\w+(?:ed|en|wn|ne)|held|led|made|built|caught|kept|hit|cut|hurt|lost|fed|bound|sent|put) "
    r"(?P<where>(?:from|in|on|at|to|of|with|for) [^,]{1,60}? )?by (?P<by>.{1,160}?)"
    r"(?P<rest>(?: (?:in|on|at|behind|under|near|with|while|because|for|from) .*)?)$"
)
_LEAD_DENIED = re.compile(
    r"^(?:overall |here )?(?:the |this |that )?(?:whole |entire |overall )?"
    rf"(?:{_IMAGE_NOUN})"
    r" not (?:show|depict|portray|suggest|imply|convey|indicate|express|illustrate|hint|demonstrate|reveal)(?: that)? "
)
_THERE = re.compile(
    r"^((?:in|on|at|behind|under|above|below|near|beside|inside|outside) .{1,80}?),? (there (?:is|are) .+)$"
)
_GENITIVES = tuple(re.compile(rf"\b(?:(the|a|an) )?(\w+)'s (\w+{more})\b") for more in ("", r" \w+"))
"""The owner and what is owned, of one word or two."""
_AUXILIARIES = english.words("auxiliaries")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim reduced to what can be compared.

    ``forms`` are the same words in each order in which the claim may be put (an adjunct moved to the end, a passive
    made active). ``denials`` are the places in the first form before which a negation stood. ``predicate`` is the
    place in the first form at which something begins to be said about the subject. ``definite`` tells that the subject
    is a certain one ("the cat", not "a cat" or "there is").
    """

    forms: tuple[tuple[str, ...], ...]
    denials: tuple[int, ...]
    predicate: int
    definite: bool
    chinese: bool

    @property
    def denied(self) -> bool:
        """Whether the claim is put in the negative; two negations cancel."""
        return len(self.denials) % 2 == 1


@lru_cache(maxsize=4096)
def claim_of(text: str) -> Claim:
    """The claim that a statement makes."""
    folded = unicodedata.normalize("NFKC", text[:2_000]).strip()
    han = len(_HAN.findall(folded))
    return _chinese(folded) if han * 3 > len(folded.replace(" ", "")) else _english(folded)


def is_protected(token: str) -> bool:
    """Whether a word is one of those that no paraphrase adds or drops: number, colour, place, quantity, a name."""
    if token in chinese.PROTECTED or token[0].isdigit() or token[0].isupper():
        return True
    return token in _PROTECTED


_PROTECTED = english.tokens("colours") | english.tokens("places") | english.tokens("quantities") | {"contrast"}


def is_number(token: str) -> bool:
    """Whether a word is a count."""
    return token.replace(".", "").isdigit() or token in "一二三四五六七八九十百千两零"


def is_colour(token: str) -> bool:
    """Whether a word is a colour."""
    return token in english.tokens("colours") or token in "红黄蓝绿黑白紫灰粉橙棕"


def _english(text: str) -> Claim:
    names = _names(text)
    lower = _NOT.sub(" not", text.lower().replace("’", "'").replace("can't", "can not").replace("won't", "will not"))
    owned = (each.sub(lambda match: f"{match[3]} of {match[1] or ''} {match[2]}", lower) for each in _GENITIVES)
    orders = [_bare(order) for order in dict.fromkeys((lower, *owned))]
    bare, led = orders[0]
    forms = [form for order, _ in orders for form in _orders(order)]
    read = [_content(form, names) for form in forms]
    tokens, denials, predicate = read[0]
    if not tokens:
        return Claim(((bare or text or "?",),), (), 0, definite=False, chinese=False)
    definite = bare.startswith(("the ", "this ", "his ", "her ", "its ")) or (
        led and not bare.startswith(("a ", "an "))
    )
    if led and not bare.startswith("the "):
        predicate = 0  # what an image shows is said of the image
    return Claim(tuple(dict.fromkeys(form for form, _, _ in read)), denials, predicate, definite, chinese=False)


def _bare(lower: str) -> tuple[str, bool]:
    """The claim without "the image shows that", its phrases made words; and whether something was taken away."""
    spaced = " ".join(_WORD.findall(lower.replace("'s ", " "))).replace(" ,", ",")
    plain = english.replace_phrases(f" {spaced} ").strip()
    bare = _LEAD_DENIED.sub("not ", plain)
    bare = _LEAD.sub("", bare) if bare == plain else bare
    return (bare, bare != plain) if bare else (plain, False)


def _orders(bare: str) -> list[str]:
    """The orders in which a claim may be put: as it is, its adjunct last, its passive made active."""
    orders = [bare]
    if fronted := _FRONTED.match(bare) or _THERE.match(bare):
        orders.append(f"{fronted[2]} {fronted[1]}")
    if passive := _PASSIVE.match(bare):
        orders.append(f"{passive['by']} {passive['verb']} {passive['done']} {passive['where'] or ''}{passive['rest']}")
    return orders


def _names(text: str) -> dict[str, str]:
    """Words written with a capital in mid-sentence, by their lower-case form: names keep it."""
    found = re.findall(r"(?<=[a-z,;] )([A-Z][a-zA-Z]+)", text.replace("’", "'"))
    return {name.lower(): name.capitalize() for name in found}


def _content(order: str, names: dict[str, str]) -> tuple[tuple[str, ...], tuple[int, ...], int]:
    tokens: list[str] = []
    denials: list[int] = []
    predicate = -1
    joined = False
    verbs = english.tokens("verbs")
    found = _WORD.findall(order)
    compared = "than" in found  # otherwise "father" would be more than "fat"
    for word in found:
        if word in english.NEGATORS:
            denials.append(len(tokens))
            continue
        if word in _AUXILIARIES and predicate < 0 and tokens:
            predicate = len(tokens)
        if word in english.SILENT or word == ",":
            joined = word in ("and", "or") or (joined and word in ("a", "an", "the"))
            continue
        token = names.get(word) or english.NUMBERS.get(word) or (english.comparative(word) if compared else None)
        token = token or english.token(word)
        if predicate < 0 and tokens and (token in verbs or (word.endswith("s") and not word.endswith("ss"))):
            predicate = len(tokens)
        if joined and tokens and tokens[-1] > token:  # "dogs and cats" are "cats and dogs"
            tokens.insert(-1, token)
        else:
            tokens.append(token)
        joined = False
    return tuple(tokens), tuple(denials), predicate if predicate >= 0 else min(2, len(tokens))


def _chinese(text: str) -> Claim:
    for frame in chinese.FRAME:
        text = text.replace(frame, "")
    text = chinese.fold_synonyms(text)
    kept: list[str] = []
    denials: list[int] = []
    place = 0
    while place < len(text):
        negator = next((each for each in chinese.NEGATORS if text.startswith(each, place)), None)
        if negator:
            denials.append(len(kept))
            place += len(negator)
            continue
        if not chinese.is_silent(text[place]) or (text[place] == "一" and not _measured(text, place)):
            kept.append(text[place].lower())
        place += 1
    tokens = tuple(kept) or (text or "?",)
    return Claim((tokens,), tuple(denials), 1, definite=True, chinese=True)


def _measured(text: str, place: int) -> bool:
    """Whether 一 is the article of a measure word (一个, 一位) rather than a count."""
    return text[place + 1 : place + 2] in tuple("个位名只张幅条件种些把座棵朵")
