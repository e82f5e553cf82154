"""Texts in another language than the explanation's.

The script decides first: Chinese characters, kana, Hangul, Latin letters. Among languages with Latin letters
py3langid tells English from the others; it is sure of itself only where the text is long enough, and a text of which
it is not sure passes. What stands in quotation marks is left out: a sign in the image may say anything.
"""

import re
import unicodedata
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from asterism.metaphor.builder.prompts import Language

_QUOTED = re.compile(
    r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|「[^」\n]{1,200}」|『[^』\n]{1,200}』|《[^》\n]{1,200}》|(?<!\w)'[^'\n]{1,80}'(?!\w)|‘[^’\n]{1,200}’"
)
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'’-]+")
_LATIN_LANGUAGES = "en fr de es it pt nl pl sv da no tr id vi ro cs fi hu"
FOREIGN = 0.9
"""How sure the detector must be that a text is not English, from 0 to 1."""
FOREIGN_SHORT = 0.96
"""The same for texts of up to three words."""
_ENGLISH = frozenset(("the", "and", "with", "this", "that", "what", "which"))
"""Words that no other of these languages has: where they are a sixth of a text, it is English."""
_SAMPLE = 2_000


def detect_language(text: str) -> Language | None:
    """The language of an explanation: English, Chinese, or None for any other and where there is nothing to tell by."""
    if not wrong_language(text, "zh") and _shares(text)["han"]:
        return "zh"
    return "en" if _shares(text)["latin"] and not wrong_language(text, "en") else None


def wrong_language(text: str, expected: Language) -> bool:
    """Whether a text is in another language than ``expected``. A text without letters is in none and passes."""
    shares = _shares(text)
    if expected == "zh":
        return shares["other"] > 0.15 or (shares["latin"] > 0.6 and shares["latin"] > shares["han"])
    if shares["han"] + shares["other"] > 0.3:
        return True
    return shares["latin"] > 0 and _foreign(_cleaned(text))


def prepare_detector() -> None:
    """Load the detector, which takes seconds; otherwise the first text that needs it pays for that."""
    _detector()


def _shares(text: str) -> dict[str, float]:
    """The shares of Chinese characters, Latin letters and all other letters; a Chinese character weighs as three."""
    counts = {"han": 0, "latin": 0, "other": 0}
    for character in _cleaned(text):
        if not character.isalpha():
            continue
        script = _script(character)
        counts[script] += 3 if script == "han" else 1
    total = sum(counts.values())
    return {script: count / total if total else 0.0 for script, count in counts.items()}


def _script(character: str) -> str:
    if "㐀" <= character <= "鿿":
        return "han"
    return "latin" if unicodedata.name(character, "").startswith(("LATIN", "FULLWIDTH LATIN")) else "other"


def _cleaned(text: str) -> str:
    """The text without what it quotes; the whole where nothing else is left."""
    text = text[:_SAMPLE]
    rest = _QUOTED.sub(" ", text)
    return rest if any(map(str.isalpha, rest)) else text


def _foreign(text: str) -> bool:
    """Whether a text with Latin letters is surely not English."""
    plain = _NAME.sub(" ", text).strip() or text
    if plain.isupper():
        plain = plain.lower()  # the detector knows words as they stand in a sentence
    found = plain.lower().split()
    if (plain.isascii() and len(found) < 2) or sum(word in _ENGLISH for word in found) * 6 >= len(found):
        return False
    chances = dict(_detector().rank(plain))
    return 1 - float(chances["en"]) >= (FOREIGN if len(found) > 3 else FOREIGN_SHORT)


@cache
def _detector() -> LanguageIdentifier:
    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    detector.set_languages(_LATIN_LANGUAGES.split())
    return detector
