"""The tables in the terminal."""

from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from asterism.core.errors import AsterismError
from asterism.show.table import before_after_table, paired_table

SUMMARY: dict[str, Any] = {
    "before": {
        "per_statement": 0.55,
        "all_correct": 0.02,
        "interval": {"per_statement": [0.5, 0.6]},
        "share_true": 0.7,
    },
    "after": {"per_statement": 0.912, "all_correct": 0.5, "interval": {"per_statement": [0.88, 0.94]}},
    "constant": {"always_true": {"per_statement": 0.501, "all_correct": 0.0}, "majority": 0.502},
    "paired": [
        {"a": "after", "b": "before", "metric": "per_statement", "difference": 0.362, "interval": [0.3, 0.42]},
    ],
}


def _printed(table: Table) -> str:
    console = Console(width=110, record=True, file=None)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_the_table_shows_each_run_with_its_interval_and_the_constants() -> None:
    text = _printed(before_after_table(SUMMARY))
    for expected in ("55.0 %", "50.0–60.0", "91.2 %", "88.0–94.0", "70.0 %", "50.1 %", "50.2 %", "after training"):
        assert expected in text
    assert "balanced" not in text
    assert text.index("before training") < text.index("after training") < text.index("always")


def test_paired_differences_are_in_points() -> None:
    assert "+36.2 [+30.0, +42.0]" in _printed(paired_table(SUMMARY))


def test_a_summary_with_a_wrong_value_is_refused() -> None:
    with pytest.raises(AsterismError, match=r"before\.per_statement"):
        before_after_table({"before": {"per_statement": "many"}})
