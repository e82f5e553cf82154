"""One generated completion whose verdict is known before a reward sees it."""

from dataclasses import dataclass
from typing import Literal

from asterism.core.task import Task

Group = Literal["asked", "form", "writing", "value", "meaning", "several", "inside", "nothing"]
"""What a probe is about.

Right ones: the stored answer in the form that the prompt asks for (``asked``) or in another usual form (``form``), and
the same value in another writing (``writing``). Wrong ones: another value (``value``); words or signs beside the right
one that change it (``meaning``); more than one answer (``several``); the right answer inside something else
(``inside``); no answer at all (``nothing``).
"""

RIGHT: tuple[Group, ...] = ("asked", "form", "writing")
WRONG: tuple[Group, ...] = ("value", "meaning", "several", "inside", "nothing")


@dataclass(frozen=True, slots=True)
class Probe:
    """A completion of a task; ``name`` is its class within its group, such as ``boxed`` or ``changed sign``.

    ``control`` is what a right one is held against: the same form with a plainly wrong answer.
    """

    task: Task
    text: str
    group: Group
    name: str
    control: str = ""

    @property
    def right(self) -> bool:
        """Whether the completion gives the stored answer."""
        return self.group in RIGHT
