"""What tasks have in common whose solution is a set of shaded cells."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, TypeVar

from pydantic import JsonValue

from asterism.helix.cell_sets import grid_of
from asterism.helix.grid_drawing import Cell
from asterism.helix.puzzle import Puzzle, Step
from asterism.helix.shading_reasoning import Words, effort, steps, upheld
from asterism.helix.shading_solver import Shading

State = TypeVar("State")


class ShadedPuzzle(Puzzle[State]):
    """A puzzle with one solution, which its :class:`~asterism.helix.shading.Shading` finds and explains."""

    category = "puzzles"
    unique = True
    words: ClassVar[Words] = Words("shaded", "unshaded")
    gist: ClassVar[str]
    """The rules in a sentence, as the reasoning begins."""
    seen: ClassVar[str] = ""
    """What stands before the instance where the reasoning reads it."""
    checked: ClassVar[str]
    """What the reasoning says when all cells are told."""

    @abstractmethod
    def shading(self, state: State) -> Shading:
        """The rules of an instance."""

    @abstractmethod
    def answered(self, state: State, cells: Sequence[Cell]) -> str:
        """Shaded cells in the asked form."""

    def solve(self, state: State) -> str | None:
        found = self.shading(state).solution()
        return None if found is None else self.answered(state, found)

    def count(self, state: State) -> int:
        return self.shading(state).count()

    def reasoning(self, state: State) -> list[Step]:
        shading = self.shading(state)
        cells = shading.solution() or []
        solved: JsonValue = {"solved": list(grid_of(cells, shading.field.rows, shading.field.columns))}
        return [
            Step("rules", self.gist),
            Step("reading", f"{self.seen}{self.text(state)}", {"state": self.dump(state)}),
            *steps(shading, self.words),
            Step("check", self.checked, solved),
            Step("answer", self.answered(state, cells), solved),
        ]

    def holds(self, state: State, claim: JsonValue) -> bool:
        return claim in (None, {"state": self.dump(state)}) or upheld(self.shading(state), claim)

    def effort(self, state: State) -> float:
        return effort(self.shading(state))
