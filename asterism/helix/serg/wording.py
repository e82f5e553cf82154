"""The rule-based trace in other words: openings, connectives and turns of phrase, drawn by name, values unchanged."""

from collections.abc import Sequence
from random import Random
from re import Match, compile, escape

from asterism.helix.puzzle import Step

OPENINGS = {
    "rules": ("The rules first.", "What is asked?", "Let me recall the rules.", "Let me begin with what must hold."),
    "reading": ("What do I see?", "Let me read the instance.", "Now to what is given.", "Let me look closely."),
    "search": ("Let me work it out.", "Now step by step.", "Let me go through it.", "On to the solving."),
    "check": (
        "Let me check this.",
        "Wait, let me verify that before I answer.",
        "Let me double-check.",
        "Before I answer, let me check it once more.",
    ),
}
"""What may stand before each part."""
CONNECTIVES = ("Next, ", "Then ", "Now ", "So, ", "And ", "Well, ", "From here, ", "After that, ")
REMARKS = ("Good.", "All right.", "Let me go on.", "Hmm, what follows?", "Let me see.", "And further?")
"""What may stand between steps of the search."""
CONNECTED = 0.25
REMARKED = 0.12
TURNED = 0.5
"""Shares of the steps that have a connective, or a remark before them, and of the phrases that are turned."""

PHRASES: dict[str, tuple[str, ...]] = {
    "Suppose": ("Let me suppose", "Let us suppose", "Say, as a trial,"),
    "This is a dead end.": ("So this is a dead end.", "That way is a dead end."),
    "It is no solution.": ("So it is no solution.", "That cannot be the solution."),
    "The best so far is": ("So far the best is", "As the best so far I have"),
    "The largest so far is": ("So far the largest is", "As the largest so far I have"),
    "The water so far is": ("So far the water comes to",),
    "The profit so far is": ("So far the profit comes to",),
    "Counted so far:": ("My count so far:",),
    "In every arrangement that fits what is known:": (
        "Whatever arrangement fits what is known:",
        "In all arrangements that fit what is known:",
    ),
    "Following the rules from there": ("If I follow the rules from there", "Going on by the rules from there"),
    "Following that on": ("If I follow that on", "Going on from that"),
    "Played again": ("Playing it all again", "Gone through again"),
    "is given up": ("can be given up", "may be dropped"),
    "can only be": ("must be", "has to be"),
    "That fails.": ("That cannot work.", "So that fails."),
}
"""Turns of phrase that say the same; the first is how the tasks write it."""

_TURNS = {
    each: phrase
    for phrase, variants in PHRASES.items()
    for variant in variants
    for each in (variant, variant[0].lower() + variant[1:])
}
"""The phrase of each turn, also in the middle of a sentence."""
_VARIANT = compile("|".join(escape(each) for each in sorted(_TURNS, key=len, reverse=True)))
_PHRASE = compile("|".join(escape(each) for each in sorted(PHRASES, key=len, reverse=True)))


def canonical(text: str) -> str:
    """A text with every turn of phrase as the tasks write it."""
    return _VARIANT.sub(lambda found: _TURNS[found[0]], text)


def plain(steps: Sequence[Step]) -> str:
    """The steps as they are, but for the answer, a blank line between them."""
    return "\n\n".join(step.text for step in steps if step.part != "answer")


def reworded(steps: Sequence[Step], rng: Random) -> str:
    """The steps but for the answer, told by somebody; what they claim stands there in the same values."""
    told, part = [], ""
    for step in steps:
        if step.part == "answer":
            continue
        text = _PHRASE.sub(lambda found: _turned(found, rng), step.text)
        if step.part != part:
            part = step.part
            told.append(rng.choice(OPENINGS[part]))
        elif part == "search":
            if rng.random() < REMARKED:
                told.append(rng.choice(REMARKS))
            if rng.random() < CONNECTED:
                text = _joined(rng.choice(CONNECTIVES), text)
        told.append(text)
    return "\n\n".join(told)


def completion(thinking: str, answer: str) -> str:
    r"""What a model is to write: its thinking, and the answer in a box."""
    return f"<think>\n{thinking}\n</think>\n\nFinal answer: \\boxed{{{answer}}}"


def _turned(found: Match[str], rng: Random) -> str:
    return rng.choice(PHRASES[found[0]]) if rng.random() < TURNED else found[0]


def _joined(connective: str, text: str) -> str:
    """A step after a connective, its first word in lower case unless it is a name."""
    first = text.split(maxsplit=1)[0]
    begins = first.isalpha() and len(first) > 1 and first[1:].islower()
    return f"{connective}{text[0].lower()}{text[1:]}" if begins else f"{connective}{text}"
