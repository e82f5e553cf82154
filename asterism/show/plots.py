"""Line charts as inline SVG: no library, colours from the page's style sheet, readable in light and dark."""

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 340, 176
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 24
_MOST_POINTS = 400
_SMOOTH_FROM = 24

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear scale from ``low..high`` to pixels ``start..end``, with round tick values."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """The pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def line_chart(steps: Sequence[int], values: Sequence[float | None], *, label: str, percent: bool = False) -> str:
    """One curve over the steps as SVG text; empty where no step has a value.

    Long curves are thinned to means of equal stretches, and where there are enough points a running mean is drawn
    over the faint raw curve. ``percent`` shows shares in [0, 1] as per cent, on an axis of 0 to 100 where they need it.
    """
    points = _thin([(float(step), value) for step, value in zip(steps, values, strict=True) if value is not None])
    if not points:
        return ""
    across = _axis([x for x, _ in points], _LEFT, WIDTH - _RIGHT, goal=5, whole=True, pad=False)
    up = _axis([y for _, y in points], HEIGHT - _BOTTOM, _TOP, goal=4, whole=False, pad=True, share=percent)
    smooth = _running_mean(points) if len(points) >= _SMOOTH_FROM else []
    parts = [_grid(across, up, percent)]
    if len(points) == 1:
        parts.append(f'<circle class="dot" cx="{_px(across.at(points[0][0]))}" cy="{_px(up.at(points[0][1]))}" r="3"/>')
    else:
        parts.append(f'<path class="{"raw" if smooth else "line"}" d="{_path(points, across, up)}"/>')
    if smooth:
        parts.append(f'<path class="line" d="{_path(smooth, across, up)}"/>')
    parts.append('<g class="cursor" visibility="hidden"><line/><circle r="3.5"/><text/></g>')
    data = [[x, y, round(across.at(x), 1), round(up.at(y), 1), _number(y, percent, fine=True)] for x, y in points]
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label, quote=True)}" '
        f'data-points="{escape(json.dumps(data), quote=True)}">{"".join(parts)}</svg>'
    )


@dataclass(frozen=True, slots=True)
class Series:
    """One of several curves, its points in order."""

    points: Sequence[Point]


def lines_chart(series: Sequence[Series], *, label: str, percent: bool = False) -> str:
    """Several curves over one pair of axes as SVG text, the classes ``line-0``, ``line-1``, … telling them apart."""
    every = [point for each in series for point in each.points]
    across = _axis([x for x, _ in every], _LEFT, WIDTH - _RIGHT, goal=4, whole=False, pad=False)
    up = _axis([y for _, y in every], HEIGHT - _BOTTOM, _TOP, goal=4, whole=False, pad=True, share=percent)
    parts = [_grid(across, up, percent)]
    for number, each in enumerate(series):
        parts.append(f'<path class="line line-{number}" d="{_path(each.points, across, up)}"/>')
        dots = (f'<circle cx="{_px(across.at(x))}" cy="{_px(up.at(y))}" r="2.4"/>' for x, y in each.points)
        parts.append(f'<g class="line-{number}">{"".join(dots)}</g>')
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label, quote=True)}">'
        f"{''.join(parts)}</svg>"
    )


def nice_ticks(low: float, high: float, goal: int, *, whole: bool = False) -> tuple[float, ...]:
    """About ``goal`` round values (1, 2, 2.5 or 5 times a power of ten apart) that lie within ``low..high``."""
    rough = (high - low) / max(1, goal)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    if whole:
        step = max(1.0, math.ceil(step))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(round(index * step, 12) for index in range(first, last + 1))


def short_number(value: float) -> str:
    """A number in at most about six characters: ``0.31``, ``12.4``, ``1,240``, ``1.2e-05``."""
    size = abs(value)
    if size != 0 and (size < 1e-3 or size >= 1e6):
        return f"{value:.1e}"
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _axis(
    values: Sequence[float], start: float, end: float, *, goal: int, whole: bool, pad: bool, share: bool = False
) -> Axis:
    low, high = min(values), max(values)
    within = share and low >= 0 and high <= 1
    if within and high - low > 0.3:
        low, high, pad = 0.0, 1.0, False
    if high - low < 1e-12 * max(1.0, abs(high)):
        reach = 0.5 if whole else abs(high) * 0.5 or 1e-3
        low, high = low - reach, high + reach
    elif pad:
        floor_at_zero = low >= 0
        low, high = low - (high - low) * 0.06, high + (high - low) * 0.06
        low = max(low, 0.0) if floor_at_zero else low
    if within:
        low, high = max(low, 0.0), min(high, 1.0)
    return Axis(low, high, start, end, nice_ticks(low, high, goal, whole=whole))


def _grid(across: Axis, up: Axis, percent: bool) -> str:
    parts = []
    for tick in up.ticks:
        y = _px(up.at(tick))
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{y}" dy="3.5" text-anchor="end">')
        parts.append(f"{escape(_number(tick, percent))}</text>")
    for tick in across.ticks:
        x = _px(across.at(tick))
        parts.append(f'<text class="tick" x="{x}" y="{HEIGHT - 8}" text-anchor="middle">{short_number(tick)}</text>')
    base = HEIGHT - _BOTTOM
    parts.append(f'<line class="base" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{base}" y2="{base}"/>')
    return "".join(parts)


def _number(value: float, percent: bool, *, fine: bool = False) -> str:
    if percent:
        return f"{value * 100:.1f} %" if fine else f"{value * 100:g} %"
    return short_number(value)


def _thin(points: list[Point]) -> list[Point]:
    if len(points) <= _MOST_POINTS:
        return points
    edges = [round(index * len(points) / _MOST_POINTS) for index in range(_MOST_POINTS + 1)]
    stretches = [points[a:b] for a, b in itertools.pairwise(edges) if b > a]
    return [(part[-1][0], sum(y for _, y in part) / len(part)) for part in stretches]


def _running_mean(points: list[Point]) -> list[Point]:
    """A centred mean over a tenth of the curve, over what there is of it at the ends."""
    half = max(2, len(points) // 20)
    smooth = []
    for index, (x, _) in enumerate(points):
        window = points[max(0, index - half) : index + half + 1]
        smooth.append((x, sum(y for _, y in window) / len(window)))
    return smooth


def _path(points: Sequence[Point], across: Axis, up: Axis) -> str:
    return "M" + "L".join(f"{_px(across.at(x))} {_px(up.at(y))}" for x, y in points)


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
