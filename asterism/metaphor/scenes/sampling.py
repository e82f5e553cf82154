"""Drawing scenes at random, with triples held apart for measuring."""

import random
from functools import cache
from typing import Literal

from asterism.core.seeds import derive_seed, rng_for
from asterism.metaphor.scenes.scene import BACKGROUNDS, COLOURS, RELATIONS, Figure, Scene
from asterism.metaphor.scenes.symbols import SYMBOLS

Split = Literal["train", "held_out", "all"]

HELD_OUT_SHARE = 10
"""One triple in this many is held out."""

Triple = tuple[str, str, str]


@cache
def held_out(triple: Triple) -> bool:
    """Whether a triple is kept from every training, the warm start of the tiny model included.

    A triple and its role-swapped twin always fall on the same side.
    """
    first, second = sorted((triple[0], triple[2]))
    return derive_seed("held out triple", first, triple[1], second) % HELD_OUT_SHARE == 0


def side_of(triple: Triple) -> Split:
    """The split that a triple belongs to: ``train`` or ``held_out``."""
    return "held_out" if held_out(triple) else "train"


def admits(split: Split, triple: Triple) -> bool:
    """Whether a triple may appear in a split; its two symbols must differ."""
    return triple[0] != triple[2] and (split == "all" or held_out(triple) == (split == "held_out"))


def sample_scene(seed: int, split: Split, index: int) -> Scene:
    """The scene that ``(seed, split, index)`` names."""
    rng = rng_for("scene", seed, split, index)
    subject, relation, object_ = sample_triple(rng, split)
    names = [name for name in SYMBOLS if name not in (subject, object_)]
    bystander = Figure(rng.choice(names), rng.choice(COLOURS)) if rng.random() < 0.7 else None
    return Scene(
        subject=Figure(subject, rng.choice(COLOURS)),
        relation=relation,
        object=Figure(object_, rng.choice(COLOURS)),
        background=rng.choice(BACKGROUNDS),
        bystander=bystander,
        mirrored=rng.random() < 0.5,
        jitter=rng.getrandbits(31),
    )


def sample_triple(rng: random.Random, split: Split) -> Triple:
    """A triple of a split, uniformly."""
    symbols, relations = list(SYMBOLS), list(RELATIONS)
    while True:
        triple = rng.choice(symbols), rng.choice(relations), rng.choice(symbols)
        if admits(split, triple):
            return triple
