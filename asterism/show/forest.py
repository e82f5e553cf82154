"""A forest plot as inline SVG: one line a claim, its estimate and interval over one scale for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from asterism.show.plots import nice_ticks

WIDTH = 720
_ROW, _TOP, _BOTTOM, _SIDE = 52, 10, 40, 20


@dataclass(frozen=True, slots=True)
class ForestRow:
    """A sentence, an estimate with its interval (None for a single seed), what it is compared with, and a word.

    ``kind`` is a class of the page's style sheet: ``good``, ``bad`` or ``open``.
    """

    text: str
    value: float
    interval: tuple[float, float] | None
    than: float
    word: str
    kind: str


def forest_plot(rows: Sequence[ForestRow], *, label: str, percent: bool = False) -> str:
    """The rows from top to bottom as SVG text; shares are shown in points of a per cent where ``percent``."""
    ends = [end for row in rows for end in (*(row.interval or ()), row.value, row.than)]
    low, high = min(ends), max(ends)
    spread = (high - low) or 1.0
    low, high = low - 0.06 * spread, high + 0.06 * spread

    def at(value: float) -> str:
        return f"{_SIDE + (value - low) / (high - low) * (WIDTH - 2 * _SIDE):.1f}"

    base = _TOP + _ROW * len(rows)
    parts = []
    for tick in nice_ticks(low, high, 7):
        parts.append(f'<line class="grid" x1="{at(tick)}" x2="{at(tick)}" y1="{_TOP}" y2="{base}"/>')
        parts.append(f'<text x="{at(tick)}" y="{base + 16}" text-anchor="middle">{_number(tick, percent)}</text>')
    for number, row in enumerate(rows):
        parts.append(_row(row, _TOP + _ROW * number, at))
    parts.append(f'<text x="{WIDTH / 2}" y="{base + 34}" text-anchor="middle">{escape(label)}</text>')
    return (
        f'<svg class="forest" viewBox="0 0 {WIDTH} {base + _BOTTOM}" role="img" '
        f'aria-label="{escape(label, quote=True)}">{"".join(parts)}</svg>'
    )


def _row(row: ForestRow, top: int, at: Callable[[float], str]) -> str:
    middle = top + 36
    interval = ""
    if row.interval is not None:
        start, end = map(at, row.interval)
        caps = "".join(f'<line x1="{x}" x2="{x}" y1="{middle - 5}" y2="{middle + 5}"/>' for x in (start, end))
        interval = f'<line x1="{start}" x2="{end}" y1="{middle}" y2="{middle}"/>{caps}'
    return (
        f'<text class="says" x="{_SIDE}" y="{top + 18}">{escape(row.text)}</text>'
        f'<text class="word {row.kind}" x="{WIDTH - _SIDE}" y="{top + 18}" text-anchor="end">{escape(row.word)}</text>'
        f'<line class="than" x1="{at(row.than)}" x2="{at(row.than)}" y1="{middle - 9}" y2="{middle + 9}"/>'
        f'<g class="reach {row.kind}">{interval}<circle cx="{at(row.value)}" cy="{middle}" r="4.5"/></g>'
    )


def _number(value: float, percent: bool) -> str:
    return f"{value * 100 if percent else value:g}".replace("-", "−")
