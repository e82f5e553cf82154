"""A small task of the tests' own: a walk along a line of cells. Its levels have few distinct instances."""

from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
from pydantic import JsonValue

from asterism.helix import catalogue
from asterism.helix.canvas import Canvas
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict
from asterism.helix.wording import Wording

WAYS = {"left": -1, "right": 1}


@dataclass(frozen=True, slots=True)
class Line:
    """So many cells, where one stands, and where one wants to be."""

    length: int
    at: int
    goal: int


class WalkPuzzle(Puzzle[Line]):
    name = "walk"
    title = Wording("Walk", "行走")
    category = "games"
    form = "moves"
    move_form = Wording("left or right", "left（左）或 right（右）")
    unique = False
    state_type = Line
    levels: ClassVar = {1: 3, 2: 4, 3: 5, 4: 6, 5: 7}
    reference: ClassVar = {1: 9}

    def generate(self, parameters: int, rng: Random) -> Line:
        at, goal = rng.sample(range(parameters), 2)
        return Line(parameters, at, goal)

    def solve(self, state: Line) -> str:
        return " ".join(["right" if state.goal > state.at else "left"] * abs(state.goal - state.at))

    def verify_answer(self, state: Line, answer: str) -> Verdict:
        position: Line | None = state
        for word in answer.lower().split():
            if word not in WAYS:
                return Verdict("form", f"{word} is no move")
            position = self.after(position, word) if position else None
        return RIGHT if position and self.won(position) else Verdict("rule", "the goal is not reached")

    def start(self, state: Line) -> Line:
        return state

    def moves(self, position: Line) -> list[str]:
        return [way for way in WAYS if self.after(position, way)]

    def after(self, position: Line, move: Any) -> Line | None:
        at = position.at + WAYS[move]
        return replace(position, at=at) if 0 <= at < position.length else None

    def won(self, position: Line) -> bool:
        return position.at == position.goal

    def draw(self, state: Line) -> Canvas:
        board = GridDrawing.of(state.length, state.length)
        board.lines()
        board.write((0, state.at), "S")
        board.write((0, state.goal), "E")
        return board.canvas

    def text(self, state: Line) -> str:
        return "".join("S" if cell == state.at else "E" if cell == state.goal else "." for cell in range(state.length))

    def rules(self, state: Line) -> Wording:
        return Wording("Walk from S to E: left, right.", "从 S 走到 E：left, right。")

    def reasoning(self, state: Line) -> list[Step]:
        return [Step("answer", self.solve(state))]

    def holds(self, state: Line, claim: JsonValue) -> bool:
        return claim is None

    def effort(self, state: Line) -> float:
        return float(abs(state.goal - state.at))

    def guess(self, state: Line, rng: Random) -> str:
        return rng.choice(tuple(WAYS))


WALK = WalkPuzzle()


@pytest.fixture
def walk(monkeypatch: pytest.MonkeyPatch) -> WalkPuzzle:
    """The task; for one test the catalogue holds it and sudoku."""
    few = MappingProxyType({"sudoku": catalogue.catalogue()["sudoku"], WALK.name: WALK})
    monkeypatch.setattr(catalogue, "catalogue", lambda: few)
    return WALK


@pytest.fixture
def one_more(monkeypatch: pytest.MonkeyPatch) -> WalkPuzzle:
    """The task, registered beside all others for one test."""
    monkeypatch.setattr(catalogue, "_REGISTERED", {})
    catalogue.register(WALK)
    return WALK
