"""What a metaphor scene is made of, before anything is drawn or said."""

from dataclasses import dataclass, replace

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black")
BACKGROUNDS = ("white", "cream", "mint", "rose", "sky", "lilac")


@dataclass(frozen=True, slots=True)
class Relation:
    """A directed relation that can be drawn, said, and understood.

    ``active``/``passive`` say what is seen from either side (*traps* / *is trapped by*); ``meaning`` and ``undergoes``
    say what it implies (*imprisons* / *is imprisoned by*); ``doer`` and ``done`` point at one side (*the one that
    traps*).
    """

    name: str
    passive: str
    meaning: str
    undergoes: str
    doer: str
    done: str

    @property
    def active(self) -> str:
        """What is seen, subject first."""
        return self.name


RELATIONS = {
    relation.name: relation
    for relation in (
        Relation("traps", "is trapped by", "imprisons", "is imprisoned by", "that traps", "that is trapped"),
        Relation(
            "outweighs", "is outweighed by", "surpasses", "is surpassed by", "that weighs more", "that weighs less"
        ),
        Relation("rules", "is ruled by", "governs", "is governed by", "that rules", "that is ruled"),
        Relation("grows from", "feeds", "springs from", "gives birth to", "that grows", "that feeds it"),
        Relation("hides", "is hidden by", "conceals", "is concealed by", "that hides", "that is hidden"),
        Relation("breaks", "is broken by", "destroys", "is destroyed by", "that breaks", "that is broken"),
        Relation("chases", "is chased by", "pursues", "is pursued by", "that chases", "that is chased"),
        Relation("bridges to", "is reached from", "leads to", "is born of", "at the start", "at the end"),
        Relation("shields", "is shielded by", "protects", "is protected by", "that shields", "that is shielded"),
        Relation("lifts", "is lifted by", "elevates", "is elevated by", "that lifts", "that is lifted"),
    )
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A symbol in a colour: ``Figure("key", "red")``."""

    symbol: str
    colour: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A subject in a relation to an object, over a background, perhaps with a bystander.

    ``relation`` is directed: in ``Scene(heart, "traps", key)`` the key sits in the cage. ``mirrored`` swaps left and
    right in the drawing and never changes the meaning. ``jitter`` seeds the small offsets of the drawing.
    """

    subject: Figure
    relation: str
    object: Figure
    background: str
    bystander: Figure | None = None
    mirrored: bool = False
    jitter: int = 0

    @property
    def triple(self) -> tuple[str, str, str]:
        """Subject symbol, relation, object symbol."""
        return self.subject.symbol, self.relation, self.object.symbol

    def twin(self) -> "Scene":
        """The scene with the two roles swapped and all else alike."""
        return replace(self, subject=self.object, object=self.subject)
