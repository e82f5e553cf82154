import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from asterism.runs.progress import duration, figures, stage


def ticks(*moments: float) -> Iterator[float]:
    yield from moments


def plain() -> Console:
    return Console(file=io.StringIO(), force_terminal=False, width=60)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_without_a_terminal_a_line_is_written_every_ten_seconds() -> None:
    console = plain()
    clock = ticks(0, 5, 12, 15, 30, 40).__next__
    with stage("Training", 10, console=console, clock=clock) as advance:
        advance(1)
        advance(1, reward=0.51234, step="one")
        advance(1)
        advance(3)
    assert said(console).splitlines() == [
        "Training",
        "Training: 2/10, 12 s, left 48 s, reward 0.512, step one",
        "Training: 6/10, 30 s, left 20 s, reward 0.512, step one",
        "Training: done, 6 in 40 s, reward 0.512, step one",
    ]


def test_an_unknown_total_has_no_time_to_go() -> None:
    console = plain()
    with stage("Reading", None, console=console, clock=ticks(0, 11, 12).__next__) as advance:
        advance(400)
    assert said(console).splitlines()[1] == "Reading: 400, 11 s"


def test_a_failed_stage_is_not_called_done() -> None:
    console = plain()
    with pytest.raises(ZeroDivisionError), stage("Training", 1, console=console):
        raise ZeroDivisionError
    assert said(console) == "Training\n"


def test_a_terminal_gets_a_bar_with_figures() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with stage("[Measuring]", 4, console=console) as advance:
        advance(3, accuracy=0.75)
        advance()
    text = said(console)
    assert "[Measuring]" in text
    assert "4/4" in text
    assert "accuracy 0.75" in text


def test_quiet_shows_nothing_at_all(capfd: pytest.CaptureFixture[str]) -> None:
    with stage("Measuring", 4, quiet=True) as advance:
        advance(4, accuracy=1.0)
    assert capfd.readouterr() == ("", "")


def test_progress_goes_to_stderr_so_that_stdout_holds_results_only(capfd: pytest.CaptureFixture[str]) -> None:
    with stage("Measuring", 4) as advance:
        advance(4)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "Measuring" in captured.err


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3600, "1 h 00 min"),
        (7620, "2 h 07 min"),
    ],
)
def test_durations_read_as_a_person_says_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_figures_are_short() -> None:
    assert figures({"loss": 0.000123456, "step": 12, "phase": "update"}) == "loss 0.000123, step 12, phase update"
