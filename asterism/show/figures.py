"""Figures of seeds as text, and tables as Markdown."""

from collections.abc import Sequence

from asterism.evaluate.seeds import SeedMean


def told(mean: SeedMean, form: str, *, scale: float = 1) -> str:
    """``value [low, high]``, the value alone where there is no interval.

    >>> told(SeedMean(0.25, (0.125, 0.375), 5), "{:.1f}", scale=100)
    '25.0 [12.5, 37.5]'
    """
    value = form.format(mean.value * scale)
    if mean.interval is None:
        return minus(value)
    low, high = (form.format(bound * scale) for bound in mean.interval)
    return minus(f"{value} [{low}, {high}]")


def minus(text: str) -> str:
    """The text with minus signs in place of hyphens."""
    return text.replace("-", "−")


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    return [f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows)]
