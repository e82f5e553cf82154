"""Shingoki, from its rule text: a loop, straight at white circles, turning at black ones, with arms as they say."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.shingoki import Circle, Shingoki
from tests.helix.cpsat import Cell, Model, answering, beside

Segment = tuple[Cell, Cell]
"""Two neighbouring points, the left or upper one first."""


def model(state: Shingoki) -> Model[Segment]:
    """Segments of the loop."""
    constraints = CpModel()
    points = list(product(range(state.side), repeat=2))
    ways = {(a, b): constraints.new_bool_var(f"{a}{b}") for a in points for b in beside(a) if b in points}
    missed = {point: constraints.new_bool_var(f"{point}") for point in points}
    number = {point: place for place, point in enumerate(points)}
    arcs = [(number[a], number[b], way) for (a, b), way in ways.items()]
    constraints.add_circuit(arcs + [(number[point], number[point], out) for point, out in missed.items()])
    loop = {(a, b): constraints.new_bool_var(f"{a}-{b}") for a, b in ways if a < b}
    for (a, b), segment in loop.items():
        constraints.add(ways[a, b] + ways[b, a] == segment)
    constraints.add_bool_or(loop.values())
    for circle in state.circles:
        constraints.add(missed[circle.row, circle.column] == 0)
        _circle(constraints, loop, circle)
    return Model(constraints, loop, _written)


def _circle(constraints: CpModel, loop: Mapping[Segment, Any], circle: Circle) -> None:
    """The loop goes on straight or turns here, and its arms together are as long as the number says."""
    arms = [_arm(constraints, loop, (circle.row, circle.column), step) for step in ((-1, 0), (1, 0), (0, -1), (0, 1))]
    up, down, left, right = (arm[0] if arm else 0 for arm in arms)
    for one, other in ((up, down), (left, right)):
        constraints.add(one == other if circle.colour == "W" else one + other == 1)
    if circle.number:
        constraints.add(sum(part for arm in arms for part in arm) == circle.number)


def _arm(constraints: CpModel, loop: Mapping[Segment, Any], point: Cell, step: Cell) -> list[Any]:
    """For each segment from a point straight on to the edge, whether the loop leads from the point over it."""
    arm: list[Any] = []
    after = (point[0] + step[0], point[1] + step[1])
    while (segment := (min(point, after), max(point, after))) in loop:
        if arm:
            reached = constraints.new_bool_var("")
            constraints.add_implication(reached, arm[-1])
            constraints.add_implication(reached, loop[segment])
            constraints.add_bool_or(~arm[-1], ~loop[segment], reached)
            arm.append(reached)
        else:
            arm.append(loop[segment])
        point, after = after, (after[0] + step[0], after[1] + step[1])
    return arm


def _written(found: Mapping[Segment, int]) -> str:
    return ", ".join(f"({a},{b})-({c},{d})" for ((a, b), (c, d)), here in found.items() if here)


answers = answering(model)
