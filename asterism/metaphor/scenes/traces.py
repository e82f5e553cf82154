"""Expert traces: describe, imply, compare, answer."""

from asterism.metaphor.scenes.scene import Scene
from asterism.metaphor.scenes.statements import Statement, meaning


def describe(scene: Scene) -> str:
    """What is seen: *I see key red that traps heart blue, background mint, small star.*

    What is asked for follows directly upon what it is asked of (*red* upon *key*): to look it up is then to find a word
    and say the next one, the first thing that attention learns.
    """
    subject, object_ = scene.subject, scene.object
    figures = f"{subject.symbol} {subject.colour} that {scene.relation} {object_.symbol} {object_.colour}"
    corner = f", small {scene.bystander.symbol}" if scene.bystander else ""
    return f"I see {figures}, background {scene.background}{corner}."


def imply(scene: Scene) -> str:
    """What it means, with the colours by which statements point: *So red opportunity imprisons blue love.*"""
    first, verb, second = meaning(scene.triple)
    return f"So {scene.subject.colour} {first} {verb} {scene.object.colour} {second}."


def compare(statement: Statement) -> str:
    """What is seen beside what is said, word by word: *Compare: red opportunity, said love: other.*

    The thing that both speak of stands first, so that it can be looked up in what was described and implied; and a word
    seen is as far from the word said as every other in the sentence, so that sameness is easy to learn. Several words
    are summed up at the end: *same other same, so other.*
    """
    seen = f"{statement.about} {statement.seen}".lstrip()
    pairs = zip(statement.seen.split(), statement.said.split(), strict=True)
    found = ["same" if a == b else "other" for a, b in pairs]
    summed = f", so {'same' if statement.truth else 'other'}" if len(found) > 1 else ""
    return f"Compare: {seen}, said {statement.said}: {' '.join(found)}{summed}."


def judge(scene: Scene, statement: Statement) -> str:
    """The whole trace for a true-or-false question, in the tagged format."""
    thought = f"{describe(scene)} {imply(scene)} {compare(statement)}"
    return f"<think>{thought}</think><answer>{'T' if statement.truth else 'F'}</answer>"
