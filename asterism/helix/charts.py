"""Numbers in a row, drawn as a chart: what the tasks share that ask for one number about them."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from types import MappingProxyType
from typing import ClassVar, Literal, TypeVar

from pydantic import JsonValue

from asterism.helix.answer_readers import integer
from asterism.helix.canvas import BLACK, PALE, RGB, WHITE, Canvas, Point
from asterism.helix.glyphs import width_of
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 100

EM = 32
"""Pixels of every letter's em: the least that may be drawn where the long side is 1,024."""
LONGEST, SHORTEST = 1024, 480
"""Pixels of an image's long side, at most and at least."""
EDGE = 18
"""Pixels around all rows."""
GAP = 12
"""Pixels between two labels side by side, at least."""
TALLEST = 280
"""Pixels of the highest bar, at most."""
LABEL = 40
"""Pixels for a line of labels."""
BETWEEN = 24
"""Pixels between two rows."""
LABEL_GREY: RGB = (96, 96, 96)

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Series:
    """The values of a chart from left to right."""

    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """How many values there are, from and to; the largest, the least being 1; the answers, from and to, drawn evenly.

    Without ``answers`` every value is drawn by itself.
    """

    length: tuple[int, int]
    top: int
    answers: tuple[int, int] | None = None


PUBLISHED: Mapping[int, Level] = MappingProxyType(
    {
        1: Level((5, 10), 20),
        2: Level((10, 20), 40),
        3: Level((20, 30), 60),
        4: Level((30, 40), 80),
        5: Level((40, 70), 100),
    }
)
MEASURED: Mapping[int, Level] = MappingProxyType(
    {
        1: Level((6, 10), 60),
        2: Level((11, 20), 70),
        3: Level((21, 30), 80),
        4: Level((31, 40), 99),
        5: Level((41, 70), 99),
    }
)
"""Levels of tasks whose answer is an area.

Values start higher than the published ones, as of small areas a few are often right, and end at two digits, so that
labels stand side by side.
"""
COUNTED: Mapping[int, Level] = MappingProxyType(
    {
        1: Level((34, 38), 60, (2, 32)),
        2: Level((40, 46), 70, (2, 38)),
        3: Level((48, 54), 80, (2, 46)),
        4: Level((56, 62), 90, (2, 54)),
        5: Level((64, 70), 99, (2, 62)),
    }
)
"""Levels of tasks whose answer counts values.

On a short chart such a number is small, and always saying the same one would often be right. So no chart is short, and
the answer is drawn evenly from 31 numbers at least.
"""


@dataclass(frozen=True, slots=True)
class ChartStyle:
    """How a chart is drawn: bars that fill a ``share`` of their slots, points on a line, or the area below a line."""

    kind: Literal["bars", "line", "area"]
    colour: RGB
    share: float = 0.7


class ChartPuzzle(Puzzle[Series]):
    """A whole number asked about a chart. It is computed from the values, so exactly one answer is right."""

    category = "algorithms"
    form = "integer"
    unique = True
    state_type = Series
    reference = PUBLISHED
    look: ClassVar[ChartStyle]
    gist: ClassVar[str]
    """The rules in a sentence or two, as the reasoning begins."""

    @abstractmethod
    def answer(self, values: Sequence[int]) -> int:
        """The number asked for."""

    @abstractmethod
    def ceiling(self, values: Sequence[int]) -> int:
        """A number that the answer cannot exceed, seen at a glance."""

    @abstractmethod
    def worked(self, values: Sequence[int]) -> list[Step]:
        """The steps of the search and the check."""

    @abstractmethod
    def fits(self, values: Sequence[int], claim: dict[str, JsonValue]) -> bool:
        """Whether what one of these steps claims is so."""

    def composed(self, length: int, top: int, answer: int, rng: Random) -> list[int]:
        """``length`` values from 1 to ``top`` with this answer."""
        raise NotImplementedError(f"{self.name} draws its values one by one")

    def generate(self, parameters: Level, rng: Random) -> Series:
        for _ in range(TRIES):
            length = rng.randint(*parameters.length)
            if parameters.answers:
                values = self.composed(length, parameters.top, rng.randint(*parameters.answers), rng)
            else:
                values = [rng.randint(1, parameters.top) for _ in range(length)]
            if self.answer(values) > 0:
                return Series(tuple(values))
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Series) -> str:
        return str(self.answer(state.values))

    def count(self, state: Series) -> int:
        return 1

    def thinned(self, state: Series, rng: Random) -> Iterator[Series]:
        """One value less leaves a chart about which, again, one number is right."""
        for place in rng.sample(range(len(state.values)), len(state.values)):
            yield Series(state.values[:place] + state.values[place + 1 :])

    def verify_answer(self, state: Series, answer: str) -> Verdict:
        number = integer(answer)
        if number is None:
            return Verdict("form", "one whole number is wanted")
        return RIGHT if number == self.answer(state.values) else Verdict("claim", f"{number} is not the number")

    def draw(self, state: Series) -> Canvas:
        return chart(state.values, self.look)

    def text(self, state: Series) -> str:
        return listed(state.values)

    def reasoning(self, state: Series) -> list[Step]:
        answer = self.answer(state.values)
        return [
            Step("rules", self.gist),
            Step(
                "reading",
                f"The {len(state.values)} values from left to right: {listed(state.values)}.",
                {"values": list(state.values)},
            ),
            *self.worked(state.values),
            Step("answer", str(answer), {"answer": answer}),
        ]

    def holds(self, state: Series, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"values": list(values)}:
                return tuple(values) == state.values
            case {"answer": answer}:
                return answer == self.answer(state.values)
            case dict():
                return self.fits(state.values, claim)
        return False

    def effort(self, state: Series) -> float:
        """How many values there are: each has to be read and compared with others."""
        return float(len(state.values))

    def guess(self, state: Series, rng: Random) -> str:
        return str(rng.randint(0, self.ceiling(state.values)))


SHOWN = Wording(
    "Positions are counted from 1 on the left. In the image the black number above a {one} is its {value}, the grey "
    "number below it its position; a long chart goes on in the row beneath. As text, the {values} are listed from left "
    "to right.",
    "位置从左起由 1 开始计数。图中各{one}上方的黑色数字是其{value}，下方的灰色数字是其位置；"
    "较长的图表会在下一行继续。若以文字给出，则从左到右依次列出各{value}。",
)
"""How a chart is read; see :func:`shown`."""


def shown(one: Wording, value: Wording, values: str) -> Wording:
    """How a chart is read, where ``one`` is what it is made of, ``value`` its number and ``values`` the plural."""
    return Wording(
        SHOWN.en.format(one=one.en, value=value.en, values=values), SHOWN.zh.format(one=one.zh, value=value.zh)
    )


BARS = shown(Wording("bar", "柱子"), Wording("height", "高度"), "heights")


def listed(values: Sequence[int]) -> str:
    """Numbers with commas between them."""
    return ", ".join(map(str, values))


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Items in groups of ``size``, the last perhaps smaller."""
    return (items[start : start + size] for start in range(0, len(items), size))


def chart(values: Sequence[int], look: ChartStyle) -> Canvas:
    """A chart in as many rows as its labels need, each going on where the one above it ends.

    Values stand above bars, or in a line above an area or line, where nothing drawn crosses them.
    """
    least = max(width_of(str(number), EM) for number in (*values, len(values))) + GAP
    least += least % 2  # whole pixels in the middle of a slot
    rows = -(-len(values) // ((LONGEST - 2 * EDGE) // least))
    across = -(-len(values) // rows)
    slot = max(least, -(-(SHORTEST - 2 * EDGE) // across))
    slot += slot % 2
    pitch = min(TALLEST + 2 * LABEL + BETWEEN, (LONGEST - 2 * EDGE + BETWEEN) // rows)
    canvas = Canvas(2 * EDGE + across * slot, 2 * EDGE + rows * pitch - BETWEEN)
    tall = pitch - BETWEEN - 2 * LABEL
    for row in range(rows):
        floor = EDGE + row * pitch + LABEL + tall
        strip = ChartRow(canvas, values, row * across, min(len(values), (row + 1) * across), slot, floor, tall)
        strip.draw(look)
    return canvas


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One row of a chart: the values from ``first`` to before ``last``, ``tall`` pixels above ``floor``."""

    canvas: Canvas
    values: Sequence[int]
    first: int
    last: int
    slot: int
    floor: int
    tall: int

    def at(self, place: int, value: float) -> Point:
        """Where a value is, in the middle of its slot."""
        share = value / max(1, *self.values)
        return EDGE + (place - self.first) * self.slot + self.slot / 2, self.floor - round(self.tall * share)

    def draw(self, look: ChartStyle) -> None:
        """Bars, area or line, labels and the axis below."""
        if look.kind == "bars":
            self._bars(look)
        else:
            self._line(look)
        end = EDGE + (self.last - self.first) * self.slot
        self.canvas.line((EDGE, self.floor + 1), (end, self.floor + 1), BLACK, 3)
        for place in range(self.first, self.last):
            x, _ = self.at(place, 0)
            self.canvas.text((x, self.floor + LABEL / 2 + 2), str(place + 1), EM, LABEL_GREY)

    def _bars(self, look: ChartStyle) -> None:
        half = max(2, round(self.slot * look.share / 2))
        for place in range(self.first, self.last):
            x, y = self.at(place, self.values[place])
            self.canvas.rectangle((x - half, y, x + half, self.floor + 1), look.colour)
            self.canvas.text((x, y - LABEL / 2), str(self.values[place]), EM)

    def _line(self, look: ChartStyle) -> None:
        top = self.floor - self.tall - LABEL / 2 - 4
        for place in range(self.first, self.last):
            x, _ = self.at(place, 0)
            self.canvas.text((x, top), str(self.values[place]), EM)
            self.canvas.line((x, top + LABEL / 2 - 4), (x, self.floor), PALE, 2)
        points = self._points()
        for (x0, y0), (x1, y1) in pairwise(points):
            if look.kind == "area":
                self.canvas.polygon([(x0, y0), (x1, y1), (x1, self.floor + 2), (x0, self.floor + 2)], look.colour)
            else:
                self.canvas.line((x0, y0), (x1, y1), look.colour, 3)
        for place in range(self.first, self.last):
            self.canvas.disc(self.at(place, self.values[place]), 6, BLACK if look.kind == "area" else look.colour)
            self.canvas.disc(self.at(place, self.values[place]), 3, WHITE)

    def _points(self) -> list[Point]:
        """The corners of the line; where the chart goes on in another row, half the way to the next value."""
        points = [self.at(place, self.values[place]) for place in range(self.first, self.last)]
        if self.first > 0:
            x, y = self.at(self.first, (self.values[self.first - 1] + self.values[self.first]) / 2)
            points.insert(0, (x - self.slot // 2, y))
        if self.last < len(self.values):
            x, y = self.at(self.last - 1, (self.values[self.last - 1] + self.values[self.last]) / 2)
            points.append((x + self.slot // 2, y))
        return points
