"""A forest plot: one scale for all, intervals where they belong."""

import re
from xml.etree import ElementTree

from asterism.show.forest import WIDTH, ForestRow, forest_plot

ROWS = [
    ForestRow("more < less", 0.1, (0.05, 0.15), 0.0, "supported", "good"),
    ForestRow("a single seed", -0.2, None, 0.0, "undecided", "open"),
]


def test_estimates_intervals_and_marks_stand_on_one_scale() -> None:
    root = ElementTree.fromstring(forest_plot(ROWS, label="points", percent=True))
    first, second = (float(dot.attrib["cx"]) for dot in root.iter("circle"))
    marks = [float(line.attrib["x1"]) for line in root.iter("line") if line.attrib.get("class") == "than"]
    assert second < marks[0] == marks[1] < first
    assert abs((first - marks[0]) * 2 - (marks[0] - second)) < 0.3  # 0.1 above, 0.2 below
    groups = [group for group in root.iter("g") if "reach" in group.attrib["class"]]
    whisker = next(groups[0].iter("line"))
    low, high = float(whisker.attrib["x1"]), float(whisker.attrib["x2"])
    assert low < first < high and abs((first - low) - (high - first)) < 0.2
    assert not list(groups[1].iter("line"))  # no interval of a single seed


def test_texts_are_escaped_and_ticks_are_points_with_minus_signs() -> None:
    svg = forest_plot(ROWS, label="points", percent=True)
    assert "more &lt; less" in svg and "supported" in svg
    ticks = re.findall(r'text-anchor="middle">([^<]*)<', svg)
    assert "−20" in ticks and "10" in ticks and ticks[-1] == "points"


def test_the_labels_of_ticks_are_not_cut_at_the_sides() -> None:
    flat = [ForestRow("no spread", 0.0, None, 0.0, "undecided", "open")]
    for rows in (ROWS, flat):
        svg = forest_plot(rows, label="points", percent=True)
        labels = re.findall(r'<text x="([\d.]+)" y="\d+" text-anchor="middle">([^<]+)<', svg)
        for place, text in labels:
            assert 5 * len(text) <= float(place) <= WIDTH - 5 * len(text)
