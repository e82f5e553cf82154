"""The tables in the terminal."""

from dataclasses import replace

from rich.console import Console
from rich.table import Table

from asterism.core.results.estimate import Estimate
from asterism.core.results.summary import Baseline, Condition, Counts, Marks, PairedDifference, RunSummary
from asterism.show.results import detail_sheets, paired_sheet, results_sheet
from asterism.show.sheet import sheet_table


def _share(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 40, 8)


SUMMARY = RunSummary(
    conditions={
        "before": Condition(
            {"per_statement": _share(0.55, 0.5, 0.6), "all_correct": _share(0.02, 0, 0.1)},
            "before training",
            {"statements": 40},
            answers={"T": 0.7},
        ),
        "after": Condition(
            {"per_statement": _share(0.912, 0.88, 0.94), "all_correct": _share(0.5, 0.4, 0.6)},
            "after training",
            {"statements": 40},
        ),
    },
    primary="after",
    reference="before",
    baselines={"always_true": Baseline({"per_statement": 0.501, "all_correct": 0.0}, "always “true”")},
    paired=(
        PairedDifference("after", "before", "per_statement", Estimate(0.362, 0.3, 0.42, 40, 8, (-1.0, 1.0))),
        PairedDifference("after", "before", "all_correct", Estimate(0.1, -0.1, 0.3, 8, 8, (-1.0, 1.0))),
    ),
)


def _printed(table: Table) -> str:
    console = Console(width=110, record=True, file=None)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_the_table_shows_each_condition_with_its_interval_and_the_baselines() -> None:
    sheet = results_sheet(SUMMARY)
    assert sheet is not None
    text = _printed(sheet_table(sheet, stacked=True))
    for expected in ("55.0 %", "50.0 – 60.0", "91.2 %", "88.0 – 94.0", "50.1 %", "after training", "40 statements"):
        assert expected in text
    assert "Balanced" not in text
    assert text.index("before training") < text.index("after training") < text.index("always")


def cut_off(**shares: float) -> RunSummary:
    conditions = {name: replace(each, shares={"truncated": shares[name]}) for name, each in SUMMARY.conditions.items()}
    return replace(SUMMARY, conditions=conditions)


def told(summary: RunSummary) -> str:
    sheet = results_sheet(summary)
    assert sheet is not None
    return " ".join(_printed(sheet_table(sheet, stacked=True)).split())


def test_what_a_limit_cut_off_is_counted_beside_the_table() -> None:
    assert "Cut off by a limit: 0.0 % of completions." in told(cut_off(before=0.0, after=0.0))
    several = told(cut_off(before=0.05, after=0.0))
    assert "Cut off by a limit: 5.0 % (before training), 0.0 % (after training)." in several
    assert "Warning" not in several
    assert "Cut off" not in told(SUMMARY)


def test_a_table_of_which_more_than_a_twentieth_was_cut_off_carries_a_warning() -> None:
    assert "Warning: up to 5.1 % of completions were cut off by a limit" in told(cut_off(before=0.0, after=0.051))


def test_paired_differences_are_in_points_and_marked_where_they_exclude_zero() -> None:
    sheet = paired_sheet(SUMMARY)
    assert sheet is not None
    text = _printed(sheet_table(sheet))
    assert "+36.2 *  +30.0 to +42.0, n 40" in text and "+10.0  −10.0 to +30.0, n 8" in text
    assert paired_sheet(RunSummary()) is None and results_sheet(RunSummary()) is None


def test_marks_are_shown_on_their_own_scale_with_what_is_missing() -> None:
    marks = Marks(judged=3, answers=5, missing={"failed": 2}, bounds=(2.2, 3.8))
    model = Condition({"points": Estimate(3.0, 2.0, 4.0, 3, 3, (1.0, 5.0))}, "model", marks=marks)
    counts = Counts(records=5, images=2, completions=5, failed=2, unreadable=0, truncated=0, without_key=0)
    other = PairedDifference("model", "blind", "points", Estimate(0.5, -0.5, 1.5, 3, 3, (-4.0, 4.0)))
    summary = RunSummary(conditions={"model": model}, counts=counts, paired=(other,))
    text = "".join(_printed(sheet_table(sheet)) for sheet in detail_sheets(summary))
    for expected in ("3.00  2.00 – 4.00", "2 failed", "2.20 – 3.80", "40.0 %"):
        assert expected in text
    sheet = paired_sheet(summary)
    assert sheet is not None and "+0.50  −0.50 to +1.50" in _printed(sheet_table(sheet))


def test_how_a_condition_answers_is_shown_whatever_its_answers_are_called() -> None:
    summary = replace(SUMMARY, conditions={"x": Condition({}, answers={"B": 0.25}, shares={"ungraded": 0.5})})
    text = "".join(_printed(sheet_table(sheet)) for sheet in detail_sheets(summary))
    for expected in ("answers B", "25.0 %", "ungraded", "50.0 %"):
        assert expected in text


def test_tasks_of_several_kinds_have_a_row_each_below_their_condition() -> None:
    kinds = {
        "tfq": Condition({"per_statement": _share(0.75, 0.6, 0.9)}),
        "verified": Condition({"reward": Estimate(2.5, 1.5, 3.5, 8, 8, None)}),
    }
    after = Condition({"accuracy": _share(0.625, 0.5, 0.7)}, "after training", by_kind=kinds)
    baselines = {"tfq: always_true": Baseline({"per_statement": 0.5}, "tfq: always “true”", "tfq")}
    sheet = results_sheet(RunSummary({"after": after}, primary="after", baselines=baselines))
    assert sheet is not None and sheet.columns == ("Per statement", "Accuracy", "Mean reward")
    assert [row.title for row in sheet.rows] == [
        "after training",
        "after training · statements",
        "after training · verified",
        "tfq: always “true”",
    ]
    overall, statements, verified, _ = sheet.rows
    assert [cell.text for cell in overall.cells] == ["–", "62.5 %", "–"]
    assert (statements.cells[0].text, statements.cells[0].mark) == ("75.0 %", 0.5)
    assert (verified.cells[2].text, verified.cells[2].range, verified.cells[2].at) == ("2.500", "1.500 – 3.500", None)
