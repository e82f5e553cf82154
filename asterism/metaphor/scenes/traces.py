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
    """What is seen beside what is said: *Compare: red key opportunity, said love: other.*

    The thing that both speak of stands first, as it stands in the description, so that it can be looked up there; and
    seen and said words are always equally far apart, so that sameness is easy to learn.
    """
    seen = f"{statement.about} {statement.seen}".lstrip()
    return f"Compare: {seen}, said {statement.said}: {'same' if statement.truth else 'other'}."


def judge(scene: Scene, statement: Statement) -> str:
    """The whole trace for a true-or-false question, in the tagged format."""
    thought = f"{describe(scene)} {imply(scene)} {compare(statement)}"
    return f"<think>{thought}</think><answer>{'T' if statement.truth else 'F'}</answer>"


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
