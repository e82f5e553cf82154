"""Made-up tasks with stored answers of every kind, the same each time."""

from collections.abc import Callable, Mapping
from random import Random

from asterism.answers.options import lettered
from asterism.core.seeds import rng_for
from asterism.core.task import Kind, Task

WORDS = (
    "red", "green", "violet", "umbrella", "lighthouse", "traffic light", "bicycle", "loneliness", "the passing of time",
    "hope", "a broken mirror", "greed", "silence", "bridge", "windmill", "Mount Fuji", "Paris", "Saturn", "oak tree",
    "hourglass", "chess board", "mother and child", "lion", "north", "winter", "freedom", "piano", "compass", "harvest",
    "rainbow", "ladder", "old age", "sailing boat", "photosynthesis", "copper", "Einstein", "glass", "wolf", "guitar",
)  # fmt: skip
UNITS = ("cm", "m", "km", "kg", "g", "h", "min", "cm^2", "m^2", "km/h", "s")


def tasks_of(kind: str, count: int, seed: int = 0) -> list[Task]:
    """So many tasks of a kind of :data:`KINDS`."""
    record_kind, gold_of = KINDS[kind]
    made = []
    for number in range(count):
        rng = rng_for(seed, "grading benchmark", kind, number)
        answer, options = gold_of(rng)
        made.append(
            Task(f"{kind}-{number}", (), f"Question {kind} {number}: what is shown?", answer, record_kind, options)
        )
    return made


def prompt_of(task: Task) -> str:
    """The question with its options, and the form of the answer."""
    return f"{task.question}{lettered(task.options)}\nThink, then put the answer between <answer> and </answer>."


Drawn = tuple[str, tuple[str, ...]]


def _truth(rng: Random) -> Drawn:
    return rng.choice(("T", "F", "True", "False", "yes", "no")), ()


def _choice(rng: Random) -> Drawn:
    count = rng.randrange(3, 7)
    return "ABCDEF"[rng.randrange(count)], tuple(rng.sample(WORDS, count))


def _number(rng: Random) -> Drawn:
    match rng.randrange(6):
        case 0:
            return str(rng.randrange(1, 100)), ()
        case 1:
            return str(rng.randrange(100, 100_000)), ()
        case 2:
            return str(-rng.randrange(1, 500)), ()
        case 3:
            return f"{rng.randrange(0, 60)}.{rng.randrange(1, 100)}", ()
        case 4:
            below = rng.randrange(2, 20)
            return f"{rng.randrange(1, 3 * below)}/{below}", ()
        case _:
            below = rng.randrange(2, 12)
            return f"\\frac{{{rng.randrange(1, below)}}}{{{below}}}", ()


def _percentage(rng: Random) -> Drawn:
    return (f"{rng.randrange(1, 100)}%" if rng.random() < 0.7 else f"{rng.randrange(1, 100)}.5%"), ()


def _quantity(rng: Random) -> Drawn:
    amount = str(rng.randrange(2, 200)) if rng.random() < 0.7 else f"{rng.randrange(1, 90)}.{rng.randrange(1, 10)}"
    return f"{amount} {rng.choice(UNITS)}", ()


def _mathematics(rng: Random) -> Drawn:
    a, b, c = (rng.randrange(2, 30) for _ in range(3))
    forms = (
        f"{a}:{a + b}",
        f"\\{{{a}, {a + b}, {a + b + c}\\}}",
        f"({a}, {-b})",
        f"[{a}, {a + b})",
        f"({-a}, {b}]",
        f"x^2-{a}",
        f"{a}x+{b}",
        f"x={a}",
        f"y={a}x-{b}",
        f"\\sqrt{{{a * a + 1}}}",
        f"{a}\\sqrt{{{2 * b + 1}}}",
        f"{a}\\pi",
        f"\\frac{{\\pi}}{{{a}}}",
        f"{a}+{b}i",
    )
    return rng.choice(forms), ()


def _words(rng: Random) -> Drawn:
    return rng.choice(WORDS), ()


KINDS: Mapping[str, tuple[Kind, Callable[[Random], Drawn]]] = {
    "true/false": ("tfq", _truth),
    "choice": ("mcq", _choice),
    "numbers": ("short", _number),
    "percentages": ("short", _percentage),
    "quantities": ("short", _quantity),
    "mathematics": ("short", _mathematics),
    "words": ("short", _words),
}
"""How a record of each kind is read, and how its stored answer is drawn."""
LABELS = ("true/false", "choice")
MATHS = ("numbers", "percentages", "quantities", "mathematics")
