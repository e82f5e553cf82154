"""True and false statements about a scene, at three levels.

The false ones are made so that their words alone give nothing away: labels are dealt before wording, both labels use
the same sentence forms, and whatever is swapped in (a role, a relation, a symbol, a colour) is drawn from the same
distribution as what is true. False triples stay in the split of the true one, or else a reader that knows the training
triples could tell.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from asterism.core.seeds import rng_for
from asterism.metaphor.scenes.sampling import Split, Triple, admits
from asterism.metaphor.scenes.scene import BACKGROUNDS, COLOURS, RELATIONS, Figure, Relation, Scene
from asterism.metaphor.scenes.symbols import SYMBOLS

Level = Literal["literal", "symbolic", "implication"]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that is true or false of a scene: true exactly when what it says is what is seen.

    ``about`` is the thing in the image that both speak of, in one word of its description (*key*, *red*,
    *background*); empty where it is the scene as a whole. ``form`` names the kind of sentence, ``falsified`` what was
    swapped to make it false.
    """

    text: str
    level: Level
    form: str
    about: str
    said: str
    seen: str
    falsified: str = ""

    @property
    def truth(self) -> bool:
        """Whether the statement is true of its scene."""
        return self.said == self.seen


Form = Callable[[Scene, bool, Split, random.Random], Statement]


def statements_for(scene: Scene, split: Split, *path: str | int, count: int = 8) -> list[Statement]:
    """``count`` statements about a scene (6 to 10), half of them true, all different, at all three levels.

    ``path`` names the random choices (see :func:`asterism.core.seeds.derive_seed`).
    """
    rng = rng_for("statements", *path)
    left = _true_sentences(scene)
    forms = _deal_forms(left, count, rng)
    truths = _deal_truths(left, forms, rng)
    chosen: dict[str, Statement] = {}
    for form, truth in zip(forms, truths, strict=True):
        statement = form(scene, truth, split, rng)
        while statement.text in chosen:
            statement = form(scene, truth, split, rng)
        chosen[statement.text] = statement
    return list(chosen.values())


def role_probe(scene: Scene, seen: Scene) -> Statement:
    """The implication of one scene, in the active voice, held against another: true of itself, false of its twin."""
    falsified = "" if seen.triple == scene.triple else "roles"
    return _implication(seen, scene.triple, passive=False, falsified=falsified)


def _true_sentences(scene: Scene) -> dict[Form, int]:
    """The forms that a scene allows, and how many different true sentences each has."""
    most: dict[Form, int] = {colour: 2, relation: 2, background: 1, role: 2, implication: 2}
    if scene.bystander:
        most[bystander] = 1
    if scene.subject.colour != scene.object.colour:
        most[coloured] = 2
    return most


def _deal_forms(most: dict[Form, int], count: int, rng: random.Random) -> list[Form]:
    """A level for each statement in turn, so that every level has its share.

    No form is dealt more often than it has true sentences (but in a scene too poor for ``count``): if true statements
    had to give way to other forms more often than false ones, the form would tell.
    """
    levels = ((colour, relation, relation, background, bystander), (role, coloured), (implication,))
    dealt: Counter[Form] = Counter()
    for index in range(count):
        open_ = [form for form in most if dealt[form] < most[form]] or [relation]
        form = rng.choice([form for form in levels[index % 3] if form in open_] or open_)
        dealt[form] += 1
    forms = list(dealt.elements())
    rng.shuffle(forms)
    return forms


def _deal_truths(most: dict[Form, int], forms: list[Form], rng: random.Random) -> list[bool]:
    """Half true, in any order in which no form is true more often than it can be."""
    truths = [index % 2 == 0 for index in range(len(forms))]
    while True:
        rng.shuffle(truths)
        true = Counter(form for form, truth in zip(forms, truths, strict=True) if truth)
        if all(true[form] <= most[form] for form in true):
            return truths


def colour(scene: Scene, truth: bool, split: Split, rng: random.Random) -> Statement:
    """*The key is red.*"""
    figure, other = _either(scene, rng)
    said = figure.colour if truth else _another(COLOURS, figure.colour, rng, prefer=other.colour)
    text = f"The {figure.symbol} is {said}."
    return Statement(text, "literal", "colour", figure.symbol, said, figure.colour, "" if truth else "colour")


def background(scene: Scene, truth: bool, split: Split, rng: random.Random) -> Statement:
    """*The background is mint.*"""
    said = scene.background if truth else _another(BACKGROUNDS, scene.background, rng)
    text, falsified = f"The background is {said}.", "" if truth else "background"
    return Statement(text, "literal", "background", "background", said, scene.background, falsified)


def bystander(scene: Scene, truth: bool, split: Split, rng: random.Random) -> Statement:
    """*A small star is in the corner.*"""
    assert scene.bystander is not None
    seen = scene.bystander.symbol
    said = seen if truth else _another(tuple(SYMBOLS), seen, rng, prefer=_either(scene, rng)[0].symbol)
    text, falsified = f"A small {said} is in the corner.", "" if truth else "symbol"
    return Statement(text, "literal", "bystander", "small", said, seen, falsified)


def relation(scene: Scene, truth: bool, split: Split, rng: random.Random) -> Statement:
    """*The key traps the heart.* or *The heart is trapped by the key.*"""
    triple, falsified = (scene.triple, "") if truth else _falsify(scene.triple, split, rng)
    subject, name, object_ = triple
    verb = RELATIONS[name]
    text = (
        f"The {object_} {verb.passive} the {subject}."
        if rng.random() < 0.5
        else f"The {subject} {verb.active} the {object_}."
    )
    return Statement(text, "literal", "relation", "", _in_short(triple), _in_short(scene.triple), falsified)


def role(scene: Scene, truth: bool, split: Split, rng: random.Random) -> Statement:
    """*The one that is trapped stands for love.*"""
    verb = RELATIONS[scene.relation]
    pointers = [(verb.doer, scene.subject, scene.object), (verb.done, scene.object, scene.subject)]
    pointer, figure, other = rng.choice(pointers)
    return _stands_for(f"The one {pointer}", "role", figure.symbol, figure, other, truth, rng)


def coloured(scene: Scene, truth: bool, split: Split, rng: random.Random) -> Statement:
    """*The red one stands for love.* Only where the two colours differ."""
    figure, other = _either(scene, rng)
    return _stands_for(f"The {figure.colour} one", "coloured", figure.colour, figure, other, truth, rng)


def implication(scene: Scene, truth: bool, split: Split, rng: random.Random) -> Statement:
    """*Here love imprisons hope.* or *Here hope is imprisoned by love.*"""
    triple, falsified = (scene.triple, "") if truth else _falsify(scene.triple, split, rng)
    return _implication(scene, triple, passive=rng.random() < 0.5, falsified=falsified)


def meaning(triple: Triple) -> tuple[str, str, str]:
    """Concept, meaning, concept: what a triple implies."""
    return SYMBOLS[triple[0]].concept, RELATIONS[triple[1]].meaning, SYMBOLS[triple[2]].concept


def _implication(scene: Scene, triple: Triple, *, passive: bool, falsified: str) -> Statement:
    said, seen = meaning(triple), meaning(scene.triple)
    verb: Relation = RELATIONS[triple[1]]
    text = f"Here {said[2]} {verb.undergoes} {said[0]}." if passive else f"Here {said[0]} {verb.meaning} {said[2]}."
    return Statement(text, "implication", "implication", "", _in_short(said), _in_short(seen), falsified)


def _in_short(triple: Triple) -> str:
    """Three words: *tree grows heart* for *tree grows from heart*."""
    return " ".join(part.split()[0] for part in triple)


def _stands_for(
    start: str, form: str, about: str, figure: Figure, other: Figure, truth: bool, rng: random.Random
) -> Statement:
    seen = SYMBOLS[figure.symbol].concept
    concepts = tuple(symbol.concept for symbol in SYMBOLS.values())
    said = seen if truth else _another(concepts, seen, rng, prefer=SYMBOLS[other.symbol].concept)
    text, falsified = f"{start} stands for {said}.", "" if truth else "concept"
    return Statement(text, "symbolic", form, about, said, seen, falsified)


def _falsify(triple: Triple, split: Split, rng: random.Random) -> tuple[Triple, str]:
    """A false neighbour of a triple, in the same split, and what was swapped."""
    subject, name, object_ = triple
    swapped = rng.choices(("roles", "relation", "symbol"), weights=(4, 3, 3))[0]
    if swapped == "roles":
        return (object_, name, subject), swapped
    relations = [other for other in RELATIONS if other != name and admits(split, (subject, other, object_))]
    if swapped == "relation" and relations:  # a small split may know no other relation of these two
        return (subject, rng.choice(relations), object_), swapped
    while True:
        stranger = rng.choice(list(SYMBOLS))
        candidate = (stranger, name, object_) if rng.random() < 0.5 else (subject, name, stranger)
        if candidate != triple and admits(split, candidate):
            return candidate, "symbol"


def _either(scene: Scene, rng: random.Random) -> tuple[Figure, Figure]:
    pair = (scene.subject, scene.object)
    return pair if rng.random() < 0.5 else (pair[1], pair[0])


def _another(values: tuple[str, ...], not_this: str, rng: random.Random, prefer: str | None = None) -> str:
    """Another value; half the time the preferred one (a value that is in the image, elsewhere) where it differs."""
    if prefer is not None and prefer != not_this and rng.random() < 0.5:
        return prefer
    return rng.choice([value for value in values if value != not_this])
