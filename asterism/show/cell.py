"""Figures as a table shows them: in words, with the interval beside them and on a track from end to end."""

from collections.abc import Callable
from dataclasses import dataclass

from asterism.core.results.estimate import SHARE, Estimate, Interval
from asterism.core.results.summary import PairedDifference


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure in words, its interval in words, and where both are on a track from 0 to 1 (None: no track).

    ``mark`` is the place of another figure to compare with, such as that of the best constant answer. ``strong``: the
    figure stands out.
    """

    text: str
    range: str = ""
    at: float | None = None
    reach: Interval | None = None
    mark: float | None = None
    strong: bool = False


NOTHING = Cell("–")
"""Where nothing was measured."""


def estimate_cell(estimate: Estimate | None, mark: float | None = None) -> Cell:
    """An estimate: of a share in per cent, of a correlation with its sign, of anything else as it is."""
    if estimate is None:
        return NOTHING
    if estimate.bounds is None:
        return _drawn(estimate, "{:.3f}".format, "{:.3f}".format, "–", mark)
    if estimate.bounds == SHARE:
        return _drawn(estimate, percent, lambda end: f"{end * 100:.1f}", "–", mark)
    if estimate.bounds[0] < 0:
        return _drawn(estimate, signed, signed, "to", mark)
    return _drawn(estimate, "{:.2f}".format, "{:.2f}".format, "–", mark)


def difference_cell(difference: PairedDifference) -> Cell:
    """A difference with its sign: of shares in percentage points, of anything else as it is."""
    shares = difference.estimate.bounds == (-1.0, 1.0)
    return _drawn(difference.estimate, points if shares else signed, points if shares else signed, "to", 0.0)


def share_cell(value: float | None) -> Cell:
    """A share without an interval."""
    return NOTHING if value is None else Cell(percent(value))


def count_cell(count: int | None) -> Cell:
    """A number of things."""
    return NOTHING if count is None else Cell(f"{count:,}")


def percent(share: float) -> str:
    """A share as ``91.2 %``."""
    return f"{share * 100:.1f} %"


def points(share: float) -> str:
    """A difference of shares in percentage points, as ``+36.0``."""
    return f"{share * 100:+.1f}".replace("-", "−")


def signed(value: float) -> str:
    """A number with its sign, as ``+0.25``."""
    return f"{value:+.2f}".replace("-", "−")


def _drawn(
    estimate: Estimate,
    words: Callable[[float], str],
    end_words: Callable[[float], str],
    between: str,
    mark: float | None,
) -> Cell:
    low, high = estimate.interval
    text, reach = words(estimate.value), f"{end_words(low)} {between} {end_words(high)}"
    if estimate.bounds is None:  # no ends, so no track either
        return Cell(text, reach)
    return Cell(
        text=text,
        range=reach,
        at=_place(estimate.value, estimate.bounds),
        reach=(_place(low, estimate.bounds), _place(high, estimate.bounds)),
        mark=None if mark is None else _place(mark, estimate.bounds),
    )


def _place(value: float, bounds: Interval) -> float:
    low, high = bounds
    return min(1.0, max(0.0, (value - low) / (high - low)))
