"""The other two questions about a scene: six options, and an open one."""

from dataclasses import dataclass

from asterism.core.seeds import rng_for
from asterism.metaphor.scenes.sampling import Split, admits
from asterism.metaphor.scenes.scene import RELATIONS, Scene
from asterism.metaphor.scenes.statements import meaning
from asterism.metaphor.scenes.traces import describe, imply

OPTIONS_QUESTION = "What does the picture imply?"
OPEN_QUESTION = "What is the implication of this picture?"


@dataclass(frozen=True, slots=True)
class OptionsQuestion:
    """Six implications of which one is right; ``answer`` is its letter."""

    options: tuple[str, ...]
    answer: str


def options_question(scene: Scene, split: Split, *path: str | int) -> OptionsQuestion:
    """Both role orders of three relations: a grid without a centre, so the options alone give nothing away.

    Wrong options stay in the split while it knows enough relations of these two symbols (``held_out`` often does not).
    """
    rng = rng_for("options", *path)
    subject, name, object_ = scene.triple
    others = [other for other in RELATIONS if other != name]
    rng.shuffle(others)
    others.sort(key=lambda other: not admits(split, (subject, other, object_)))
    triples = [
        triple for verb in (name, *others[:2]) for triple in ((subject, verb, object_), (object_, verb, subject))
    ]
    rng.shuffle(triples)
    options = tuple(f"{' '.join(meaning(triple))}.".capitalize() for triple in triples)
    return OptionsQuestion(options, "ABCDEF"[triples.index(scene.triple)])


def options_trace(scene: Scene, question: OptionsQuestion) -> str:
    """Describe, imply, name the option."""
    thought = f"{describe(scene)} {imply(scene)} Option {question.answer} says so."
    return f"<think>{thought}</think><answer>{question.answer}</answer>"


def open_answer(scene: Scene) -> str:
    """The reference answer: *Opportunity imprisons love.*"""
    return f"{' '.join(meaning(scene.triple))}.".capitalize()


def open_trace(scene: Scene) -> str:
    """Describe, then say what it implies."""
    return f"<think>{describe(scene)}</think><answer>{' '.join(meaning(scene.triple))}.</answer>"
