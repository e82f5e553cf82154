"""Charts as text."""

import json
import re
from html import unescape
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.show.plots import HEIGHT, WIDTH, line_chart, nice_ticks, short_number

numbers = st.floats(-1e6, 1e6, allow_nan=False)


def _drawn(svg: str) -> list[tuple[float, float]]:
    paths = [node.get("d", "") for node in ElementTree.fromstring(svg).iter("path")]
    pairs = [pair.split(" ") for path in paths for pair in path.removeprefix("M").split("L")]
    return [(float(x), float(y)) for x, y in pairs]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(st.none(), numbers), min_size=1, max_size=60))
def test_every_curve_is_well_formed_and_stays_inside_its_frame(values: list[float | None]) -> None:
    svg = line_chart(range(1, len(values) + 1), values, label="a < b & c")
    if all(value is None for value in values):
        assert svg == ""
        return
    assert ElementTree.fromstring(svg).get("aria-label") == "a < b & c"
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in _drawn(svg) or [(0, 0)])


def test_points_carry_their_values_for_the_reading_under_the_pointer() -> None:
    svg = line_chart([10, 20], [0.25, 0.75], label="accuracy", percent=True)
    points = json.loads(unescape(re.findall('data-points="([^"]*)"', svg)[0]))
    assert [(point[0], point[1], point[4]) for point in points] == [(10, 0.25, "25.0 %"), (20, 0.75, "75.0 %")]
    assert points[0][3] > points[1][3]  # upwards on the screen is a smaller y


def test_long_curves_are_thinned_without_losing_their_level() -> None:
    svg = line_chart(range(5000), [float(step % 2) for step in range(5000)], label="x")
    points = json.loads(unescape(re.findall('data-points="([^"]*)"', svg)[0]))
    assert len(points) <= 400
    assert points[-1][0] == 4999
    assert sum(point[1] for point in points) / len(points) == pytest.approx(0.5, abs=0.02)


@settings(max_examples=80, deadline=None)
@given(numbers, st.floats(1e-6, 1e6), st.integers(2, 6))
def test_ticks_are_few_ordered_and_inside(low: float, span: float, goal: int) -> None:
    high = low + span
    ticks = nice_ticks(low, high, goal)
    assert list(ticks) == sorted(ticks)
    assert 1 <= len(ticks) <= 2 * goal + 1
    slack = span * 1e-3 + abs(low) * 1e-9
    assert all(low - slack <= tick <= high + slack for tick in ticks)


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.3149, "0.315"), (12.44, "12.4"), (1240.2, "1,240"), (1.2e-5, "1.2e-05")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert short_number(value) == text
