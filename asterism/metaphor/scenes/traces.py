"""Expert traces: describe, imply, compare, answer."""

from asterism.metaphor.scenes.scene import Scene
from asterism.metaphor.scenes.statements import Statement, meaning


def describe(scene: Scene) -> str:
    """What is seen: *I see a red key that traps a blue heart, mint background, small star.*"""
    subject, object_ = scene.subject, scene.object
    seen = f"I see {_a(subject.colour)} {subject.symbol} that {scene.relation} {_a(object_.colour)} {object_.symbol}"
    corner = f", small {scene.bystander.symbol}" if scene.bystander else ""
    return f"{seen}, {scene.background} background{corner}."


def imply(scene: Scene) -> str:
    """What it means: *So opportunity imprisons love.*"""
    return f"So {' '.join(meaning(scene.triple))}."


def compare(statement: Statement) -> str:
    """What is claimed beside what is seen: *Said love, seen hope; said ...*"""
    return "; ".join(f"said {pair.said}, seen {pair.seen}" for pair in statement.comparisons) + "."


def judge(scene: Scene, statement: Statement) -> str:
    """The whole trace for a true-or-false question, in the tagged format."""
    thought = f"{describe(scene)} {imply(scene)} Compare: {compare(statement)}"
    return f"<think>{thought}</think><answer>{'T' if statement.truth else 'F'}</answer>"


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
